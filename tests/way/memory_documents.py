"""Documents in memory: the real rules, handlers, tokens, routes and pages, on a log that is a list.

Promises: the same answers as the service gives; lists are folds of the log at this moment, whose SQL
``tests/log/test_documents_reads.py`` shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from litestar.testing import TestClient

from servicekit.decider import Refused
from servicekit.handle import Outcome
from servicekit.log import Context, Recorded, Stream
from servicekit.staff import Staff
from servicekit.tokens import Tokens, new_key
from servicekit.web.app import make_app
from servicekit.web.demo_staff import read_people
from servicekit.web.login import Login
from servicekit.web.pages import Assets, OfficeContact, Pages
from servicekit.web.session import COOKIE, Sessions
from services.documents import commands as ask
from services.documents.api.routes import PREFIX, api_routes
from services.documents.deciders import DECIDERS
from services.documents.draft import document_stream, invitation_stream
from services.documents.office import SiteInfo
from services.documents.pages.routes import ROUTES
from services.documents.projections.document_queries import DocumentRow
from services.documents.refusals import REFUSALS
from services.documents.rules.batch import Batch
from services.documents.rules.document_commands import DocumentCase
from services.documents.rules.document_state import ENDED, Document, Status
from services.documents.rules.invitation import Invitation
from services.documents.surroundings import known
from tests.rules.documents.desk import EVA, Desk
from tests.rules.documents.world import SITE, World

ROOT = Path(__file__).parents[2]
ORIGIN = "https://amt.example"
PEOPLE = read_people(ROOT / "config/demo_staff.toml")
_keys = count()


class MemoryClock:
    """The world's clock."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> datetime:
        return self._world.at


class MemoryLists:
    """``office.Lists`` over the log."""

    def __init__(self, world: World) -> None:
        self._world = world

    def _rows(self) -> list[DocumentRow]:
        streams = [stream for stream in self._world.log.streams if stream.category == "document"]
        states = [self._world.document(stream.id) for stream in streams]
        return [
            _row(one) for one in sorted(states, key=lambda one: (str(one.starts_at), str(one.booking_id)))
        ]

    async def by_id(self, documents: Iterable[UUID]) -> Sequence[DocumentRow]:
        wanted = set(documents)
        return [row for row in self._rows() if row.document_id in wanted]

    async def of_booking(self, booking_id: UUID) -> Sequence[DocumentRow]:
        return [row for row in self._rows() if row.booking_id == booking_id]

    async def of_person(self, person_id: UUID, site: str) -> Sequence[DocumentRow]:
        mine = [row for row in self._rows() if (row.person_id, row.site) == (person_id, site)]
        return [row for row in mine if row.state not in ENDED]

    async def of_day(self, site: str, first: datetime, last: datetime) -> Sequence[DocumentRow]:
        booked = [row for row in self._rows() if row.booking_id and row.starts_at and row.site == site]
        return [row for row in booked if row.starts_at and first <= row.starts_at < last]

    async def at(self, site: str, place: str) -> Sequence[DocumentRow]:
        here = [row for row in self._rows() if (row.site, row.place) == (site, place)]
        return [row for row in here if row.state not in ENDED]

    async def ordered(self, site: str, kind: str | None) -> Sequence[DocumentRow]:
        rows = [row for row in await self.at(site, "producer") if kind in (None, row.kind)]
        return sorted(rows, key=lambda row: row.ordered_at, reverse=True)

    async def booked(self, site: str) -> Sequence[UUID]:
        return list(dict.fromkeys(row.booking_id for row in self._rows() if row.booking_id))

    async def bins(self, site: str) -> Mapping[str, int]:
        return {row.bin: 1 for row in self._rows() if row.bin}


def _row(state: Document) -> DocumentRow:
    booked = state.status is Status.BOOKED
    assert state.ordered_at and state.expected_on and state.placed_at and state.place
    return DocumentRow(
        document_id=state.document_id,
        kind=state.kind.value,
        variant=state.variant.value,
        delivery=state.delivery.value,
        site=state.site,
        ordered_at=state.ordered_at,
        expected_on=state.expected_on,
        ordered_booking=state.ordered_booking,
        state=state.status.value,
        place=state.place.value,
        bin=state.bin,
        desk=state.window if state.place == "window" else state.locker,
        placed_at=state.placed_at,
        ready_at=None,
        person_id=state.person_id,
        person_revision=state.person_revision,
        booking_id=state.booking_id if booked else None,
        starts_at=state.starts_at if booked else None,
        admitted_at=state.admitted_at if booked and state.admitted_by == state.booking_id else None,
        missed_since=None,
    )


