"""Booking on the simulated platform: what its commands see, its tables, and where its log begins.

Only the draw of chance and the read model of wishes, which no simulated person has, are stand-ins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from itertools import pairwise
from typing import Any
from uuid import UUID

import asyncpg

from servicekit import read_model
from servicekit.clock import Clock
from servicekit.committer import Committer
from servicekit.handle import Handler
from servicekit.log import Due, Stream
from servicekit.plans import Plans, TailRow
from servicekit.testing.simulation.database import Record, Run, Session, put
from servicekit.testing.simulation.log_tables import LogTables, QuickTypes
from servicekit.testing.simulation.platform import Platform
from servicekit.timers import TimerRunner
from services.booking import expiry
from services.booking.expiry import Expiry
from services.booking.handlers import Handlers
from services.booking.present import Around, SitesInMemory
from services.booking.projections import APPOINTMENTS, INVITATIONS, invitations
from services.booking.projections.appointments import UPSERT
from services.booking.projections.invitations import Invitations
from services.booking.projections.wishes import Wishes
from services.booking.questions import Questions
from services.booking.reactions import APPOINTMENTS_OVER, DOCUMENTS
from services.booking.rules.site import Sites
from services.booking.rules.wish_state import Waiting
from services.booking.wiring import SERVICE
from tests.simulation.beginning import beginning
from tests.simulation.service_side import ServiceSide

TYPES = QuickTypes(SERVICE.types)


@dataclass
class SimulatedAround(Around):
    """What commands see; chance comes from the seed, and nobody wishes for another time."""

    platform: Any = None

    def chance(self) -> float:
        """A draw of the run's own source."""
        return float(self.platform.random.random())

    async def wishes(self, site: str, day: date) -> Sequence[Waiting]:
        """Nobody waits."""
        return ()

    async def wishes_of(self, booking_id: UUID) -> Sequence[UUID]:
        """Nobody waits."""
        return ()


class QuickSites(SitesInMemory):
    """Hours and catalogue as they are at the beginning are worked out once: nobody changes them in a run."""

    def follow(self, rows: Sequence[TailRow], afresh: bool) -> None:
        """Take events from the tail."""
        if afresh and rows and rows[-1].position <= len(beginning().log.events):
            sites, changed_at = _at_first(tuple(row.position for row in rows), beginning().log)
            self.sites, self.changed_at = dict(sites), dict(changed_at)
        else:
            super().follow(rows, afresh)


@cache
def _at_first(positions: Sequence[int], log: LogTables) -> tuple[Sites, Mapping[str, int]]:
    sites, rows = SitesInMemory(), list[TailRow]()
    for one in (log.events[position - 1] for position in positions):
        event = TYPES.decode(one.type, one.schema_version, one.data)
        stream = Stream(one.category, one.stream_id)
        rows.append(TailRow(one.position, stream, one.version, event, one.command_id))
    sites.follow(rows, True)
    return sites.sites, sites.changed_at


@dataclass(eq=False)
class Appointments:
    """The table ``appointment`` with its exclusion constraint."""

    rows: dict[UUID, tuple[Any, ...]] = field(default_factory=dict)

    def upsert(self, session: Session, *columns: Sequence[Any]) -> str:
        """One row per booking; two live ones that overlap are an error."""
        for booking_id, *row in zip(*columns, strict=True):
            put(session, self.rows, booking_id, tuple(row))
        live = sorted((row[0], row[1], row[2], row[4]) for row in self.rows.values() if row[5])
        for one, other in pairwise(live):
            if one[:2] == other[:2] and other[2] < one[3]:
                raise asyncpg.ExclusionViolationError("two appointments overlap")
        return "INSERT"


