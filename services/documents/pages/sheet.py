"""``/amt/ausgabe/{document}``: one document with its history, and what can be done with it now.

Promises: what the page offers follows from the document's present state; a refusal shows the page again
with all that was typed, says what to do, and where somebody else was faster, who: window and time, never a
name. Shown by ``tests/way/test_window_pages.py`` and ``tests/pages/test_window.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from servicekit.decider import Refused
from servicekit.web.requests import AnyRequest
from servicekit.web.staff_pages import Told, colleagues, see_other, staff_page, told
from servicekit.web.words import clock_time, short_day
from services.documents import commands as ask
from services.documents.access import command_context, document_of, staff_of
from services.documents.api.documents import EXCEPTION
from services.documents.custody import steps
from services.documents.office import office_of
from services.documents.pages import custody_words as w
from services.documents.pages.post_room_words import LANGUAGES
from services.documents.pages.shared import WINDOW, held, names_of, typed, window_of, windows
from services.documents.pages.window import WORDS
from services.documents.projections.document_queries import DocumentRow
from services.documents.rules.document_state import ENDED, Document, Status
from services.documents.rules.holder import Holder
from services.documents.rules.leaving import exception_at
from services.documents.rules.ordering import holder_at

SHEET = "window_document"
"""Reason of the read record."""
FIELD: Mapping[str, str] = {
    "number-mismatch": "scan",
    "check-missing": "check_method",
    "no-authority": "authority",
    "pin-letter-open": "pin_letter_confirmed",
    "old-document-open": "old_document",
    "second-person": "approved_by",
    "bin-full": "bin",
}
"""Which field of the form a refusal is about."""
DONE: Mapping[str, str] = {
    "geholt": "Das Dokument liegt jetzt an Ihrem Fenster.",
    "zurueck": "Das Dokument liegt wieder im Tresor.",
    "ausgegeben": "Ausgegeben. Das Dokument ist aus allen Listen verschwunden.",
    "berichtigt": "Die Berichtigung steht im Verlauf.",
    "eingetragen": "Die Person ist eingetragen; sie wird eingeladen, sobald das Dokument im Tresor liegt.",
    "zugeordnet": "Das Dokument hat jetzt seinen Auftrag; wer es erhält, wird eingeladen.",
}


@get("/amt/ausgabe/{document_id:uuid}", opt=WINDOW, include_in_schema=False)
async def show(request: AnyRequest, document_id: FromPath[UUID]) -> Response[bytes]:
    """The document."""
    return await sheet(request, await document_of(request, document_id))


@post("/amt/ausgabe/{document_id:uuid}/holen", opt=WINDOW, include_in_schema=False)
async def fetch(request: AnyRequest, document_id: FromPath[UUID]) -> Response[bytes]:
    """From the safe to this window."""
    command = ask.FetchDocument(document_id=document_id, window=window_of(request))
    return await carry_out(request, document_id, command, "geholt")


@post("/amt/ausgabe/{document_id:uuid}/zuruecklegen", opt=WINDOW, include_in_schema=False)
async def put_back(request: AnyRequest, document_id: FromPath[UUID]) -> Response[bytes]:
    """From this window into the safe."""
    command = ask.PutBack(document_id=document_id, window=window_of(request), bin=typed(request, "bin"))
    return await carry_out(request, document_id, command, "zurueck")


async def carry_out(
    request: AnyRequest, document_id: UUID, command: ask.Command, done: str
) -> Response[bytes]:
    """Carry out one command of the page, then show the document as it is; or say why not."""
    office, state = office_of(request), await document_of(request, document_id)
    try:
        outcome = await office.execute(command, command_context(request))
    except Refused as refused:
        now = await office.document(state.document_id)
        return await sheet(request, now, told=explained(request, refused, now))
    await office.shown(outcome.position)
    return see_other(f"/amt/ausgabe/{document_id}?fenster={window_of(request)}&fertig={done}")


def explained(request: AnyRequest, refused: Refused, state: Document) -> Told:
    """A refusal in words, with who was faster and with the field that it is about."""
    said = told(request, refused)
    fields = dict(said.fields)
    if refused.code in FIELD:
        fields[FIELD[refused.code]] = said.detail
    return said._replace(detail=" ".join((said.detail, *_faster(refused.code, state))), fields=fields)


def _faster(code: str, state: Document) -> Sequence[str]:
    """Where the document is, if it is not where the clerk thinks."""
    if state.status is Status.HANDED_OVER and state.handed_over_at:
        at = f"{short_day(state.handed_over_at, 'de')}, {clock_time(state.handed_over_at, 'de')}"
        where = f" an {w.spot(state.window)}" if state.window else ""
        return [f"Es wurde am {at}{where} ausgegeben."]
    if code == "not-here" and state.place:
        where = w.spot(state.window) if state.window else f"{w.PLACES[state.place]}"
        return [f"Es ist jetzt hier: {where}."]
    return []


async def sheet(request: AnyRequest, state: Document, **more: Any) -> Response[bytes]:
    """The page of a document."""
    office, who, now = office_of(request), staff_of(request), office_of(request).clock.now()
    others = await _others(request, state)
    waiting = [(state.document_id, state.person_id), *held(others)]
    names = await names_of(request, SHEET, waiting)
    case = await office.case(state.document_id)
    known = holder_at(case.born_on, case.holder, now) if case else None
    here = window_of(request)
    values: dict[str, Any] = {
        "state": state,
        "steps": [
            (step.at, w.words(step), w.details(step))
            for step in reversed(steps(await office.history(state.document_id)))
        ],
        "others": others,
        "following": next((row for row in others if row.desk or row.booking_id), None),
        "names": names,
        "name": names.get(state.document_id, ""),
        "holder": known or Holder.ADULT,
        "holder_read": _age_read(request) or known or Holder.ADULT,
        "born_on_known": case is not None and case.born_on is not None,
        "holders": w.HOLDERS,
        "languages": tuple(LANGUAGES.items()),
        "exception": exception_at(state, now),
        "at_window": state.place == "window" and state.window == here and state.status not in ENDED,
        "colleagues": colleagues(request, EXCEPTION),
        "may_correct": who.may("documents_correct", state.site),
        "window": here,
        "windows": windows(request),
        "done": DONE.get(request.query_params.get("fertig", "")),
        "typed": {} if request.method == "GET" else request.state.payload,
        "confirm": None,
        "scanned": False,
        "orders": None,
        **WORDS,
        **OPTIONS,
        **more,
    }
    return staff_page(request, "staff/document.html.jinja", **values)


def _age_read(request: AnyRequest) -> str:
    """The age class that was chosen in the form; nothing if it stands as it was shown."""
    if request.method == "GET":
        return ""
    read = typed(request, "holder")
    return read if read in set(Holder) and read != typed(request, "holder_shown") else ""


async def _others(request: AnyRequest, state: Document) -> Sequence[DocumentRow]:
    """What else waits for the same person, what is picked up together first."""
    if state.person_id is None:
        return ()
    rows = await office_of(request).documents.of_person(state.person_id, state.site)
    mine = [row for row in rows if row.document_id != state.document_id and row.state != "ordered"]
    return sorted(mine, key=lambda row: row.booking_id is None or row.booking_id != state.booking_id)


OPTIONS: dict[str, Any] = {
    "recipients": tuple(w.RECIPIENTS.items()),
    "checks": tuple(w.CHECKS.items()),
    "authorities": tuple(w.AUTHORITIES.items()),
    "old_documents": tuple(w.OLD_DOCUMENTS.items()),
    "places": w.PLACES,
    "exceptions": w.EXCEPTIONS,
}
ROUTES = (show, fetch, put_back)
