"""What the lead sets: counters, hours, exceptions; and the day as staff see it.

Promises: each route needs its permission at the own site; a change of hours re-plans the days in a
command of its own, repeatable with the first. Shown by ``tests/way/test_booking_staff.py``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Annotated, Any
from uuid import uuid5

from litestar import Response, get, post
from litestar.params import FromPath

from buergerbuero_contracts.booking import Pool, ReplanReason
from servicekit.decider import Refused
from servicekit.web.codes import spoken_code
from servicekit.web.problems import local
from servicekit.web.requests import AnyRequest, done, min_position
from services.booking import commands as ask
from services.booking.api import bodies as b
from services.booking.api import examples as ex
from services.booking.api import views
from services.booking.api.bookings import described, json_body
from services.booking.api.hours_bodies import (
    COUNTER,
    EXCEPTION,
    OPENED,
    ROW,
    BlockBody,
    CounterBody,
    EndBody,
    ExceptionBody,
    HoursBody,
    Opened,
)
from services.booking.proof import command_context, office_of, staff_of
from services.booking.rules import opening
from services.booking.rules.day_state import DayPlan
from services.booking.rules.events import CounterSetup, DayBlock, ExceptionMode, PatternRow

LEAD: dict[str, Any] = {"permission": "opening"}
SEES: dict[str, Any] = {"permission": "see_day"}
STAFF = ("proof-missing", "role-forbidden", "not-found")
CHECKS = ("off-grid", "end-before-start", "unknown-counter", "counter-twice", "row-exists", "past-read-only")


def _hours(body: BlockBody | HoursBody) -> dict[str, time]:
    """Begin and end. Only an end may be ``24:00``, which the rules write as midnight."""
    wrong = {"from": body.from_.startswith("24"), "until": body.until > "24:00"}
    if any(wrong.values()):
        raise Refused("invalid-input", errors={field: "value" for field, bad in wrong.items() if bad})
    until = time() if body.until == "24:00" else time.fromisoformat(body.until)
    return {"from_": time.fromisoformat(body.from_), "until": until}


def _block(body: BlockBody) -> DayBlock:
    return DayBlock(**_hours(body), counters=tuple(body.counters), pool=Pool(body.pool))


@get("/sites/{site:str}/days/{day:date}", opt=SEES, responses=described(b.DayAnswer, ex.DAY, *STAFF))
async def one_day(request: AnyRequest, site: FromPath[str], day: FromPath[date]) -> Response[bytes]:
    """The day plan: counters, pools, bookings with code and time. No names."""
    b.near("day", day)
    office = office_of(request)
    views.known_site(office, site)
    if position := min_position(request):
        await office.caught_up(position)
    plan = office.plans(site).get(day, DayPlan())
    body = b.DayAnswer(
        site=site,
        date=day,
        counters=tuple(sorted(plan.counters)),
        blocks=tuple(
            b.PlannedBlock(
                counter=block.counter,
                pool=block.pool.value,
                from_=local(block.from_),
                until=local(block.until),
            )
            for block in plan.frame_blocks
        ),
        bookings=tuple(
            b.PlacedBooking(
                booking_id=slot.booking_id,
                counter=slot.counter,
                pool=slot.pool.value,
                starts_at=local(plan.instant(slot.start)),
                ends_at=local(plan.instant(slot.end)),
                spoken_code=spoken_code(office.code_key, slot.booking_id),
            )
            for slot in sorted(plan.slots.values(), key=lambda slot: (slot.start, slot.counter))
        ),
    )
    return Response(views.encoded(body), media_type="application/json")


@get("/sites/{site:str}/opening-hours", opt=SEES, responses=described(Opened, OPENED, *STAFF))
async def hours(request: AnyRequest, site: FromPath[str]) -> Response[bytes]:
    """Counters, regular hours and exceptions as they are set."""
    return Response(views.encoded(_opened(request, site)), media_type="application/json")


def _opened(request: AnyRequest, site: str) -> Opened:
    office = office_of(request)
    views.known_site(office, site)
    now = office.site(site).opening
    return Opened(
        counters=[counter.model_dump(mode="json") for counter in now.counters.values()],
        rows=[row.model_dump(mode="json", exclude_none=True) for row in now.rows.values()],
        exceptions=[entry.model_dump(mode="json") for entry in now.exceptions.values()],
    )


async def _set(
    request: AnyRequest, site: str, step: opening.Command, reason: ReplanReason, status: int = 200
) -> Response[bytes]:
    """Change what is set, then bring the planned days on to it."""
    office, who = office_of(request), staff_of(request)
    if who is None:
        raise Refused("proof-missing")
    views.known_site(office, site)
    context = command_context(request, who.id, who)
    outcome = await office.execute(ask.SetUp(site=site, steps=(step,)), context)
    following = replace(
        context, command_id=uuid5(context.command_id, "replan"), causation_id=context.command_id
    )
    replanned = await office.execute(ask.ReplanHorizon(site=site, reason=reason), following)
    position = max(outcome.position, replanned.position)
    await office.caught_up(position)
    return done(replace(outcome, position=position), office.position(), _opened(request, site), status)


@post(
    "/sites/{site:str}/opening-hours",
    opt=LEAD,
    responses=described(Opened, OPENED, *STAFF, *CHECKS, "weekday-never", status=201, post=True),
)
async def add_hours(
    request: AnyRequest, site: FromPath[str], data: Annotated[HoursBody, json_body(ROW)]
) -> Response[bytes]:
    """Add a row of regular hours."""
    b.near("valid_from", data.valid_from, data.valid_until, data.anchor)
    row = PatternRow(
        row=data.row,
        weekdays=tuple(data.weekdays),
        **_hours(data),
        counters=tuple(data.counters),
        pool=Pool(data.pool),
        valid_from=data.valid_from,
        valid_until=data.valid_until,
        every_weeks=data.every_weeks,
        anchor=data.anchor,
        nth=data.nth,
    )
    step = opening.AddHours(site=site, row=row, at=office_of(request).clock.now())
    return await _set(request, site, step, ReplanReason.HOURS, 201)


@post(
    "/sites/{site:str}/opening-hours/{row:str}/end",
    opt=LEAD,
    status_code=200,
    responses=described(Opened, OPENED, *STAFF, "unknown-row", "past-read-only", "wrong-state", post=True),
)
async def end_hours(
    request: AnyRequest,
    site: FromPath[str],
    row: FromPath[str],
    data: Annotated[EndBody, json_body({"valid_until": "2026-12-31"})],
) -> Response[bytes]:
    """Let a row of regular hours end."""
    b.near("valid_until", data.valid_until)
    now = office_of(request).clock.now()
    step = opening.EndHours(site=site, row=row, valid_until=data.valid_until, at=now)
    return await _set(request, site, step, ReplanReason.HOURS)


@post(
    "/sites/{site:str}/exceptions",
    opt=LEAD,
    responses=described(Opened, OPENED, *STAFF, *CHECKS, status=201, post=True),
)
async def add_exception(
    request: AnyRequest, site: FromPath[str], data: Annotated[ExceptionBody, json_body(EXCEPTION)]
) -> Response[bytes]:
    """Enter hours for a single date."""
    b.near("date", data.date)
    step = opening.AddException(
        site=site,
        exception=data.exception,
        day=data.date,
        mode=ExceptionMode(data.mode),
        blocks=tuple(_block(block) for block in data.blocks),
        at=office_of(request).clock.now(),
    )
    return await _set(request, site, step, ReplanReason.EXCEPTION, 201)


@post(
    "/sites/{site:str}/exceptions/{exception:str}/remove",
    opt=LEAD,
    status_code=200,
    responses=described(Opened, OPENED, *STAFF, "unknown-row", "past-read-only", post=True),
)
async def remove_exception(
    request: AnyRequest,
    site: FromPath[str],
    exception: FromPath[str],
    data: Annotated[b.NothingBody, json_body({})],
) -> Response[bytes]:
    """Take an entry of a single date back."""
    step = opening.RemoveException(site=site, exception=exception, at=office_of(request).clock.now())
    return await _set(request, site, step, ReplanReason.EXCEPTION)


@post(
    "/sites/{site:str}/counters",
    opt=LEAD,
    responses=described(Opened, OPENED, *STAFF, "off-grid", status=201, post=True),
)
async def arrange_counter(
    request: AnyRequest, site: FromPath[str], data: Annotated[CounterBody, json_body(COUNTER)]
) -> Response[bytes]:
    """Set up a counter, or change it."""
    office = office_of(request)
    views.known_site(office, site)
    known = office.site(site).opening.counters.get(data.counter)
    given = {"cleaning_every": data.cleaning_every, "cleaning_minutes": data.cleaning_minutes}
    kept = {name: getattr(known, name) for name in given} if known else {}
    setup = CounterSetup(
        counter=data.counter,
        skills=tuple(skill.lower() for skill in data.skills),
        hygiene_buffer=data.hygiene_buffer,
        people_max=data.people_max,
        step_free=data.step_free,
        **kept | {name: minutes for name, minutes in given.items() if minutes is not None},
    )
    step = opening.ArrangeCounter(site=site, setup=setup)
    return await _set(request, site, step, ReplanReason.COUNTERS, 201)


ROUTES = (one_day, hours, add_hours, end_hours, add_exception, remove_exception, arrange_counter)
