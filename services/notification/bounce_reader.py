"""Carries the mails of the return addresses from their mailbox to ``bounces.py``, every half minute.

Promises: a mail is deleted only once it was acted on and was ours; what is not addressed to a return address
of ours, or cannot be read, stays there, marked as read; what came too early stays unread and is tried again;
while the mailbox or the database is away nothing is lost and nothing else stops. Two readers at the same time
do no harm. Shown by ``tests/way/test_bounce_mailbox.py`` (F20 b).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog
from prometheus_client import Gauge

from servicekit.log import Busy
from servicekit.postgres import SETBACKS

from .bounces import LATER, LEFT, Bounces, return_address
from .imap import FAILED, Arrived, Mailbox

log = structlog.get_logger()
REACHED = Gauge("mail_bounce_mailbox_reached", "1 if the last look into the mailbox of reports succeeded")
EVERY = 30.0


class BounceReader:
    """One process's reader."""

    def __init__(self, mailbox: Mailbox, bounces: Bounces) -> None:
        self._mailbox, self._bounces = mailbox, bounces

    async def run(self, stop: asyncio.Event) -> None:
        """Look every half minute until ``stop``."""
        while not stop.is_set():
            try:
                await self.once()
                REACHED.set(1)
            except (*FAILED, Busy, *SETBACKS) as error:
                REACHED.set(0)
                log.warning("bounce_mailbox_postponed", task="bounces", error=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await stop.wait()

    async def once(self) -> int:
        """Act on what waits; how many mails that were. Raises what the mailbox or the log raise."""
        try:
            arrived = await asyncio.to_thread(self._mailbox.fetch)
            outcomes = {mail.uid: await self._outcome(mail) for mail in arrived}
            seen = [uid for uid, outcome in outcomes.items() if outcome == LEFT]
            remove = [uid for uid, outcome in outcomes.items() if outcome not in (LEFT, LATER)]
            await asyncio.to_thread(self._mailbox.settle, remove, seen)
        finally:
            await asyncio.to_thread(self._mailbox.close)
        return len(arrived)

    async def _outcome(self, mail: Arrived) -> str:
        to = return_address(mail.content)
        return LEFT if to is None else await self._bounces.take(to, mail.content, mail.arrived_at)
