"""Confirmation: links and attempts, bounces, pressed again, and the race with expiry."""

from datetime import timedelta

import pytest
from hypothesis import given as any_of
from hypothesis import settings
from hypothesis import strategies as st

from buergerbuero_contracts.booking import (
    AdmissionMode,
    BookingConfirmed,
    BookingKind,
    BookingRescheduled,
    By,
    CancelReason,
    CitizenAdmitted,
    ConfirmationRequested,
    ExpiryReason,
    HoldExpired,
    HoldStage,
    Method,
)
from servicekit.decider import Refused
from servicekit.testing.rules import given, like
from services.booking.rules import booking_commands as c
from services.booking.rules.booking import DECIDER
from services.booking.rules.booking_state import Status
from services.booking.rules.events import ConfirmationUndeliverable
from tests.rules.booking.office import BOOKING, PERSON, at, confirmed, opened, requested, uid
from tests.rules.booking.stages import CANCELLED, CONFIRMED, DISPLACED, EXPIRED, HELD, MISSED, UNCONFIRMED

WISH = CancelReason.CITIZEN_WISH
SECOND = timedelta(seconds=1)


def confirm(now: str, attempt: int = 1) -> c.ConfirmBooking:
    return c.ConfirmBooking(attempt=attempt, at=at(now))


def test_the_link_confirms_up_to_its_limit() -> None:
    given(DECIDER, *UNCONFIRMED).when(confirm("09:05")).then(confirmed())
    late = c.ConfirmBooking(attempt=1, at=at("09:05") + SECOND)
    given(DECIDER, *UNCONFIRMED).when(late).refused("hold-expired")


def test_whoever_is_proven_otherwise_stands_at_once() -> None:
    for method in (Method.STAFF, Method.LETTER, Method.SPOKEN):
        command = c.ConfirmAtOnce(person_id=PERSON, person_revision=1, method=method)
        given(DECIDER, *HELD).when(command).then(like(BookingConfirmed, method=method, person_id=PERSON))


# --- pressed again: after a move, a cancellation, expiry, admission


def test_pressed_again_after_a_move_tells_the_new_time_and_changes_nothing() -> None:
    """F43 a."""
    moved = given(DECIDER, *CONFIRMED).when(
        c.RescheduleBooking(starts_at=at("11:00"), by=By.CITIZEN, at=at("08:20"))
    )
    again = given(DECIDER, *CONFIRMED, *moved.events).when(confirm("08:30")).nothing()
    assert again.before.starts_at == at("11:00")
    assert moved.of(BookingRescheduled).starts_at == at("11:00")


def test_pressed_again_after_cancelling_revives_nothing() -> None:
    """F43 b."""
    given(DECIDER, *CANCELLED).when(confirm("08:31")).refused("wrong-state")


def test_pressed_again_after_expiry_says_that_the_time_is_over() -> None:
    """F43 c."""
    given(DECIDER, *EXPIRED).when(confirm("09:06")).refused("hold-expired")


def test_pressed_again_after_admission_or_no_show_changes_nothing() -> None:
    admitted = CitizenAdmitted(
        booking_id=BOOKING,
        visit_id=uid("visit"),
        kind=BookingKind.APPOINTMENT,
        site="flensburg",
        door="main",
        admitted_at=at("09:55"),
        people=1,
        mode=AdmissionMode.SCAN,
    )
    for before in (CONFIRMED, DISPLACED, MISSED, (*CONFIRMED, admitted)):
        given(DECIDER, *before).when(confirm("09:56")).nothing()


# --- attempts


def test_sending_again_is_one_attempt_more_with_a_new_limit() -> None:
    again = given(DECIDER, *UNCONFIRMED).when(c.ResendConfirmation(at=at("08:30")))
    again.then(requested(attempt=2, limit="09:30", revision=1))


def test_no_attempt_has_a_number_that_its_link_could_not_carry() -> None:
    """Links hold it in one byte; corrections to ever new addresses would get there in half a day."""
    for command in (
        c.ResendConfirmation(at=at("08:30")),
        c.CorrectAddress(person_revision=2, at=at("08:30")),
    ):
        given(DECIDER, *UNCONFIRMED, requested(attempt=254)).when(command).then(
            like(ConfirmationRequested, attempt=255)
        )
        given(DECIDER, *UNCONFIRMED, requested(attempt=255)).when(command).refused("mail-limit")


def test_after_sending_again_both_links_count() -> None:
    twice = given(DECIDER, *UNCONFIRMED, requested(attempt=2, limit="09:30"))
    for attempt in (1, 2):
        twice.when(confirm("09:20", attempt)).then(like(BookingConfirmed, method=Method.LINK))


