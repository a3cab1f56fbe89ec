"""``/amt/lieferung``: unpack a delivery of the producer by scan, then put all of it into the safe.

Promises: a number that no order has is not taken silently: the clerk says that no order is known, or whose it
is, after reading the whole name, for no step takes that back; two people agree once for all bins of a form;
what was refused keeps its bin and its reason, the rest is stored; a form without any bin says so.
Shown by ``tests/way/test_delivery_page.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from litestar import Response, get, post
from litestar.params import FromPath

from buergerbuero_contracts.documents import DocumentKind
from servicekit.decider import Refused
from servicekit.web.requests import AnyRequest
from servicekit.web.staff_pages import Told, colleagues, see_other, staff_page, told
from services.documents import commands as ask
from services.documents.access import command_context, document_of, second_person, staff_of
from services.documents.api.deliveries import batch_of
from services.documents.office import office_of
from services.documents.pages.custody_words import KINDS, STATES, spot
from services.documents.pages.shared import (
    WINDOW,
    chosen,
    held,
    id_of,
    names_of,
    order_options,
    ordered_for,
    ticked,
    typed,
)
from services.documents.projections.document_queries import DocumentRow
from services.documents.rules.document_state import Document, Status
from services.documents.rules.events import BatchOpened
from services.documents.rules.ordering import kind_of, normal_number

PATH = "/amt/lieferung"
UNPACKING, STORING, ORDERS = "delivery_unpacked", "delivery_stored", "delivery_orders"
"""Reasons of the read record."""
WORDS: dict[str, Any] = {"kinds": KINDS, "states": STATES, "spot": spot}


@get(PATH, opt=WINDOW, include_in_schema=False)
async def show(request: AnyRequest) -> Response[bytes]:
    """Deliveries that are open, and what waits for a bin."""
    return await _overview(request)


@post(PATH, opt=WINDOW, include_in_schema=False)
async def begin(request: AnyRequest) -> Response[bytes]:
    """A delivery is being unpacked."""
    office = office_of(request)
    outcome = await office.execute(ask.OpenBatch(site=staff_of(request).site), command_context(request))
    await office.shown(outcome.position)
    return see_other(f"{PATH}/{outcome.of(BatchOpened).batch_id}")


@get(f"{PATH}/{{batch_id:uuid}}", opt=WINDOW, include_in_schema=False)
async def unpack(request: AnyRequest, batch_id: FromPath[UUID]) -> Response[bytes]:
    """One delivery: the field to scan into, and what has been scanned."""
    return await _delivery(request, batch_id)


@post(f"{PATH}/{{batch_id:uuid}}/scannen", opt=WINDOW, include_in_schema=False)
async def scan(request: AnyRequest, batch_id: FromPath[UUID]) -> Response[bytes]:
    """One document. If its number is new, the page asks whose it is."""
    office = office_of(request)
    await batch_of(request, batch_id)
    try:
        number = normal_number(typed(request, "scan", 40))
        owner, candidates = await _owner(request, number)
        if owner is None and not ticked(request, "late"):
            return await _delivery(request, batch_id, number=number, candidates=candidates)
        command = ask.ReceiveDocument(
            batch_id=batch_id,
            number=number,
            document_id=owner,
            kind=chosen(request, "kind", DocumentKind),
        )
        outcome = await office.execute(command, command_context(request))
    except Refused as refused:
        said = told(request, _about_scan(refused))
        return await _delivery(request, batch_id, told=said, typed_scan=typed(request, "scan", 40))
    if not outcome.events:
        return await _delivery(request, batch_id, before=True)
    await office.shown(outcome.position)
    return see_other(f"{PATH}/{batch_id}")


def _about_scan(refused: Refused) -> Refused:
    """The rules speak of a number, the form of a scan."""
    errors = refused.details.get("errors", {})
    named = {"scan" if name == "number" else name: why for name, why in errors.items()}
    return Refused(refused.code, errors=named) if named else refused


async def _owner(request: AnyRequest, number: str) -> tuple[UUID | None, Sequence[DocumentRow] | None]:
    """Whose the number is, known or chosen; else whose it may be, by surname.

    None for the candidates: nobody was searched for yet.
    """
    named = id_of(request, "document_id") if ticked(request, "document_id") else None
    known, exact = await _with_number(request, number)
    if known and (exact or (named is None and known.status is Status.ORDERED)):
        return known.document_id, ()
    if named:
        return named, ()
    surname = typed(request, "surname")
    if not surname:
        return None, None
    return None, await ordered_for(request, surname, kind_of(number))


async def _with_number(request: AnyRequest, number: str) -> tuple[Document | None, bool]:
    """The document with this number, and whether it is the very number: another scanner's may be meant."""
    office = office_of(request)
    owner = await office.numbered(number)
    document, case = (await office.document(owner), await office.case(owner)) if owner else (None, None)
    if document is None or not document.known:
        return None, False
    return document, case is not None and case.number == number


