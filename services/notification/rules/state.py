"""Where one message stands: its phases, and what each event of its stream makes of it.

Promises: pure; the names of the phases are those of the design's table.
Shown by ``tests/rules/notification/test_message.py`` and ``test_letters.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.notification import (
    LetterPrinted,
    MessageBounced,
    MessageFailed,
    MessageQueued,
    MessageSent,
    MessageSkipped,
)
from servicekit.decider import Refused

from .events import (
    LetterWanted,
    MessageParked,
    MessageResumed,
    MessageSourced,
    MessageWaited,
    SendDeferred,
    SendLeftUnclear,
    SendStarted,
)

CLAIM = timedelta(seconds=120)
"""How long one try may hold the message."""


class Phase(StrEnum):
    """Where a message stands."""

    NONE = "none"
    CREATED = "created"
    WAITING = "waiting"
    SENDING = "sending"
    RETRYING = "retrying"
    LETTER = "letter"
    """Waits on paper for the next printing."""
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
    tried_at: datetime | None = None
    """When the last try began; the mail server took an accepted message within ``CLAIM`` of it."""
    paper: bool = False
    """It goes out as a letter, no longer as an e-mail."""

    @property
    def sourced(self) -> MessageSourced:
        """The source; a message that was queued has one."""
        if self.source is None:
            raise Refused("unknown-message")
        return self.source

    @property
    def public(self) -> MessageQueued:
        """The public part; a message that was queued has one."""
        if self.queued is None:
            raise Refused("unknown-message")
        return self.queued


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
                tried_at=event.claimed_until - CLAIM,
            )
        case SendDeferred():
            return replace(state, phase=Phase.RETRYING, claimed_until=None)
        case SendLeftUnclear():
            return replace(state, phase=Phase.RETRYING, unclear=state.unclear + 1, claimed_until=None)
        case MessageResumed():
            return replace(state, phase=Phase.RETRYING, unclear=0)
        case LetterWanted():
            return replace(state, phase=Phase.LETTER, paper=True, claimed_until=None)
        case MessageSent() | LetterPrinted():
            return replace(state, phase=Phase.ACCEPTED, claimed_until=None)
        case MessageSkipped():
            return replace(state, phase=Phase.SKIPPED, claimed_until=None)
        case MessageFailed() | MessageBounced():
            return replace(state, phase=Phase.FAILED, claimed_until=None)
        case MessageParked():
            return replace(state, phase=Phase.TECHNICAL_FAILURE, claimed_until=None)
    return state
