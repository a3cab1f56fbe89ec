"""The door's screen: one field for scanner and keyboard, the result in colour and word.

Promises: the cursor is in the field after every answer, so the next scan needs no hand; a search by
name goes by POST, so no address holds a name; whoever is shown a name leaves a read record first; the
same form sent again gives the same answer. Shown by ``tests/way/test_door.py`` and ``tests/pages``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from buergerbuero_contracts.booking import AdmissionMode, CitizenAdmitted, OverrideReason, VisitOpened
from servicekit.decider import Refused
from servicekit.staff import Staff
from servicekit.web.requests import AnyRequest
from servicekit.web.staff_pages import see_other, staff_page
from services.booking import floor_commands as f
from services.booking.doorway import DOOR_TRIES, Meant, by_name, recognise, typed_time
from services.booking.office import Office, Read
from services.booking.pages.door_words import OVERRIDABLE, OVERRIDES, Said, door_name, refused
from services.booking.proof import command_context, office_of, staff_of
from services.booking.rules.booking_state import Booking, Status
from services.booking.rules.calendar import local_date

DOOR: dict[str, Any] = {"permission": "admit"}
PATH = "/amt/einlass"
DOORS = [(f"door_{number}", f"Tür {number}") for number in range(1, 5)]
_DOOR = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PEOPLE = re.compile(r"[0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Who asks, at which door, with what form."""

    request: AnyRequest
    office: Office
    who: Staff
    door: str
    form: dict[str, str]

    @property
    def device(self) -> str:
        """What wrong codes are counted by."""
        return f"{self.who.id}@{self.door}"

    def people(self, field: str = "people", least: int = 1) -> int | None:
        """A number of people; None if the field is empty. Refuses ``invalid-input``."""
        text = self.form.get(field, "").strip()
        if not text:
            return None
        if not _PEOPLE.fullmatch(text) or int(text) < least:
            raise Refused("invalid-input", errors={field: "range"})
        return int(text)

    async def execute(self, command: f.OfDoor) -> Any:
        """Carry out a command in the name of who is logged in."""
        return await self.office.execute(command, command_context(self.request, self.who.id, self.who))


def _keeper(request: AnyRequest) -> Doorkeeper:
    who, form = staff_of(request), getattr(request.state, "payload", None) or {}
    if who is None:
        raise Refused("proof-missing")
    door = str(form.get("door") or request.query_params.get("tuer", ""))
    door = door if _DOOR.fullmatch(door) else DOORS[0][0]
    return Doorkeeper(request, office_of(request), who, door, form)


async def _page(keeper: Doorkeeper, status: int = 200, **values: Any) -> Response[bytes]:
    office, site = keeper.office, keeper.who.site
    room = await office.floor.room(site, local_date(office.clock.now()))
    settings = office.site(site).opening.settings
    defaults: dict[str, Any] = {
        "said": None,
        "again": None,
        "found": None,
        "errors": {},
        "number": None,
        "form": keeper.form,
    }
    return staff_page(
        keeper.request,
        "staff/door.html.jinja",
        status=status,
        **defaults | values,
        home=PATH,
        door=keeper.door,
        door_name=door_name(keeper.door),
        doors=DOORS,
        occupancy=room.occupancy,
        limit=settings.occupancy_limit,
        counted=settings.exit_mode == "counted",
        overrides=OVERRIDES,
    )


@get(PATH, opt=DOOR, include_in_schema=False)
async def show(request: AnyRequest) -> Response[bytes]:
    """The empty field."""
    return await _page(_keeper(request))


@post(PATH, opt=DOOR, include_in_schema=False)
async def admit(request: AnyRequest) -> Response[bytes]:
    """A code, or a booking that the page offered: let in, or say why not."""
    keeper, meant = _keeper(request), None
    try:
        meant = await _meant(keeper)
        if meant is None:
            await keeper.execute(f.RefuseUnknown(site=keeper.who.site, door=keeper.door))
            raise Refused("unknown-code")
        return await _let_in(keeper, meant)
    except Refused as refusal:
        return await _not_in(keeper, meant, refusal)


async def _meant(keeper: Doorkeeper) -> Meant | None:
    """Who is at the door."""
    given = keeper.form.get("booking_id", "")
    if given:
        try:
            return Meant(UUID(given), AdmissionMode(keeper.form.get("mode", "name")))
        except ValueError:
            raise Refused("invalid-input", errors={"code": "value"}) from None
    code = keeper.form.get("code", "")
    if not code.strip():
        raise Refused("invalid-input", errors={"code": "missing"})
    return await recognise(keeper.office, keeper.who.site, code, DOOR_TRIES, keeper.device)


