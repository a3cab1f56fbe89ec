"""Pick-ups through the handlers: what is stored together, who holds a document, moves, undo, the row."""

from datetime import date, timedelta

import pytest

from buergerbuero_contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingOpened,
    BookingRescheduled,
    CancellationUndone,
    Pool,
    Purpose,
    SlotReleased,
    SlotReserved,
)
from servicekit.decider import Refused
from services.booking import commands as ask
from services.booking.rules import retention
from services.booking.rules.booking_state import Status
from services.booking.rules.events import DocumentsBooked, Leaving, PlaceSetAside
from tests.rules.booking.called import CARD, EVA, ONE, PASS, Called
from tests.rules.booking.flensburg import kinds
from tests.rules.booking.memory import Office
from tests.rules.booking.office import THURSDAY, at, on, uid


@pytest.fixture
def called(office: Office) -> Called:
    return Called(office)


async def cancel(called: Called, booking_id: object, day: date = THURSDAY) -> list[object]:
    wish = ask.CancelBooking(booking_id=booking_id, typed_day=day)  # type: ignore[arg-type]
    return list(await called.office.ask(wish))


async def test_place_booking_and_documents_are_one_append(called: Called) -> None:
    booking_id = called.invites()
    events = await called.books()
    assert kinds(events) == [SlotReserved, BookingOpened, BookingConfirmed, DocumentsBooked]
    slot, _opened, confirmed, _taken = events
    assert isinstance(slot, SlotReserved) and isinstance(confirmed, BookingConfirmed)
    assert (slot.pool, slot.purpose, slot.hold_until) == (Pool.PICKUP_WINDOW, Purpose.PICKUP, None)
    assert slot.ends_at - slot.starts_at == timedelta(minutes=10)
    assert (confirmed.booking_id, confirmed.person_id, confirmed.person_revision) == (booking_id, EVA, 3)
    assert called.booking(booking_id).invitation_id == ONE
    assert ("no-show", booking_id) in called.office.log.armed
    assert ("hold-expiry", booking_id) not in called.office.log.armed


async def test_an_unknown_invitation_is_on_its_way_and_an_ended_one_over(called: Called) -> None:
    with pytest.raises(Refused, match="invitation-on-its-way"):
        await called.books()
    called.invites(ended=True)
    with pytest.raises(Refused, match="invitation-ended"):
        await called.books()


@pytest.mark.parametrize(
    ("start", "code"),
    [("09:05", "too-soon"), ("10:02", "off-grid"), ("23:00", "day-closed")],
)
async def test_a_time_that_cannot_be_had_is_refused(called: Called, start: str, code: str) -> None:
    called.invites()
    called.office.now = at("09:01")
    with pytest.raises(Refused, match=code):
        await called.books(start)


async def test_only_what_is_still_here_is_booked(called: Called) -> None:
    called.invites(CARD, PASS)
    await called.leaves(PASS, Leaving.ENDED)
    events = await called.books()
    opened = next(event for event in events if isinstance(event, BookingOpened))
    assert opened.document_ids == (CARD,)
    assert [item.service for item in opened.items] == ["id_card_pickup"]


async def test_documents_that_left_between_look_and_decision_are_not_booked(called: Called) -> None:
    called.invites(CARD)

    async def meanwhile() -> None:
        await called.elsewhere().leaves(CARD)

    called.office.log.before_decide = meanwhile
    with pytest.raises(Refused, match="invitation-ended"):
        await called.books()


async def test_the_second_booking_of_an_invitation_meets_the_first(called: Called) -> None:
    booking_id = called.invites()
    await called.books("10:00")
    assert await called.books("11:00") == []
    assert called.booking(booking_id).starts_at == at("10:00")


@pytest.mark.parametrize("clock", ["10:00", "11:00"])
async def test_two_processes_that_decide_at_once_book_once(called: Called, clock: str) -> None:
    booking_id = called.invites()

    async def faster() -> None:
        await called.elsewhere().books(clock)

    called.office.log.before_decide = faster
    assert await called.books("10:00") == []
    assert called.booking(booking_id).starts_at == at(clock)