async def _delivery(
    request: AnyRequest,
    batch_id: UUID,
    *,
    told: Told | None = None,
    before: bool = False,
    typed_scan: str = "",
    number: str = "",
    candidates: Sequence[DocumentRow] | None = None,
) -> Response[bytes]:
    office, state = office_of(request), await batch_of(request, batch_id)
    rows = {row.document_id: row for row in await office.documents.by_id(state.document_ids)}
    scanned = [rows[one] for one in reversed(state.document_ids) if one in rows]
    names = dict(await names_of(request, UNPACKING, held(scanned)))
    names |= await names_of(request, ORDERS, held(candidates or ()))
    kind = kind_of(number) if number else None
    options = await order_options(request, candidates or (), names)
    return staff_page(
        request,
        "staff/delivery.html.jinja",
        told=told,
        before=before,
        batch=state,
        scanned=scanned,
        names=names,
        number=number,
        similar=bool(number and (await _with_number(request, number))[0]),
        kind=kind.value if kind else "",
        candidates=None if candidates is None else options,
        surname=typed(request, "surname") if number else "",
        typed_scan=typed_scan,
        **WORDS,
    )


@post(f"{PATH}/{{batch_id:uuid}}/schliessen", opt=WINDOW, include_in_schema=False)
async def close(request: AnyRequest, batch_id: FromPath[UUID]) -> Response[bytes]:
    """The delivery is unpacked: on to the bins."""
    office = office_of(request)
    await batch_of(request, batch_id)
    outcome = await office.execute(ask.CloseBatch(batch_id=batch_id), command_context(request))
    await office.shown(outcome.position)
    return see_other(PATH)


@post(f"{PATH}/einlagern", opt=WINDOW, include_in_schema=False)
async def store(request: AnyRequest) -> Response[bytes]:
    """Into the safe: every document with a bin, and one second person for all of them."""
    office, context, refusals, last = office_of(request), command_context(request), dict[UUID, Refused](), 0
    try:
        second = second_person(request, typed(request, "approved_by") or None, "documents")
    except Refused as refused:
        return await _overview(request, told=_on_top(told(request, refused)))
    bins = _bins(request)
    if not bins:
        nothing = Refused("invalid-input", errors={"bin": "missing"})
        return await _overview(request, told=told(request, nothing))
    for document_id, spot_ in bins.items():
        own = replace(context, command_id=uuid5(context.command_id, str(document_id)))
        command = ask.StoreDocument(document_id=document_id, bin=spot_, approved_by=second)
        try:
            await document_of(request, document_id)
            last = max(last, (await office.execute(command, own)).position)
        except Refused as refused:
            refusals[document_id] = refused
    await office.shown(last)
    if not refusals:
        return see_other(PATH)
    said = {document_id: told(request, refused) for document_id, refused in refusals.items()}
    return await _overview(request, told=_on_top(next(iter(said.values()))), errors=said)


def _on_top(said: Told) -> Told:
    """What is said for the whole form: a second person is missing once, not in each row."""
    return said._replace(fields={"approved_by": said.detail}) if said.code == "second-person" else said


def _in_row(said: Told) -> str:
    """What is said at a bin."""
    if said.code == "invalid-input":
        return "Bitte nur Buchstaben, Ziffern, Punkt und Strich, zum Beispiel A12."
    return said.detail


def _bins(request: AnyRequest) -> Mapping[UUID, str]:
    """The fields ``bin:<document id>`` that were filled in."""
    found: dict[UUID, str] = {}
    for name in request.state.payload:
        what, _, document_id = name.partition(":")
        if what == "bin" and typed(request, name):
            try:
                found[UUID(document_id)] = typed(request, name)
            except ValueError:
                raise Refused("invalid-input", errors={"bin": "format"}) from None
    return found


async def _overview(
    request: AnyRequest, *, told: Told | None = None, errors: Mapping[UUID, Told] | None = None
) -> Response[bytes]:
    office, site = office_of(request), staff_of(request).site
    waiting = await office.documents.at(site, "receiving")
    payload = {} if request.method == "GET" else request.state.payload
    return staff_page(
        request,
        "staff/deliveries.html.jinja",
        told=told,
        open_batches=await office.deliveries.open(site),
        waiting=waiting,
        names=await names_of(request, STORING, held(waiting)),
        errors={
            str(one): _in_row(said) for one, said in (errors or {}).items() if said.code != "second-person"
        },
        typed=payload,
        colleagues=colleagues(request, "documents"),
        **WORDS,
    )


ROUTES = (show, begin, unpack, scan, close, store)
