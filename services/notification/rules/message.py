"""One message's life: queued, waiting, sending, and how it ends.

Promises: a message is queued once per (event, template, person); one mailer at a time holds it, by the
stream's version and for 120 s; a try of unknown outcome is repeated once with the same Message-ID and no
second time; a message ends with its use at the latest; the mailer's own time never decides, the
command's does. Shown by ``tests/rules/notification/test_message.py``, one test per row of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.notification import (
    FailureReason,
    MessageBounced,
    MessageChannel,
    MessageFailed,
    MessageQueued,
    MessageSent,
    MessageSkipped,
    SkipReason,
)
from servicekit.decider import Decider, Refused

from .commands import (
    Command,
    NoteAccepted,
    NoteDeferred,
    NoteFault,
    NoteRefused,
    NoteUnclear,
    QueueMessage,
    ReportBounce,
    Result,
    ResumeMessage,
    StartSending,
)
from .events import (
    Awaited,
    Fault,
    MessageParked,
    MessageResumed,
    MessageSourced,
    MessageWaited,
    SendDeferred,
    SendLeftUnclear,
    SendStarted,
)
from .templates import VERSIONS, PersonLook, SourceLook

CLAIM = timedelta(seconds=120)
"""How long one try may hold the message."""
RETRIES = (30, 120, 600, 1800, 3600)
"""Seconds until the next try after the first, second … failure; the last one repeats."""
JITTER = 0.2
"""A delay grows by at most this share, so that rows that failed together do not come back together."""
WAITS = (timedelta(seconds=1), timedelta(minutes=5))
"""Shortest and longest time between two looks of a waiting message."""
UNCLEAR_LIMIT = 2


class Phase(StrEnum):
    """Where a message stands; the names are those of the design's table."""

    NONE = "none"
    CREATED = "created"
    WAITING = "waiting"
    SENDING = "sending"
    RETRYING = "retrying"
    ACCEPTED = "accepted"
    SKIPPED = "skipped"
    FAILED = "failed"
    TECHNICAL_FAILURE = "technical_failure"


DUE = frozenset({Phase.CREATED, Phase.WAITING, Phase.RETRYING})
ENDED = frozenset({Phase.ACCEPTED, Phase.SKIPPED, Phase.FAILED, Phase.TECHNICAL_FAILURE})


@dataclass(frozen=True, slots=True)
class Message:
    """What the events so far say. ``queued`` is the public part, repeated by later public events."""

    phase: Phase = Phase.NONE
    queued: MessageQueued | None = None
    source: MessageSourced | None = None
    tries: int = 0
    unclear: int = 0
    claimed_until: datetime | None = None

    @property
    def sourced(self) -> MessageSourced:
        """The source; a message that was queued has one."""
        if self.source is None:
            raise Refused("unknown-message")
        return self.source


def evolve(state: Message, event: Event) -> Message:
    """The message after one more event of its stream."""
    match event:
        case MessageQueued():
            return replace(state, phase=Phase.CREATED, queued=event)
        case MessageSourced():
            return replace(state, source=event)
        case MessageWaited():
            return replace(state, phase=Phase.WAITING)
        case SendStarted():
            return replace(
                state,
                phase=Phase.SENDING,
                tries=event.try_no,
                unclear=event.unclear,
                claimed_until=event.claimed_until,
            )
        case SendDeferred():
            return replace(state, phase=Phase.RETRYING, claimed_until=None)
        case SendLeftUnclear():
            return replace(state, phase=Phase.RETRYING, unclear=state.unclear + 1, claimed_until=None)
        case MessageResumed():
            return replace(state, phase=Phase.RETRYING, unclear=0)
        case MessageSent():
            return replace(state, phase=Phase.ACCEPTED, claimed_until=None)
        case MessageSkipped():
            return replace(state, phase=Phase.SKIPPED, claimed_until=None)
        case MessageFailed() | MessageBounced():
            return replace(state, phase=Phase.FAILED, claimed_until=None)
        case MessageParked():
            return replace(state, phase=Phase.TECHNICAL_FAILURE, claimed_until=None)
    return state


def decide(command: Command, state: Message) -> Sequence[Event]:
    """What follows from ``command``; nothing where another mailer, or an earlier time, was faster."""
    match command:
        case QueueMessage():
            return _queue(command) if state.phase == Phase.NONE else ()
        case StartSending():
            return _start(command, state)
        case NoteAccepted() | NoteRefused() | NoteDeferred() | NoteUnclear() | NoteFault():
            if state.phase != Phase.SENDING or state.tries != command.try_no:
                return ()
            return _note(command, state)
        case ReportBounce():
            return (_public(MessageBounced, state, command.reason),) if state.phase == Phase.ACCEPTED else ()
        case ResumeMessage():
            if state.phase != Phase.TECHNICAL_FAILURE:
                raise Refused("wrong-state")
            return (MessageResumed(message_id=command.message_id, at=command.at),)
        case _:
            assert_never(command)


