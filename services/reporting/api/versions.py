"""Versions of a closed week over HTTP: which there are, and each as it was published.

Promises: a version is answered for ever as it was signed; an unknown one is ``not-found``; a week that is
open or provisional has none. Shown by ``tests/way/test_week_versions.py``.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from servicekit.decider import Refused
from servicekit.web.requests import AnyRequest
from services.reporting.history import History
from services.reporting.versions import Body, Version

from .weeks import answer, known_week, spec

MOST = 2**31 - 1
"""Numbers are integers of the database."""


class VersionBody(msgspec.Struct, frozen=True):
    """A version: ``body`` are the signed bytes, ``told`` the same read as JSON.

    ``digest`` is the SHA-256 of ``body``; ``signature`` an HMAC of it by the office's key ``key_id``.
    """

    week: str
    number: int
    made_at: datetime
    digest: str
    key_id: int
    signature: str
    body: str
    told: Body


class ShortVersionBody(msgspec.Struct, frozen=True):
    """A version in a list."""

    number: int
    made_at: datetime
    digest: str


class VersionsBody(msgspec.Struct, frozen=True):
    """All versions of a week, oldest first; none before it is closed."""

    week: str
    versions: list[ShortVersionBody]


@get("/weeks/{week:str}/versions", responses=spec(VersionsBody, "All versions of a closed week"))
async def all_versions(
    request: AnyRequest, history: NamedDependency[History], week: FromPath[str]
) -> Response[bytes]:
    """Version 1 when the week was closed, one more for each correction since."""
    known = known_week(week)
    shorts = [ShortVersionBody(one.number, one.made_at, one.digest) for one in await history.of(known)]
    return answer(request, msgspec.json.encode(VersionsBody(str(known), shorts)))


@get("/weeks/{week:str}/versions/{number:int}", responses=spec(VersionBody, "One version of a closed week"))
async def one_version(
    request: AnyRequest, history: NamedDependency[History], week: FromPath[str], number: FromPath[int]
) -> Response[bytes]:
    """One version, with the positions in the topics from which it was computed."""
    version = await history.one(known_week(week), number) if 0 < number <= MOST else None
    if version is None:
        raise Refused("not-found")
    return answer(request, msgspec.json.encode(version_body(version)))


def version_body(one: Version) -> VersionBody:
    """A version as JSON."""
    signed = (one.digest, one.key_id, one.signature, one.body)
    return VersionBody(one.week, one.number, one.made_at, *signed, one.told)


HANDLERS = (all_versions, one_version)
