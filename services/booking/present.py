"""Booking's present in this process: sites and day plans in memory, fed by the log's tail.

Promises: sites are the fold of all ``opening`` and ``catalogue`` events; plans are those of the
committer, which decides on them; both are as fresh as the tail, and a caller who knows a position can
wait for it. Implements ``office.Office`` and ``surroundings.Surroundings``.
Shown by ``tests/log/test_questions.py`` and ``tests/way``.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from random import SystemRandom
from uuid import UUID

from servicekit.clock import Clock
from servicekit.committer import Committer
from servicekit.decider import Refused
from servicekit.handle import Handler, Outcome
from servicekit.log import Busy, Context, Due, Person, Recorded, Stream
from servicekit.plans import TailRow
from servicekit.tokens import Tokens
from servicekit.web.codes import code_key
from servicekit.web.door_code import DoorCodes

from .case import day_plan_stream
from .commands import Command, ReserveSlot
from .copies import Copies
from .crowd import Crowd
from .expiry import Expiry
from .handlers import Handlers
from .horizon import Horizon, Horizons
from .office import Floor, ServiceText, SiteInfo
from .projections.invitations import Invitations
from .projections.wishes import Wishes
from .questions import Questions
from .rules.booking_state import Booking, folded
from .rules.calendar import local_date
from .rules.day_state import DayPlan
from .rules.pickup import Invitation
from .rules.protection import Holds
from .rules.queue import Line
from .rules.site import CATEGORIES, Site, Sites, apply
from .rules.wish_state import Waiting, Wish
from .wishing import wish_of

KEEP_READY = 60.0
"""Seconds between two looks whether all days of the horizon are in memory."""
READING = 2.0
"""Seconds within which the tail must have brought what the log has."""
_CHANCE = SystemRandom()


@dataclass
class SitesInMemory:
    """What the tail tells of hours and catalogue, and where each site last changed."""

    sites: Sites = field(default_factory=dict)
    changed_at: dict[str, int] = field(default_factory=dict)
    categories: frozenset[str] = CATEGORIES

    def follow(self, rows: Sequence[TailRow], afresh: bool) -> None:
        """Take events from the tail; ``afresh``: these are all there are."""
        self.sites = apply({} if afresh else self.sites, (row.event for row in rows))
        for row in rows:
            self.changed_at[getattr(row.event, "site")] = row.position  # noqa: B009 - all of them have it


@dataclass
class Around:
    """What commands see of the running service: ``surroundings.Surroundings``."""

    clock: Clock
    committer: Committer
    memory: SitesInMemory
    hash_key: bytes
    expiry: Expiry
    log: Questions
    invitations: Invitations
    waiting: Wishes

    def sites(self) -> Sequence[str]:
        """The codes of all sites that were set up."""
        return list(self.memory.sites)

    def site(self, code: str) -> Site:
        """A site as last set; KeyError for an unknown one."""
        return self.memory.sites[code]

    async def plans(self, site: str, first: date, last: date) -> Sequence[DayPlan]:
        """The plans of these dates, loaded where they are not in memory."""
        streams = [day_plan_stream(site, first + timedelta(days=n)) for n in range((last - first).days + 1)]
        await self.committer.ensure(streams)
        return [self.plan(stream) for stream in streams]

    def plan(self, stream: Stream) -> DayPlan:
        """A plan as it is in memory."""
        plan: DayPlan = self.committer.plans.get(stream).state
        return plan

    async def stands(self, day: Stream, still: Callable[[DayPlan], bool], command_id: UUID) -> bool:
        """Whether the log shows that of the day's plan, and not this command."""
        return await self.committer.stands(day, still, command_id)

    async def expire_due(self, site: str, day: date, at: datetime) -> int:
        """Fire the due hold timers of the day's bookings, whoever else sleeps.

        A slot knows the limit of its first hold only; whether that was renewed, the timers know.
        """
        slots = self.plan(day_plan_stream(site, day)).slots.values()
        late = [slot.booking_id for slot in slots if slot.hold_until and slot.hold_until <= at]
        return await self.expiry(site, day, late, at) if late else 0

    async def holds(self, site: str, first: datetime, last: datetime) -> Holds:
        """The online holds of a span of time, and what became of them."""
        return await self.log.holds(site, first, last)

    async def queue(self, site: str, day: date) -> Line:
        """The people who wait, as the read model knows them."""
        return await self.log.queue(site, day)

    async def invitation(self, invitation_id: UUID) -> Invitation | None:
        """A call to collect documents, as the read model has it."""
        return await self.invitations.invitation(invitation_id)

    async def holder(self, kind: str, keys: Sequence[str], at: datetime) -> UUID | None:
        """Who counts for a limit at a moment."""
        return await self.invitations.holder(kind, keys, at)

    async def counted(self, subject: UUID, at: datetime) -> Mapping[str, str]:
        """For which network or mailbox an open booking counts."""
        return await self.invitations.counted(subject, at)

    async def wishes(self, site: str, day: date) -> Sequence[Waiting]:
        """The active wishes for places on a date, oldest first."""
        return await self.waiting.active(site, day)

    async def wishes_of(self, booking_id: UUID) -> Sequence[UUID]:
        """The open wishes for an earlier place than this booking's."""
        return await self.waiting.of_booking(booking_id)

    def hashed(self, kind: str, value: str) -> str:
        """HMAC of a device, network or contact; a network's also of the date, so that it fades in a day."""
        salt = local_date(self.clock.now()).isoformat() if kind == "network" else ""
        return hmac.new(self.hash_key, f"{kind}:{salt}:{value}".encode(), sha256).hexdigest()[:32]

    def chance(self) -> float:
        """A draw in [0, 1) from the system's source."""
        return _CHANCE.random()


