"""Booking in memory: the real rules, handlers, tokens and routes, on a log that is a list.

Promises: the same answers as the service gives, but for what only a database can show (locks,
rounds, guards under load), which ``tests/log`` shows.
"""

from __future__ import annotations

import hmac
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid5

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from buergerbuero_contracts.envelope import NIL
from servicekit.decider import Refused
from servicekit.handle import Handler, Outcome
from servicekit.log import (
    Actor,
    Busy,
    Context,
    Person,
    Recorded,
    Stream,
)
from servicekit.tokens import Tokens, new_key
from servicekit.web.app import make_app
from servicekit.web.demo_staff import read_people
from servicekit.web.door_code import DoorCodes
from servicekit.web.login import Login
from servicekit.web.pages import Assets, OfficeContact, Pages
from servicekit.web.session import Sessions
from services.booking import commands as ask
from services.booking import config
from services.booking.administration import DECIDERS, PLANNED
from services.booking.api.free_slots import FreeSlots
from services.booking.api.routes import api_routes
from services.booking.handlers import Handlers
from services.booking.office import SiteInfo, read_texts
from services.booking.pages.routes import page_routes
from services.booking.pages.statements import read_statements
from services.booking.refusals import REFUSALS
from services.booking.rules import site
from services.booking.rules.booking_state import Booking
from services.booking.rules.calendar import local_date
from services.booking.rules.day_state import DayPlan
from services.booking.rules.pickup import Invitation
from services.booking.rules.protection import Holds
from services.booking.rules.queue import Line
from services.booking.rules.site import Site
from services.booking.rules.wish_state import Waiting, Wish
from services.booking.wishing import wish_of
from tests.rules.booking.line import line_of
from tests.rules.booking.memory import counted_for, holder_of
from tests.rules.booking.wishes import active_wishes, open_wishes
from tests.way.memory_floor import MemoryFloor
from tests.way.memory_log import MemoryClock, MemoryLog

ROOT = Path(__file__).parents[2]
ORIGIN = "https://termin.example"
SESSIONS = Sessions([b"a key for tests only, 32 bytes.."])


