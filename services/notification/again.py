"""Send the mails of a mailbox again, for people who lost theirs: without a word on whether there are any.

Promises: the answer comes after one look at the limits, the same whoever the mailbox belongs to; what there
is to send is looked up and queued after it; at most once in ten minutes per mailbox and twenty requests an
hour per network, whether anybody is known or not. A process that ends in between sends nothing, and the
person asks once more. Shown by ``tests/way/test_send_again.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4, uuid5

import structlog

from servicekit.decider import Refused
from servicekit.log import NAMESPACE, Actor, Busy, Context
from servicekit.postgres import SETBACKS, Pool

from .copies import Copies
from .handlers import Handlers
from .projections.booking_state import Bookings
from .projections.holders import Holders
from .projections.invitations import Invitations, now_of
from .rules.again import Call, Standing, again, call_again
from .rules.commands import QueueMessage
from .rules.templates import BookingPhase

log = structlog.get_logger()
PAUSE = timedelta(minutes=10)
"""Between two requests for one mailbox; a sooner one is answered alike and sends nothing."""
HOUR, MOST = timedelta(hours=1), 20
"""Requests of one network."""
SUBJECT = uuid5(NAMESPACE, "send-again")
_MAILBOX = """
INSERT INTO limit_use (kind, key, subject, until) VALUES ('again-mailbox', $1, $2, $3)
ON CONFLICT (kind, key, subject) DO UPDATE SET until = excluded.until WHERE limit_use.until <= $4
RETURNING true"""
_NETWORK = """
INSERT INTO limit_use (kind, key, subject, until)
SELECT 'again-network', $1, $2, $3
WHERE (SELECT count(*) FROM limit_use WHERE kind = 'again-network' AND key = $1 AND until > $4) < $5
RETURNING true"""
_FREE_AT = "SELECT min(until) FROM limit_use WHERE kind = 'again-network' AND key = $1 AND until > $2"


class Now(Protocol):
    """The platform's clock."""

    def now(self) -> datetime:
        """The present moment in UTC."""


class Again:
    """What the page asks for."""

    def __init__(self, pool: Pool, copies: Copies, handlers: Handlers, clock: Now) -> None:
        self._pool, self._copies, self._handlers, self._clock = pool, copies, handlers, clock
        self._holders, self._bookings = Holders(pool), Bookings(pool)
        self._invitations = Invitations(pool)
        self._running: set[asyncio.Task[None]] = set()

    async def ask(self, address: str, network: str) -> None:
        """Send again what holds of a mailbox (in its normal form). Refuses ``too-many-requests``."""
        at, request = self._clock.now(), uuid4()
        origin = self._copies.hashed("network", network)
        if not await self._pool.fetchval(_NETWORK, origin, request, at + HOUR, at, MOST):
            free_at = await self._pool.fetchval(_FREE_AT, origin, at)
            raise Refused("too-many-requests", retry_at=free_at or at + HOUR)
        mailbox = self._copies.hashed("again", address)
        due = bool(await self._pool.fetchval(_MAILBOX, mailbox, SUBJECT, at + PAUSE, at))
        task = asyncio.create_task(self._send(address if due else None, request, at))
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def drain(self) -> None:
        """Return when nothing is under way; for a stop."""
        await asyncio.gather(*self._running, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("send_again_failed", task="again", exc_info=fault)

    async def _send(self, address: str | None, request: UUID, at: datetime) -> None:
        if address is None:
            return
        try:
            people = await self._copies.people_of(address, at)
            for command in await self._commands(people, request, at) if people else ():
                own = uuid5(request, str(command.booking_id or command.invitation_id))
                await self._handlers.execute(command, Context(own, at, Actor("citizen"), request))
        except (Busy, *SETBACKS) as error:
            log.warning("send_again_lost", error=type(error).__name__)

    async def _commands(self, people: Sequence[UUID], request: UUID, at: datetime) -> Sequence[QueueMessage]:
        """What holds of these people's bookings, and of the calls to them."""
        found = [again(await self._standing(one), request, at) for one in await self._holders.of(people)]
        calls = [call_again(await self._call(one), request, at) for one in await self._holders.called(people)]
        return [command for command in (*found, *calls) if command is not None]

    async def _call(self, called: Mapping[str, Any]) -> Call:
        return Call(**called, now=now_of(await self._invitations.row(called["invitation_id"])))

    async def _standing(self, holder: Mapping[str, Any]) -> Standing:
        row: Mapping[str, Any] = await self._bookings.row(holder["booking_id"]) or {}
        return Standing(
            booking_id=holder["booking_id"],
            person_id=holder["person_id"],
            revision=holder["revision"],
            attempt=holder["attempt"],
            phase=BookingPhase(row.get("phase", BookingPhase.EXPIRED)),
            changed_at=row.get("changed_at") or 0,
            starts_at=row.get("starts_at"),
            confirm_until=row.get("confirm_until"),
            pickup=row.get("kind") == "pickup",
            language=row.get("language"),
        )