async def test_a_document_has_one_open_pickup_and_the_refusal_names_it(called: Called) -> None:
    first = called.invites(CARD, PASS)
    await called.books()
    called.invites(PASS, by=uid("newer"))
    with pytest.raises(Refused, match="document-booked") as refused:
        await called.books("11:00", uid("newer"))
    assert refused.value.details == {"booking_id": first}
    with pytest.raises(Refused, match="document-booked"):  # also if the very time is taken by it
        await called.books("10:00", uid("newer"))
    called.invites(PASS, by=uid("strange"), who=uid("somebody else"))
    with pytest.raises(Refused, match="document-booked") as refused:
        await called.books("11:00", uid("strange"))
    assert refused.value.details == {"booking_id": None}


async def test_a_cancelled_or_missed_pickup_gives_its_documents_back(called: Called) -> None:
    first = called.invites()
    await called.books()
    await cancel(called, first)
    second = called.invites(by=uid("second"))
    assert BookingConfirmed in kinds(await called.books("11:00", uid("second")))
    called.office.now = at("11:10")
    await called.office.fire_due()
    assert called.booking(second).status is Status.MISSED
    called.invites(by=uid("third"))
    assert BookingConfirmed in kinds(await called.books("12:00", uid("third")))


async def test_a_move_stays_at_the_window_and_takes_its_documents_along(called: Called) -> None:
    booking_id = called.invites()
    await called.books()
    monday = on(date(2026, 12, 7), "15:00")
    events = await called.office.ask(ask.RescheduleBooking(booking_id=booking_id, starts_at=monday))
    assert kinds(events) == [SlotReleased, PlaceSetAside, SlotReserved, BookingRescheduled]
    slot, moved = events[2], events[3]
    assert isinstance(slot, SlotReserved) and isinstance(moved, BookingRescheduled)
    assert (slot.pool, moved.invitation_id, moved.document_ids) == (Pool.PICKUP_WINDOW, ONE, (CARD, PASS))
    called.office.now = at("12:00")
    called.invites(by=uid("newer"))
    with pytest.raises(Refused, match="document-booked"):
        await called.books("15:00", uid("newer"))


async def test_an_undone_cancellation_has_place_and_documents_again(called: Called) -> None:
    booking_id = called.invites()
    await called.books()
    await cancel(called, booking_id)
    assert CancellationUndone in kinds(await called.office.ask(ask.UndoCancel(booking_id=booking_id)))
    called.invites(by=uid("newer"))
    with pytest.raises(Refused, match="document-booked"):
        await called.books("11:00", uid("newer"))


async def test_an_undo_is_refused_if_another_pickup_took_a_document_meanwhile(called: Called) -> None:
    booking_id = called.invites(CARD, PASS)
    await called.books()
    await cancel(called, booking_id)
    called.invites(CARD, by=uid("newer"))
    await called.books("11:00", uid("newer"))
    with pytest.raises(Refused, match="document-booked"):
        await called.office.ask(ask.UndoCancel(booking_id=booking_id))
    assert called.booking(booking_id).status is Status.CANCELLED


async def test_a_pickup_after_the_rows_end_keeps_the_person_and_never_shortens(called: Called) -> None:
    booking_id = called.invites()
    called.owns(at("23:00"))
    events = await called.books()
    confirmed = next(event for event in events if isinstance(event, BookingConfirmed))
    assert called.row.keep_until == retention.of_appointment(at("10:00"))
    assert confirmed.person_revision == called.row.revision == 4
    called.owns(retention.of_awaited_document(called.office.now))
    until = called.row.keep_until
    await called.office.ask(ask.RescheduleBooking(booking_id=booking_id, starts_at=at("11:00")))
    assert called.row.keep_until == until
    assert BookingCancelled in [type(event) for event in await cancel(called, booking_id)]
    assert called.row.keep_until == until
