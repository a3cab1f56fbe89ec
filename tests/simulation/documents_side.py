"""Documents on the simulated platform: what its commands see.

Its side table ``document_case`` is a stand-in that waits like a database before and after each statement,
so that a process can die between a number and its event.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from servicekit.clock import Clock
from servicekit.committer import Committer
from servicekit.handle import Handler
from servicekit.testing.simulation.log_tables import LogTables, QuickTypes
from servicekit.testing.simulation.platform import Platform
from services.documents.handlers import Handlers
from services.documents.post_room_config import PostRoomConfig
from services.documents.reactions import BOOKING
from services.documents.rules.document_commands import DocumentCase
from services.documents.rules.settings import SiteSettings
from services.documents.wiring import SERVICE
from tests.rules.documents.memory import Cases
from tests.rules.documents.post_room_office import CONFIG, MemoryItemCases
from tests.simulation.service_side import ServiceSide

TYPES = QuickTypes(SERVICE.types)


@dataclass
class SlowCases:
    """The side table, a moment away."""

    cases: Cases
    platform: Platform

    async def _travel(self) -> None:
        await asyncio.sleep(self.platform.random.random() * 0.003)

    async def of(self, document_id: UUID) -> DocumentCase | None:
        """The row of a document."""
        await self._travel()
        return await self.cases.of(document_id)

    async def by_numbers(self, numbers: Sequence[str]) -> dict[str, UUID]:
        """Those that are known."""
        await self._travel()
        return await self.cases.by_numbers(numbers)

    async def enter(self, case: DocumentCase) -> bool:
        """Keep what is given."""
        await self._travel()
        done = await self.cases.enter(case)
        await self._travel()
        return done

    async def erase(self, document_id: UUID) -> None:
        """Forget it."""
        await self._travel()
        await self.cases.erase(document_id)
        await self._travel()


@dataclass
class Around:
    """What commands see of documents."""

    side: DocumentsSide
    cases: SlowCases
    item_cases: MemoryItemCases
    post_room: PostRoomConfig = CONFIG

    def settings(self, site: str) -> SiteSettings:
        """The settings of every site."""
        return SiteSettings()

    async def language(self, person_id: UUID) -> str:
        """Copies of people are late: German."""
        return "de"

    async def in_safe(self, site: str) -> Sequence[UUID]:
        """Who has a bin."""
        now = self.side.platform.clock.now()
        uses = self.side.side.log.uses.items()
        return [
            one
            for (kind, key, one), until in uses
            if kind == "bin" and key.startswith(f"{site}:") and until is not None and until > now
        ]


class DocumentsSide(ServiceSide):
    """Documents' processes."""

    reactions = (BOOKING,)

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform, SERVICE, TYPES, LogTables(None))  # type: ignore[arg-type]
        self.cases, self.item_cases = Cases(), MemoryItemCases()

    def copy_of(self, other: ServiceSide) -> None:
        """Its side tables too."""
        super().copy_of(other)
        assert isinstance(other, DocumentsSide)
        self.cases, self.item_cases = (
            Cases(dict(other.cases.rows)),
            MemoryItemCases(dict(other.item_cases.rows)),
        )

    def handlers(self, handler: Handler, committer: Committer, clock: Clock, memory: Any) -> Handlers:
        """As ``wiring.py`` makes them."""
        return Handlers(handler, Around(self, SlowCases(self.cases, self.platform), self.item_cases))