async def _let_in(keeper: Doorkeeper, meant: Meant) -> Response[bytes]:
    booking = await keeper.office.booking(meant.booking_id)
    reason = keeper.form.get("override", "")
    outcome = await keeper.execute(
        f.AdmitCitizen(
            booking_id=meant.booking_id,
            site=keeper.who.site,
            door=keeper.door,
            people=keeper.people() or max(1, booking.persons),
            mode=meant.mode,
            override=_override(reason) if reason else None,
        )
    )
    admitted = outcome.of(CitizenAdmitted)
    return await _page(
        keeper,
        said=Said("in", "Einlass – Platz nehmen", ""),
        number=outcome.of(VisitOpened).public_number,
        admitted=admitted,
        name=await _name(keeper, booking),
        wrong_layout=meant.wrong_layout,
        form=dict[str, str](),
    )


def _override(reason: str) -> OverrideReason:
    try:
        return OverrideReason(reason)
    except ValueError:
        raise Refused("invalid-input", errors={"override": "value"}) from None


async def _name(keeper: Doorkeeper, booking: Booking) -> str | None:
    """For the look at the person: written down before it is shown."""
    person = await keeper.office.person(booking.person_id) if booking.person_id else None
    if person is None or person.erased or not person.name:
        return None
    await _record(keeper, "door_admission", [booking.booking_id])
    return person.name


async def _record(keeper: Doorkeeper, reason: str, bookings: list[UUID]) -> None:
    who, now = keeper.who, keeper.office.clock.now()
    await keeper.office.floor.record_read(Read(who.id, who.role, who.site, reason, tuple(bookings), now))


async def _not_in(keeper: Doorkeeper, meant: Meant | None, refusal: Refused) -> Response[bytes]:
    """The refusal in large words; with a way to let in all the same, where the rules know one."""
    said, row = refused(refusal), keeper.request.app.state.refusals[refusal.code]
    keeper.request.state.code = refusal.code
    if said is None:
        said = Said("stop", row.de.title, row.de.detail, refusal.code)
    again = meant if meant and refusal.code in OVERRIDABLE else None
    return await _page(
        keeper, row.status, said=said, again=again, errors=dict(refusal.details.get("errors", {}))
    )


@post(f"{PATH}/suchen", opt=DOOR, status_code=200, include_in_schema=False)
async def search(request: AnyRequest) -> Response[bytes]:
    """Who has no code: surname and time give a list to choose from."""
    keeper = _keeper(request)
    surname, at = keeper.form.get("surname", "").strip(), typed_time(keeper.form.get("time", ""))
    errors = {} if surname else {"surname": "missing"}
    if at is None:
        errors["time"] = "format" if keeper.form.get("time", "").strip() else "missing"
    if errors or at is None:
        return await _page(keeper, 422, errors=errors)
    found = await by_name(keeper.office, keeper.who.site, surname, at)
    await _record(keeper, "door_search", [booking.booking_id for booking, _name in found])
    hopeful = (Status.CONFIRMED, Status.MISSED)
    return await _page(keeper, found=sorted(found, key=lambda one: one[0].status not in hopeful))


@post(f"{PATH}/ausgang", opt=DOOR, include_in_schema=False)
async def leave(request: AnyRequest) -> Response[bytes]:
    """People went out."""
    return await _counted(_keeper(request), "leaving")


@post(f"{PATH}/belegung", opt=DOOR, include_in_schema=False)
async def correct(request: AnyRequest) -> Response[bytes]:
    """Somebody counted the room."""
    return await _counted(_keeper(request), "inside")


async def _counted(keeper: Doorkeeper, field: str) -> Response[bytes]:
    try:
        people = keeper.people(field, least=0 if field == "inside" else 1)
        if people is None:
            raise Refused("invalid-input", errors={field: "missing"})
        if field == "inside":
            await keeper.execute(f.CorrectOccupancy(site=keeper.who.site, people=people))
        else:
            await keeper.execute(f.CountExit(site=keeper.who.site, door=keeper.door, people=people))
    except Refused as refusal:
        return await _not_in(keeper, None, refusal)
    return see_other(f"{PATH}?tuer={keeper.door}")


ROUTES = (show, admit, search, leave, correct)
