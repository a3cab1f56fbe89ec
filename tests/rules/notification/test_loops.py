"""What the mailer's process does beside its mails goes on after trouble with the database, and says so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from structlog.testing import capture_logs

from services.notification.bounce_reader import BounceReader
from services.notification.weekly import WeeklyMail
from services.notification.wiring import _forget

CLOCK = SimpleNamespace(now=lambda: datetime(2027, 1, 4, 6, 0, 20, tzinfo=UTC))
Locked = Callable[..., Awaitable[None]]
Loop = Callable[[Locked, asyncio.Event], Awaitable[None]]


async def weekly_mail(locked: Locked, stop: asyncio.Event) -> None:
    handlers: Any = SimpleNamespace(execute=locked)
    await WeeklyMail(handlers, [UUID(int=1)], CLOCK).run(stop)


async def bounce_mailbox(locked: Locked, stop: asyncio.Event) -> None:
    nothing: Any = None
    reader = BounceReader(nothing, nothing)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "once", locked)
        await reader.run(stop)


async def forgetting(locked: Locked, stop: asyncio.Event) -> None:
    kit: Any = SimpleNamespace(clock=CLOCK)
    copies: Any = SimpleNamespace(forget=locked)
    await _forget(kit, copies, stop)


@pytest.mark.parametrize("loop", [weekly_mail, bounce_mailbox, forgetting])
async def test_a_loop_ends_with_its_process_and_not_with_a_lock_that_lasts(loop: Loop) -> None:
    stop = asyncio.Event()

    async def locked(*_asked: object) -> None:
        stop.set()
        raise asyncpg.LockNotAvailableError("planted")

    with capture_logs() as lines:
        await loop(locked, stop)
    assert [(one["event"], one["error"]) for one in lines] == [
        (f"{getattr(loop, '__name__', '')}_postponed", "LockNotAvailableError")
    ]
