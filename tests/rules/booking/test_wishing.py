"""Wishes through the handlers: limits, the person's row, timers, and what ends a wish."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from buergerbuero_contracts.booking import (
    AppointmentMissed,
    BookingCancelled,
    CitizenAdmitted,
    WishClosed,
    WishConfirmed,
    WishEnd,
    WishMade,
)
from buergerbuero_contracts.envelope import Event, Item
from servicekit.decider import Refused
from services.booking import commands as ask
from services.booking import wish_commands as wish
from services.booking.contact import ContactData
from services.booking.reactions import react_to_own
from services.booking.rules import retention
from services.booking.rules.limits import Origin
from services.booking.rules.waiting_events import WishDescribed
from services.booking.rules.wish_state import WishStatus
from tests.rules.booking.flensburg import kinds, standing
from tests.rules.booking.memory import Office
from tests.rules.booking.office import BOOKING, CARD, THURSDAY, at, on, uid
from tests.rules.booking.stages import CANCELLED, CONFIRMED, MISSED
from tests.rules.booking.waiting import WEEK, Waiting, person


@pytest.fixture
def people(office: Office) -> Waiting:
    return Waiting(office)


def of(people: Waiting, kind: type[Event]) -> list[Any]:
    return [one.event for one in people.office.log.events if isinstance(one.event, kind)]


async def test_a_wish_is_made_with_its_person_and_ends_unproven_in_an_hour(people: Waiting) -> None:
    ada = await people.asks("Ada")
    log = people.office.log
    (made,) = of(people, WishMade)
    row = log.people[made.person_id]
    assert (row.name, row.email, row.revision) == ("Ada", "ada@example.org", 1)
    assert row.keep_until == retention.of_ended_wish(on(WEEK.latest + timedelta(days=1), "00:00"))
    assert log.armed["wish-end", ada] == people.office.now + timedelta(minutes=60)
    await people.passes(minutes=60)
    (closed,) = of(people, WishClosed)
    assert (closed.reason, closed.person_revision) == (WishEnd.UNPROVEN, 2)
    assert log.people[made.person_id].keep_until == people.office.now + timedelta(days=1)
    await people.asks("Ada")


async def test_a_proven_wish_lives_until_its_last_day_is_over(people: Waiting) -> None:
    ada = await people.wishes("Ada")
    assert people.office.log.armed["wish-end", ada] == on(WEEK.latest + timedelta(days=1), "00:00")
    await people.passes(days=7, hours=16)
    (closed,) = of(people, WishClosed)
    assert closed.reason is WishEnd.LAST_DAY_PASSED
    assert not [kind for kind, _subject in people.office.log.armed if kind == "wish-end"]


async def test_the_link_confirms_once_and_an_hour_later_no_more(people: Waiting) -> None:
    ada, bea = await people.asks("Ada"), await people.asks("Bea")
    assert kinds(await people.office.ask(wish.ConfirmWish(wish_id=ada))) == [WishConfirmed]
    assert await people.office.ask(wish.ConfirmWish(wish_id=ada)) == []
    people.office.passes(minutes=60, seconds=1)
    with pytest.raises(Refused, match="hold-expired"):
        await people.office.ask(wish.ConfirmWish(wish_id=bea))
    with pytest.raises(Refused, match="not-found"):
        await people.office.ask(wish.ConfirmWish(wish_id=uid("nobody's")))


@pytest.mark.parametrize("second", [CARD, (Item(service="passport_apply"),)])
async def test_one_wish_per_contact_service_and_group(people: Waiting, second: Iterable[Item]) -> None:
    """Asked for is any number; the one that was proven last stands."""
    ada = await people.wishes("Ada")
    again = await people.asks("Ada", items=second)
    assert people.wish(ada).status is WishStatus.ACTIVE, "whoever types an address ends nothing"
    await people.passes(minutes=30)
    await people.wishes("Bea", items=second)
    await people.office.ask(wish.ConfirmWish(wish_id=again))
    assert people.wish(again).status is WishStatus.ACTIVE
    assert people.wish(ada).end is WishEnd.WITHDRAWN
    await people.passes(minutes=31)
    await people.wishes("Ada", items=(Item(service="registration"),))
    assert people.wish(again).status is WishStatus.ACTIVE, "another group waits beside it"


async def test_a_link_that_is_too_late_ends_no_other_wish(people: Waiting) -> None:
    ada, late = await people.wishes("Ada"), await people.asks("Ada")
    people.office.passes(minutes=61)
    with pytest.raises(Refused, match="hold-expired"):
        await people.office.ask(wish.ConfirmWish(wish_id=late))
    assert people.wish(ada).status is WishStatus.ACTIVE


async def test_another_spelling_of_a_mailbox_ends_no_wish(people: Waiting) -> None:
    """Limits count ``ada+word@…`` as ``ada@…``; some providers give it to somebody else."""
    ada = await people.wishes("Ada")
    other = await people.asks("Ada+two")
    with pytest.raises(Refused, match="wish-exists"):
        await people.office.ask(wish.ConfirmWish(wish_id=other))
    assert people.wish(ada).status is WishStatus.ACTIVE


async def test_a_ticket_and_a_form_are_the_same_contact(people: Waiting) -> None:
    booking = await people.books("Ada")
    await people.wishes_earlier(booking)
    asked = await people.asks("Ada")
    with pytest.raises(Refused, match="wish-exists"):
        await people.office.ask(wish.ConfirmWish(wish_id=asked))
    with pytest.raises(Refused, match="wish-exists"):
        await people.wishes_earlier(booking)


async def test_confirm_mails_are_limited(people: Waiting) -> None:
    for service in ("id_card_apply", "registration"):
        await people.asks("Ada", items=(Item(service=service),))
    with pytest.raises(Refused, match="mail-limit"):
        await people.asks("Ada", items=(Item(service="certified_copy"),))


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ((Item(service="nothing"),), "unknown-service"),
        ((Item(service="id_card_pickup"),), "pickup-by-invitation"),
        ((Item(service="register_inquiry"),), "no-visit-needed"),
        ((), "invalid-input"),
    ],
)
async def test_only_what_one_can_come_for_is_wished(
    people: Waiting, items: tuple[Item, ...], code: str
) -> None:
    with pytest.raises(Refused, match=code):
        await people.asks("Ada", items=items)


async def test_without_a_mailbox_there_is_no_wish(people: Waiting) -> None:
    caller = ContactData("Nils", None, "+49461000000")
    make = wish.MakeWish(
        site="flensburg",
        items=CARD,
        persons=1,
        language="de",
        window=WEEK,
        contact=caller,
        origin=Origin("d", "n"),
    )
    with pytest.raises(Refused, match="invalid-input"):
        await people.office.ask(make)


# --- from a ticket


async def test_from_a_ticket_a_wish_is_active_and_keeps_the_bookings_person(people: Waiting) -> None:
    booking = await people.books("Ada")
    ada = await people.wishes_earlier(booking)
    (made,), (told,) = of(people, WishMade), of(people, WishDescribed)
    assert (made.booking_id, told.minutes, told.over_at) == (booking, 15, at("14:00"))
    before = people.office.log.people[made.person_id]
    await people.office.ask(wish.CloseWish(wish_id=ada))
    assert people.office.log.people[made.person_id] == before


async def test_who_may_not_move_any_more_cannot_wish_to(people: Waiting) -> None:
    booking = await people.books("Ada")
    for clock in ("14:30", "15:00", "15:30"):
        await people.office.ask(ask.RescheduleBooking(booking_id=booking, starts_at=at(clock)))
    with pytest.raises(Refused, match="too-many-moves"):
        await people.wishes_earlier(booking)


async def test_only_a_standing_appointment_that_is_still_to_come_can_be_earlier(people: Waiting) -> None:
    booking = await people.books("Ada")
    people.office.now = at("14:00")
    with pytest.raises(Refused, match="too-late"):
        await people.wishes_earlier(booking)
    people.office.now = at("09:00")
    await people.cancels(booking)
    with pytest.raises(Refused, match="wrong-state"):
        await people.wishes_earlier(booking)
    with pytest.raises(Refused, match="wrong-state"):
        await people.wishes_earlier(uid("nobody's"))


async def test_a_cancelled_appointment_ends_its_wish(people: Waiting) -> None:
    booking = await people.books("Ada")
    ada, bea = await people.wishes_earlier(booking), await people.wishes("Bea")
    await people.cancels(booking)
    (command,) = react_to_own(received(of(people, BookingCancelled)[0]))
    await people.office.ask(command)
    await people.office.ask(command)
    assert not of(people, WishClosed), "the cancellation may still be taken back"
    await people.passes(minutes=10)
    (closed,) = of(people, WishClosed)
    assert (closed.wish_id, closed.reason) == (ada, WishEnd.APPOINTMENT_CANCELLED)
    assert people.wish(bea).is_open


async def test_who_takes_the_cancellation_back_waits_on(people: Waiting) -> None:
    booking = await people.books("Ada")
    ada = await people.wishes_earlier(booking)
    await people.cancels(booking)
    (command,) = react_to_own(received(of(people, BookingCancelled)[0]))
    await people.office.ask(command)
    await people.office.ask(ask.UndoCancel(booking_id=booking))
    await people.passes(minutes=30)
    assert people.wish(ada).status is WishStatus.ACTIVE
    assert people.office.log.armed["wish-end", ada] == at("14:00")


async def test_when_the_undo_is_over_so_is_the_wish_and_not_a_moment_sooner(people: Waiting) -> None:
    """Or an appointment would come back without it."""
    booking = await people.books("Ada")
    ada = await people.wishes_earlier(booking)
    await people.cancels(booking)
    people.office.passes(minutes=10)
    await people.office.ask(wish.EndWishesOf(booking_id=booking))
    assert people.wish(ada).end is WishEnd.APPOINTMENT_CANCELLED
    with pytest.raises(Refused, match="undo-over"):
        await people.office.ask(ask.UndoCancel(booking_id=booking))


async def test_the_wish_of_an_appointment_that_moved_later_still_counts(people: Waiting) -> None:
    """A second one is refused for as long as the first is open, and no longer."""
    booking = await people.books("Ada", "10:00")
    ada = await people.wishes_earlier(booking)
    friday = on(THURSDAY + timedelta(days=1), "10:00")
    await people.office.ask(ask.RescheduleBooking(booking_id=booking, starts_at=friday))
    for hours in (25, 1):  # just as the appointment would have begun, and after that
        await people.passes(hours=hours)
        assert people.wish(ada).status is WishStatus.ACTIVE
        with pytest.raises(Refused, match="wish-exists"):
            await people.wishes_earlier(booking)
    await people.office.ask(wish.CloseWish(wish_id=ada))
    uses = people.office.log.uses
    assert not [who for (_kind, _key, who), until in uses.items() if who == ada and until > people.office.now]
    await people.wishes_earlier(booking, latest=THURSDAY + timedelta(days=1))


async def test_at_the_start_of_the_appointment_its_wish_is_over_unless_it_moved(people: Waiting) -> None:
    """Also when nobody was let in, and nothing was told."""
    booking, other = await people.books("Ada", "14:00"), await people.books("Bea", "14:30")
    ada, bea = await people.wishes_earlier(booking), await people.wishes_earlier(other)
    await people.office.ask(ask.RescheduleBooking(booking_id=other, starts_at=at("15:30")))
    people.office.now = at("14:40")
    await people.office.fire_due()
    assert people.wish(ada).end is WishEnd.APPOINTMENT_USED
    assert people.wish(bea).status is WishStatus.ACTIVE
    assert people.office.log.armed["wish-end", bea] == at("15:30")


def received(event: Event) -> Any:
    """An event as a reaction gets it."""

    class Received:
        time = datetime(2026, 12, 2, tzinfo=UTC)

        def __init__(self) -> None:
            self.event = event

    return Received()


def test_which_events_end_the_wishes_of_a_booking() -> None:
    admitted = CitizenAdmitted.model_validate(
        {
            **{"booking_id": BOOKING, "visit_id": uid("visit"), "kind": "appointment", "site": "flensburg"},
            **{"door": "main", "admitted_at": at("09:55"), "people": 1, "mode": "scan"},
        }
    )
    assert isinstance(MISSED[-1], AppointmentMissed)
    for event in (admitted, MISSED[-1], CANCELLED[-1]):
        assert react_to_own(received(event)) == [wish.EndWishesOf(booking_id=BOOKING)]
    assert react_to_own(received(CONFIRMED[-1])) == []


async def test_the_names_of_these_tests_are_mailboxes(people: Waiting) -> None:
    assert person("Ada").email == "ada@example.org"
    confirmed = await standing(people.office, "10:00", person("Ada"))
    assert confirmed.booking_id in people.slots()
    assert THURSDAY.isoweekday() == 4
