"""Values, their status, and what they may be compared with."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.reporting.catalogue import SERVICES, group_of
from services.reporting.figures import (
    Change,
    Facts,
    Figure,
    Number,
    Status,
    Unit,
    compared,
    minutes,
    rate,
    rounded,
)
from services.reporting.metrics import BY_ID, METRICS
from services.reporting.metrics.metric import figure, on_target
from services.reporting.projections.contact_queries import Calls

BASIS = frozenset({"personal"})


def recorded(value: Number | None) -> Figure:
    return Figure(value, Status.RECORDED if value is not None else Status.NO_DATA, BASIS)


@pytest.mark.parametrize(
    ("this", "other", "change"),
    [
        (110, 100, (10, Decimal("10.0"))),
        (0, 100, (-100, Decimal("-100.0"))),
        (5, 0, (5, None)),
        (0, 0, (0, None)),
        (None, 100, (None, None)),
        (100, None, (None, None)),
        (None, None, (None, None)),
    ],
)
def test_a_difference_needs_two_values_and_a_percentage_a_whole(
    this: int | None, other: int | None, change: tuple[int | None, Decimal | None]
) -> None:
    found = compared(recorded(this), recorded(other), Unit.COUNT)
    assert (found.difference, found.percent) == change


def test_shares_differ_in_points() -> None:
    found = compared(recorded(Decimal("71.4")), recorded(Decimal("75.0")), Unit.PERCENT)
    assert (found.difference, found.percent) == (Decimal("-3.6"), None)


def test_sums_of_other_channels_are_not_compared() -> None:
    other = Figure(9, Status.PARTIAL, frozenset({"personal", "phone"}))
    assert compared(recorded(3), other, Unit.COUNT) == Change(9, Status.PARTIAL)


def test_a_share_of_nothing_is_no_share() -> None:
    assert rate(0, 0) is None
    assert rate(0, 3) == 0
    assert minutes(None) is None


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (rate(5, 7), Unit.PERCENT, Decimal("71.4")),
        (rate(1, 1), Unit.PERCENT, Decimal("100.0")),
        (minutes(Decimal("1428.75")), Unit.MINUTES, Decimal("23.812")),
        (minutes(Decimal(600)), Unit.MINUTES, 10),
        (1512, Unit.COUNT, 1512),
        (Decimal("2.5"), Unit.COUNT, Decimal("2.5")),
    ],
)
def test_numbers_are_rounded_once_half_to_even(value: Number, unit: Unit, shown: Number) -> None:
    assert rounded(value, unit) == shown
    assert isinstance(rounded(value, unit), type(shown))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.id)
def test_a_metric_without_feed_has_no_value_and_with_empty_facts_never_fails(metric: object) -> None:
    known = BY_ID[metric.id]  # type: ignore[attr-defined]
    assert figure(known, Facts()) == Figure(None, Status.NOT_RECORDED)
    told = figure(known, Facts(recorded=frozenset(known.feeds)))
    expected = (0, Status.RECORDED) if known.unit is Unit.COUNT else (None, Status.NO_DATA)
    assert (told.value, told.status) == expected


def test_a_week_of_lost_calls_is_answered_to_zero_percent() -> None:
    facts = Facts(recorded=frozenset({"phone_import"}), calls=Calls(offered=3, lost=3))
    assert figure(BY_ID["phone.answer_rate"], facts).value == 0
    assert figure(BY_ID["phone.wait.p50"], facts).status is Status.NO_DATA


def test_two_weeks_pooled_give_the_mean_of_a_count() -> None:
    facts = Facts(weeks=2, recorded=BASIS, contacts={("personal", "identity"): 5})
    assert figure(BY_ID["contacts.personal"], facts).value == Decimal("2.5")


def test_targets_look_the_right_way() -> None:
    level = BY_ID["phone.service_level_30s"]
    assert on_target(level, Decimal("75.0")) is True
    assert on_target(level, Decimal("74.9")) is False
    assert on_target(level, None) is None
    assert on_target(BY_ID["contacts.personal"], 5) is None


def test_ids_are_unique_and_every_metric_says_what_it_counts() -> None:
    assert len(BY_ID) == len(METRICS)
    for metric in METRICS:
        assert all((*metric.names, *metric.definition, *metric.feeds))
        assert (metric.target is None) or metric.direction, f"{metric.id} has a target but no direction"


def test_a_service_counts_under_its_group() -> None:
    assert group_of(None, {}) == "unassigned"
    assert group_of("certified_copy", {}) == "certificates"
    assert group_of("certified_copy", {"certified_copy": "special"}) == "special"
    assert group_of("unheard_of", {}) == "other"
    assert all((group == "pickup") == code.endswith("_pickup") for code, (_name, group) in SERVICES.items())
