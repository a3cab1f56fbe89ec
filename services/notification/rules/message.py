"""One message's life: queued, waiting, sending, on paper, and how it ends.

Promises: a message is queued once per (event, template, person); one mailer at a time holds it, by the
stream's version and for 120 s; a try of unknown outcome is repeated once with the same Message-ID and no
second time; what may be a letter becomes one where there is no address or the e-mail fails, and is printed
once; a message ends with its use at the latest; the mailer's own time never decides, the command's does.
Shown by ``tests/rules/notification/test_message.py`` and ``test_letters.py``, one test per row of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.notification import (
    FailureReason,
    LetterPrinted,
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
    TickOff,
)
from .events import (
    Awaited,
    Fault,
    LetterWanted,
    MessageParked,
    MessageResumed,
    MessageSourced,
    MessageWaited,
    Paper,
    SendDeferred,
    SendLeftUnclear,
    SendStarted,
)
from .state import CLAIM, DUE, Message, Phase, evolve
from .templates import VERSIONS, PersonLook, SourceLook, mail_until, may_be_letter

RETRIES = (30, 120, 600, 1800, 3600)
"""Seconds until the next try after the first, second … failure; the last one repeats."""
JITTER = 0.2
"""A delay grows by at most this share, so that rows that failed together do not come back together."""
WAITS = (timedelta(seconds=1), timedelta(minutes=5))
"""Shortest and longest time between two looks of a waiting message."""
LETTER_LOOK = timedelta(hours=1)
"""Time between two looks of a letter that waits for the printer: it may have lost its sense."""
UNCLEAR_LIMIT = 2


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
            if state.phase != Phase.ACCEPTED or state.paper:
                return ()
            return _lost(MessageBounced, state, command.reason, command.at)
        case TickOff():
            return (_public(LetterPrinted, state),) if state.phase == Phase.LETTER else ()
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


def letter_look(source: MessageSourced, at: datetime) -> datetime:
    """When a letter that waits for the printer is looked at again: its end at the latest."""
    return max(at, min(at + LETTER_LOOK, source.useful_until))


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
            document_ids=command.document_ids or None,
            item_id=command.item_id,
            wish_id=command.wish_id,
            attempt=command.attempt,
        ),
        MessageSourced(
            message_id=command.message_id,
            source_event_id=command.source_event_id,
            source_type=command.source_type,
            source_position=command.source_position,
            asked_at=command.asked_at,
            useful_until=command.useful_until,
            invitation_id=command.invitation_id,
            reaffirm=command.reaffirm,
            by_letter=command.by_letter or None,
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
    elif state.phase not in DUE and state.phase != Phase.LETTER:
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
            awaited = Awaited.PERSON if command.person == PersonLook.BEHIND else _awaited(state)
            again = wait_until(source, command.at)
            return (MessageWaited(message_id=mid, awaited=awaited, next_at=again),)
        case _ if state.phase == Phase.LETTER:
            return ()
        case PersonLook.NO_ADDRESS, _:
            if may_be_letter(state.public.template, source.useful_until, command.at, bool(source.by_letter)):
                return (_on_paper(state, Paper.NO_ADDRESS, command.at),)
            return (_public(MessageSkipped, state, SkipReason.NO_ADDRESS),)
        case PersonLook.SUPPRESSED, _:
            return _lost(MessageFailed, state, FailureReason.PERMANENT, command.at)
    started = SendStarted(
        message_id=mid,
        try_no=state.tries + 1,
        unclear=unclear,
        claimed_until=command.at + CLAIM,
        claim=command.claim,
    )
    return (started,)


def _note(command: Result, state: Message) -> Sequence[Event]:
    match command:
        case NoteAccepted():
            return (_public(MessageSent, state),)
        case NoteRefused():
            return _lost(MessageFailed, state, FailureReason.PERMANENT, command.at)
        case NoteFault():
            return (_parked(state, Fault.RENDERING),)
        case NoteDeferred():
            again = retry_at(state.tries, command.jitter, command.at)
            source = state.sourced
            if again >= mail_until(state.public.template, source.asked_at, source.useful_until):
                return _lost(MessageFailed, state, FailureReason.EXPIRED, command.at)
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


def _lost(kind: type[Event], state: Message, reason: str, at: datetime) -> Sequence[Event]:
    """The e-mail does not arrive; if template and date allow it, a letter goes instead."""
    failed = _public(kind, state, reason)
    if may_be_letter(state.public.template, state.sourced.useful_until, at):
        return (failed, _on_paper(state, Paper.NOT_DELIVERED, at))
    return (failed,)


def _on_paper(state: Message, cause: Paper, at: datetime) -> Event:
    source = state.sourced
    return LetterWanted(message_id=source.message_id, cause=cause, next_at=letter_look(source, at))


def _awaited(state: Message) -> Awaited:
    of_booking = state.public.booking_id or state.public.wish_id
    return Awaited.BOOKING if of_booking else Awaited.DOCUMENT


def _parked(state: Message, fault: Fault) -> Event:
    source = state.sourced
    return MessageParked(message_id=source.message_id, fault=fault, useful_until=source.useful_until)


def _public(kind: type[Event], state: Message, reason: str | None = None) -> Event:
    """A later public event: the fields of MessageQueued, by which way it goes now, and why."""
    channel = MessageChannel.LETTER if state.paper else state.public.channel
    return kind(**state.public.model_dump() | {"channel": channel, "reason": reason})


MESSAGE: Decider[Message, Command] = Decider("message", Message(), evolve, decide)
