"""The booking service as it runs, without Kafka, for people and bots who meet it over HTTP.

Promises: databases, keys and clock of its own; everybody comes from the address that they say, as behind a
trusted proxy; mails arrive at once: their links are signed here with the installation's keys, as notification
signs them; what was booked is read from the log, not from answers.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from servicekit.settings import secret_bytes
from servicekit.testing.databases import Database
from servicekit.tokens import Purpose, Tokens
from services.booking.work import COST, LASTS, TRIES
from tests.bots.wire import Wire
from tests.way.platform import Platform

LEAD = {"Authorization": "Bearer dev:lead@flensburg"}
API = "/api/booking/v1"
ITEMS = [{"service": "id_card_apply", "quantity": 1}]
NEXT_DAYS = 7
"""Dates that people and bots want."""
_CONFIRMED = "SELECT stream_id FROM event WHERE type = 'BookingConfirmed'"
_OPEN = """
SELECT count(*) FROM event opened WHERE type = 'BookingOpened' AND NOT EXISTS (
    SELECT FROM event later WHERE later.stream_id = opened.stream_id
    AND later.type IN ('BookingConfirmed', 'HoldExpired', 'BookingCancelled'))"""
_WISHES = """
SELECT (data ->> 'wish_id')::uuid AS wish_id
FROM event JOIN person ON person_id = (data ->> 'person_id')::uuid
WHERE type = 'WishMade' AND email = $1 ORDER BY position DESC LIMIT 1"""
_LEVELS = "SELECT data ->> 'level' FROM event WHERE type = 'ProtectionLevelSet' ORDER BY position"


class Town(ABC):
    """The office's doors for everybody, and what only the simulation may know."""

    client: httpx.AsyncClient
    tokens: Tokens
    begin: datetime

    @abstractmethod
    def now(self) -> datetime:
        """The office's present moment."""

    @abstractmethod
    async def forward(self, minutes: float) -> None:
        """Let time pass."""

    @abstractmethod
    def hashed(self, value: str) -> str:
        """The seal of a task."""

    @abstractmethod
    async def wish_of(self, email: str) -> UUID | None:
        """The wish of whoever has this mailbox, as the mail would name it."""

    @abstractmethod
    async def confirmed(self) -> set[UUID]:
        """Bookings that stand."""

    @abstractmethod
    async def unfinished(self) -> int:
        """Places that are held or wait for a confirmation."""

    @abstractmethod
    async def levels(self) -> list[str]:
        """The protection levels that were set, in order."""

    def minute(self) -> float:
        """Minutes since the story began."""
        return (self.now() - self.begin).total_seconds() / 60

    def link(self, purpose: Purpose, thing: UUID, attempt: int = 1) -> str:
        """The token of the mail that the person gets."""
        return self.tokens.sign(purpose, thing, self.now() + timedelta(days=30), attempt)

    def worked(self, for_: str) -> str:
        """A right answer without the work, as if a bot's machines were fast enough for every task."""
        until = int((self.now() + LASTS).timestamp())
        key = secrets.token_hex(32)
        said = f"{COST}.{TRIES}.{until}.{secrets.token_hex(16)}.{key[:16]}"
        return f"{said}.{self.hashed(f'{for_}|{said}|{key}')}~{key}"

    async def post(self, path: str, body: object, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """One call of a bot: status and JSON."""
        answer = await self.client.post(path, json=body, headers=headers)
        return answer.status_code, answer.json()

    async def set_level(self, level: str) -> None:
        """As the lead does."""
        answer = await self.client.post(
            f"{API}/sites/flensburg/protection-level",
            json={"level": level},
            headers=LEAD | {"Idempotency-Key": f"level-{self.minute():.3f}"},
        )
        assert answer.status_code == 200, answer.text

    async def free(self) -> int:
        """Free times of the next days, as the API counts them."""
        path = f"{API}/sites/flensburg/free-slots?service=id_card_apply&days={NEXT_DAYS}"
        days = (await self.client.get(path)).json()["days"]
        return sum(day["count"] for day in days)

    async def times(self) -> list[str]:
        """The free times of the next days, soonest first."""
        path = f"{API}/sites/flensburg/free-slots"
        days = (await self.client.get(f"{path}?service=id_card_apply&days={NEXT_DAYS}")).json()["days"]
        pages = [f"{path}/{day['date']}?service=id_card_apply" for day in days]
        found = await asyncio.gather(*map(self.client.get, pages))
        return [one["starts_at"] for page in found for one in page.json()["times"]]


@dataclass
class RealTown(Town):
    """The service's processes on a PostgreSQL."""

    platform: Platform
    database: Database
    client: httpx.AsyncClient
    tokens: Tokens
    hash_key: bytes
    begin: datetime
    wire: Wire

    async def post(self, path: str, body: object, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        return await self.wire.post(path, body, headers)

    def now(self) -> datetime:
        return self.platform.clock.now()

    async def forward(self, minutes: float) -> None:
        self.platform.clock.forward(minutes=minutes)

    def hashed(self, value: str) -> str:
        return hmac.new(self.hash_key, f"work::{value}".encode(), sha256).hexdigest()[:32]

    async def wish_of(self, email: str) -> UUID | None:
        rows = await self._asked(_WISHES, email)
        return rows[0]["wish_id"] if rows else None

    async def confirmed(self) -> set[UUID]:
        return {row["stream_id"] for row in await self._asked(_CONFIRMED)}

    async def unfinished(self) -> int:
        return int((await self._asked(_OPEN))[0]["count"])

    async def levels(self) -> list[str]:
        return [row[0] for row in await self._asked(_LEVELS)]

    async def _asked(self, question: str, *values: object) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.database.app_url)
        try:
            return list(await connection.fetch(question, *values))
        finally:
            await connection.close()


@asynccontextmanager
async def opened(folder: Path, database: Database) -> AsyncIterator[RealTown]:
    """The service, seeded and running: ``api`` and ``timers``."""
    platform = Platform(folder, {"booking": database})
    try:
        for program in [platform.start("booking", role) for role in ("api", "timers")]:
            await asyncio.to_thread(program.ready)
        limits = httpx.Limits(max_connections=60, max_keepalive_connections=60)
        async with httpx.AsyncClient(base_url=platform.url("booking"), timeout=120, limits=limits) as client:
            home, begin = platform.home, platform.clock.now()
            key = secret_bytes(home.hash_key())
            wire = Wire(platform.url("booking"))
            yield RealTown(platform, database, client, Tokens(home.link_keys()), key, begin, wire)
            wire.close()
    finally:
        await asyncio.to_thread(platform.close)
