"""What booking does about other services' events. Pure: foreign event → commands.

Promises: a mail that came back or failed shortens the hold it asked to confirm, or marks the booking
as unreachable; other events ask for nothing. Shown by ``tests/rules/booking/test_reactions.py``.
"""

from __future__ import annotations

from buergerbuero_contracts import topics
from buergerbuero_contracts.notification import MessageBounced, MessageFailed, Template
from buergerbuero_contracts.parse import Received
from servicekit.react import Reaction

from . import commands as ask


def react(received: Received) -> list[ask.Command]:
    """The commands that a message's fate asks for."""
    event = received.event
    if not isinstance(event, MessageBounced | MessageFailed) or event.booking_id is None:
        return []
    if event.template == Template.CONFIRM_REQUEST:
        return [ask.ReportUndeliverable(booking_id=event.booking_id, attempt=event.attempt)]
    return [ask.NoteUnreachable(booking_id=event.booking_id)]


NOTIFICATION = Reaction("booking.reactions.notification.v1", (topics.NOTIFICATION,), react)
