"""Documents' timers: which own event arms or disarms which, and what a due one asks for. Pure.

Promises: an invitation that still calls has at most one armed reminder; a document that is gone has no
timer but the one that erases its case; a limit that turns out to fall on a closed day is armed anew when it
fires (``decisions.py``). ``papers-due`` and ``forget-item`` are the post room's.
Shown by ``tests/rules/documents/test_timers.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from buergerbuero_contracts.documents import (
    DocumentDestroyed,
    DocumentHandedOver,
    DocumentReady,
    DocumentReturned,
    DocumentShipped,
    DocumentStored,
    InvitationEnded,
    PickupBooked,
    PickupReopened,
    ShipmentDelivered,
)
from buergerbuero_contracts.envelope import Event
from servicekit.log import Arm, Disarm, Due, Stream

from . import commands as ask
from . import followed_commands as told
from . import post_room
from .around import end_of_retention
from .inviting import end_of_pickup
from .post_room_commands import OfPostRoom
from .rules.events import (
    DocumentInvited,
    DocumentPlaced,
    OrderDated,
    OrderMerged,
    ReinvitationSet,
    ReminderSet,
)
from .rules.timer_kinds import (
    CASE_ERASURE,
    LOCKER_RETURN,
    ORDER_LATE,
    OVERDUE,
    PICKUP_OVER,
    PICKUP_REMINDER,
    REINVITE,
)


def timers(_stream: Stream, event: Event) -> Iterable[Arm | Disarm]:
    """What one stored event changes among the timers."""
    match event:
        case OrderDated():
            yield Arm(ORDER_LATE, event.document_id, event.due_at)
        case DocumentReady() | DocumentShipped():
            yield Disarm(ORDER_LATE, event.document_id)
        case DocumentInvited(overdue_at=datetime() as due_at):
            yield Arm(OVERDUE, event.document_id, due_at)
        case PickupBooked(starts_at=datetime() as starts_at):
            yield Arm(PICKUP_OVER, event.document_id, end_of_pickup(starts_at))
        case PickupReopened():
            yield Disarm(PICKUP_OVER, event.document_id)
        case ReminderSet():
            yield Arm(PICKUP_REMINDER, event.invitation_id, event.due_at)
        case ReinvitationSet():
            yield Arm(REINVITE, event.invitation_id, event.due_at)
        case InvitationEnded():
            yield Disarm(PICKUP_REMINDER, event.invitation_id)
        case DocumentPlaced(until=datetime() as until):
            yield Arm(LOCKER_RETURN, event.document_id, until)
        case DocumentStored():
            yield Disarm(LOCKER_RETURN, event.document_id)
        case (
            DocumentHandedOver()
            | ShipmentDelivered()
            | DocumentReturned()
            | DocumentDestroyed()
            | OrderMerged()
        ):
            for kind in (OVERDUE, PICKUP_OVER, LOCKER_RETURN, ORDER_LATE):
                yield Disarm(kind, event.document_id)
            yield Arm(CASE_ERASURE, event.document_id, end_of_retention(event.at))


ASKS: Mapping[str, Callable[[UUID], Any]] = {
    ORDER_LATE: lambda subject: told.NoteOrderLate(document_id=subject),
    OVERDUE: lambda subject: told.MarkOverdue(document_id=subject),
    PICKUP_OVER: lambda subject: told.EndPickup(document_id=subject),
    PICKUP_REMINDER: lambda subject: told.RemindPickup(invitation_id=subject),
    REINVITE: lambda subject: told.Reinvite(invitation_id=subject),
    LOCKER_RETURN: lambda subject: told.ReturnFromLocker(document_id=subject),
    CASE_ERASURE: lambda subject: told.EraseCase(document_id=subject),
}
"""What each kind of timer asks for."""


def due(timer: Due) -> ask.Command | OfPostRoom | None:
    """The command that a due timer asks for; None for a kind that is not known here."""
    asks = ASKS.get(timer.kind)
    command: ask.Command | OfPostRoom | None = asks(timer.subject) if asks else post_room.due(timer)
    return command
