"""The four services on real servers, once for the whole browser suite, in every state that a page has.

Promises: every page of the table (``table.py``) can be opened here with the values and the proof that its row
names; nothing that a row does changes what another row sees. Time stands still: on a Wednesday in booking, on
1 December at the door and the counters.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from servicekit.testing.databases import Database
from servicekit.tokens import Purpose
from servicekit.web.app import make_app
from servicekit.web.openapi import document, documentation
from servicekit.web.pages import Assets, OfficeContact, Pages
from services.booking.pages.citizen import HOLD_COOKIE
from services.notification.again import Again
from services.notification.copies import Copies
from services.notification.pages import again, delivery, postfach
from services.notification.refusals import REFUSALS
from services.reporting.history import History
from services.reporting.routes import TEMPLATES, routes
from services.reporting.web import DESCRIPTION, PREFIX, TITLE
from tests.log.post_room import open_post_room
from tests.pages.browser import ROOT, free_port, serving
from tests.pages.judge import LOOKING
from tests.pages.stories import LONG_NAME, Values, citizens_of, morning_of
from tests.pages.table import Row
from tests.rules.documents.desk import ID_CARD, PASSPORT, Desk, uid
from tests.rules.notification.office import CODES
from tests.rules.reporting.story import sampled
from tests.way.book import Book, open_book
from tests.way.delivery_desk import called
from tests.way.mail_story import Story, asked
from tests.way.mail_world import World, open_world
from tests.way.memory_documents import MemoryDocuments, documents_app
from tests.way.memory_office import MemoryOffice, an_app
from tests.way.post_room import Clerk
from tests.way.post_room import an_app as post_room_app
from tests.way.week_desk import MONDAY, NOW, busy_week, full_week

Databases = Callable[[str], Database]
HOLDERS = ("holding", "waiting")
"""Whose browser has a place: before the contact is given, and after."""


@dataclass
class Town:
    """Where each server is, its application, and the values that addresses need.

    The servers: ``booking``, ``floor`` (booking on another day), ``documents``, ``post_room`` (documents on a
    database), ``notification``, ``reporting``.
    """

    stack: AsyncExitStack
    addresses: dict[str, str] = field(default_factory=dict)
    apps: dict[str, Any] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    seen: dict[tuple[str, str], str] = field(default_factory=dict)
    browser: Browser | None = None
    _pages: dict[str, Any] = field(default_factory=dict)

    async def open(self, name: str, app: Any, port: int, values: Values) -> None:
        """Start one of the servers."""
        app.state.origins = frozenset({f"http://127.0.0.1:{port}"})
        self.addresses[name] = await self.stack.enter_async_context(serving(app, port))
        self.apps[name] = app
        self.values |= values

    @property
    def languages(self) -> tuple[str, ...]:
        """What citizens' pages speak."""
        spoken: tuple[str, ...] = self.apps["booking"].state.pages.languages
        return spoken

    def filled(self, text: str, language: str = "de") -> str:
        """An address or a word of the table with this town's values."""
        return text.format(l=language, **self.values)

    def address(self, row: Row, language: str = "de") -> str:
        """Where the page of a row is."""
        return self.addresses[row.server] + self.filled(row.path, language)

    async def page(self, who: str) -> Any:
        """The one page of ``who``, to go on with: a new one is a process of its own."""
        if who not in self._pages:
            self._pages[who] = await self.new_page(who)
        return self._pages[who]

    async def new_page(self, who: str, **options: Any) -> Any:
        """A page of ``who`` in a browser that has seen nothing."""
        assert self.browser is not None
        headers = {} if who in HOLDERS else self.proof(who)
        context = await self.browser.new_context(locale="de-DE", extra_http_headers=headers, **options)
        if who in HOLDERS:
            cookie: Any = {"name": HOLD_COOKIE, "value": self.values[who], "secure": True}
            cookie["url"] = "https://127.0.0.1"
            await context.add_cookies([cookie])
        for script in LOOKING:
            await context.add_init_script(path=script)
        page: Any = await context.new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        return page

    def proof(self, who: str) -> dict[str, str]:
        """The headers that show who somebody is: the holder of a place by a cookie, staff by their role."""
        if who in HOLDERS:
            return {"Cookie": f"{HOLD_COOKIE}={self.values[who]}"}
        return {} if who == "nobody" else {"Authorization": f"Bearer dev:{who}@flensburg"}


