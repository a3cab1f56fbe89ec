"""The door over JSON: let people in, count those who go.

Promises: the same codes, limits and refusals as on the door's screen; rights end at the own site.
Shown by ``tests/way/test_floor_api.py``.
"""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Response, post
from litestar.params import FromPath

from buergerbuero_contracts.booking import AdmissionMode, CitizenAdmitted, OverrideReason, VisitOpened
from servicekit.decider import Refused
from servicekit.staff import Staff
from servicekit.web.requests import AnyRequest, done
from services.booking import floor_commands as f
from services.booking.api import floor_bodies as b
from services.booking.api import views
from services.booking.api.bookings import described, json_body
from services.booking.doorway import DOOR_TRIES, Meant, recognise
from services.booking.office import Office
from services.booking.proof import command_context, office_of, staff_of
from services.booking.rules.calendar import local_date

ADMIT: dict[str, Any] = {"permission": "admit"}
WHO = ("proof-missing", "role-forbidden")
AT_DOOR = (
    *("unknown-site", "unknown-code", "wrong-site", "wrong-day", "not-confirmed", "already-admitted"),
    *("too-early", "too-late", "too-many-people", "house-full", "scanner-layout", "too-many-requests"),
    "document-gone",
)


def somebody(request: AnyRequest) -> Staff:
    """Who of the office asks."""
    who = staff_of(request)
    if who is None:
        raise Refused("proof-missing")
    return who


@post(
    "/admissions",
    opt=ADMIT,
    status_code=200,
    responses=described(b.Admitted, b.ADMITTED, *WHO, *AT_DOOR, post=True),
)
async def admit(
    request: AnyRequest, data: Annotated[b.AdmitBody, json_body(b.ADMIT, b.ADMIT_BOOKING)]
) -> Response[bytes]:
    """Let the people of a booking in, or say why not. An unknown code is recorded too."""
    office, who = office_of(request), somebody(request)
    if data.site not in office.sites:
        raise Refused("unknown-site")
    who.need("admit", data.site)
    views.set_up(office, data.site)
    context = command_context(request, who.id, who)
    meant = await _meant(office, data, f"{who.id}@{data.door}")
    if meant is None:
        await office.execute(f.RefuseUnknown(site=data.site, door=data.door), context)
        raise Refused("unknown-code")
    booking = await office.booking(meant.booking_id)
    command = f.AdmitCitizen(
        booking_id=meant.booking_id,
        site=data.site,
        door=data.door,
        people=data.people or max(1, booking.persons),
        mode=meant.mode,
        override=OverrideReason(data.override) if data.override else None,
    )
    outcome = await office.execute(command, context)
    admitted = outcome.of(CitizenAdmitted)
    room = await office.floor.room(data.site, local_date(admitted.admitted_at))
    body = b.Admitted(
        booking_id=admitted.booking_id,
        visit_id=admitted.visit_id,
        public_number=outcome.of(VisitOpened).public_number,
        people=admitted.people,
        mode=admitted.mode.value,
        occupancy=room.occupancy,
        wrong_layout=meant.wrong_layout,
    )
    return done(outcome, office.position(), body)


async def _meant(office: Office, data: b.AdmitBody, device: str) -> Meant | None:
    if (data.code is None) == (data.booking_id is None):
        raise Refused("invalid-input", errors={"code": "missing" if data.code is None else "value"})
    if data.booking_id is not None:
        return Meant(data.booking_id, AdmissionMode.NAME)
    return await recognise(office, data.site, data.code or "", DOOR_TRIES, device)


@post(
    "/sites/{site:str}/exits",
    opt=ADMIT,
    status_code=200,
    responses=described(b.Occupancy, b.OCCUPANCY, *WHO, "not-found", post=True),
)
async def leave(
    request: AnyRequest,
    site: FromPath[str],
    data: Annotated[b.ExitBody, json_body({"door": "door_1", "people": 2})],
) -> Response[bytes]:
    """People went out."""
    return await _counted(request, site, f.CountExit(site=site, door=data.door, people=data.people))


@post(
    "/sites/{site:str}/occupancy",
    opt=ADMIT,
    status_code=200,
    responses=described(b.Occupancy, b.OCCUPANCY, *WHO, "not-found", post=True),
)
async def correct(
    request: AnyRequest, site: FromPath[str], data: Annotated[b.CountedBody, json_body({"people": 12})]
) -> Response[bytes]:
    """Somebody counted the room."""
    return await _counted(request, site, f.CorrectOccupancy(site=site, people=data.people))


async def _counted(
    request: AnyRequest, site: str, command: f.CountExit | f.CorrectOccupancy
) -> Response[bytes]:
    office, who = office_of(request), somebody(request)
    views.known_site(office, site)
    outcome = await office.execute(command, command_context(request, who.id, who))
    room = await office.floor.room(site, local_date(office.clock.now()))
    body = b.Occupancy(room.occupancy, office.site(site).opening.settings.occupancy_limit)
    return done(outcome, office.position(), body)


ROUTES = (admit, leave, correct)
