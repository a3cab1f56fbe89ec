"""What a message is about, as the read models know it: booking, invitation, locker, item, wish or week.

Promises: what the stale check sees and what the words are made of come from the same look; nothing is kept
between looks, so a restart forgets nothing. Shown by ``tests/way/test_mail.py`` and
``tests/way/test_document_mails.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from buergerbuero_contracts.notification import Template
from servicekit.postgres import Pool

from .facts import Facts, WeekFacts
from .projections import booking_state, invitations, items, lockers, pickup_days, wishes
from .rules.state import Message
from .rules.templates import SourceNow, WeekPhase
from .rules.weekly import week_told

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """One look at what a message is about."""

    now: SourceNow | None
    row: Row | None
    facts_of: Callable[[Row, str], Facts]

    def facts(self, source_type: str) -> Facts:
        """What the message tells. Raises ``LookupError`` for what is not known, or in part only."""
        if self.row is None:
            raise LookupError("nothing to write about")
        return self.facts_of(self.row, source_type)


class Sources:
    """The read models of what messages are about, and of the days for collecting."""

    def __init__(self, pool: Pool) -> None:
        self.bookings = booking_state.Bookings(pool)
        self.invitations, self.items = invitations.Invitations(pool), items.Items(pool)
        self.lockers = lockers.Lockers(pool)
        self.pickup_days, self.wishes = pickup_days.PickupDays(pool), wishes.Wishes(pool)

    async def find(self, message: Message, at: datetime) -> Found:
        """What is known at ``at``, now. Raises ``LookupError`` for a message that is about nothing."""
        queued, source = message.public, message.sourced
        if queued.template is Template.WEEKLY_REPORT:
            told = {"monday": week_told(source.asked_at)}
            return Found(SourceNow(0, 0, WeekPhase.OVER), told, lambda row, _type: WeekFacts(row["monday"]))
        if queued.booking_id is not None:
            row = await self.bookings.row(queued.booking_id)
            return Found(booking_state.now_of(row), row, booking_state.facts_of)
        if queued.item_id is not None:
            row = await self.items.row(queued.item_id)
            return Found(items.now_of(row), row, items.facts_of)
        if queued.wish_id is not None:
            row = await self.wishes.row(queued.wish_id)
            return Found(wishes.now_of(row), row, wishes.facts_of)
        if source.invitation_id is not None:
            row = await self.invitations.row(source.invitation_id)
            if row is not None:
                row = {**row, "first_day": await self.pickup_days.first(row["site"], at)}
            return Found(invitations.now_of(row), row, invitations.facts_of)
        if queued.document_ids:
            row = await self.lockers.row(queued.document_ids[0])
            return Found(lockers.now_of(row), row, lockers.facts_of)
        raise LookupError("a message without a booking, an invitation, a document, an item or a wish")
