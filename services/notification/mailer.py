"""Sends what is due: looks, claims, renders, hands over, records.

Promises: a message is tried by one mailer at a time, since the claim is an event at the stream's version;
no dialogue begins with less than 60 s of its claim left; what has been claimed is tried, also if a stop or a
lost answer comes between; what the server said is recorded, and what nobody knows is recorded as that; no
address and no text in any log line or metric.
Shown by ``tests/way/test_mail.py``, ``test_mail_delivery.py`` and ``test_mail_stops.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Protocol
from uuid import UUID, uuid4, uuid5

import structlog
from prometheus_client import Counter, Gauge

from buergerbuero_contracts.notification import Template
from servicekit.faults import fault_point
from servicekit.log import NAMESPACE, Actor, Busy, Context, Due
from servicekit.postgres import SETBACKS

from .breaker import Breaker
from .copies import Copies
from .handlers import Handlers
from .looks import Look, Looks
from .mail import Envelope, envelope, message_id
from .rate import Rate
from .rules.commands import (
    NoteAccepted,
    NoteDeferred,
    NoteFault,
    NoteRefused,
    NoteUnclear,
    Result,
    StartSending,
)
from .rules.events import Cause, SendStarted
from .rules.state import DUE, Phase
from .rules.templates import PersonLook, SourceLook, mail_until
from .smtp import Accepted, Deferred, Rejected, Transport, Unclear, Unreachable, Verdict
from .sources import Sources
from .writer import Sender, Writer

log = structlog.get_logger()
ATTEMPTS = Counter("mail_attempts_total", "Tries by what came of them", ["outcome"])
LATE = Gauge("mail_oldest_due_age_seconds", "How long after its moment the last due mail was looked at")
WAITING_LONG = Counter("mail_waiting_long_total", "Looks at mails that wait for more than ten minutes")

LEASE_LEFT = timedelta(seconds=60)
"""A dialogue may take 45 s; it begins only with this much of the claim left."""
LONG = timedelta(minutes=10)
AT_ONCE = 8
"""Dialogues of one process at the same time."""
PAUSE = 1.0
JITTER = SystemRandom().random


class Now(Protocol):
    """The platform's clock."""

    def now(self) -> datetime:
        """The present moment in UTC."""


