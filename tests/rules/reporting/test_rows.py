"""Rows of the read models as pure functions: one per key, sorted, and merging is associative."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from servicekit.projection import Row
from services.reporting.projections import CONTACT_VOLUME, FUNNEL, LEAD_TIME, WAITING
from services.reporting.projections.contact_volume import Asked, main_service
from services.reporting.projections.merge import earliest, first, last, merged
from tests.rules.reporting.story import (
    Told,
    called,
    finished,
    mailed,
    of_booking,
    opened,
    reserved,
    returned,
    sampled,
    seen_by,
    uid,
    utc,
)

AT = utc("2026-11-16T08:00")
RULES = (first, last, earliest)
COLUMN = st.none() | st.integers(0, 9)
PARTS = st.lists(st.tuples(st.integers(0, 3), COLUMN, COLUMN, COLUMN), max_size=20)


@given(PARTS, st.integers(0, 20))
def test_merging_parts_equals_merging_the_whole(parts: list[Row], cut: int) -> None:
    halves = merged(parts[:cut], 1, RULES) + merged(parts[cut:], 1, RULES)
    assert merged(halves, 1, RULES) == merged(parts, 1, RULES)


@given(PARTS)
def test_rows_have_one_row_per_key_in_order(parts: list[Row]) -> None:
    keys = [row[0] for row in merged(parts, 1, RULES)]
    assert keys == sorted(set(keys)) == sorted({part[0] for part in parts})


def test_none_says_nothing_about_a_column() -> None:
    parts = [(1, None, 5, 5), (1, 3, None, None), (1, 4, 6, 4), (1, None, None, 7)]
    assert merged(parts, 1, RULES) == [(1, 3, 6, 4)]


def test_a_visit_s_story_in_one_batch_is_one_row() -> None:
    story: list[Told] = [
        opened("a", AT, "passport_apply", planned_at=AT),
        called("a", AT + timedelta(minutes=5)),
        returned("a", AT + timedelta(minutes=6)),
        called("a", AT + timedelta(minutes=9)),
        finished("a", AT + timedelta(minutes=20), "registration"),
    ]
    (waiting,) = WAITING.steps
    assert waiting.rows(seen_by(WAITING, story)) == [
        (uid("a"), "flensburg", AT, AT, AT + timedelta(minutes=5))
    ]
    visits = CONTACT_VOLUME.steps[0]
    assert visits.rows(seen_by(CONTACT_VOLUME, story)) == [
        (uid("a"), "flensburg", None, "passport_apply", "registration", AT + timedelta(minutes=20))
    ]


def test_a_booking_s_story_in_one_batch_is_one_row() -> None:
    later = AT + timedelta(minutes=3)
    story = [
        reserved("b", AT),
        of_booking("BookingOpened", "b", AT),
        mailed("b", later),
        of_booking("ConfirmationRequested", "b", later),
        of_booking("HoldExpired", "b", later, stage="unconfirmed"),
    ]
    (bookings,) = FUNNEL.steps
    assert bookings.rows(seen_by(FUNNEL, story)) == [
        (uid("b"), "flensburg", AT, AT, later, later, None, "expired_unconfirmed")
    ]


def test_a_look_gives_one_row_per_service_and_keeps_no_place() -> None:
    (samples,) = LEAD_TIME.steps
    story = [sampled(AT, ("registration", None, None), ("passport_apply", "2026-11-17", 1))]
    rows = samples.rows(seen_by(LEAD_TIME, story))
    assert [(row[1], row[4]) for row in rows] == [("passport_apply", 1), ("registration", None)]


def test_events_of_other_kinds_give_no_rows() -> None:
    assert [step.rows([]) for step in CONTACT_VOLUME.steps] == [[], [], [], []]
    (bookings,) = FUNNEL.steps
    assert bookings.rows(seen_by(FUNNEL, [mailed("b", AT, "reminder")])) == []


def test_a_pick_up_beside_something_else_counts_under_that() -> None:
    asked = [Asked("id_card_pickup"), Asked("document_address")]
    assert main_service(asked) == "document_address"
    assert main_service(asked[:1]) == "id_card_pickup"
    assert main_service([]) is None
