"""Counters and the room over JSON: who works where, who is next, what the room looks like.

Promises: rights end at the own site; an answer shows what is true after the command, from the streams; no
answer holds a name. Shown by ``tests/way/test_floor_api.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from buergerbuero_contracts.booking import CitizenCalled, PauseReason
from servicekit.decider import Refused
from servicekit.web.problems import local
from servicekit.web.requests import AnyRequest, done, min_position
from services.booking import floor_commands as f
from services.booking.api import floor_bodies as b
from services.booking.api import views
from services.booking.api.bodies import near
from services.booking.api.bookings import described, json_body
from services.booking.api.door import WHO, somebody
from services.booking.api.visits import SERVE, items_of, visit_answer
from services.booking.floor_view import listed
from services.booking.office import Office
from services.booking.proof import command_context, office_of
from services.booking.rules.calendar import local_date
from services.booking.rules.counter import CounterDay

PLACE = {"site": "flensburg"}
Place = Annotated[b.PlaceBody, json_body(PLACE)]


def _counter(code: str, counter: CounterDay) -> b.CounterAnswer:
    reason = counter.reason.value if counter.reason else None
    return b.CounterAnswer(code, counter.status.value, reason, counter.visit_id)


@get("/sites/{site:str}/floor", opt=SERVE, responses=described(b.FloorAnswer, b.FLOOR, *WHO, "not-found"))
async def floor(request: AnyRequest, site: FromPath[str]) -> Response[bytes]:
    """Who is in the room today, in the order of the queue; what the counters do; how full it is."""
    office = office_of(request)
    views.known_site(office, site)
    if position := min_position(request):
        await office.floor.seen(position)
    now, known = office.clock.now(), office.site(site)
    visits, turns = await office.floor.visits(site, local_date(now))
    room = await office.floor.room(site, local_date(now))
    counters = await office.floor.counters(site, local_date(now))
    body = b.FloorAnswer(
        site=site,
        occupancy=room.occupancy,
        limit=known.opening.settings.occupancy_limit,
        counters=tuple(_counter(code, counter) for code, counter in counters.items()),
        visits=tuple(
            b.InRoom(
                visit_id=row.visit_id,
                public_number=row.number,
                state=row.state,
                items=items_of(row.items),
                minutes=row.minutes,
                planned_at=local(row.planned_at) if row.planned_at else None,
                counter=row.counter,
            )
            for row in listed(visits, turns, known, now)
        ),
    )
    return Response(views.encoded(body), media_type="application/json")


# --- counters


async def _at_counter(request: AnyRequest, site: str, counter: str, command: f.OfCounter) -> Response[bytes]:
    office, who = office_of(request), somebody(request)
    _own(office, request, site)
    outcome = await office.execute(command, command_context(request, who.id, who))
    found = await office.floor.counters(site, local_date(office.clock.now()))
    return done(outcome, office.position(), _counter(counter, found[counter]))


def _own(office: Office, request: AnyRequest, site: str) -> None:
    if site not in office.sites:
        raise Refused("unknown-site")
    somebody(request).need("serve", site)
    views.set_up(office, site)


def _post_counter(step: str, *codes: str) -> Callable[[Callable[..., Any]], HTTPRouteHandler]:
    responses = described(
        b.CounterAnswer, b.COUNTER, *WHO, "unknown-site", "unknown-counter", *codes, post=True
    )
    return post(f"/counters/{{counter:str}}/{step}", opt=SERVE, status_code=200, responses=responses)


@_post_counter("open", "wrong-state")
async def open_counter(request: AnyRequest, counter: FromPath[str], data: Place) -> Response[bytes]:
    """Staff a counter today."""
    return await _at_counter(request, data.site, counter, f.OpenCounter(site=data.site, counter=counter))


@_post_counter("pause", "wrong-state")
async def pause_counter(
    request: AnyRequest,
    counter: FromPath[str],
    data: Annotated[b.PauseBody, json_body({**PLACE, "reason": "break"})],
) -> Response[bytes]:
    """Call nobody for a while."""
    command = f.PauseCounter(site=data.site, counter=counter, reason=PauseReason(data.reason))
    return await _at_counter(request, data.site, counter, command)


@_post_counter("resume", "wrong-state")
async def resume_counter(request: AnyRequest, counter: FromPath[str], data: Place) -> Response[bytes]:
    """Call again."""
    return await _at_counter(request, data.site, counter, f.ResumeCounter(site=data.site, counter=counter))


@_post_counter("close", "counter-busy")
async def close_counter(request: AnyRequest, counter: FromPath[str], data: Place) -> Response[bytes]:
    """Nobody is there any more."""
    return await _at_counter(request, data.site, counter, f.CloseCounter(site=data.site, counter=counter))


@post(
    "/counters/{counter:str}/call-next",
    opt=SERVE,
    status_code=200,
    responses=described(
        b.VisitAnswer,
        b.VISIT,
        *WHO,
        *("unknown-site", "unknown-counter", "counter-busy", "queue-empty"),
        post=True,
    ),
)
async def call_next(request: AnyRequest, counter: FromPath[str], data: Place) -> Response[bytes]:
    """Call the head of the queue that the counter can serve. Two counters never get the same person."""
    office, who = office_of(request), somebody(request)
    _own(office, request, data.site)
    command = f.CallNext(site=data.site, counter=counter)
    outcome = await office.execute(command, command_context(request, who.id, who))
    visit = await office.floor.visit(outcome.of(CitizenCalled).visit_id)
    return done(outcome, office.position(), visit_answer(visit))


@post(
    "/sites/{site:str}/close-day",
    opt=SERVE,
    status_code=200,
    responses=described(
        b.Closed, {"site": "flensburg", "date": "2026-12-01"}, *WHO, "not-found", "day-open", post=True
    ),
)
async def close_day(
    request: AnyRequest,
    site: FromPath[str],
    data: Annotated[b.CloseDayBody, json_body({"date": "2026-12-01"})],
) -> Response[bytes]:
    """End all open visits and close all counters of a date that is over. Repeatable."""
    near("date", data.date)
    office, who = office_of(request), somebody(request)
    views.known_site(office, site)
    outcome = await office.execute(
        f.CloseDay(site=site, day=data.date), command_context(request, who.id, who)
    )
    return done(outcome, office.position(), b.Closed(site, data.date))


ROUTES = (floor, open_counter, pause_counter, resume_counter, close_counter, call_next, close_day)