class Mailer:
    """One process's mailer; ``fire`` is what the timer runner calls for each due ``send``."""

    def __init__(
        self,
        handlers: Handlers,
        copies: Copies,
        sources: Sources,
        writer: Writer,
        transport: Transport,
        sender: Sender,
        clock: Now,
        rate: Rate,
        *,
        jitter: Callable[[], float] = JITTER,
    ) -> None:
        self._handlers, self._copies = handlers, copies
        self._looks = Looks(handlers, copies, sources)
        self._writer, self._transport, self._sender = writer, transport, sender
        self._clock, self._jitter = clock, jitter
        self._breaker, self._rate, self._slots = Breaker(), rate, asyncio.Semaphore(AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()
        self._own = uuid4()

    async def fire(self, due: Due) -> None:
        """Look at one message and begin its try; the dialogue itself runs on in the background.

        A stop meanwhile leaves it to ``drain``: a claim without its try would count as one in doubt.
        """
        await self._slots.acquire()
        begun = asyncio.create_task(self._begin(due))
        self._running.add(begun)
        begun.add_done_callback(self._running.discard)
        await asyncio.shield(begun)

    async def _begin(self, due: Due) -> None:
        context = due.context(self._clock.now())
        LATE.set((context.at - due.due_at).total_seconds())
        task = None
        try:
            look = await self._looks.look(due.subject, context.at)
            context = replace(context, correlation_id=look.correlation_id)
            started = await self._claim(look, context, due)
            if started is not None:
                task = asyncio.create_task(self._try(look, started))
        finally:
            if task is None:
                self._slots.release()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._ended)

    async def _claim(self, look: Look, context: Context, due: Due) -> SendStarted | None:
        """The claim, if this look leads to a try and nobody else was faster.

        Two who fire the same timer send the same command, so a repeat may tell of another's claim as well as
        of our own that got no answer. A claim moves its timer, so this process meets each of its own once.
        """
        begins = look.person == PersonLook.HERE and look.source == SourceLook.HOLDS
        if begins and look.state.phase in DUE and (again := self._not_before(look, context.at)):
            await self._handlers.later(again, context, due)
            return None
        claim = uuid5(self._own, str(context.command_id))
        command = StartSending(due.subject, look.person, look.source, context.at, claim)
        outcome = await self._handlers.execute(command, context, fired=due)
        for _, event in outcome.events:
            if isinstance(event, SendStarted) and event.claim == claim:
                return event
        self._note_waiting(look, context.at)
        return None

    def _not_before(self, look: Look, at: datetime) -> datetime | None:
        """When to come back, if no dialogue may begin now: the server is away, or the domain has enough.

        Not if the time for an e-mail is over, however long the server stays away: it may be a letter now.
        """
        if closed := self._breaker.away_until(at):
            return None if _over(look, at) else closed + timedelta(seconds=5 * self._jitter())
        domain = look.recipient.address.rpartition("@")[2].lower()
        again = self._rate.wait(look.state.public.message_id, domain, at)
        if again is None:
            self._breaker.may_try(at)  # while the server is away, this is the one that tries
        return again

    async def drain(self, seconds: float = 45.0) -> None:
        """Let dialogues end, begun or claimed for; what does not is in doubt, and its claim runs out."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._running:
                    await asyncio.wait(self._running)
        late = [*self._running]
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _try(self, look: Look, started: SendStarted) -> None:
        fault_point("mailer.try")
        message, try_no, at = started.message_id, started.try_no, self._clock.now()
        late, away = started.claimed_until - at < LEASE_LEFT, self._breaker.away_until(at)
        if late or (away and _over(look, at)):
            cause = Cause.LATE if late else Cause.CONNECTION
            await self._record(look, started, NoteDeferred(message, try_no, cause, self._jitter(), at))
            return
        try:
            mail = self._make(look, at)
        except Exception as fault:  # whatever a template, a name or a library does wrong is our own fault
            log.error("message_not_rendered", message_id=str(message), exc_info=fault)
            await self._record(look, started, NoteFault(message, try_no))
            return
        verdict = await self._transport.deliver(mail)
        fault_point("mailer.delivered")
        at = self._clock.now()
        if isinstance(verdict, Unreachable):
            self._breaker.failed(at)
        else:
            self._breaker.reached()
        suppressed = verdict.code if isinstance(verdict, Rejected) and verdict.suppress else None
        await self._record(look, started, self._meaning(verdict, message, try_no, at), suppressed)

    def _make(self, look: Look, at: datetime) -> Envelope:
        queued, source = look.state.public, look.state.sourced
        mail = self._writer.write(look.ask, look.recipient, look.facts)
        # What time itself asks of a week is one event for all subscribers: there the message's own id tells.
        weekly = queued.template is Template.WEEKLY_REPORT
        name = message_id(
            queued.message_id if weekly else source.source_event_id,
            queued.template,
            queued.template_version,
            self._sender.domain,
        )
        return envelope(mail, self._sender, look.recipient.address, name, queued.message_id, at)

    def _meaning(self, verdict: Verdict, message: UUID, try_no: int, at: datetime) -> Result:
        match verdict:
            case Accepted():
                return NoteAccepted(message, try_no)
            case Rejected():
                return NoteRefused(message, try_no, at)
            case Deferred(code):
                return NoteDeferred(message, try_no, Cause.CODE, self._jitter(), at, code)
            case Unreachable():
                return NoteDeferred(message, try_no, Cause.CONNECTION, self._jitter(), at)
            case Unclear():
                return NoteUnclear(message, try_no, self._jitter(), at)

    async def _record(
        self, look: Look, started: SendStarted, result: Result, suppressed: int | None = None
    ) -> None:
        """Store what came of a try; again while the log is away, until the claim runs out.

        An address that the server refuses for good, with the code ``suppressed``, is noted first: who dies
        in between leaves a message that the next look fails for the same reason, without another try.
        """
        ATTEMPTS.labels(type(result).__name__.removeprefix("Note").lower()).inc()
        command_id = uuid5(NAMESPACE, f"mail:{started.message_id}:{started.try_no}")
        while (at := self._clock.now()) < started.claimed_until:
            context = Context(command_id, at, Actor("timer", "mailer"), look.correlation_id)
            try:
                try:
                    if suppressed:
                        await self._copies.suppress(look.recipient.address, str(suppressed), at)
                finally:
                    await self._handlers.execute(result, context)
            except (Busy, *SETBACKS) as error:
                log.warning("message_result_not_stored", error=type(error).__name__)
                await asyncio.sleep(PAUSE)
            else:
                return

    def _note_waiting(self, look: Look, at: datetime) -> None:
        waits = look.state.phase in (Phase.CREATED, Phase.WAITING)
        behind = look.person == PersonLook.BEHIND or look.source == SourceLook.BEHIND
        if waits and behind and at - look.state.sourced.asked_at > LONG:
            WAITING_LONG.inc()
            log.warning("message_waits_long", message_id=str(look.state.sourced.message_id))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._slots.release()
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("mail_try_failed", task="mailer", exc_info=fault)


def _over(look: Look, at: datetime) -> bool:
    """Whether the time is over in which an e-mail is tried."""
    source = look.state.sourced
    return at >= mail_until(look.state.public.template, source.asked_at, source.useful_until)