class MemoryOffice:
    """The office as the API and the pages see it, and the surroundings of the handlers."""

    domain = "termin.example"
    public_url = "https://termin.example"
    code_key = b"a key for tests only"
    door_codes = DoorCodes(Ed25519PrivateKey.from_private_bytes(b"a key for tests only, 32 bytes.."))

    def __init__(self, folder: Path) -> None:
        ring = folder / "link-keys"
        ring.write_text(new_key(1))
        self.clock, self.tokens, self.log = MemoryClock(), Tokens(ring), MemoryLog()
        self.config = config.read((ROOT / "config/flensburg.toml").read_text("utf-8"))
        info = self.config.info
        self._sites = {
            self.config.code: SiteInfo(
                self.config.code, info["name"], info["address"], info["phone"], info["email"]
            )
        }
        self.texts = read_texts(ROOT / "config/service_texts.toml")
        self._random, self._numbers = Random(7), itertools.count()  # noqa: S311 - a test must repeat itself
        self._seen, self._known = 0, site.apply({}, ())
        self.invited: dict[UUID, Invitation] = {}
        self.copied: dict[UUID, Person] = {}
        self.latest_holds = Holds(0, 0)
        handler = Handler(self.log, self.log.submit, DECIDERS, planned=PLANNED)
        self.handlers = Handlers(handler, self)
        self.floor = MemoryFloor(self)

    async def set_up(self) -> None:
        """Seed the site and plan its days."""
        for step in config.seed(self.config, self.site(self.config.code), self.clock.now()):
            await self.execute(step, self.context())
        await self.execute(ask.PlanHorizon(site=self.config.code), self.context())

    def like(self, other: MemoryOffice) -> MemoryOffice:
        """Go on from where another office is."""
        self.log = other.log.copy()
        handler = Handler(self.log, self.log.submit, DECIDERS, planned=PLANNED)
        self.handlers = Handlers(handler, self)
        self.clock.at, self._numbers = other.clock.at, itertools.count(10_000)
        return self

    def context(self) -> Context:
        """A context of a command of its own."""
        command_id = uuid5(NIL, str(next(self._numbers)))
        return Context(command_id, self.clock.now(), Actor("seed"), command_id)

    # --- what the ends see

    @property
    def sites(self) -> Any:
        """Both ports have a member of this name: a mapping for the ends, a call for the handlers."""
        return _Sites(self._sites)

    def position(self) -> int:
        return len(self.log.events)

    async def execute(self, command: ask.Command, context: Context) -> Outcome:
        return await self.handlers.execute(command, context)

    async def booking(self, booking_id: UUID, upto: int = 0) -> Booking:
        found: Booking = self.log.state(Stream("booking", booking_id), upto)
        return found

    async def history(self, booking_id: UUID) -> Sequence[Recorded]:
        stream = Stream("booking", booking_id)
        return (await self.log.load([stream]))[stream]

    async def person(self, person_id: UUID) -> Person | None:
        return await self.log.person(person_id) or self.copied.get(person_id)

    async def wish(self, wish_id: UUID, upto: int = 0) -> Wish:
        return await wish_of(self.handlers.handler, wish_id, upto)

    async def waiting(self, invitation_id: UUID) -> Invitation:
        return await self.handlers.waiting(invitation_id)

    async def called(self, site: str) -> Sequence[tuple[UUID, str]]:
        open_calls = [one for one in self.invited.values() if one.site == site and not one.ended]
        people = [await self.person(one.person_id) for one in open_calls]
        known = zip(open_calls, people, strict=True)
        return [(one.invitation_id, who.name) for one, who in known if who and who.name]

    def site(self, code: str) -> Site:
        new = self.log.events[self._seen :]
        self._known = site.apply(self._known, (one.event for one in new))
        self._seen += len(new)
        return self._known.get(code, Site())

    def plans(self, site: str, first: date | None = None, last: date | None = None) -> Any:
        if first is None or last is None:
            today = local_date(self.clock.now())
            return {
                plan.day: plan for plan in self._plans(site, today, today + timedelta(days=60)) if plan.day
            }
        return _Ready(self._plans(site, first, last))

    def _plans(self, site: str, first: date, last: date) -> list[DayPlan]:
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return [self.log.state(Stream.named("day_plan", site, day)) for day in days]

    def version(self, site: str) -> int:
        return self.position()

    async def caught_up(self, position: int) -> None:
        if position > self.position():
            raise Refused("invalid-input", errors={"min_log_position": "range"})

    def hashed(self, kind: str, value: str) -> str:
        return hmac.digest(b"tests", f"{kind}:{value}".encode(), "sha256").hex()

    # --- what only the handlers see

    def plan(self, stream: Stream) -> DayPlan:
        plan: DayPlan = self.log.state(stream)
        return plan

    async def stands(self, day: Stream, still: Callable[[DayPlan], bool], command_id: UUID) -> bool:
        return False  # each plan is folded anew: no answer is kept

    async def expire_due(self, site: str, day: date, at: datetime) -> int:
        due = [
            (await self.booking(slot.booking_id))
            for plan in self._plans(site, day, day)
            for slot in plan.slots.values()
        ]
        over = [one for one in due if one.limit is not None and one.limit <= at]
        for one in over:
            await self.execute(ask.ExpireHold(booking_id=one.booking_id), self.context())
        return len(over)

    async def holds(self, site: str, first: datetime, last: datetime) -> Holds:
        return self.latest_holds

    async def queue(self, site: str, day: date) -> Line:
        return line_of(self.log.streams, site, day)

    async def wishes(self, site: str, day: date) -> Sequence[Waiting]:
        return active_wishes(self.log.streams, site, day)

    async def wishes_of(self, booking_id: UUID) -> Sequence[UUID]:
        return open_wishes(self.log.streams, booking_id)

    def chance(self) -> float:
        return self._random.random()

    async def invitation(self, invitation_id: UUID) -> Invitation | None:
        return self.invited.get(invitation_id)

    async def holder(self, kind: str, keys: Sequence[str], at: datetime) -> UUID | None:
        return holder_of(self.log.uses, kind, keys, at)

    async def counted(self, subject: UUID, at: datetime) -> Mapping[str, str]:
        return counted_for(self.log.uses, subject, at)


class _Sites(dict[str, SiteInfo]):
    def __call__(self) -> Sequence[str]:
        return list(self)


@dataclass
class _Ready:
    """A result that the handlers await."""

    value: Any = field(default=None)

    def __await__(self) -> Any:
        yield from ()
        return self.value


def an_app(office: MemoryOffice, assets: Path | None = None) -> Any:
    """The application as ``wiring`` puts it together."""
    statements = read_statements(ROOT / "config/statements.toml")
    files = Assets(assets or ROOT / "build" / "assets", "booking")
    templates, locale = ROOT / "services/booking/templates", ROOT / "services/booking/locale"
    pages = Pages([templates], files, locales=[locale], office=OfficeContact(home=""))
    return make_app(
        [*api_routes(pages), *page_routes(), files.handler()],
        refusals=REFUSALS,
        pages=pages,
        now=office.clock.now,
        origins=[ORIGIN],
        dev_tokens=True,
        login=Login("booking", read_people(ROOT / "config/demo_staff.toml"), SESSIONS, {}),
        unavailable=(Busy,),
        state={
            "office": office,
            "free_slots": FreeSlots(office, "test"),
            "statements": statements,
            "notification_url": "https://nachrichten.example",
            "steady": 0.0,
        },
    )


def behind(app: Any, office: MemoryOffice) -> None:
    """Put an office behind an application, which takes longer to make."""
    app.state.office, app.state.now = office, office.clock.now
    app.state.free_slots = FreeSlots(office, "test")


def events_of(office: MemoryOffice) -> Mapping[str, int]:
    """How many events of each type there are."""
    counted: dict[str, int] = {}
    for one in office.log.events:
        counted[type(one.event).__name__] = counted.get(type(one.event).__name__, 0) + 1
    return counted