class MemoryNames:
    """``office.Names``: who is known by name, and who looked."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.known: dict[UUID, str] = {EVA: "Eva Mustermann"}
        self.reads: list[tuple[str, str, UUID, UUID | None]] = []

    async def of(self, people: Iterable[UUID], at: datetime) -> Mapping[UUID, str]:
        own = {one.person_id: one.name for one in self._world.log.people.values() if one.name}
        return {one: name for one, name in {**own, **self.known}.items() if one in set(people)}

    async def record(
        self, who: Staff, reason: str, seen: Sequence[tuple[UUID, UUID | None]], at: datetime
    ) -> None:
        self.reads += [(who.id, reason, person, document) for person, document in seen]


class MemoryDocuments:
    """``office.Office``, with one person's desk before it."""

    booking_url = "https://termin.example"
    code_key = b"a key for tests only"

    def __init__(self, folder: Path) -> None:
        ring = folder / "link-keys"
        ring.write_text(new_key(1))
        self.world = World()
        self.eva = Desk(self.world)
        self.clock, self.tokens, self.sessions = (
            MemoryClock(self.world),
            Tokens(ring),
            Sessions.from_ring(ring),
        )
        self.documents, self.names = MemoryLists(self.world), MemoryNames(self.world)
        self.deliveries = self
        site = SiteInfo(SITE, "Bürgerbüro Flensburg", "Rathausplatz 1", "0461 850", "office@example.org")
        self.sites = {SITE: replace(site, windows=("window_1", "window_2"))}

    def position(self) -> int:
        return len(self.world.log.events)

    async def caught_up(self, position: int) -> None:
        if position > self.position():
            raise Refused("invalid-input", errors={"min_log_position": "range"})

    async def shown(self, position: int) -> None:
        await self.caught_up(position)

    async def execute(self, command: Any, context: Context) -> Outcome:
        return await self.world.handlers.execute(command, context)

    async def check(self, command: ask.HandOverDocument, context: Context) -> None:
        await self.world.handlers.check(command, context)

    async def history(self, document_id: UUID) -> Sequence[Recorded]:
        return list(self.world.log.streams.get(document_stream(document_id), ()))

    async def document(self, document_id: UUID, upto: int = 0) -> Document:
        state: Document = self._fold(document_stream(document_id), upto)
        return state

    async def batch(self, batch_id: UUID, upto: int = 0) -> Batch:
        state: Batch = self._fold(Stream("delivery_batch", batch_id), upto)
        return state

    async def invitation(self, invitation_id: UUID) -> Invitation:
        state: Invitation = self._fold(invitation_stream(invitation_id), 0)
        return state

    def _fold(self, stream: Stream, upto: int) -> Any:
        events = self.world.log.streams.get(stream, ())
        return DECIDERS[stream.category].fold(one.event for one in events if not upto or one.position <= upto)

    async def case(self, document_id: UUID) -> DocumentCase | None:
        return await self.world.cases.of(document_id)

    async def numbered(self, number: str) -> UUID | None:
        return (await known(self.world.cases, number))[1]

    async def open(self, site: str) -> Sequence[UUID]:
        """The deliveries that are being unpacked."""
        batches = [stream.id for stream in self.world.log.streams if stream.category == "delivery_batch"]
        return [one for one in batches if (await self.batch(one)).closed_at is None]


def documents_app(office: MemoryDocuments) -> Any:
    """The application as ``wiring`` puts it together."""
    files = Assets(ROOT / "build" / "assets", "documents")
    here = ROOT / "services/documents"
    contact = OfficeContact(home="https://termin.example")
    pages = Pages([here / "templates"], files, locales=[here / "locale"], office=contact)
    return make_app(
        [*api_routes(pages), *ROUTES, files.handler()],
        refusals=REFUSALS,
        pages=pages,
        now=office.clock.now,
        origins=[ORIGIN],
        dev_tokens=True,
        login=Login("documents", PEOPLE, office.sessions, {}),
        state={"office": office, "post_room": None},
    )


class Window:
    """A clerk at the window: a client of API and pages, logged in as one of the demo people."""

    def __init__(self, office: MemoryDocuments, app: Any) -> None:
        self.office, self.eva, self.world = office, office.eva, office.world
        app.state.office, app.state.now = office, office.clock.now
        app.state.login = Login("documents", PEOPLE, office.sessions, {})
        self.client: Any = TestClient(app, base_url=ORIGIN)
        self.client.follow_redirects = False
        self.as_("window_1")

    def as_(self, person: str | None) -> Window:
        """Somebody else at the screen; None: nobody is logged in."""
        self.person = person
        return self

    def _log_in(self) -> None:
        """A session of this moment: days go by in these stories."""
        self.client.cookies.clear()
        if self.person is not None:
            session = self.office.sessions.sign(PEOPLE[self.person].staff, self.world.at)
            self.client.cookies.set(COOKIE, session)

    # --- the API, with a development token of its own

    def get(self, path: str, who: str = "window@flensburg", **headers: str) -> Any:
        given = {"Authorization": f"Bearer dev:{who}", **_named(headers)}
        return self.client.get(PREFIX + path, headers=given)

    def post(self, path: str, body: Any, who: str = "window@flensburg", **headers: str) -> Any:
        key = {"Authorization": f"Bearer dev:{who}", "Idempotency-Key": f"key-{next(_keys):06}"}
        return self.client.post(PREFIX + path, json=body, headers={**key, **_named(headers)})

    # --- the pages, as a browser sends them

    def open(self, path: str) -> Any:
        self._log_in()
        return self.client.get(path)

    def send(self, path: str, **form: str) -> Any:
        """A form of ours, with a key of its own; a redirect is followed by hand."""
        fields = {"idempotency_key": f"key-{next(_keys):06}", **form}
        self._log_in()
        answer = self.client.post(path, data=fields, headers={"Sec-Fetch-Site": "same-origin"})
        if answer.status_code == 303 and answer.headers["location"].startswith("/amt/"):
            return self.open(answer.headers["location"])
        return answer


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
