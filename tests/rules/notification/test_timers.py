"""A message that is not at its end has one armed timer to be sent, one at its end has none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from buergerbuero_contracts.envelope import Event
from servicekit.log import Arm, Disarm, Stream
from services.notification.handlers import next_look
from services.notification.rules.commands import (
    Command,
    NoteAccepted,
    NoteDeferred,
    NoteFault,
    NoteRefused,
    NoteUnclear,
    ResumeMessage,
    StartSending,
)
from services.notification.rules.events import Cause
from services.notification.rules.message import MESSAGE
from services.notification.rules.reminders import REMIND
from services.notification.rules.state import Phase
from services.notification.rules.templates import PersonLook
from services.notification.timers import SEND, timers
from tests.rules.notification.given import CONFIRM_REQUEST, MESSAGE_ID, after, given, look, useful_for

STREAM = Stream("message", MESSAGE_ID)
LIVES: list[tuple[Command, ...]] = [
    (),
    (look(),),
    (look(), NoteAccepted(MESSAGE_ID, 1)),
    (look(), NoteRefused(MESSAGE_ID, 1, after())),
    (look(), NoteDeferred(MESSAGE_ID, 1, Cause.CODE, 0.1, after(5), 451)),
    (look(), NoteUnclear(MESSAGE_ID, 1, 0.1, after(5))),
    (look(), NoteFault(MESSAGE_ID, 1)),
    (look(), NoteFault(MESSAGE_ID, 1), ResumeMessage(MESSAGE_ID, after(60))),
    (look(person=PersonLook.BEHIND),),
    (look(person=PersonLook.ERASED),),
]


def test_whatever_happens_the_queue_holds_each_unfinished_message_once() -> None:
    for life in LIVES:
        state, armed = MESSAGE.initial, None
        for command in (CONFIRM_REQUEST, *life):
            events: list[Event] = list(MESSAGE.decide(command, state))
            if isinstance(command, StartSending):
                armed = None  # the timer that fired is disarmed in the same append
            state = MESSAGE.fold(events, state)
            for change in (c for event in events for c in timers(STREAM, event) if c.kind == SEND):
                assert change.subject == MESSAGE_ID
                armed = change.due_at if isinstance(change, Arm) else None
        ended = state.phase in (Phase.ACCEPTED, Phase.SKIPPED, Phase.FAILED)
        assert (armed is None) == ended, life


def test_a_look_that_finds_nothing_to_do_comes_again() -> None:
    waiting = given(look(person=PersonLook.BEHIND))
    assert next_look(waiting, after(2)) == after(3), "soon, while the copy may be on its way"
    assert next_look(waiting, after(minutes=8)) == after(minutes=10), "later by a quarter of its age"
    assert next_look(waiting, after(minutes=59)) == after(minutes=60), "but at its end at the latest"
    assert next_look(given(look()), after(5)) == after(120), "a claimed one when the claim runs out"
    parked = given(look(), NoteFault(MESSAGE_ID, 1))
    assert next_look(parked, after(5)) == after() + timedelta(minutes=60)
    assert next_look(given(look(), NoteAccepted(MESSAGE_ID, 1)), after(5)) is None


def test_a_mail_that_tells_a_time_has_a_timer_for_reminders_until_it_is_lost() -> None:
    told = replace(useful_for(days=10), source_type="BookingConfirmed")
    mine = told.message_id
    queued = MESSAGE.decide(told, MESSAGE.initial)
    armed = [one for event in queued for one in timers(Stream("message", mine), event)]
    assert Arm(REMIND, mine, after(days=7)) in armed
    start = replace(look(), message_id=mine)
    refused = NoteRefused(mine, 1, after())
    for person in (PersonLook.ERASED, PersonLook.NO_ADDRESS):
        (skipped,) = MESSAGE.decide(replace(start, person=person), given(queue=told))
        assert Disarm(REMIND, mine) in timers(Stream("message", mine), skipped)
    (failed,) = MESSAGE.decide(refused, given(start, queue=told))
    assert Disarm(REMIND, mine) in timers(Stream("message", mine), failed)
    (sent,) = MESSAGE.decide(NoteAccepted(mine, 1), given(start, queue=told))
    assert Disarm(REMIND, mine) not in timers(Stream("message", mine), sent)
