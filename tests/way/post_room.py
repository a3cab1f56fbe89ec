"""The post room before a client: its API and pages on a real database, without the other roles."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from litestar import Router

from servicekit.handle import Outcome
from servicekit.log import Context
from servicekit.web.app import make_app
from servicekit.web.pages import Assets, Pages
from services.documents import post_room_commands as ask
from services.documents.api import items
from services.documents.api.routes import PREFIX
from services.documents.pages import item, post_room
from services.documents.refusals import REFUSALS
from tests.log.post_room import Clock, World

ROOT = Path(__file__).parents[2]
ORIGIN = "https://dokumente.example"
CLERK = {"Authorization": "Bearer dev:post_room@flensburg"}
FORM = {**CLERK, "Sec-Fetch-Site": "same-origin"}
LETTER: dict[str, Any] = {
    "service": "move_within_city",
    "channel": "letter",
    "received_on": "2026-11-23",
}
_keys = count()


class Office:
    """What the API and the pages see of the service; after each command the list is up to date."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def clock(self) -> Clock:
        return self.world.clock

    async def execute(self, command: ask.OfPostRoom, context: Context) -> Outcome:
        outcome = await self.world.execute(command, context)
        await self.world.listed()
        return outcome

    def position(self) -> int:
        return 0

    async def caught_up(self, position: int) -> None:
        """All commands go through :meth:`execute`."""


def an_app(world: World, origin: str = ORIGIN) -> Any:
    """The application as ``wiring`` puts it together, the post room's part."""
    files = Assets(ROOT / "build" / "assets", "documents")
    return make_app(
        [
            Router(PREFIX, route_handlers=list(items.ROUTES)),
            *(*post_room.ROUTES, *item.ROUTES, files.handler()),
        ],
        refusals=REFUSALS,
        pages=Pages([ROOT / "services/documents/templates"], files),
        now=world.clock.now,
        origins=[origin],
        dev_tokens=True,
        state={"office": Office(world), "post_room": world.desk},
    )


class Clerk:
    """Somebody of the post room with a client."""

    def __init__(self, world: World) -> None:
        self.world = world
        transport = httpx.ASGITransport(app=an_app(world))
        self.client = httpx.AsyncClient(transport=transport, base_url=ORIGIN)

    async def get(self, path: str, **headers: str) -> Any:
        """A read of the API."""
        return await self.client.get(PREFIX + path, headers=CLERK | headers)

    async def post(self, path: str, body: Any, key: str | None = None, **headers: str) -> Any:
        """A command over the API."""
        given = CLERK | {"Idempotency-Key": key or f"key-{next(_keys):06}"} | headers
        return await self.client.post(PREFIX + path, json=body, headers=given)

    async def page(self, path: str = "", **headers: str) -> Any:
        """A page."""
        return await self.client.get(post_room.PATH + path, headers=CLERK | headers)

    async def send(self, path: str = "", /, key: str | None = None, **form: str) -> Any:
        """A form of a page."""
        form = {"idempotency_key": key or f"key-{next(_keys):06}"} | form
        return await self.client.post(post_room.PATH + path, data=form, headers=FORM)

    async def letter(self, **changes: Any) -> UUID:
        """One letter over the API."""
        answer = await self.post("/items", LETTER | changes)
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["item_ids"][0])