@dataclass(eq=False)
class Called:
    """The tables of ``invitations``: the first word on each key counts."""

    invited: dict[UUID, Any] = field(default_factory=dict)
    called: dict[tuple[UUID, int], Any] = field(default_factory=dict)
    ended: dict[UUID, Any] = field(default_factory=dict)
    kinds: dict[UUID, Any] = field(default_factory=dict)

    def copy_of(self, other: Called) -> None:
        """What another one was told."""
        self.invited |= other.invited
        self.called |= other.called
        self.ended |= other.ended
        self.kinds |= other.kinds

    def of(self, _session: Session, invitation_id: UUID) -> Sequence[Record]:
        """One invitation with its documents."""
        if invitation_id not in self.invited:
            return []
        person_id, revision, site, language = self.invited[invitation_id]
        documents = [one for (key, _nr), (one,) in sorted(self.called.items()) if key == invitation_id]
        return [
            Record(
                person_id=person_id,
                person_revision=revision,
                site=site,
                language=language,
                document_id=one,
                kind=self.kinds.get(one, (None,))[0],
                ended=invitation_id in self.ended,
            )
            for one in documents
        ]

    def statements(self) -> Mapping[str, Run]:
        """What projection and queries send."""
        return {
            invitations.INVITE: _first_of(self.invited),
            invitations.INVITE_FOR: _first_of(self.called, 2),
            invitations.END: _first_of(self.ended),
            invitations.KIND: _first_of(self.kinds),
            invitations._INVITATION: self.of,
        }


def _first_of(table: dict[Any, Any], width: int = 1) -> Run:
    """ON CONFLICT DO NOTHING."""

    def insert(session: Session, *columns: Sequence[Any]) -> str:
        for row in zip(*columns, strict=True):
            key = row[0] if width == 1 else row[:width]
            if key not in table:
                put(session, table, key, row[width:])
        return "INSERT"

    return insert


class BookingSide(ServiceSide):
    """Booking's processes."""

    projections = (APPOINTMENTS, INVITATIONS)
    reactions = (APPOINTMENTS_OVER, DOCUMENTS)

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform, SERVICE, TYPES, beginning().log)
        self.appointments, self.called = Appointments(), Called()
        self.side.server.statements |= {**self._statements(), **self.called.statements()}

    def copy_of(self, other: ServiceSide) -> None:
        """Its tables too."""
        super().copy_of(other)
        assert isinstance(other, BookingSide)
        self.appointments.rows.update(other.appointments.rows)
        self.called.copy_of(other.called)

    def _statements(self) -> Mapping[str, Run]:
        log = self.side.log

        def due(_session: Session, kind: str, subjects: Sequence[UUID], at: datetime) -> list[Record]:
            found = (log.timers.get((kind, subject)) for subject in subjects)
            return [
                Record(subject=subject)
                for subject, row in zip(subjects, found, strict=True)
                if row is not None and row.due_at <= at
            ]

        def holder(_session: Session, kind: str, keys: Sequence[str], at: datetime) -> list[Record]:
            found = [
                (until, subject)
                for (one, key, subject), until in log.uses.items()
                if one == kind and key in keys and until is not None and until > at
            ]
            return [Record(subject=max(found)[1])] if found else []

        def counted(_session: Session, kinds: Sequence[str], one: UUID, at: datetime) -> list[Record]:
            return [
                Record(kind=kind, key=key)
                for (kind, key, subject), until in log.uses.items()
                if kind in kinds and subject == one and until is not None and until > at
            ]

        return {
            UPSERT: self.appointments.upsert,
            expiry._DUE: due,
            invitations._HOLDER: holder,
            invitations._COUNTED: counted,
            read_model._CURRENT: lambda _session, name, _fixed: [Record(schema=name)],
        }

    def plans(self) -> tuple[Plans, SitesInMemory]:
        """The day plans, and hours and catalogue beside them."""
        memory = QuickSites()
        planned = {name: SERVICE.deciders[name] for name in SERVICE.planned}
        return Plans(planned, followed=memory.categories, follow=memory.follow), memory

    def handlers(self, handler: Handler, committer: Committer, clock: Clock, memory: Any) -> Handlers:
        """As ``wiring.py`` makes them."""
        connect, pool = self.side.connect, self.side.pool

        async def fire(due: Due) -> object:
            return await handlers.fire(due, clock.now())

        ways = (Expiry(pool, connect, TimerRunner(connect, clock, fire)), Questions(pool))
        lists = (Invitations(pool), Wishes(pool))
        around = SimulatedAround(clock, committer, memory, b"key", *ways, *lists, platform=self.platform)
        handlers = Handlers(handler, around)
        return handlers
