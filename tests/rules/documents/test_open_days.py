"""Limits that fall on closed days, by working days, holidays, closures of booking and of every year."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from buergerbuero_contracts.booking import ClosureDeclared, ClosureLifted, ClosureReason, ClosureScope
from buergerbuero_contracts.documents import (
    DocumentOverdue,
    DocumentPlacedInLocker,
    DocumentStored,
    PickupInvited,
    PickupReminded,
    Place,
)
from services.documents import commands as ask
from services.documents.rules.document_state import Status
from services.documents.rules.open_days import OpenDays
from services.documents.rules.settings import SiteSettings
from tests.rules.documents.desk import PASSPORT, Desk, uid
from tests.rules.documents.world import SITE, World

WEDNESDAY_BEFORE_CHRISTMAS = datetime.fromisoformat("2026-12-23T09:00Z")
CLOSED: dict[str, Any] = {
    "closure_id": uid("Christmas"),
    "site": SITE,
    "scope": ClosureScope.DAYS,
    "from_": datetime.fromisoformat("2026-12-23T23:00Z"),
    "until": datetime.fromisoformat("2027-01-01T23:00Z"),
    "reason": ClosureReason.HOLIDAY,
    "bookings_hit": 0,
}


def placed_in_locker(world: World, desk: Desk) -> ask.PlaceInLocker:
    """On the Wednesday before Christmas, with lockers on."""
    world.set(locker=True)
    world.at = WEDNESDAY_BEFORE_CHRISTMAS
    (document,) = desk.invited(PASSPORT)
    place = ask.PlaceInLocker(document_id=document, locker="locker_1", agreed=True)
    world.ask(place)
    return place


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        ("2026-12-23", True),
        ("2026-12-24", False),  # closed every year
        ("2026-12-25", False),  # holiday
        ("2026-12-26", False),  # holiday, a Saturday
        ("2026-12-28", True),
        ("2026-12-31", False),
        ("2026-10-31", False),  # holiday of Schleswig-Holstein only
        ("2026-06-04", True),  # Corpus Christi is none here
    ],
)
def test_which_days_are_open(day: str, open_: bool) -> None:
    assert OpenDays().is_open(date.fromisoformat(day)) is open_


def test_a_site_can_close_days_of_its_own() -> None:
    days = OpenDays(settings=SiteSettings(closed=((date(2026, 12, 28), date(2026, 12, 30)),)))
    assert days.next_open(date(2026, 12, 24)) == date(2027, 1, 4)


def test_f32_no_document_goes_back_from_its_locker_while_the_office_is_closed(
    world: World, desk: Desk
) -> None:
    """F32: placed on 23 December, closed from 24 December to 1 January: until the end of 4 January."""
    world.hear(ClosureDeclared(**CLOSED))
    place = placed_in_locker(world, desk)
    inside = world.custody(place.document_id)[-1]
    assert isinstance(inside, DocumentPlacedInLocker)
    assert inside.collect_until == date(2027, 1, 4), "what the mail names"
    assert [one for one in world.until("2027-01-04T22:59Z") if isinstance(one, DocumentStored)] == []
    events = world.until("2027-01-04T23:00Z")
    (stored,) = (one for one in events if isinstance(one, DocumentStored))
    assert (stored.from_, stored.to) == (Place.LOCKER, Place.SAFE)
    assert [one for one in events if isinstance(one, PickupInvited)]
    assert world.document(place.document_id).status is Status.INVITED


def test_f32_a_closure_that_is_declared_later_moves_the_limit_too(world: World, desk: Desk) -> None:
    """F32: the timer stands for 30 December; when it fires the closure is known."""
    place = placed_in_locker(world, desk)
    assert world.timer("locker-return", place.document_id) == datetime.fromisoformat("2026-12-30T23:00Z")
    world.hear(ClosureDeclared(**CLOSED))
    assert world.until("2026-12-31T12:00Z") == []
    assert world.timer("locker-return", place.document_id) == datetime.fromisoformat("2027-01-04T23:00Z")
    assert world.until("2027-01-04T23:00Z")


def test_a_closure_that_was_taken_back_moves_nothing(world: World, desk: Desk) -> None:
    world.hear(ClosureDeclared(**CLOSED))
    world.hear(ClosureLifted(**CLOSED))
    place = placed_in_locker(world, desk)
    assert world.timer("locker-return", place.document_id) == datetime.fromisoformat("2026-12-30T23:00Z")


def test_a_counters_closure_closes_no_day(world: World) -> None:
    assert world.hear(ClosureDeclared(**{**CLOSED, "scope": ClosureScope.COUNTER})) == []


def test_f32_reminders_are_never_early_and_wait_for_an_open_day(world: World, desk: Desk) -> None:
    """F32: invited on 10 December, 14 days later is Christmas Eve."""
    world.at = datetime.fromisoformat("2026-12-10T09:00Z")
    world.hear(ClosureDeclared(**CLOSED))
    desk.invited(PASSPORT)
    assert [one for one in world.until("2027-01-04T08:59Z") if isinstance(one, PickupReminded)] == []
    (reminded,) = (one for one in world.until("2027-01-04T09:00Z") if isinstance(one, PickupReminded))
    assert reminded.site == SITE


def test_overdue_is_what_nobody_collected_for_60_days_from_the_first_call(world: World, desk: Desk) -> None:
    (document,) = desk.invited(PASSPORT)
    world.passes(days=30)
    world.ask(ask.InvitePickup(document_ids=(document,)))
    assert [one for one in world.until("2027-01-22T22:59Z") if isinstance(one, DocumentOverdue)] == []
    (overdue,) = (one for one in world.until("2027-01-22T23:00Z") if isinstance(one, DocumentOverdue))
    assert overdue.since == date(2026, 11, 23)
    assert [one for one in world.passes(days=200) if isinstance(one, DocumentOverdue)] == []
    world.hear(desk.confirmed(document))  # it stays bookable
    assert world.document(document).status is Status.BOOKED


def test_what_is_booked_becomes_overdue_only_when_its_pickup_fell_through(world: World, desk: Desk) -> None:
    (document,) = desk.invited(PASSPORT)
    world.passes(days=59)
    world.hear(desk.confirmed(document, starts_at=datetime.fromisoformat("2027-01-25T09:00Z")))
    events = world.until("2027-01-25T22:59Z")
    assert [one for one in events if isinstance(one, DocumentOverdue)] == []
    events = world.until("2027-01-25T23:00Z")
    assert [one for one in events if isinstance(one, DocumentOverdue)]


def test_an_order_is_delayed_after_its_day_or_the_next_open_one(world: World, desk: Desk) -> None:
    """21 days after Monday, 23 November is a Monday; 5 days after it a Saturday."""
    (passport,) = desk.ordered(PASSPORT)
    assert world.timer("order-late", passport) == datetime.fromisoformat("2026-12-21T23:00Z")
    assert world.until("2026-12-21T22:59Z") == []
    (delayed,) = world.until("2026-12-21T23:00Z")
    assert type(delayed).__name__ == "OrderDelayed"
    assert world.passes(days=100) == []


def test_clocks_that_change_do_not_shorten_a_day() -> None:
    days = OpenDays()
    before = datetime.fromisoformat("2027-03-22T09:00Z")  # 10:00 in winter time
    assert days.same_time_after(before, 14) == datetime.fromisoformat("2027-04-05T08:00Z")
