"""The timers of a message: ``send``, when a mailer looks at it next, which is the work queue, and ``remind``.

Promises: every message that is not at its end has exactly one armed ``send``, written in the append of the
event that needs it; a message at its end has none. A mail that tells a time has one ``remind`` as long as it
was not lost and a step of its reminders lies ahead (``rules/reminders.py``). Why timers and no work table of
its own: ``docs/adr/0020-mail-work-as-timers.md``. Shown by ``tests/rules/notification/test_timers.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.notification import (
    LetterPrinted,
    MessageBounced,
    MessageFailed,
    MessageSent,
    MessageSkipped,
)
from servicekit.log import Arm, Disarm, Due, Stream
from servicekit.timers import Fire

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
from .rules.reminders import REMIND, first_step

SEND = "send"


def timers(stream: Stream, event: Event) -> Iterable[Arm | Disarm]:
    """Own event → what to arm or disarm."""
    match event:
        case MessageSourced():
            yield Arm(SEND, stream.id, event.asked_at)
            if step := first_step(event):
                yield Arm(REMIND, stream.id, step)
        case SendStarted():
            yield Arm(SEND, stream.id, event.claimed_until)
        case MessageWaited() | SendDeferred() | SendLeftUnclear() | LetterWanted():
            yield Arm(SEND, stream.id, event.next_at)
        case MessageResumed():
            yield Arm(SEND, stream.id, event.at)
        case MessageParked():
            yield Arm(SEND, stream.id, event.useful_until)
        case MessageSent():
            yield Disarm(SEND, stream.id)
        case MessageSkipped() | MessageFailed() | MessageBounced() | LetterPrinted():
            yield Disarm(SEND, stream.id)
            yield Disarm(REMIND, stream.id)


def by_kind(fires: Mapping[str, Fire]) -> Fire:
    """What the timer runner calls, from one way per kind. An unknown kind fails, and so is seen."""

    async def fire(due: Due) -> object:
        return await fires[due.kind](due)

    return fire