@asynccontextmanager
async def open_town(folder: Path, seeded: MemoryOffice, databases: Databases) -> AsyncIterator[Town]:
    """All servers, running."""
    async with AsyncExitStack() as stack:
        town = Town(stack)
        await _booking(town, MemoryOffice(_new(folder, "booking")).like(seeded))
        await _floor(town, MemoryOffice(_new(folder, "floor")).like(seeded))
        await _documents(town, MemoryDocuments(_new(folder, "documents")))
        await _post_room(town, databases("documents"))
        await _notification(town, databases("notification"), _new(folder, "notification"))
        await _reporting(town, databases("reporting"))
        yield town


def _new(folder: Path, name: str) -> Path:
    own = folder / name
    own.mkdir()
    return own


async def _booking(town: Town, office: MemoryOffice) -> None:
    values, app = await citizens_of(office), an_app(office)
    await town.open("booking", app, free_port(), values)


async def _floor(town: Town, office: MemoryOffice) -> None:
    values, app = await morning_of(office), an_app(office)
    await town.open("floor", app, free_port(), values)


async def _documents(town: Town, office: MemoryDocuments) -> None:
    card, _passport = office.eva.at_window(ID_CARD, PASSPORT)
    other = Desk(office.world, uid("Hồng"), uid("her visit"))
    office.names.known[other.person] = LONG_NAME
    (received,) = other.received(PASSPORT)
    invitation = office.world.document(card).invitation_id
    assert invitation is not None
    until = office.clock.now() + timedelta(days=120)
    values = {
        "at_window": str(card),
        "in_delivery": str(received),
        "batch": str(other.batch()),
        "pickup": office.tokens.sign(Purpose.PICKUP, invitation, until),
    }
    await town.open("documents", documents_app(office), free_port(), values)


async def _post_room(town: Town, database: Database) -> None:
    world, port = await town.stack.enter_async_context(open_post_room(database.app_url)), free_port()
    item = await Clerk(world).letter(file_number="33-1")
    await town.open("post_room", post_room_app(world, f"http://127.0.0.1:{port}"), port, {"item": str(item)})


async def _notification(town: Town, database: Database, folder: Path) -> None:
    world = await town.stack.enter_async_context(open_world(database, folder))
    story = await asked(world, Story(), email="hard@example.org", phone="+49461123456", name=LONG_NAME)
    await world.happened(story.confirmed())
    await called(world)
    other = await asked(world, Story(), name=LONG_NAME)
    await world.happened(other.confirmed())
    await world.work()
    mail = (await world.mails())[-1]
    await town.open("notification", _mails_app(world), free_port(), {"mail": str(mail.mail_id)})


def _mails_app(world: World) -> Any:
    """All pages of notification, as ``wiring`` puts them together."""
    here, assets = ROOT / "services/notification", Assets(ROOT / "build/assets", "notification")
    office = OfficeContact(home="https://termin.example")
    staff = Pages([here / "templates"], assets, languages=("de",))
    citizens = Pages([here / "templates"], assets, locales=[here / "locale"], office=office)
    asking = Again(world.pool, Copies(world.pool, b"k" * 32), world.handlers, world.clock)
    desk = delivery.Office(world.desk, world.clock.now, CODES, "https://dokumente.example")
    return make_app(
        [
            assets.handler(),
            delivery.routes(desk),
            again.routes(asking, citizens),
            postfach.routes(world.postfach, staff),
        ],
        refusals=REFUSALS,
        pages=staff,
        now=world.clock.now,
        origins=[],
        dev_tokens=True,
    )


async def _reporting(town: Town, database: Database) -> None:
    book = await town.stack.enter_async_context(open_book(database))
    looks = [("registration", "2026-11-20", 4), ("passport_apply", None, None)]
    await book.tell([*busy_week(), *full_week(), sampled(MONDAY, *looks)])
    await town.open("reporting", _reports_app(book), free_port(), {})


def _reports_app(book: Book) -> Any:
    """All of reporting, as ``wiring`` puts it together."""
    assets = Assets(ROOT / "build/assets", "reporting")
    pages = Pages([TEMPLATES], assets, languages=("de",))
    api, *others = routes(book.read, lambda: NOW, pages, History(book.reader), permission="public")
    described = documentation(PREFIX, lambda: document([api], TITLE, DESCRIPTION), pages)
    return make_app(
        [api, *others, *described, assets.handler()],
        refusals={},
        pages=pages,
        now=lambda: NOW,
        origins=[],
        dev_tokens=True,
    )
