"""A look at one message before anything is done about it: its state, the person, what it is about.

Promises: all that a decision needs is seen afresh each time; nothing is kept between looks.
Shown by ``tests/way/test_mail.py`` and ``tests/way/test_letters.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from .copies import Copies
from .facts import Facts
from .handlers import Handlers
from .rules.state import Message
from .rules.templates import PersonLook, SourceLook, link_is_void, look_at_person, look_at_source
from .sources import Found, Sources
from .writer import Ask, Recipient


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a message. ``copy`` is the person's row, empty if unknown."""

    state: Message
    correlation_id: UUID
    person: PersonLook
    source: SourceLook
    copy: Mapping[str, Any]
    found: Found

    @property
    def ask(self) -> Ask:
        """Which message is wanted."""
        queued, source = self.state.public, self.state.sourced
        return Ask(queued.template, self._language, queued.attempt, source.asked_at, source.reaffirm)

    @property
    def _language(self) -> str:
        """That of the booking: its event need not say it, and the read model may have lagged behind that."""
        queued, row = self.state.public, self.found.row
        of_booking = row.get("language") if row is not None and queued.booking_id is not None else None
        return of_booking or queued.language

    @property
    def recipient(self) -> Recipient:
        """Whom it is for."""
        return Recipient(self.copy.get("name"), self.copy.get("email") or "")

    @property
    def facts(self) -> Facts:
        """What it tells. Raises ``LookupError`` for what is not known, or in part only."""
        return self.found.facts(self.state.sourced.source_type)


class Unasked(LookupError):
    """A message that nobody asked for: its stream is empty, or does not begin as one does."""


class Looks:
    """Looks at messages."""

    def __init__(self, handlers: Handlers, copies: Copies, sources: Sources) -> None:
        self._handlers, self._copies, self._sources = handlers, copies, sources

    async def useful(self, messages: Sequence[UUID], at: datetime) -> frozenset[UUID]:
        """Those of ``messages`` that are of use behind ``at``, in one question; unknown ones too."""
        states = await self._handlers.load_all(messages)
        over = {one for one, state in states.items() if state.source and state.source.useful_until <= at}
        return frozenset(messages) - over

    async def look(self, message: UUID, at: datetime) -> Look:
        """Look at ``at``. Raises ``Unasked`` for a message that nobody asked for."""
        state, correlation = await self._handlers.load(message)
        queued = state.queued
        if queued is None or correlation is None:
            raise Unasked(message)
        now, copy = await self._copies.look(queued.person_id, at)
        found = await self._sources.find(state, at)
        source = look_at_source(queued.template, state.sourced.source_position, found.now)
        if link_is_void(queued.template, queued.person_revision, now):
            source = SourceLook.LEFT
        return Look(
            state,
            correlation,
            look_at_person(queued.person_revision, now, at),
            source,
            copy,
            found,
        )