def test_a_corrected_address_kills_the_older_links_for_ever() -> None:
    corrected = given(DECIDER, *UNCONFIRMED).when(c.CorrectAddress(person_revision=2, at=at("08:30")))
    corrected.then(requested(attempt=2, limit="09:30", revision=2))
    so_far = given(DECIDER, *UNCONFIRMED, *corrected.events)
    so_far.when(confirm("08:40", attempt=1)).refused("not-found")
    stands = so_far.when(confirm("08:40", attempt=2)).then(like(BookingConfirmed, person_revision=2))
    so_far.and_given(*stands.events).when(confirm("08:45", attempt=1)).refused("not-found")


def test_a_bounce_of_the_newest_mail_shortens_the_limit() -> None:
    command = c.ReportUndeliverable(attempt=1, at=at("08:10"))
    so_far = given(DECIDER, *UNCONFIRMED)
    bounced = so_far.when(command)
    bounced.then(like(ConfirmationUndeliverable, attempt=1, confirm_until=at("08:20")))
    assert bounced.after.status is Status.UNCONFIRMED
    so_far.and_given(*bounced.events).when(command).nothing()
    so_far.and_given(*bounced.events).when(c.ExpireHold(at=at("08:20"))).then(
        like(HoldExpired, stage=HoldStage.UNCONFIRMED, reason=ExpiryReason.UNDELIVERABLE)
    )


def test_a_bounce_never_lengthens_the_limit() -> None:
    bounced = given(DECIDER, *UNCONFIRMED).when(c.ReportUndeliverable(attempt=1, at=at("09:00")))
    bounced.then(like(ConfirmationUndeliverable, confirm_until=at("09:05")))


def test_a_late_bounce_of_an_older_mail_says_nothing_about_the_newer_one() -> None:
    twice = given(DECIDER, *UNCONFIRMED, requested(attempt=2, limit="09:30"))
    twice.when(c.ReportUndeliverable(attempt=1, at=at("08:40"))).nothing()


def test_a_new_attempt_after_a_bounce_expires_by_time() -> None:
    bounced = ConfirmationUndeliverable(booking_id=BOOKING, attempt=1, confirm_until=at("08:20"))
    corrected = requested(attempt=2, limit="09:15", revision=2)
    given(DECIDER, *UNCONFIRMED, bounced, corrected).when(c.ExpireHold(at=at("09:15"))).then(
        like(HoldExpired, reason=ExpiryReason.TIME)
    )


# --- expiry against confirmation

STEPS = st.lists(
    st.sampled_from(["confirm", "expire", "resend", "bounce", "cancel", "undo", "move"]), max_size=12
)


@any_of(STEPS, st.lists(st.integers(0, 4_000), min_size=12, max_size=12))
@settings(max_examples=300, deadline=None)
def test_whatever_the_order_a_confirmed_booking_never_expires(steps: list[str], waits: list[int]) -> None:
    """Confirmation and expiry may meet in the same second, in either order, again and again."""
    state = DECIDER.fold((opened(), requested()))
    now, stood, hour = at("08:05"), False, 11
    for step, wait in zip(steps, waits, strict=False):
        now += timedelta(seconds=wait)
        hour += step == "move"
        commands: dict[str, c.Command] = {
            "confirm": c.ConfirmBooking(attempt=state.attempts, at=now),
            "expire": c.ExpireHold(at=now),
            "resend": c.ResendConfirmation(at=now),
            "bounce": c.ReportUndeliverable(attempt=state.attempts, at=now),
            "cancel": c.CancelBooking(by=By.CITIZEN, reason=WISH, at=now, code_matches=True),
            "undo": c.UndoCancel(at=now),
            "move": c.RescheduleBooking(starts_at=at(f"{hour}:00"), by=By.OFFICE, at=now),
        }
        try:
            events = DECIDER.decide(commands[step], state)
        except Refused:
            continue
        assert not (stood and any(isinstance(event, HoldExpired) for event in events))
        if any(isinstance(event, ConfirmationRequested) for event in events):
            assert state.status is Status.UNCONFIRMED
        state = DECIDER.fold(events, state)
        stood = stood or state.status is Status.CONFIRMED
    if stood:
        assert state.status is not Status.EXPIRED


@pytest.mark.parametrize("first", ["confirm", "expire"])
def test_in_the_same_second_the_first_one_counts(first: str) -> None:
    now = at("09:05")
    expire, press = c.ExpireHold(at=now), c.ConfirmBooking(attempt=1, at=now)
    so_far = given(DECIDER, *UNCONFIRMED)
    if first == "confirm":
        stands = so_far.when(press)
        so_far.and_given(*stands.events).when(expire).nothing()
    else:
        ended = so_far.when(expire)
        so_far.and_given(*ended.events).when(press).refused("hold-expired")
