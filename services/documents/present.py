"""Documents' present in this process: what API, pages, timers and reactions work on.

Promises: implements ``office.Office``; every command goes one way; what is asked of a stream is its fold
at that moment, what is asked of a list is a moment old at most. Shown by ``tests/way``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from servicekit.clock import Clock
from servicekit.committer import Committer
from servicekit.decider import Decider, Refused
from servicekit.handle import Handler, Outcome
from servicekit.log import Busy, Context, Due, Recorded, Stream
from servicekit.postgres import fetch_one
from servicekit.tokens import Tokens

from .cases import AroundTables
from .commands import Command, HandOverDocument
from .copies import Names
from .deciders import DECIDERS
from .handlers import Handlers
from .office import SiteInfo
from .post_room_commands import OfPostRoom
from .post_room_desk import PostRoomDesk
from .projections.deliveries import Deliveries
from .projections.document_queries import Documents
from .rules.batch import Batch
from .rules.document_commands import DocumentCase
from .rules.document_state import Document
from .rules.invitation import Invitation
from .surroundings import known

_HEAD = "SELECT coalesce(max(position), 0) AS head FROM event"
READING = 2.0
"""Seconds within which the tail must have brought what the log has."""
SHOWN, LOOK = 1.0, 0.02
"""Seconds that a page waits for the lists, and between two looks."""


@dataclass
class Present:
    """What API and pages see of it: ``office.Office``."""

    clock: Clock
    committer: Committer
    handler: Handler
    around: AroundTables
    tokens: Tokens
    sites: Mapping[str, SiteInfo]
    booking_url: str
    code_key: bytes

    def __post_init__(self) -> None:
        pool = self.around.pool
        self.handlers = Handlers(self.handler, self.around)
        self.documents, self.deliveries, self.names = Documents(pool), Deliveries(pool), Names(pool)
        config, cases = self.around.post_room, self.around.item_cases
        self.post_room = PostRoomDesk(pool, self.handler.store, self.clock, config, cases)

    def position(self) -> int:
        """The log position up to which this process has seen everything."""
        return self.committer.plans.cursor

    async def execute(self, command: Command | OfPostRoom, context: Context) -> Outcome:
        """Carry out one command. Raises ``Refused`` or ``Busy``."""
        return await self.handlers.execute(command, context)

    async def check(self, command: HandOverDocument, context: Context) -> None:
        """Decide and store nothing. Raises ``Refused`` as :meth:`execute` would now."""
        await self.handlers.check(command, context)

    async def fire(self, timer: Due) -> Outcome:
        """Carry out what a due timer asks for."""
        return await self.handlers.fire(timer, self.clock.now())

    async def history(self, document_id: UUID) -> Sequence[Recorded]:
        """A document's events with their meta, in order."""
        return await self._events(Stream("document", document_id))

    async def document(self, document_id: UUID, upto: int = 0) -> Document:
        """The fold of its stream."""
        state: Document = await self._fold(Stream("document", document_id), upto)
        return state

    async def batch(self, batch_id: UUID, upto: int = 0) -> Batch:
        """A delivery."""
        state: Batch = await self._fold(Stream("delivery_batch", batch_id), upto)
        return state

    async def invitation(self, invitation_id: UUID) -> Invitation:
        """An invitation."""
        state: Invitation = await self._fold(Stream("invitation", invitation_id), 0)
        return state

    async def case(self, document_id: UUID) -> DocumentCase | None:
        """What the side table knows of a document."""
        return await self.around.cases.of(document_id)

    async def numbered(self, number: str) -> UUID | None:
        """The document with this number. Refuses ``invalid-input`` for what cannot be one."""
        return (await known(self.around.cases, number))[1]

    async def _events(self, stream: Stream) -> Sequence[Recorded]:
        return (await self.handler.store.load([stream]))[stream]

    async def _fold(self, stream: Stream, upto: int) -> Any:
        decider: Decider[Any, Any] = DECIDERS[stream.category]
        events = await self._events(stream)
        return decider.fold(one.event for one in events if not upto or one.position <= upto)

    async def caught_up(self, position: int) -> None:
        """Return when the tail has seen ``position``: wait at most 250 ms, then ask the log itself."""
        if await self.committer.reached(position):
            return
        if position > (await fetch_one(self.around.pool, _HEAD))["head"]:
            raise Refused("invalid-input", errors={"min_log_position": "range"})
        if not await self.committer.reached(position, READING):
            raise Busy

    async def shown(self, position: int) -> None:
        """Return when the lists hold everything up to ``position``, or after a second at most.

        The lists of a site whose projector is away are shown as they are: the window goes on working.
        """
        await self.caught_up(position)
        with suppress(TimeoutError):
            async with asyncio.timeout(SHOWN):
                while await self.documents.seen() < position:  # noqa: ASYNC110 - another process moves it
                    await asyncio.sleep(LOOK)
