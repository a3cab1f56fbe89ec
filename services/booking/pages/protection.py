"""The protection level as the lead sees and sets it: how strict, why, until when.

Promises: GET changes nothing; what is said of holds is counted at that moment as the review counts it, and
the limits are the rules' own; what the lead sets stays until the lead, or a review that finds a wave, sets
another. Shown by ``tests/way/test_protection_page.py``.
"""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post

from servicekit.decider import Refused
from servicekit.staff import Staff
from servicekit.web.requests import AnyRequest
from servicekit.web.staff_pages import see_other, staff_page, told
from services.booking import commands as ask
from services.booking.api.hours import LEAD
from services.booking.proof import command_context, office_of, staff_of
from services.booking.rules.limits import LIMITS, Limits
from services.booking.rules.opening import SetProtectionLevel
from services.booking.rules.protection import ENOUGH, SHARE, SPAN, judged
from services.booking.rules.settings import ProtectionLevel

PATH = "/amt/schutz"


@get(PATH, opt=LEAD, include_in_schema=False)
async def show(request: AnyRequest) -> Response[bytes]:
    """The level, what became of the latest holds, and what each level means."""
    return await _page(request)


@post(PATH, opt=LEAD, include_in_schema=False)
async def set_level(request: AnyRequest) -> Response[bytes]:
    """Raise it, keep it raised, or end that."""
    office, who = office_of(request), _who(request)
    try:
        level = ProtectionLevel(str(request.state.payload.get("level", "")))
    except ValueError:
        refused = Refused("invalid-input", errors={"level": "value"})
        return await _page(request, told=told(request, refused))
    step = SetProtectionLevel(site=who.site, level=level)
    outcome = await office.execute(
        ask.SetUp(site=who.site, steps=(step,)), command_context(request, who.id, who)
    )
    await office.caught_up(outcome.position)
    return see_other(PATH)


def _who(request: AnyRequest) -> Staff:
    who = staff_of(request)
    if who is None:
        raise Refused("proof-missing")
    return who


async def _page(request: AnyRequest, **values: Any) -> Response[bytes]:
    office, site = office_of(request), _who(request).site
    opening = office.site(site).opening
    first, last = judged(office.clock.now(), opening.settings)
    holds = await office.holds(site, first, last)
    calm_from = opening.calm_from
    return staff_page(
        request,
        "staff/protection.html.jinja",
        **{"told": None, **values},
        home=PATH,
        raised=opening.level is ProtectionLevel.RAISED,
        since=calm_from - SPAN if calm_from else None,
        calm_from=calm_from,
        first=first,
        last=last,
        holds=holds,
        share=round(100 * holds.converted / holds.opened) if holds.opened else None,
        enough=ENOUGH,
        least=round(100 * SHARE),
        rows=[(words, *_both(name)) for words, name in ROWS],
    )


ROWS = (
    ("Reservierungen auf einmal, je Gerät", "holds_per_device"),
    ("Reservierungen je Gerät in einer Stunde", "attempts_per_device_hour"),
    ("Reserviert oder unbestätigt, je Internetanschluss", "holds_per_network"),
    ("Bestätigte Termine je E-Mail-Adresse und Art von Anliegen", "confirmed_per_contact"),
)
"""What the table shows: words, and the limit's name."""


def _both(name: str) -> tuple[int, int]:
    def of(limits: Limits) -> int:
        return int(getattr(limits, name))

    return of(LIMITS[ProtectionLevel.NORMAL]), of(LIMITS[ProtectionLevel.RAISED])


ROUTES = (show, set_level)