@dataclass
class Present:
    """What API and pages see of it: ``office.Office``."""

    clock: Clock
    around: Around
    handler: Handler
    tokens: Tokens
    door_codes: DoorCodes
    sites: Mapping[str, SiteInfo]
    texts: Mapping[str, Mapping[str, ServiceText]]
    domain: str
    public_url: str
    copies: Copies
    floor: Floor

    def __post_init__(self) -> None:
        self.handlers = Handlers(self.handler, self.around)
        self.crowd = Crowd(self.handlers.execute, self.history)
        self.code_key = code_key(self.around.hash_key)
        self._horizons = Horizons(self.around.committer.plans)
        self._complete = False

    def position(self) -> int:
        """The log position up to which this process has seen everything."""
        return self.around.committer.plans.cursor

    async def execute(self, command: Command, context: Context) -> Outcome:
        """Carry out one command. Raises ``Refused`` or ``Busy``."""
        self.around.committer.check_room()
        await self._met()
        if isinstance(command, ReserveSlot):
            return await self.crowd.reserve(command, context)
        return await self.handlers.execute(command, context)

    async def fire(self, timer: Due) -> Outcome:
        """Carry out what a due timer asks for."""
        await self._met()
        return await self.handlers.fire(timer, self.clock.now())

    async def _met(self) -> None:
        """Sites are known: before, every command would be refused, and a refused timer never comes again."""
        await self.around.committer.ensure(())

    def site(self, code: str) -> Site:
        """Hours, settings and catalogue of a site. Raises ``Busy`` before it is known; refuses others."""
        try:
            return self.around.site(code)
        except KeyError:
            raise Busy if code in self.sites else Refused("unknown-site") from None

    def hashed(self, kind: str, value: str) -> str:
        """A keyed hash for limits."""
        return self.around.hashed(kind, value)

    async def booking(self, booking_id: UUID, upto: int = 0) -> Booking:
        """The fold of its stream, up to a position or to the end."""
        return folded(await self.history(booking_id), upto)

    async def history(self, booking_id: UUID) -> Sequence[Recorded]:
        """Its events with their meta, in order."""
        stream = Stream("booking", booking_id)
        return (await self.handler.store.load([stream]))[stream]

    async def person(self, person_id: UUID) -> Person | None:
        """The row of a person, booking's own or another service's copy."""
        own = await self.handler.store.person(person_id)
        return own or await self.copies.person(person_id, self.clock.now())

    async def wish(self, wish_id: UUID, upto: int = 0) -> Wish:
        """The fold of its stream, up to a position or to the end."""
        return await wish_of(self.handler, wish_id, upto)

    async def wishes_of(self, booking_id: UUID) -> Sequence[UUID]:
        """The open wishes for an earlier place than this booking's."""
        return await self.around.wishes_of(booking_id)

    async def waiting(self, invitation_id: UUID) -> Invitation:
        """A call to collect documents, with those of them that are still here."""
        return await self.handlers.waiting(invitation_id)

    async def called(self, site: str) -> Sequence[tuple[UUID, str]]:
        """The open calls of a site, each with the name of who is called; without those who have none."""
        calls = await self.around.invitations.open(site)
        names = await self.copies.names(calls.values(), self.clock.now())
        return [(one, names[person]) for one, person in calls.items() if person in names]

    def plans(self, site: str) -> Mapping[date, DayPlan]:
        """The planned days from today on, in order."""
        return self._ahead(site).plans

    def version(self, site: str) -> int:
        """The log position of the last change of plans, hours or catalogue."""
        return max(self.around.memory.changed_at.get(site, 0), self._ahead(site).position)

    def _ahead(self, site: str) -> Horizon:
        return self._horizons.of(site, local_date(self.clock.now()), self._horizon(site))

    async def holds(self, site: str, first: datetime, last: datetime) -> Holds:
        """The online holds of a span of time, and how many of them are confirmed."""
        return await self.around.holds(site, first, last)

    async def caught_up(self, position: int) -> None:
        """Return when the plans have seen ``position``: wait at most 250 ms, then ask the log itself.

        What it has, the tail brings in a moment, or ``Busy``; what it has not, nobody was told of.
        """
        committer = self.around.committer
        if await committer.reached(position):
            return
        if position > await self.around.log.head():
            raise Refused("invalid-input", errors={"min_log_position": "range"})
        if not await committer.reached(position, READING):
            raise Busy

    async def keep_ready(self, stop: asyncio.Event) -> None:
        """Have every day of every site's horizon in memory, also after midnight."""
        while not stop.is_set():
            with suppress(Busy):  # the database is away: the next look loads them
                await self.make_ready()
                self._complete = True
            with suppress(TimeoutError):
                async with asyncio.timeout(KEEP_READY if self.around.memory.sites else 1.0):
                    await stop.wait()

    async def complete(self) -> bool:
        """Whether all days were in memory once: before that, answers would show an empty office."""
        return self._complete

    async def make_ready(self) -> None:
        """Load what is missing."""
        await self._met()
        today = local_date(self.clock.now())
        for site in self.around.sites():
            await self.around.plans(site, today, today + timedelta(days=self._horizon(site)))

    def _horizon(self, site: str) -> int:
        known = self.around.memory.sites.get(site)
        return known.opening.settings.horizon_days if known else 0
