"""An application with one route of each kind, as the edges of all services have them, and a client."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.testing import TestClient

from servicekit.decider import Refused
from servicekit.log import Actor
from servicekit.web.app import make_app
from servicekit.web.pages import Assets, Pages
from servicekit.web.requests import AnyRequest, context, language, tagged

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
KEY = {"Idempotency-Key": "a-key-of-mine"}
FORM = {"Sec-Fetch-Site": "same-origin"}
CANARY = "CANARYTOKENx7Zq"
PUBLIC = {"permission": "public"}


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """A body with what bodies have: an enum-like text, a bounded number, a list."""

    site: str
    persons: int = msgspec.field(default=1)
    items: list[str] = []


@get("/things", opt=PUBLIC)
async def things(request: AnyRequest, limit: FromQuery[int] = 100) -> dict[str, Any]:
    return {
        "limit": limit,
        "language": language(request, ("de", "en")),
    }


@get("/days/{site:str}", opt={"permission": "see_day"})
async def day(site: FromPath[str]) -> dict[str, str]:
    return {"site": site}


@post("/things", opt=PUBLIC)
async def make(request: AnyRequest, data: JSONBody[Wish]) -> dict[str, str]:
    made = context(request, "-", Actor("citizen"), NOW)
    return {"command": str(made.command_id), "site": data.site}


@post("/things/{thing:str}/refuse", opt=PUBLIC)
async def refuse(thing: FromPath[str]) -> None:
    raise Refused("too-many-requests", retry_at=datetime(2026, 11, 25, 9, 5, tzinfo=UTC), alternatives=[NOW])


@post("/things/{thing:str}/break", opt=PUBLIC)
async def broken(thing: FromPath[str]) -> None:
    raise RuntimeError(thing)


@post("/things/{thing:str}/away", opt=PUBLIC)
async def away(thing: FromPath[str]) -> None:
    raise ConnectionResetError(thing)


@get("/free", opt=PUBLIC)
async def free(request: AnyRequest) -> Response[bytes]:
    return tagged(request, '"b-flensburg-7-1"', b"{}")


@get("/{l:str}/t/{token:str}", opt=PUBLIC)
async def page(l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    raise Refused("not-found")


@post("/{l:str}/t/{token:str}", opt=PUBLIC)
async def press(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    if token == "broken":
        raise ValueError(CANARY)
    answer: Response[bytes] = request.app.state.pages.answer("<p>gut")
    return answer


def an_app(tmp_path: Path, **options: Any) -> Any:
    api = Router("/api/test/v1", route_handlers=[things, day, make, refuse, broken, away, free])
    assets = Assets(tmp_path, "test")
    options.setdefault("dev_tokens", True)
    return make_app(
        [api, page, press, assets.handler()],
        refusals={},
        pages=Pages([], assets),
        now=lambda: NOW,
        origins=["https://termin.example"],
        proxies=["10.0.0.0/8"],
        unavailable=(ConnectionError,),
        **options,
    )


@contextmanager
def edge(tmp_path: Path) -> Iterator[Any]:
    """A client, and a style sheet to be served."""
    (tmp_path / "manifest.json").write_text('{"office.css": "office.12ab.css"}')
    (tmp_path / "office.12ab.css").write_text("p{}")
    (tmp_path / "office.12ab.css.gz").write_bytes(gzip.compress(b"p{}"))
    with TestClient(an_app(tmp_path), raise_server_exceptions=False) as made:
        yield made
