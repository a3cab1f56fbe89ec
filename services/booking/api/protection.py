"""How strict the limits are: seen and set by the lead. It also rises by itself (``rules/protection.py``).

Promises: what the lead sets stays until the lead, or the review of a wave of holds, sets another.
Shown by ``tests/way/test_booking_staff.py``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from servicekit.decider import Refused
from servicekit.web.problems import local
from servicekit.web.requests import AnyRequest, done
from services.booking import commands as ask
from services.booking.api import bodies as b
from services.booking.api import views
from services.booking.api.bookings import described, json_body
from services.booking.api.hours import LEAD, SEES, STAFF
from services.booking.proof import command_context, office_of, staff_of
from services.booking.rules.opening import SetProtectionLevel
from services.booking.rules.settings import ProtectionLevel


class LevelBody(b.Body, frozen=True):
    """The protection level."""

    level: Literal["normal", "raised"]


class Level(msgspec.Struct, frozen=True, omit_defaults=True):
    """The protection level. ``calm_from``: raised by itself, and normal again after that if it is calm."""

    level: str
    calm_from: datetime | None = None


RAISED = {"level": "raised"}


@get("/sites/{site:str}/protection-level", opt=SEES, responses=described(Level, RAISED, *STAFF))
async def protection_level(request: AnyRequest, site: FromPath[str]) -> Response[bytes]:
    """How strict the limits of holds, bookings and mails are."""
    return Response(views.encoded(_level(request, site)), media_type="application/json")


@post(
    "/sites/{site:str}/protection-level",
    opt=LEAD,
    status_code=200,
    responses=described(Level, RAISED, *STAFF, post=True),
)
async def set_protection_level(
    request: AnyRequest, site: FromPath[str], data: Annotated[LevelBody, json_body(RAISED)]
) -> Response[bytes]:
    """Raise the level while someone takes places that nobody means to use, or end that."""
    office, who = office_of(request), staff_of(request)
    if who is None:
        raise Refused("proof-missing")
    views.known_site(office, site)
    step = SetProtectionLevel(site=site, level=ProtectionLevel(data.level))
    outcome = await office.execute(ask.SetUp(site=site, steps=(step,)), command_context(request, who.id, who))
    await office.caught_up(outcome.position)
    return done(outcome, office.position(), _level(request, site))


def _level(request: AnyRequest, site: str) -> Level:
    office = office_of(request)
    views.known_site(office, site)
    opening = office.site(site).opening
    return Level(opening.level.value, local(opening.calm_from) if opening.calm_from else None)


ROUTES = (protection_level, set_protection_level)
