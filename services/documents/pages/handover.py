"""The hand-over at the window, in two steps, and its correction.

Promises: the first step checks everything and changes nothing, the second one changes; between the two
nothing that was typed is lost; what the second step sends is checked again. A correction adds to the
history. Shown by ``tests/way/test_window_pages.py`` and ``tests/pages/test_window.py``.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.params import FromPath

from buergerbuero_contracts.documents import Authority, CheckMethod, OldDocument, RecipientRole
from servicekit.decider import Refused
from servicekit.web.requests import AnyRequest
from servicekit.web.staff_pages import colleagues
from services.documents import commands as ask
from services.documents.access import command_context, document_of, second_person
from services.documents.api.documents import CORRECT, EXCEPTION
from services.documents.office import office_of
from services.documents.pages import custody_words as w
from services.documents.pages.shared import WINDOW, chosen, ticked, typed, window_of
from services.documents.pages.sheet import carry_out, explained, sheet
from services.documents.rules.document_state import Document
from services.documents.rules.holder import Holder
from services.documents.rules.leaving import exception_at

FORM = (
    *("scan", "recipient_role", "check_method", "authority", "old_document"),
    *("pin_letter_confirmed", "pin_reset", "holder", "holder_shown", "approved_by", "fenster"),
)
"""The fields that the second step sends again."""
LATER = frozenset({"check-missing", "no-authority", "pin-letter-open", "old-document-open", "second-person"})
"""What comes after the number: a scanner sends Enter, so its scan alone is no mistake."""


@post("/amt/ausgabe/{document_id:uuid}/ausgeben", opt=WINDOW, include_in_schema=False)
async def hand_over(request: AnyRequest, document_id: FromPath[UUID]) -> Response[bytes]:
    """First what would be recorded, to read and confirm; then it is handed over."""
    state = await document_of(request, document_id)
    if ticked(request, "change"):
        return await sheet(request, state)
    only_scanned = not (typed(request, "check_method") or typed(request, "old_document"))
    try:
        command = _command(request, document_id)
        if not ticked(request, "confirmed"):
            await office_of(request).check(command, command_context(request))
            return await sheet(request, state, confirm=_summary(request, command, state))
    except Refused as refused:
        if only_scanned and refused.code in LATER:
            return await sheet(request, state, scanned=True)
        now = await office_of(request).document(document_id)
        return await sheet(request, now, told=explained(request, refused, now))
    return await carry_out(request, document_id, command, "ausgegeben")


def _command(request: AnyRequest, document_id: UUID) -> ask.HandOverDocument:
    role = chosen(request, "recipient_role", RecipientRole)
    if role is None:
        raise Refused("invalid-input", errors={"recipient_role": "missing"})
    return ask.HandOverDocument(
        document_id=document_id,
        window=window_of(request),
        scan=typed(request, "scan", 40),
        recipient_role=role,
        check_method=chosen(request, "check_method", CheckMethod),
        authority=chosen(request, "authority", Authority) or Authority.NONE_NEEDED,
        old_document=chosen(request, "old_document", OldDocument),
        pin_letter_confirmed=ticked(request, "pin_letter_confirmed"),
        pin_reset=ticked(request, "pin_reset"),
        holder=_age_read(request),
        approved_by=second_person(request, typed(request, "approved_by") or None, EXCEPTION),
    )


def _age_read(request: AnyRequest) -> Holder | None:
    """The age class that the clerk chose. None if it stands as it was shown: what is known now counts."""
    shown, read = (chosen(request, name, Holder) for name in ("holder_shown", "holder"))
    return None if read is shown else read


def _summary(request: AnyRequest, command: ask.HandOverDocument, state: Document) -> dict[str, Any]:
    """What would be recorded, in words, and the fields to send again."""
    lines = [
        ("Empfang", w.RECIPIENTS[command.recipient_role]),
        ("Prüfung", w.CHECKS[command.check_method] if command.check_method else "–"),
        ("Vollmacht", w.AUTHORITIES[command.authority]),
        ("Altes Dokument", w.OLD_DOCUMENTS[command.old_document] if command.old_document else "–"),
    ]
    if command.holder:
        lines.append(("Alter", dict(w.HOLDERS)[command.holder]))
    if exception := exception_at(state, office_of(request).clock.now()):
        second = dict(colleagues(request, EXCEPTION)).get(command.approved_by or "", "–")
        lines += [("Ausnahme", w.EXCEPTIONS[exception]), ("Zweite Person", second)]
    fields = [(name, typed(request, name)) for name in FORM if typed(request, name)]
    return {"lines": lines, "fields": fields}


@post("/amt/ausgabe/{document_id:uuid}/berichtigen", opt=CORRECT, include_in_schema=False)
async def correct(request: AnyRequest, document_id: FromPath[UUID]) -> Response[bytes]:
    """What of the record was wrong, and how it was; by the lead and a second person."""
    state = await document_of(request, document_id)
    try:
        command = ask.CorrectHandover(
            document_id=document_id,
            approved_by=second_person(request, typed(request, "approved_by") or None, EXCEPTION),
            recipient_role=chosen(request, "recipient_role", RecipientRole),
            check_method=chosen(request, "check_method", CheckMethod),
            authority=chosen(request, "authority", Authority),
            old_document=chosen(request, "old_document", OldDocument),
        )
    except Refused as refused:
        return await sheet(request, state, told=explained(request, refused, state))
    return await carry_out(request, document_id, command, "berichtigt")


ROUTES = (hand_over, correct)
