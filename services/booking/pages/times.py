"""The third screen: when do you want to come? The nearest free time, then days with all of theirs.

Promises: GET changes nothing; one POST makes the hold and leads on, and pressed twice it makes one; a time
that cannot be had any more shows the page again with the nearest others and everything that was chosen;
where nothing is free there is a page that says what else to do, never an empty calendar; a wish that cannot
be is explained, with the way on.
Shown by ``tests/way/test_choosing.py`` and ``tests/pages/test_choosing.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath

from servicekit.decider import Refused
from servicekit.web.requests import AnyRequest
from services.booking.api import views
from services.booking.api.bookings import PLACE, PUBLIC
from services.booking.api.free_slots import Ahead
from services.booking.pages import find
from services.booking.pages.citizen import (
    held_booking,
    keep_device,
    keep_hold,
    language_of,
    page,
    site_of,
    texts_of,
    to,
)
from services.booking.pages.hold import hold
from services.booking.pages.hold_proof import one_more_step, shown, task_for, with_task
from services.booking.pages.service import free_slots
from services.booking.pages.wish import HALVES, Wish, by_day, halves, known, moment_of, read
from services.booking.proof import office_of
from services.booking.refusals import REFUSALS
from services.booking.rules.booking_state import Status
from services.booking.rules.calendar import local_date
from services.booking.rules.catalogue import MAX_PERSONS, ask
from services.booking.rules.hold_proof import MISSING
from services.booking.rules.limits import NETWORK
from services.booking.rules.settings import ProtectionLevel

DAYS = 5
"""Dates with free times that one look shows."""
MISFITS = ("unknown-service", "not-combinable", "too-long", "no-visit-needed", "pickup-by-invitation")
WISHES = "/{l}/frueher"
"""Where the waiting list is asked for."""
REMOTE = frozenset({"online", "email", "post"})


@dataclass(frozen=True, slots=True)
class Error:
    """Why the form is shown again: status, message (none if nothing was chosen), times to choose instead."""

    status: int
    message: str = ""
    instead: tuple[datetime, ...] = ()


@get("/{l:str}/zeit", opt=PUBLIC, include_in_schema=False)
async def choose(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741 - the path's name
    """The free times for what was chosen."""
    language, office = language_of(request, l), office_of(request)
    wish = read(request.query_params.multi_items(), local_date(office.clock.now()))
    if not wish.codes:
        return to(f"/{language}/")
    return misfit(request, language, wish) or await _times(request, language, wish)


@post("/{l:str}/zeit", opt=PUBLIC, include_in_schema=False)
async def take(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """Hold the chosen time, and go on to the contact."""
    language, office, form = language_of(request, l), office_of(request), await request.form()
    wish = read(form.multi_items(), local_date(office.clock.now()))
    # A form's later value of a name hides the earlier ones; what the call is about are all services.
    request.state.payload = {**request.state.payload, "service": list(wish.codes)}
    if not wish.codes:
        return to(f"/{language}/")
    if elsewhere := misfit(request, language, wish):
        return elsewhere
    starts_at = moment_of(str(form.get("starts_at", "")))
    if starts_at is None:
        return await _times(request, language, wish, Error(422))
    try:
        token = await hold(request, language, wish, starts_at, await shown(request, wish))
    except Refused as refused:
        if refused.code == "too-many-holds":
            return await _limited(request, language, wish, refused)
        if refused.code == MISSING:
            return await one_more_step(request, language, wish, starts_at, facts(request, language, wish))
        if refused.code not in PLACE:
            raise
        return await _times(request, language, wish, _error(request, language, wish, starts_at, refused))
    answer = to(f"/{language}/kontakt?{wish.query}")
    keep_device(request, answer)
    keep_hold(answer, token)
    return answer


def _error(request: AnyRequest, language: str, wish: Wish, starts_at: datetime, refused: Refused) -> Error:
    row, office = REFUSALS[refused.code], office_of(request)
    asked = wish.question(site_of(office).code, local_date(office.clock.now()))
    instead = refused.details.get("alternatives") or free_slots(request).instead(asked, starts_at)
    return Error(row.status, row.text(language).detail, tuple(instead))


async def _times(
    request: AnyRequest, language: str, wish: Wish, error: Error | None = None
) -> Response[bytes]:
    """The page of times, or the one that says that nothing is free."""
    office = office_of(request)
    asked = wish.question(site_of(office).code, local_date(office.clock.now()))
    ahead = free_slots(request).ahead(asked, DAYS, wish.suits)
    told: dict[str, Any] = facts(request, language, wish) | {"ahead": ahead, "minutes": ahead.minutes}
    told["address"] = f"/{language}/zeit?{wish.query}"
    if ahead.first_at is None and not (error and error.instead) and not wish.half:
        return page(request, language, "citizen/full.html.jinja", **told)
    task = await task_for(request, wish)
    answer = page(
        request,
        language,
        "citizen/times.html.jinja",
        error.status if error else 200,
        packed=True,
        task=task,
        error=error,
        instead=by_day(error.instead) if error else [],
        days=_days(ahead),
        half_links=[(half, wish.at(half, wish.first).query) for half in ("", *HALVES)],
        earlier=wish.at(wish.half).query if wish.first else None,
        later=wish.at(wish.half, ahead.next_from).query if ahead.next_from else None,
        **told,
    )
    return with_task(answer, task)


def _days(ahead: Ahead) -> list[tuple[Any, int, list[tuple[str, list[datetime]]]]]:
    """Each date with its number of times and its halves."""
    return [(day, len(times), halves(times)) for day, times in ahead.days]


def facts(request: AnyRequest, language: str, wish: Wish) -> dict[str, Any]:
    """What every page about a wish says of it."""
    office = office_of(request)
    texts, catalogue = texts_of(office, language), find.on_offer(office)
    remote = [
        (code, texts[code].name)
        for code in wish.codes
        if code in texts and code in catalogue and REMOTE & {one.value for one in catalogue[code].channels}
    ]
    return {
        "waiting": f"/{language}/frueher?{urlencode(wish.choice)}" if _has_waiting_list(request) else None,
        "wish": wish,
        "site": site_of(office),
        "services": [(code, texts[code].name, quantity) for code, quantity in wish.quantities.items()],
        "remote": remote,
        "most_persons": MAX_PERSONS,
    }


def _has_waiting_list(request: AnyRequest) -> bool:
    """Whether this service takes wishes for a time that is not free."""
    return any(route.path_format == WISHES for route in request.app.routes)


def misfit(request: AnyRequest, language: str, wish: Wish) -> Response[bytes] | None:
    """Why what was chosen cannot be one appointment, and the way on; None if it can."""
    office = office_of(request)
    site, texts = views.set_up(office, site_of(office).code), texts_of(office, language)
    catalogue = find.on_offer(office)
    strange = [code for code in wish.codes if not known(code) or code not in catalogue or code not in texts]
    if strange:
        return find.unknown(request, language, 422)
    code = "" if wish.persons else "persons"
    if not code:
        try:
            ask(catalogue, wish.items, wish.persons, site.opening.settings)
        except Refused as refused:
            if refused.code not in MISFITS:
                raise
            code = refused.code
    if not code:
        return None
    single = [one for one in wish.codes if catalogue[one].by_visit] if len(wish.codes) > 1 else []
    shown = facts(request, language, wish if wish.persons else replace(wish, persons=1))
    return page(
        request,
        language,
        "citizen/misfit.html.jinja",
        422,
        address=f"/{language}/zeit?{wish.query}",
        code=code,
        row=REFUSALS[code].text(language) if code in REFUSALS else None,
        single={one: wish.only(one).query for one in single},
        **shown,
    )


async def _limited(request: AnyRequest, language: str, wish: Wish, refused: Refused) -> Response[bytes]:
    """Too many places are held from here: until when, and how else."""
    office, present = office_of(request), await held_booking(request)
    level = views.set_up(office, site_of(office).code).opening.level
    answer = page(
        request,
        language,
        "citizen/limited.html.jinja",
        429,
        address=f"/{language}/zeit?{wish.query}",
        retry_at=refused.details.get("retry_at"),
        raised=level is ProtectionLevel.RAISED,
        shared=refused.details.get("limit") == NETWORK,
        held=present if present is not None and present.status is Status.HELD else None,
        **facts(request, language, wish),
    )
    if retry_at := refused.details.get("retry_at"):
        answer.headers["Retry-After"] = str(max(1, int((retry_at - office.clock.now()).total_seconds())))
    return answer


ROUTES = (choose, take)
