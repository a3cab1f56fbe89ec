"""The catalogue: what can be asked for together, how long it takes, and what is stored of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from buergerbuero_contracts.booking import ServiceDescribed, ServiceRetired
from buergerbuero_contracts.envelope import Item
from servicekit.decider import Refused
from servicekit.testing.rules import given, like
from services.booking import config
from services.booking.rules.catalogue import (
    DECIDER,
    Catalogue,
    DescribeService,
    RetireService,
    ask,
    combinable_with,
    groups,
    needs,
)
from services.booking.rules.events import CombinationsSet

FILE = Path(__file__).parents[3] / "config" / "flensburg.toml"
CATALOGUE: Catalogue = {service.code: service for service in config.read(FILE.read_text("utf-8")).services}
CARD = CATALOGUE["id_card_apply"]


def items(*codes: str) -> tuple[Item, ...]:
    """``"registration:2"`` is for two people."""
    parts = (code.partition(":") for code in codes)
    return tuple(Item(service=code, quantity=int(count or 1)) for code, _colon, count in parts)


# --- what is stored


def test_a_service_is_described_with_its_combinations_once() -> None:
    so_far = given(DECIDER)
    first = so_far.when(DescribeService(service=CARD))
    first.then(
        like(ServiceDescribed, service_="id_card_apply", minutes=15, fee_cents=4600, group="identity"),
        like(CombinationsSet, sets=("identity", "move")),
    )
    assert first.after == CARD
    so_far.and_given(*first.events).when(DescribeService(service=CARD)).nothing()


def test_only_what_changed_is_stored() -> None:
    before = given(DECIDER, *given(DECIDER).when(DescribeService(service=CARD)).events)
    longer = replace(CARD, minutes=20)
    before.when(DescribeService(service=longer)).then(like(ServiceDescribed, minutes=20))
    fewer = replace(CARD, sets=frozenset({"identity"}))
    before.when(DescribeService(service=fewer)).then(like(CombinationsSet, sets=("identity",)))


def test_a_retired_service_is_off_the_list_and_can_come_back() -> None:
    before = given(DECIDER, *given(DECIDER).when(DescribeService(service=CARD)).events)
    retired = before.when(RetireService()).then(like(ServiceRetired, service_="id_card_apply"))
    gone = before.and_given(*retired.events)
    gone.when(RetireService()).nothing()
    gone.when(DescribeService(service=CARD)).then(like(ServiceDescribed))
    given(DECIDER).when(RetireService()).refused("unknown-service")


# --- what can be asked for


@pytest.mark.parametrize(
    ("codes", "persons", "minutes"),
    [
        (("id_card_apply",), 1, 15),
        (("id_card_apply:2",), 2, 30),
        (("id_card_apply", "passport_apply", "photo_in_office"), 1, 35),
        (("registration:4", "document_address:2"), 4, 70),
        (("child_document_apply:6",), 6, 120),
    ],
)
def test_minutes_are_added_over_services_and_people(
    codes: tuple[str, ...], persons: int, minutes: int
) -> None:
    assert ask(CATALOGUE, items(*codes), persons).ticks * 5 == minutes


def test_minutes_are_rounded_up_to_the_grid() -> None:
    odd = {**CATALOGUE, "id_card_apply": replace(CARD, minutes=7)}
    assert ask(odd, items("id_card_apply"), 1).ticks == 2
    assert ask(odd, items("id_card_apply:3"), 3).ticks == 5


@pytest.mark.parametrize(
    ("codes", "persons", "code"),
    [
        (("id_card",), 1, "unknown-service"),
        ((), 1, "invalid-input"),
        (("id_card_apply",), 0, "invalid-input"),
        (("id_card_apply",), 7, "invalid-input"),
        (("housing_entitlement",), 1, "no-visit-needed"),
        (("register_inquiry",), 1, "no-visit-needed"),
        (("id_card_pickup",), 1, "pickup-by-invitation"),
        (("id_card_apply", "certified_copy"), 1, "not-combinable"),
        (("id_card_apply", "move_within_city", "certificate_of_conduct"), 1, "not-combinable"),
        (("child_document_apply:6", "id_card_apply"), 6, "too-long"),
    ],
)
def test_what_no_appointment_can_hold_is_refused(codes: tuple[str, ...], persons: int, code: str) -> None:
    with pytest.raises(Refused, match=code):
        ask(CATALOGUE, items(*codes), persons)


def test_a_retired_service_cannot_be_asked_for_but_its_bookings_keep_their_needs() -> None:
    retired = {**CATALOGUE, "id_card_apply": replace(CARD, on_offer=False)}
    with pytest.raises(Refused, match="unknown-service"):
        ask(retired, items("id_card_apply"), 1)
    assert needs(retired, items("id_card_apply")) == (frozenset({"identity", "move"}),)


def test_groups_are_those_of_the_services_once_each() -> None:
    asked = ask(CATALOGUE, items("registration", "document_address", "passport_apply"), 1)
    assert asked.groups == ("registration", "identity")
    assert groups(CATALOGUE, items("registration", "document_address")) == ("registration",)


def test_combinable_services_share_a_set_and_can_be_had_by_visit() -> None:
    assert combinable_with(CATALOGUE, "certified_copy") == (
        "certificate_of_conduct",
        "data_block",
        "fishing_levy",
        "move_within_city",
        "registration",
        "registration_certificate",
        "registration_confirmation",
    )
    for code in CATALOGUE:
        for other in combinable_with(CATALOGUE, code):
            assert code in combinable_with(CATALOGUE, other) or not CATALOGUE[code].by_visit


@pytest.mark.parametrize(
    ("codes", "field", "why"),
    [
        (("id_card_apply:2",), "items.quantity", "above-persons"),
        (("passport_apply", "id_card_apply:3"), "items.quantity", "above-persons"),
        (("id_card_apply", "id_card_apply"), "items", "twice"),
    ],
)
def test_a_list_that_contradicts_itself_names_the_field(codes: tuple[str, ...], field: str, why: str) -> None:
    with pytest.raises(Refused, match="invalid-input") as refused:
        ask(CATALOGUE, items(*codes), 1)
    assert refused.value.details["errors"] == {field: why}
