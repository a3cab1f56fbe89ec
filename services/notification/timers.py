"""The one timer of a message, ``send``: when a mailer looks at it next. This table is the work queue.

Promises: every message that is not at its end has exactly one armed timer, written in the append of the
event that needs it; a message at its end has none. Why timers and no work table of its own:
``docs/adr/0020-mail-work-as-timers.md``. Shown by ``tests/rules/notification/test_timers.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.notification import LetterPrinted, MessageFailed, MessageSent, MessageSkipped
from servicekit.log import Arm, Disarm, Stream

from .rules.events import (
    LetterWanted,
    MessageParked,
    MessageResumed,
    MessageSourced,
    MessageWaited,
    SendDeferred,
    SendLeftUnclear,
    SendStarted,
)

SEND = "send"


def timers(stream: Stream, event: Event) -> Iterable[Arm | Disarm]:
    """Own event → what to arm or disarm."""
    match event:
        case MessageSourced():
            yield Arm(SEND, stream.id, event.asked_at)
        case SendStarted():
            yield Arm(SEND, stream.id, event.claimed_until)
        case MessageWaited() | SendDeferred() | SendLeftUnclear() | LetterWanted():
            yield Arm(SEND, stream.id, event.next_at)
        case MessageResumed():
            yield Arm(SEND, stream.id, event.at)
        case MessageParked():
            yield Arm(SEND, stream.id, event.useful_until)
        case MessageSent() | MessageSkipped() | MessageFailed() | LetterPrinted():
            yield Disarm(SEND, stream.id)
