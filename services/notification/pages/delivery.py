"""``/amt/zustellung``: what did not reach its person, and the letters of the day.

Promises: GET changes nothing; the PDF is made for those letters that the page showed and are still ticked, so
nothing is ticked off that was not printed; printing again is harmless; no address, name or code of a person
stands in any URL. Shown by ``tests/way/test_letters.py`` and ``tests/pages/test_delivery_page.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from servicekit.decider import Refused
from servicekit.log import Actor
from servicekit.staff import Staff
from servicekit.web.codes import spoken_code
from servicekit.web.requests import AnyRequest, context
from servicekit.web.staff_pages import see_other, staff_page, told
from services.notification.desk import Case, Desk
from services.notification.words import reference

PATH = "/amt/zustellung"
TICK = "brief-"
"""A tick box is named by this and the message's id."""
TEMPLATES: Mapping[str, str] = {
    "confirm_request": "Bitte um Bestätigung",
    "confirmed": "Termin bestätigt",
    "pickup_booked": "Abholtermin gebucht",
    "moved": "Termin verschoben",
    "cancelled_by_citizen": "Termin abgesagt",
    "cancelled_by_office": "Termin fällt aus",
    "reminder": "Erinnerung an den Termin",
    "document_ready": "Dokument liegt bereit",
    "earlier_slot": "Früherer Termin",
    "papers_missing": "Unterlagen fehlen",
    "weekly_report": "Wochenbericht",
}
REASONS: Mapping[tuple[str, str], str] = {
    ("letter", "no_address"): "keine E-Mail-Adresse",
    ("letter", "not_delivered"): "E-Mail kam nicht an",
    ("failed", "permanent"): "Adresse abgelehnt",
    ("failed", "expired"): "nicht rechtzeitig zugestellt",
    ("failed", "technical"): "Fehler bei uns",
    ("bounced", "address"): "Adresse gibt es nicht",
    ("bounced", "policy"): "vom Empfänger abgewiesen",
    ("bounced", "other"): "kam zurück",
    ("no_address", "no_address"): "keine E-Mail-Adresse",
    ("parked", "rendering"): "Fehler bei uns: Text",
    ("parked", "ambiguous"): "Fehler bei uns: unklar, ob zugestellt",
}
"""State and reason of a message that did not arrive → words."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table. ``reference`` finds the matter, ``href`` leads there where the role may go."""

    message_id: UUID
    name: str
    phone: str
    template: str
    reason: str
    since: datetime
    reference: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Office:
    """What the page needs of the service."""

    desk: Desk
    now: Callable[[], datetime]
    code_key: bytes
    documents_url: str

    def line(self, case: Case, who: Staff) -> Line:
        """A message as the table shows it."""
        queued = case.look.state.public
        mark, href = "", None
        if queued.booking_id is not None:
            mark = spoken_code(self.code_key, queued.booking_id)
        elif queued.item_id is not None:
            mark = reference(queued.item_id)
            href = f"/amt/posteingang/{queued.item_id}" if who.may("mail") else None
        elif queued.document_ids:
            mark = reference(queued.document_ids[0])
            href = f"/amt/ausgabe/{queued.document_ids[0]}" if who.may("documents") else None
        return Line(
            case.row.message_id,
            case.look.copy.get("name") or "",
            case.look.copy.get("phone") or "",
            TEMPLATES[queued.template],
            REASONS[case.row.state, case.row.reason],
            case.row.since,
            mark,
            href and self.documents_url.rstrip("/") + href,
        )


def routes(office: Office) -> Router:
    """The handlers."""

    async def page(request: AnyRequest, **values: Any) -> Response[bytes]:
        who, at = _who(request), office.now()
        letters, failed = await office.desk.letters(who, at), await office.desk.failed(who, at)
        await office.desk.note_read([*letters, *failed], who, "delivery", at)
        return staff_page(
            request,
            "delivery.html.jinja",
            home=PATH,
            tick=TICK,
            letters=[office.line(case, who) for case in letters],
            failed=[office.line(case, who) for case in failed],
            **values,
        )

    @get("/")
    async def show(request: AnyRequest) -> Response[bytes]:
        return await page(request)

    @post("/briefe.pdf", status_code=200)
    async def print_letters(request: AnyRequest) -> Response[bytes]:
        try:
            made = await office.desk.printed(_ticked(request), _who(request), office.now())
        except Refused as refused:
            return await page(request, told=told(request, refused))
        headers = {"Content-Disposition": 'inline; filename="briefe.pdf"', "Cache-Control": "no-store"}
        return Response(made, media_type="application/pdf", headers=headers)

    @post("/gedruckt")
    async def tick_off(request: AnyRequest) -> Response[bytes]:
        who = _who(request)
        asked = context(request, who.id, Actor("staff", who.id), office.now())
        await office.desk.tick_off(_ticked(request), who, asked)
        return see_other(PATH)

    opt = {"permission": "delivery"}
    return Router(PATH, route_handlers=[show, print_letters, tick_off], opt=opt, include_in_schema=False)


def _who(request: AnyRequest) -> Staff:
    who: Staff | None = request.state.staff
    if who is None:
        raise Refused("proof-missing")
    return who


def _ticked(request: AnyRequest) -> list[UUID]:
    """The messages whose boxes are ticked. Refuses ``invalid-input`` for what is no id."""
    boxes = [name.removeprefix(TICK) for name in request.state.payload if name.startswith(TICK)]
    try:
        return [UUID(box) for box in boxes]
    except ValueError:
        raise Refused("invalid-input", errors={TICK: "value"}) from None
