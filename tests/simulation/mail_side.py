"""Notification on the simulated platform: reactions, rules, timers, mailer are real, the mail server is not.

Promises what the real one promises and nothing more: a mail that was taken stays taken, whatever the mailer
hears of it. What a mail says, and whether its booking has moved on, is shown by ``tests/way/test_mail.py``.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from buergerbuero_contracts.booking import ConfirmationRequested
from servicekit.clock import Clock
from servicekit.committer import Committer
from servicekit.handle import Handler, Outcome
from servicekit.log import Due
from servicekit.testing.simulation.database import Record, Session
from servicekit.testing.simulation.log_tables import LogTables, QuickTypes
from servicekit.testing.simulation.platform import Platform
from services.notification import copies
from services.notification.handlers import Handlers
from services.notification.mail import Envelope
from services.notification.mailer import Mailer
from services.notification.rate import Rate
from services.notification.reactions import BOOKING
from services.notification.rules.events import SendStarted
from services.notification.rules.message import MESSAGE
from services.notification.rules.state import Phase
from services.notification.rules.templates import SPEAKS_OF, SourceNow
from services.notification.smtp import Accepted, Deferred, Unclear, Unreachable, Verdict
from services.notification.sources import Found
from services.notification.timers import SEND
from services.notification.wiring import SERVICE
from tests.simulation.booking_side import BookingSide
from tests.simulation.service_side import ServiceSide

TYPES = QuickTypes(SERVICE.types)
DIALOGUE = 0.05
"""Seconds of one dialogue, at most."""
ENDS = (Phase.ACCEPTED, Phase.SKIPPED, Phase.FAILED)
ANSWERS: Mapping[str, Verdict] = {
    "mail deferred": Deferred(451),
    "mail server away": Unreachable(),
    "mail in doubt": Unclear(),
}


class Unchanged:
    """Read models: every booking still is what its message says."""

    async def find(self, message: Any, at: datetime) -> Found:
        """As when the message was asked for."""
        position = message.sourced.source_position
        now = SourceNow(position, position, SPEAKS_OF[message.public.template])
        return Found(now, {}, lambda _row, _type: message)


@dataclass
class Post:
    """The mail server. ``taken`` counts what it took, by message."""

    platform: Platform
    taken: Counter[UUID]

    async def deliver(self, mail: Envelope) -> Verdict:
        """One dialogue; whoever dies in it may have handed over or not."""
        platform = self.platform
        await asyncio.sleep(platform.random.random() * DIALOGUE)
        fault = next((kind for kind in ANSWERS if platform.faults.strikes(kind, "mail")), None)
        if fault is not None:
            platform.story.tell(fault, mail.mail_from)
        if fault in (None, "mail in doubt"):
            self.taken[UUID(mail.mail_from)] += 1
            platform.story.tell("mail taken", mail.mail_from)
        await asyncio.sleep(platform.random.random() * DIALOGUE)
        return ANSWERS[fault] if fault else Accepted()


class PlainMailer(Mailer):
    """Without words: a mail is the id of its message."""

    def _make(self, look: Any, at: datetime) -> Envelope:
        return Envelope(str(look.state.sourced.message_id), look.recipient.address, b"")


class Mailing(Handlers):
    """What timers fire. Reminders, days later, are left alone."""

    mailer: Mailer

    async def fire(self, due: Due, now: datetime) -> Outcome | None:
        """Send, or let a reminder go."""
        if due.kind == SEND:
            await self.mailer.fire(due)
        else:
            await self.later(None, due.context(now), due)
        return None


class MailSide(ServiceSide):
    """Notification's processes."""

    reactions = (BOOKING,)
    roles = ("relay", "project", "timers")

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform, SERVICE, TYPES, LogTables(None))  # type: ignore[arg-type]
        self.post = Post(platform, Counter())
        held = self.side.people.copies

        def by_id(_session: Session, person_id: UUID) -> list[Record]:
            return [Record(held[person_id])] if person_id in held else []

        self.side.server.statements |= {
            copies._BY_ID: by_id,
            copies._SUPPRESSED: lambda _session, _hash, _since: [Record(exists=False)],
            copies._FORGET: lambda _session, _since: "DELETE",
        }

    def copy_of(self, other: ServiceSide) -> None:
        """What was taken too."""
        super().copy_of(other)
        assert isinstance(other, MailSide)
        self.post.taken.update(other.post.taken)

    def handlers(self, handler: Handler, committer: Committer, clock: Clock, memory: Any) -> Mailing:
        """As ``wiring.py`` makes them."""

        async def german(_booking_id: UUID) -> str:
            return "de"

        handlers = Mailing(handler, german)
        around: Any = (
            copies.Copies(self.side.pool, b"key"),
            Unchanged(),
            None,
            self.post,
            None,
            clock,
            Rate(10_000),
        )
        handlers.mailer = PlainMailer(handlers, *around, jitter=self.platform.random.random)
        return handlers

    def mails(self, booking: BookingSide) -> Iterator[str]:
        """I8: no mail is lost, none is invented; one copy more at most, and only after a try in doubt."""
        asked = {
            row.event_id for row in booking.side.log.events if row.type == ConfirmationRequested.__name__
        }
        for message, rows in self.side.log.streams.items():
            events = [self.side.decode(row) for row in rows]
            state, taken = MESSAGE.fold(events), self.post.taken[message]
            tries = sum(isinstance(event, SendStarted) for event in events)
            asked.discard(state.sourced.source_event_id)
            if state.phase == Phase.ACCEPTED and not taken:
                yield f"I8: {message} counts as sent and is not"
            if state.phase not in ENDS and (SEND, message) not in self.side.log.timers:
                yield f"I8: {message} is {state.phase} and nobody looks at it any more"
            if taken > min(tries, 2):
                yield f"I8: {message} was sent {taken} times in {tries} tries"
        yield from (f"I8: nobody was asked to write about event {one}" for one in asked)
        yield from (
            f"I8: mail {one} is invented" for one in self.post.taken if one not in self.side.log.streams
        )
