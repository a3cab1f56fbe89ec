"""A message's life, one test per row of the table: what it is given, what it is told, what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from buergerbuero_contracts.notification import (
    BounceReason,
    FailureReason,
    MessageBounced,
    MessageFailed,
    MessageQueued,
    MessageSent,
    MessageSkipped,
    SkipReason,
)
from servicekit.decider import Refused
from services.notification.publish import PUBLISH
from services.notification.rules.commands import (
    Command,
    NoteAccepted,
    NoteDeferred,
    NoteFault,
    NoteRefused,
    NoteUnclear,
    ReportBounce,
    ResumeMessage,
)
from services.notification.rules.events import (
    PRIVATE,
    Cause,
    Fault,
    MessageParked,
    MessageSourced,
    MessageWaited,
    SendDeferred,
    SendLeftUnclear,
    SendStarted,
)
from services.notification.rules.message import MESSAGE
from services.notification.rules.state import CLAIM, Phase
from services.notification.rules.templates import PersonLook, SourceLook
from tests.rules.notification.given import (
    CLAIM_ID,
    CONFIRM_REQUEST,
    MESSAGE_ID,
    after,
    given,
    look,
    useful_for,
    when,
)

ACCEPTED = NoteAccepted(MESSAGE_ID, 1)
SOFT = NoteDeferred(MESSAGE_ID, 1, Cause.CODE, 0.0, after(2), 451)


def test_an_event_queues_its_message_and_remembers_where_it_came_from() -> None:
    queued, sourced = when(MESSAGE.initial, CONFIRM_REQUEST)
    assert isinstance(queued, MessageQueued) and isinstance(sourced, MessageSourced)
    assert (queued.template, queued.language, queued.attempt) == ("confirm_request", "de", 1)
    assert (sourced.source_position, sourced.useful_until) == (40, after(minutes=60))


def test_the_same_event_queues_its_message_once() -> None:
    assert when(given(), CONFIRM_REQUEST) == []


def test_a_due_message_is_claimed_for_120_seconds() -> None:
    (started,) = when(given(), look(after(1)))
    assert started == SendStarted(
        message_id=MESSAGE_ID,
        try_no=1,
        unclear=0,
        claimed_until=after(1) + timedelta(seconds=120),
        claim=CLAIM_ID,
    )


def test_a_claimed_message_is_nobody_elses() -> None:
    assert when(given(look()), look(after(119))) == []


def test_the_mail_server_takes_it() -> None:
    (sent,) = when(given(look()), ACCEPTED)
    assert isinstance(sent, MessageSent)
    assert given(look(), ACCEPTED).phase is Phase.ACCEPTED


@pytest.mark.parametrize("phase", ["sent", "skipped", "failed"])
def test_a_message_at_its_end_stays_there(phase: str) -> None:
    end = {
        "sent": given(look(), ACCEPTED),
        "skipped": given(look(person=PersonLook.ERASED)),
        "failed": given(look(), NoteRefused(MESSAGE_ID, 1, after())),
    }[phase]
    assert when(end, look(after(days=1))) == []
    assert when(end, ACCEPTED) == []


def test_a_message_waits_for_the_persons_copy_and_says_so_once() -> None:
    (waited,) = when(given(), look(person=PersonLook.BEHIND))
    assert isinstance(waited, MessageWaited)
    waiting = given(look(person=PersonLook.BEHIND))
    assert waiting.phase is Phase.WAITING
    assert when(waiting, look(after(30), person=PersonLook.BEHIND)) == []
    assert isinstance(when(waiting, look(after(31)))[0], SendStarted)


def test_a_message_waits_while_the_booking_is_known_from_before_the_event() -> None:
    assert given(look(source=SourceLook.BEHIND)).phase is Phase.WAITING


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (look(person=PersonLook.ERASED), SkipReason.ERASED),
        (look(after(minutes=60)), SkipReason.EXPIRED),
        (look(source=SourceLook.LEFT), SkipReason.STALE),
        (look(person=PersonLook.NO_ADDRESS), SkipReason.NO_ADDRESS),
        (look(after(days=1), person=PersonLook.ERASED, source=SourceLook.BEHIND), SkipReason.ERASED),
    ],
)
@pytest.mark.parametrize("before", [(), (look(person=PersonLook.BEHIND),), (look(), SOFT)])
def test_a_message_without_sense_is_skipped(
    before: tuple[Command, ...], seen: Command, reason: SkipReason
) -> None:
    (skipped,) = when(given(*before), seen)
    assert isinstance(skipped, MessageSkipped) and skipped.reason is reason


def test_an_address_that_was_refused_for_good_is_not_tried_again() -> None:
    (failed,) = when(given(), look(person=PersonLook.SUPPRESSED))
    assert isinstance(failed, MessageFailed) and failed.reason is FailureReason.PERMANENT


def test_a_refusal_for_good_ends_it() -> None:
    (failed,) = when(given(look()), NoteRefused(MESSAGE_ID, 1, after()))
    assert isinstance(failed, MessageFailed) and failed.reason is FailureReason.PERMANENT


def test_the_schedule_is_30_seconds_2_10_30_minutes_then_hourly() -> None:
    state, at, delays = given(queue=useful_for(days=28)), after(), []
    message = state.sourced.message_id
    for try_no in range(1, 8):
        state = MESSAGE.fold(MESSAGE.decide(replace(look(at), message_id=message), state), state)
        (deferred,) = when(state, NoteDeferred(message, try_no, Cause.CODE, 0.0, at, 451))
        assert isinstance(deferred, SendDeferred)
        delays.append((deferred.next_at - at).total_seconds())
        state, at = MESSAGE.fold([deferred], state), deferred.next_at
    assert delays == [30, 120, 600, 1800, 3600, 3600, 3600]


@pytest.mark.parametrize("jitter", [0.0, 0.5, 0.999])
def test_jitter_only_ever_lengthens_a_delay_by_a_fifth_at_most(jitter: float) -> None:
    (deferred,) = when(given(look()), NoteDeferred(MESSAGE_ID, 1, Cause.CONNECTION, jitter, after(), None))
    assert isinstance(deferred, SendDeferred)
    assert 30 <= (deferred.next_at - after()).total_seconds() < 36


def test_a_retry_that_would_come_too_late_gives_up() -> None:
    (failed,) = when(given(look()), NoteDeferred(MESSAGE_ID, 1, Cause.CODE, 0.0, after(minutes=59.6), 451))
    assert isinstance(failed, MessageFailed) and failed.reason is FailureReason.EXPIRED


def test_a_claim_that_ran_out_is_an_unclear_try_and_is_sent_once_more() -> None:
    (again,) = when(given(look()), look(after() + CLAIM))
    assert isinstance(again, SendStarted) and (again.try_no, again.unclear) == (2, 1)


def test_the_second_claim_that_ran_out_is_a_technical_failure() -> None:
    (parked,) = when(given(look(), look(after() + CLAIM)), look(after() + 2 * CLAIM))
    assert isinstance(parked, MessageParked) and parked.fault is Fault.AMBIGUOUS


def test_a_connection_cut_after_the_text_is_sent_once_more_and_no_second_time() -> None:
    (unclear,) = when(given(look()), NoteUnclear(MESSAGE_ID, 1, 0.0, after(3)))
    assert isinstance(unclear, SendLeftUnclear)
    twice = given(look(), NoteUnclear(MESSAGE_ID, 1, 0.0, after(3)), look(after(40)))
    (parked,) = when(twice, NoteUnclear(MESSAGE_ID, 2, 0.0, after(43)))
    assert isinstance(parked, MessageParked) and parked.fault is Fault.AMBIGUOUS


def test_a_result_of_an_earlier_try_says_nothing_about_the_present_one() -> None:
    assert when(given(look(), look(after() + CLAIM)), ACCEPTED) == []


def test_what_cannot_be_written_is_our_own_fault_and_waits_for_a_person() -> None:
    parked = given(look(), NoteFault(MESSAGE_ID, 1))
    assert parked.phase is Phase.TECHNICAL_FAILURE
    assert when(parked, look(after(minutes=5))) == []
    resumed = given(look(), NoteFault(MESSAGE_ID, 1), ResumeMessage(MESSAGE_ID, after(minutes=10)))
    assert isinstance(when(resumed, look(after(minutes=10)))[0], SendStarted)


def test_our_own_fault_becomes_a_failure_when_the_mail_is_of_no_use_any_more() -> None:
    (failed,) = when(given(look(), NoteFault(MESSAGE_ID, 1)), look(after(minutes=60)))
    assert isinstance(failed, MessageFailed) and failed.reason is FailureReason.TECHNICAL


def test_only_a_parked_message_can_be_resumed() -> None:
    with pytest.raises(Refused, match="wrong-state"):
        when(given(), ResumeMessage(MESSAGE_ID, after()))


def test_an_accepted_message_bounces_once() -> None:
    accepted, bounce = given(look(), ACCEPTED), ReportBounce(MESSAGE_ID, BounceReason.ADDRESS, after())
    (bounced,) = when(accepted, bounce)
    assert isinstance(bounced, MessageBounced) and bounced.reason is BounceReason.ADDRESS
    assert when(MESSAGE.fold([bounced], accepted), bounce) == []
    assert when(given(look()), bounce) == []


def test_private_events_are_none_of_the_contract() -> None:
    assert PUBLISH and not set(PUBLISH) & {kind.__name__ for kind in PRIVATE}