def wait_until(source: MessageSourced, at: datetime) -> datetime:
    """When a waiting message looks again: after a quarter of its age, and at its end at the latest."""
    pause = min(max((at - source.asked_at) / 4, WAITS[0]), WAITS[1])
    return max(at, min(at + pause, source.useful_until))


def retry_at(tries: int, jitter: float, at: datetime) -> datetime:
    """When the next try after ``tries`` failed ones begins."""
    delay = RETRIES[min(tries, len(RETRIES)) - 1]
    return at + timedelta(seconds=delay * (1 + JITTER * jitter))


def _queue(command: QueueMessage) -> Sequence[Event]:
    return (
        MessageQueued(
            message_id=command.message_id,
            person_id=command.person_id,
            template=command.template,
            person_revision=command.person_revision,
            template_version=VERSIONS[command.template],
            language=command.language or "de",
            channel=MessageChannel.EMAIL,
            booking_id=command.booking_id,
            attempt=command.attempt,
        ),
        MessageSourced(
            message_id=command.message_id,
            source_event_id=command.source_event_id,
            source_type=command.source_type,
            source_position=command.source_position,
            asked_at=command.asked_at,
            useful_until=command.useful_until,
        ),
    )


def _start(command: StartSending, state: Message) -> Sequence[Event]:
    unclear = state.unclear
    if state.phase == Phase.SENDING:
        if state.claimed_until is not None and command.at < state.claimed_until:
            return ()
        unclear += 1  # the claim ran out: nobody knows what became of that try
    elif state.phase == Phase.TECHNICAL_FAILURE and command.at >= state.sourced.useful_until:
        return (_public(MessageFailed, state, FailureReason.TECHNICAL),)
    elif state.phase not in DUE:
        return ()
    source, mid = state.sourced, command.message_id
    if unclear >= UNCLEAR_LIMIT:
        return (_parked(state, Fault.AMBIGUOUS),)
    match command.person, command.source:
        case PersonLook.ERASED, _:
            return (_public(MessageSkipped, state, SkipReason.ERASED),)
        case _ if command.at >= source.useful_until:
            return (_public(MessageSkipped, state, SkipReason.EXPIRED),)
        case _, SourceLook.LEFT:
            return (_public(MessageSkipped, state, SkipReason.STALE),)
        case (PersonLook.BEHIND, _) | (_, SourceLook.BEHIND):
            if state.phase != Phase.CREATED:
                return ()
            awaited = Awaited.PERSON if command.person == PersonLook.BEHIND else Awaited.BOOKING
            again = wait_until(source, command.at)
            return (MessageWaited(message_id=mid, awaited=awaited, next_at=again),)
        case PersonLook.NO_ADDRESS, _:
            return (_public(MessageSkipped, state, SkipReason.NO_ADDRESS),)
        case PersonLook.SUPPRESSED, _:
            return (_public(MessageFailed, state, FailureReason.PERMANENT),)
    started = SendStarted(
        message_id=mid, try_no=state.tries + 1, unclear=unclear, claimed_until=command.at + CLAIM
    )
    return (started,)


def _note(command: Result, state: Message) -> Sequence[Event]:
    match command:
        case NoteAccepted():
            return (_public(MessageSent, state),)
        case NoteRefused():
            return (_public(MessageFailed, state, FailureReason.PERMANENT),)
        case NoteFault():
            return (_parked(state, Fault.RENDERING),)
        case NoteDeferred():
            again = retry_at(state.tries, command.jitter, command.at)
            if again >= state.sourced.useful_until:
                return (_public(MessageFailed, state, FailureReason.EXPIRED),)
            return (
                SendDeferred(
                    message_id=command.message_id,
                    try_no=command.try_no,
                    cause=command.cause,
                    code=command.code,
                    next_at=again,
                ),
            )
        case NoteUnclear():
            if state.unclear + 1 >= UNCLEAR_LIMIT:
                return (_parked(state, Fault.AMBIGUOUS),)
            again = retry_at(state.tries, command.jitter, command.at)
            return (SendLeftUnclear(message_id=command.message_id, try_no=command.try_no, next_at=again),)
        case _:
            assert_never(command)


def _parked(state: Message, fault: Fault) -> Event:
    source = state.sourced
    return MessageParked(message_id=source.message_id, fault=fault, useful_until=source.useful_until)


def _public(kind: type[Event], state: Message, reason: str | None = None) -> Event:
    """A later public event: the fields of MessageQueued, and why."""
    if state.queued is None:
        raise Refused("unknown-message")
    return kind(**state.queued.model_dump() | {"reason": reason})


MESSAGE: Decider[Message, Command] = Decider("message", Message(), evolve, decide)
