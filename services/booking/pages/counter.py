"""The counter's screen: the case at hand, the step that comes next, and who waits.

Promises: the likely next step has the focus, so Enter is enough; what can be pressed follows from the
folded streams, never from a list that may be old; who was faster is said in words; the name of the case
is shown after a read record. Shown by ``tests/way/test_counter.py`` and ``tests/pages``.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from servicekit.decider import Refused
from servicekit.web.requests import AnyRequest
from servicekit.web.staff_pages import Told, see_other, staff_page, told
from services.booking.floor_view import amounts, listed, next_step, waiting_line
from services.booking.office import Office, Read
from services.booking.pages import counter_words as words
from services.booking.pages.counter_steps import STEPS, Form
from services.booking.pages.door_words import clock
from services.booking.proof import command_context, office_of, staff_of
from services.booking.rules.calendar import local_date
from services.booking.rules.visit_state import Visit, VisitStatus

COUNTER: dict[str, Any] = {"permission": "serve"}
PATH = "/amt/schalter"


@get(PATH, opt=COUNTER, include_in_schema=False)
async def choose(request: AnyRequest) -> Response[bytes]:
    """All counters of the site, and what each of them does now."""
    office, site = office_of(request), request.state.staff.site
    now = office.clock.now()
    counters = await office.floor.counters(site, local_date(now))
    visits, turns = await office.floor.visits(site, local_date(now))
    rows = listed(visits, turns, office.site(site), now)
    numbers = {visit.visit_id: visit.public_number for visit in visits}
    return staff_page(
        request,
        "staff/counters.html.jinja",
        home=PATH,
        counters=[
            (code, words.counter_name(code), words.counter_state(one), numbers.get(one.visit_id or site))
            for code, one in counters.items()
        ],
        waiting=waiting_line(rows),
    )


@get(f"{PATH}/{{counter:str}}", opt=COUNTER, include_in_schema=False)
async def show(request: AnyRequest, counter: FromPath[str]) -> Response[bytes]:
    """One counter. ``?ab=`` is the log position that the lists must have seen."""
    after = str(request.query_params.get("ab", "0"))
    if after.isdecimal() and after.isascii() and len(after) < 16:
        await office_of(request).floor.seen(int(after))
    return await _screen(request, counter)


@post(f"{PATH}/{{counter:str}}/{{step:str}}", opt=COUNTER, include_in_schema=False)
async def take(request: AnyRequest, counter: FromPath[str], step: FromPath[str]) -> Response[bytes]:
    """One step: a form of the screen. Afterwards 303, so that loading again sends nothing."""
    office, who = office_of(request), staff_of(request)
    if step not in STEPS or who is None or counter not in office.site(who.site).opening.counters:
        raise Refused("not-found")
    form = Form(who.site, counter, request.state.payload)
    try:
        if form.values.get("visit_id"):
            who.need("serve", (await office.floor.visit(form.visit_id)).site or who.site)
        outcome = await office.execute(STEPS[step](form), command_context(request, who.id, who))
    except Refused as refused:
        return await _screen(request, counter, await _why(request, office, form, refused, step), form.values)
    return see_other(f"{PATH}/{counter}?ab={outcome.position}")


async def _why(request: AnyRequest, office: Office, form: Form, refused: Refused, step: str) -> Told:
    """The refusal in words; where another counter was faster, which one, whom and when."""
    why = told(request, refused)
    called_before = (step, refused.code) == ("aufrufen", "reason-missing")
    if (called_before or refused.code == "wrong-state") and form.values.get("visit_id"):
        visit = await office.floor.visit(form.visit_id)
        if not called_before or visit.status is not VisitStatus.WAITING:
            detail = "Die Liste unten ist neu: Bitte dort weitermachen."
            return why._replace(status=409, title=words.happened(visit), detail=detail)
    if retry_at := refused.details.get("retry_at"):
        return why._replace(detail=f"{why.detail} Möglich ab {clock(retry_at)} Uhr.")
    return why


async def _screen(
    request: AnyRequest, counter: str, why: Told | None = None, typed: Mapping[str, str] | None = None
) -> Response[bytes]:
    office, site_code = office_of(request), request.state.staff.site
    site, now = office.site(site_code), office.clock.now()
    counters = await office.floor.counters(site_code, local_date(now))
    if counter not in counters:
        raise Refused("not-found")
    here = counters[counter]
    case = await office.floor.visit(here.visit_id) if here.visit_id else None
    last = await office.floor.visit(here.last) if here.last and not case else None
    visits, turns = await office.floor.visits(site_code, local_date(now))
    rows = listed(visits, turns, site, now, counter)
    names = office.texts["de"]

    def text(code: str) -> str:
        return names[code].name if code in names else code

    return staff_page(
        request,
        "staff/counter.html.jinja",
        told=why,
        home=f"{PATH}/{counter}",
        all=PATH,
        counter=counter,
        counter_name=words.counter_name(counter),
        state=words.counter_state(here),
        here=here,
        case=case,
        person=await _person(request, office, case) if case else None,
        last=last if last and last.status is VisitStatus.FINISHED else None,
        next=next_step(here, case),
        typed=typed or {},
        rows=[row for row in rows if case is None or row.visit_id != case.visit_id],
        waiting=waiting_line(rows),
        text=text,
        amounts=amounts,
        services=sorted(((code, text(code)) for code in site.catalogue), key=itemgetter(1)),
        others=[(code, words.counter_name(code)) for code in counters if code != counter],
        words=words,
        clock=clock,
        now=now,
    )


async def _person(request: AnyRequest, office: Office, case: Visit) -> Any:
    """Who is at the counter, with needs; written down before it is shown."""
    who, booking = request.state.staff, await office.booking(case.booking_id)
    person = await office.person(booking.person_id) if booking.person_id else None
    reason = "counter_serving" if case.status is VisitStatus.IN_SERVICE else "counter_calling"
    if person and not person.erased and person.name:
        seen = (booking.booking_id,)
        await office.floor.record_read(Read(who.id, who.role, who.site, reason, seen, office.clock.now()))
    return {"booking": booking, "row": person if person and not person.erased else None}


ROUTES = (choose, show, take)
