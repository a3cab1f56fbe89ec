"""Every row of the table "Booking": the hold, its end, moves and cancellation."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from buergerbuero_contracts.booking import (
    BookingCancelled,
    BookingKind,
    BookingOpened,
    BookingRescheduled,
    By,
    CancellationUndone,
    CancelReason,
    Channel,
    ConfirmationRequested,
    ExpiryReason,
    HoldExpired,
    HoldStage,
)
from buergerbuero_contracts.envelope import Event
from servicekit.testing.rules import given, like
from services.booking.rules import booking_commands as c
from services.booking.rules.booking import DECIDER
from services.booking.rules.booking_state import Status
from services.booking.rules.events import (
    AttendanceReaffirmed,
    ContactUnreachable,
    EmergencyGranted,
    EmergencyReason,
    HoldExtended,
)
from tests.rules.booking.office import BOOKING, CARD, PERSON, THURSDAY, at, opened, requested
from tests.rules.booking.stages import (
    CANCELLED,
    CONFIRMED,
    DISPLACED,
    EXPIRED,
    EXPIRED_HELD,
    HELD,
    MISSED,
    STAGES,
    UNCONFIRMED,
    cancelled,
)


def open_booking(**changed: Any) -> c.OpenBooking:
    fields: dict[str, Any] = {
        "booking_id": BOOKING,
        "kind": BookingKind.APPOINTMENT,
        "channel": Channel.ONLINE,
        "site": "flensburg",
        "starts_at": at("10:00"),
        "ends_at": at("10:15"),
        "items": CARD,
        "persons": 1,
        "language": "de",
        "hold_until": at("08:10"),
    }
    return c.OpenBooking(**fields | changed)


def cancel(now: datetime, by: By = By.CITIZEN, **typed: Any) -> c.CancelBooking:
    reason = CancelReason.CITIZEN_WISH if by is By.CITIZEN else CancelReason.OFFICE_FAULT
    return c.CancelBooking(by=by, reason=reason, at=now, **typed)


def move(start: datetime, now: datetime, by: By = By.CITIZEN) -> c.RescheduleBooking:
    return c.RescheduleBooking(starts_at=start, by=by, at=now)


# --- the hold


def test_a_place_that_was_picked_opens_a_booking() -> None:
    given(DECIDER).when(open_booking()).then(opened())


def test_an_emergency_place_has_its_reason_in_a_private_event() -> None:
    command = open_booking(kind=BookingKind.EMERGENCY, emergency=EmergencyReason.TRAVEL)
    given(DECIDER).when(command).then(
        like(BookingOpened, kind=BookingKind.EMERGENCY), like(EmergencyGranted, reason=EmergencyReason.TRAVEL)
    )


def test_a_hold_is_extended_from_now_on() -> None:
    command = c.ExtendHold(at=at("08:09"))
    given(DECIDER, *HELD).when(command).then(like(HoldExtended, hold_until=at("08:19"), extension=1))


def test_a_hold_is_extended_ten_times_and_no_more() -> None:
    extended = [HoldExtended(booking_id=BOOKING, hold_until=at("08:19"), extension=n) for n in range(1, 10)]
    so_far = given(DECIDER, *HELD, *extended)
    tenth = so_far.when(c.ExtendHold(at=at("08:15"))).then(like(HoldExtended, extension=10))
    so_far.and_given(*tenth.events).when(c.ExtendHold(at=at("08:16"))).refused("no-more-extensions")


def test_a_hold_is_neither_extended_nor_moved_from_its_limit_on() -> None:
    given(DECIDER, *HELD).when(c.ExtendHold(at=at("08:10"))).refused("hold-expired")
    given(DECIDER, *HELD).when(move(at("11:00"), at("08:10"))).refused("hold-expired")
    given(DECIDER, *EXPIRED_HELD).when(c.ExtendHold(at=at("08:11"))).refused("hold-expired")


def give_contact(now: str) -> c.GiveContact:
    return c.GiveContact(person_id=PERSON, person_revision=1, at=at(now))


def test_the_contact_asks_for_confirmation_within_the_hour() -> None:
    given(DECIDER, *HELD).when(give_contact("08:05")).then(requested(1, "09:05"))


def test_an_expired_hold_takes_the_contact_too() -> None:
    given(DECIDER, *EXPIRED_HELD).when(give_contact("08:20")).then(requested(1, "09:20"))


def test_a_caller_has_a_day_to_confirm_but_never_past_the_start() -> None:
    by_phone = opened(Channel.PHONE)
    given(DECIDER, by_phone).when(give_contact("08:05")).then(requested(1, "10:00"))
    early = c.GiveContact(person_id=PERSON, person_revision=1, at=at("08:05") - timedelta(days=3))
    then = given(DECIDER, by_phone).when(early)
    assert then.of(ConfirmationRequested).confirm_until == at("08:05") - timedelta(days=2)


def test_an_online_confirmation_never_ends_after_the_start() -> None:
    given(DECIDER, *HELD).when(give_contact("09:30")).then(requested(1, "10:00"))
    given(DECIDER, *HELD).when(give_contact("10:00")).refused("too-late")


# --- expiry


@pytest.mark.parametrize(
    ("before", "now", "stage"),
    [(HELD, "08:10", HoldStage.HELD), (UNCONFIRMED, "09:05", HoldStage.UNCONFIRMED)],
)
def test_a_hold_expires_at_its_limit_not_before(
    before: tuple[Event, ...], now: str, stage: HoldStage
) -> None:
    expired = HoldExpired(booking_id=BOOKING, stage=stage, reason=ExpiryReason.TIME)
    given(DECIDER, *before).when(c.ExpireHold(at=at(now))).then(expired)
    given(DECIDER, *before).when(c.ExpireHold(at=at(now) - timedelta(microseconds=1))).nothing()


@pytest.mark.parametrize("before", [CONFIRMED, DISPLACED, MISSED, CANCELLED, EXPIRED, ()])
def test_nothing_else_ever_expires(before: tuple[Event, ...]) -> None:
    given(DECIDER, *before).when(c.ExpireHold(at=at("23:00"))).nothing()


# --- moves


def test_a_move_keeps_what_and_for_whom_and_raises_the_sequence() -> None:
    now, new = at("08:30"), at("11:00")
    then = given(DECIDER, *CONFIRMED).when(move(new, now))
    then.then(
        like(
            BookingRescheduled,
            starts_at=new,
            ends_at=at("11:15"),
            was_at=at("10:00"),
            moves=1,
            sequence=1,
            items=CARD,
            person_id=PERSON,
            by=By.CITIZEN,
        )
    )
    assert then.after.status is Status.CONFIRMED


def test_a_moved_hold_keeps_its_limit() -> None:
    then = given(DECIDER, *HELD).when(move(at("11:00"), at("08:05")))
    assert (then.after.status, then.after.limit) == (Status.HELD, at("08:10"))
    assert then.of(BookingRescheduled).method is None


def test_a_displaced_booking_that_moves_stands_again() -> None:
    then = given(DECIDER, *DISPLACED).when(move(at("11:00"), at("08:30")))
    assert (then.after.status, then.after.answer_until) == (Status.CONFIRMED, None)


def test_citizens_move_three_times_the_office_more_often() -> None:
    so_far = given(DECIDER, *CONFIRMED)
    for hour in ("11:00", "12:00", "13:00"):
        so_far = so_far.and_given(*so_far.when(move(at(hour), at("08:30"))).events)
    so_far.when(move(at("14:00"), at("08:31"))).refused("too-many-moves")
    so_far.when(move(at("14:00"), at("08:31"), By.OFFICE)).then(like(BookingRescheduled, moves=4))


def test_a_move_to_the_present_time_changes_nothing() -> None:
    given(DECIDER, *CONFIRMED).when(move(at("10:00"), at("08:30"))).nothing()


def test_after_the_start_nobody_moves() -> None:
    given(DECIDER, *CONFIRMED).when(move(at("11:00"), at("10:00"))).refused("too-late")


# --- cancellation and its undo


def test_a_hold_is_given_up_without_any_code() -> None:
    for before in (HELD, UNCONFIRMED):
        given(DECIDER, *before).when(cancel(at("08:06"))).then(
            like(BookingCancelled, was_confirmed=False, undo_until=None)
        )


@pytest.mark.parametrize("typed", [{"code_matches": True}, {"typed_day": THURSDAY}])
def test_a_citizen_cancels_with_code_or_day(typed: dict[str, Any]) -> None:
    then = given(DECIDER, *CONFIRMED).when(cancel(at("08:30"), **typed))
    then.then(like(BookingCancelled, was_confirmed=True, undo_until=at("08:40"), sequence=1))


@pytest.mark.parametrize("typed", [{}, {"typed_day": date(2026, 12, 4)}])
def test_the_wrong_day_cancels_nothing(typed: dict[str, Any]) -> None:
    given(DECIDER, *CONFIRMED).when(cancel(at("08:30"), **typed)).refused("code-mismatch")


def test_a_citizen_cancels_before_the_start_the_office_at_any_time() -> None:
    given(DECIDER, *CONFIRMED).when(cancel(at("10:00"), code_matches=True)).refused("too-late")
    given(DECIDER, *DISPLACED).when(cancel(at("10:00"), By.OFFICE)).then(
        like(BookingCancelled, by=By.OFFICE, reason=CancelReason.OFFICE_FAULT)
    )


def test_cancelling_twice_is_cancelling_once() -> None:
    given(DECIDER, *CANCELLED).when(cancel(at("08:35"), code_matches=True)).nothing()


@pytest.mark.parametrize(("before", "again"), [(CONFIRMED, Status.CONFIRMED), (DISPLACED, Status.DISPLACED)])
def test_an_undone_cancellation_leaves_what_it_was(before: tuple[Event, ...], again: Status) -> None:
    undone = given(DECIDER, *before, cancelled(True, at("08:40"))).when(c.UndoCancel(at=at("08:39")))
    undone.then(like(CancellationUndone, sequence=2, starts_at=at("10:00")))
    assert undone.after.status is again
    assert undone.after.answer_until == (at("08:00") if again is Status.DISPLACED else None)


def test_an_undo_is_once_in_time_and_for_appointments() -> None:
    in_time = at("08:40") - timedelta(microseconds=1)
    given(DECIDER, *CANCELLED).when(c.UndoCancel(at=in_time)).then(like(CancellationUndone))
    given(DECIDER, *CANCELLED).when(c.UndoCancel(at=at("08:40"))).refused("undo-over")
    given(DECIDER, *HELD, cancelled(False, None)).when(c.UndoCancel(at=at("08:31"))).refused("undo-over")
    so_far = given(DECIDER, *CANCELLED)
    first = so_far.when(c.UndoCancel(at=at("08:35")))
    so_far.and_given(*first.events).when(c.UndoCancel(at=at("08:36"))).nothing()


# --- notes, and what has no row


def test_notes_are_made_once() -> None:
    for command, kind in (
        (c.NoteUnreachable(), ContactUnreachable),
        (c.ReaffirmAttendance(), AttendanceReaffirmed),
    ):
        so_far = given(DECIDER, *CONFIRMED)
        first = so_far.when(command).then(like(kind, booking_id=BOOKING))
        so_far.and_given(*first.events).when(command).nothing()


COMMANDS: dict[str, tuple[c.Command, set[str]]] = {
    "open": (open_booking(), {"none"}),
    "extend": (c.ExtendHold(at=at("08:05")), {"held", "expired", "expired held"}),
    "contact": (give_contact("08:05"), {"held", "expired held"}),
    "resend": (c.ResendConfirmation(at=at("08:06")), {"unconfirmed"}),
    "correct": (c.CorrectAddress(person_revision=2, at=at("08:06")), {"unconfirmed"}),
    "confirm": (
        c.ConfirmBooking(attempt=1, at=at("08:06")),
        {"unconfirmed", "confirmed", "displaced", "missed", "expired", "expired held"},
    ),
    "undeliverable": (c.ReportUndeliverable(attempt=1, at=at("08:06")), {"unconfirmed"}),
    "cancel": (
        cancel(at("08:06"), code_matches=True),
        {"held", "unconfirmed", "confirmed", "displaced", "cancelled"},
    ),
    "undo": (c.UndoCancel(at=at("08:06")), {"cancelled"}),
    "move": (move(at("11:00"), at("08:06")), {"held", "confirmed", "displaced"}),
    "unreachable": (c.NoteUnreachable(), {"confirmed"}),
    "reaffirm": (c.ReaffirmAttendance(), {"confirmed"}),
}


@pytest.mark.parametrize("state", STAGES)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_without_a_row_is_a_wrong_state(name: str, state: str) -> None:
    command, rows = COMMANDS[name]
    then = given(DECIDER, *STAGES[state]).when(command)
    if state not in rows:
        then.refused("wrong-state")
    elif then.refusal is not None:
        assert then.refusal.code != "wrong-state"
