"""A wish's table: made, proven, offered, fulfilled, passed, closed; every row and every refusal."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from buergerbuero_contracts.booking import (
    WishClosed,
    WishConfirmed,
    WishEnd,
    WishFulfilled,
    WishMade,
    WishOffered,
)
from buergerbuero_contracts.envelope import Event
from servicekit.testing.rules import given, like
from services.booking.rules import waiting_list as w
from services.booking.rules.waiting_events import PassReason, Window, WishDescribed, WishPassed
from services.booking.rules.wish_state import WishStatus
from tests.rules.booking.office import CARD, PERSON, THURSDAY, at, on, uid

WISH, OFFER, GOT = uid("wish"), uid("offer"), uid("got")
WEDNESDAY = THURSDAY - timedelta(days=1)
NOW = on(WEDNESDAY, "09:00")
WEEK = Window(earliest=WEDNESDAY, latest=THURSDAY + timedelta(days=6))


def make(**changes: Any) -> w.Make:
    """A wish for this week, made on Wednesday at nine."""
    wished: dict[str, Any] = {
        **{"wish_id": WISH, "person_id": PERSON, "person_revision": 1, "site": "flensburg"},
        **{"items": CARD, "persons": 1, "minutes": 15, "language": "de", "window": WEEK, "at": NOW},
    }
    return w.Make(**wished | changes)


def offered(name: str = "offer", until: str = "10:00") -> WishOffered:
    """A place on Thursday at 14:00, on offer until ten."""
    return WishOffered(
        offer_id=uid(name),
        starts_at=at("14:00"),
        offered_until=at(until),
        wish_id=WISH,
        person_id=PERSON,
        person_revision=1,
        site="flensburg",
        items=CARD,
        language="de",
    )


def passed(name: str, reason: PassReason = PassReason.LAPSED) -> WishPassed:
    return WishPassed(wish_id=WISH, offer_id=uid(name), reason=reason)


MADE: tuple[Event, ...] = tuple(w.DECIDER.decide(make(), w.DECIDER.initial))
ACTIVE: tuple[Event, ...] = (*MADE, *w.DECIDER.decide(w.Confirm(at=NOW), w.DECIDER.fold(MADE)))
OFFERED: tuple[Event, ...] = (*ACTIVE, offered())
CLOSED: tuple[Event, ...] = (
    *ACTIVE,
    *w.DECIDER.decide(w.Close(reason=WishEnd.WITHDRAWN), w.DECIDER.fold(ACTIVE)),
)
ACCEPT = w.Accept(offer_id=OFFER, booking_id=GOT, person_revision=2, at=at("09:59"))


# --- made


def test_a_wish_without_an_appointment_is_unproven_and_ends_in_an_hour() -> None:
    then = (
        given(w.DECIDER).when(make()).then(like(WishMade, booking_id=None), like(WishDescribed, window=WEEK))
    )
    told = then.of(WishDescribed)
    assert told.confirm_until == NOW + timedelta(minutes=60)
    assert told.over_at == on(WEEK.latest + timedelta(days=1), "00:00")
    assert then.after.status is WishStatus.UNPROVEN


def test_a_wish_from_a_ticket_is_active_and_ends_with_the_appointment() -> None:
    starts = on(THURSDAY, "15:00")
    then = given(w.DECIDER).when(
        make(booking_id=uid("b"), starts_at=starts, window=Window(earliest=WEDNESDAY, latest=THURSDAY))
    )
    assert then.after.status is WishStatus.ACTIVE
    assert then.of(WishDescribed).over_at == starts
    assert then.of(WishDescribed).confirm_until is None


@pytest.mark.parametrize(
    ("window", "field"),
    [
        ({"latest": WEDNESDAY - timedelta(days=1)}, "latest"),
        ({"latest": WEDNESDAY + timedelta(days=61)}, "latest"),
        ({"earliest": WEEK.latest + timedelta(days=1)}, "earliest"),
        ({"from_": time(12), "until": time(12)}, "until"),
        ({"latest": THURSDAY, "weekdays": (1, 2, 6)}, "weekdays"),
        ({"weekdays": ()}, "weekdays"),
    ],
)
def test_days_and_times_that_cannot_be_meant_are_named(window: dict[str, Any], field: str) -> None:
    wished = Window.model_validate(WEEK.model_dump(by_alias=False) | window)
    refused = given(w.DECIDER).when(make(window=wished)).refused("invalid-input")
    assert list(refused.details["errors"]) == [field]


def test_sixty_days_ahead_is_the_last() -> None:
    far = WEEK.model_copy(update={"latest": WEDNESDAY + timedelta(days=60)})
    given(w.DECIDER).when(make(window=far)).then(like(WishMade), like(WishDescribed))


def test_later_than_the_own_appointment_nothing_is_wished() -> None:
    given(w.DECIDER).when(make(booking_id=uid("b"), starts_at=at("15:00"))).refused("invalid-input")


@pytest.mark.parametrize(
    ("start", "suits"),
    [
        (on(THURSDAY, "08:00"), True),
        (on(THURSDAY, "07:55"), False),
        (on(THURSDAY, "11:55"), True),
        (on(THURSDAY, "12:00"), False),
        (on(WEDNESDAY, "09:00"), False),
        (on(THURSDAY + timedelta(days=1), "09:00"), False),
        (on(THURSDAY + timedelta(days=7), "09:00"), True),
        (on(THURSDAY + timedelta(days=14), "09:00"), False),
    ],
)
def test_which_places_suit(start: Any, suits: bool) -> None:
    thursdays = Window(
        earliest=THURSDAY, latest=THURSDAY + timedelta(days=13), weekdays=(4,), from_=time(8), until=time(12)
    )
    assert thursdays.suits(start) is suits


def test_a_clock_time_is_local_on_the_day_the_clocks_change() -> None:
    window = Window(earliest=date(2026, 10, 23), latest=date(2026, 10, 26), from_=time(9), until=time(10))
    assert window.suits(on(date(2026, 10, 23), "09:00"))
    assert window.suits(on(date(2026, 10, 26), "09:00"))
    assert not window.suits(on(date(2026, 10, 26), "10:00"))


# --- proven


def test_the_link_makes_it_active_once() -> None:
    then = given(w.DECIDER, *MADE).when(w.Confirm(at=NOW + timedelta(minutes=60))).then(like(WishConfirmed))
    assert then.after.status is WishStatus.ACTIVE
    given(w.DECIDER, *ACTIVE).when(w.Confirm(at=NOW)).nothing()
    given(w.DECIDER, *OFFERED).when(w.Confirm(at=NOW)).nothing()


def test_the_link_is_too_late_after_an_hour() -> None:
    late = w.Confirm(at=NOW + timedelta(minutes=60, seconds=1))
    given(w.DECIDER, *MADE).when(late).refused("hold-expired")
    ended = w.DECIDER.decide(w.Close(reason=WishEnd.UNPROVEN), w.DECIDER.fold(MADE))
    given(w.DECIDER, *MADE, *ended).when(w.Confirm(at=NOW)).refused("hold-expired")
    given(w.DECIDER, *CLOSED).when(w.Confirm(at=NOW)).refused("wrong-state")
    given(w.DECIDER).when(w.Confirm(at=NOW)).refused("wrong-state")


# --- offered


OFFER_IT = w.Offer(offer_id=OFFER, starts_at=at("14:00"), offered_until=at("10:00"))


def test_only_an_active_wish_is_offered_a_place() -> None:
    given(w.DECIDER, *ACTIVE).when(OFFER_IT).then(offered())
    for history in (MADE, OFFERED, CLOSED, ()):
        given(w.DECIDER, *history).when(OFFER_IT).refused("wrong-state")


def test_an_offer_is_taken_before_its_end() -> None:
    then = given(w.DECIDER, *OFFERED).when(ACCEPT)
    then.then(like(WishFulfilled, offer_id=OFFER, booking_id=GOT, person_revision=2, starts_at=at("14:00")))
    assert then.after.status is WishStatus.CLOSED
    given(w.DECIDER, *OFFERED, *then.events).when(ACCEPT).nothing()


@pytest.mark.parametrize("history", [ACTIVE, CLOSED, (*OFFERED, passed("offer"))])
def test_an_offer_that_is_over_cannot_be_taken(history: tuple[Event, ...]) -> None:
    given(w.DECIDER, *history).when(ACCEPT).refused("offer-over")


def test_at_its_end_an_offer_is_over() -> None:
    late = w.Accept(offer_id=OFFER, booking_id=GOT, person_revision=1, at=at("10:00"))
    given(w.DECIDER, *OFFERED).when(late).refused("offer-over")


def test_an_offer_that_another_took_says_so_even_while_the_next_is_open() -> None:
    taken = (*OFFERED, passed("offer", PassReason.TAKEN))
    given(w.DECIDER, *taken).when(ACCEPT).refused("offer-taken")
    given(w.DECIDER, *taken, offered("next")).when(ACCEPT).refused("offer-taken")


# --- passed


@pytest.mark.parametrize("reason", list(PassReason))
def test_an_offer_that_comes_to_nothing_leaves_the_wish_active(reason: PassReason) -> None:
    then = (
        given(w.DECIDER, *OFFERED).when(w.Pass(offer_id=OFFER, reason=reason)).then(passed("offer", reason))
    )
    assert then.after.status is WishStatus.ACTIVE
    for history in (ACTIVE, CLOSED, (*OFFERED, passed("offer", reason))):
        given(w.DECIDER, *history).when(w.Pass(offer_id=OFFER, reason=reason)).nothing()


def test_who_took_the_offer_cannot_decline_it() -> None:
    done = (*OFFERED, *w.DECIDER.decide(ACCEPT, w.DECIDER.fold(OFFERED)))
    decline = w.Pass(offer_id=OFFER, reason=PassReason.DECLINED)
    given(w.DECIDER, *done).when(decline).refused("wrong-state")


TWICE: tuple[Event, ...] = (*ACTIVE, offered("1"), passed("1"), offered("2"), passed("2"))


def test_the_third_offer_without_an_answer_closes_the_wish() -> None:
    lapse = w.Pass(offer_id=OFFER, reason=PassReason.LAPSED, person_revision=2)
    then = given(w.DECIDER, *TWICE, offered()).when(lapse)
    then.then(like(WishClosed, reason=WishEnd.UNANSWERED, person_revision=2))


@pytest.mark.parametrize("reason", [PassReason.DECLINED, PassReason.TAKEN])
def test_only_silence_counts_and_an_answer_begins_anew(reason: PassReason) -> None:
    history = (*TWICE, offered("3"), passed("3", reason), offered())
    then = given(w.DECIDER, *history).when(w.Pass(offer_id=OFFER, reason=PassReason.LAPSED))
    closes = reason is PassReason.TAKEN  # being too slow is no answer, and no silence either
    assert isinstance(then.events[0], WishClosed if closes else WishPassed)


# --- closed


@pytest.mark.parametrize("history", [MADE, ACTIVE, OFFERED])
@pytest.mark.parametrize("reason", list(WishEnd))
def test_any_open_wish_can_be_closed_once(history: tuple[Event, ...], reason: WishEnd) -> None:
    then = given(w.DECIDER, *history).when(w.Close(reason=reason)).then(like(WishClosed, reason=reason))
    given(w.DECIDER, *history, *then.events).when(w.Close(reason=WishEnd.WITHDRAWN)).nothing()


def test_what_was_never_made_cannot_be_closed_and_what_was_made_not_made_again() -> None:
    given(w.DECIDER).when(w.Close(reason=WishEnd.WITHDRAWN)).refused("wrong-state")
    given(w.DECIDER, *CLOSED).when(make()).refused("wrong-state")


def test_time_ends_an_unproven_wish_in_an_hour_and_any_wish_after_its_last_day() -> None:
    unproven, active = w.DECIDER.fold(MADE), w.DECIDER.fold(ACTIVE)
    hour, end = NOW + timedelta(hours=1), on(WEEK.latest + timedelta(days=1), "00:00")
    assert w.end_by_time(unproven, hour - timedelta(seconds=1)) is None
    assert w.end_by_time(unproven, hour) is WishEnd.UNPROVEN
    assert w.end_by_time(active, end - timedelta(seconds=1)) is None
    assert w.end_by_time(active, end) is WishEnd.LAST_DAY_PASSED
