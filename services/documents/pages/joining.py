"""A document that came without its order: whose it is, found by the surname that stands on it.

Promises: only orders of the same kind at the own site are offered; the order is fulfilled by this
document and nothing more will come for it. Where nothing was ordered, as at a visit whose end was forgotten,
the person is entered by hand. Shown by ``tests/way/test_delivery_page.py``.
"""

from __future__ import annotations

from uuid import UUID

from litestar import Response, post
from litestar.params import FromPath

from servicekit.decider import Refused
from servicekit.web.requests import AnyRequest
from services.documents import commands as ask
from services.documents.access import document_of
from services.documents.api.item_bodies import contact
from services.documents.office import office_of
from services.documents.pages.post_room_words import LANGUAGES
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
from services.documents.pages.sheet import carry_out, explained, sheet
from services.documents.rules.holder import Holder

JOINING = "window_orders"
"""Reason of the read record."""


@post("/amt/ausgabe/{document_id:uuid}/zuordnen", opt=WINDOW, include_in_schema=False)
async def join(request: AnyRequest, document_id: FromPath[UUID]) -> Response[bytes]:
    """By surname, and by choice among those who have it: nothing takes this back."""
    state = await document_of(request, document_id)
    try:
        if ticked(request, "document_id"):
            order = await office_of(request).document(id_of(request, "document_id"))
            booking_id = order.ordered_booking
        else:
            found = await ordered_for(request, typed(request, "surname"), state.kind)
            orders = [row for row in found if row.ordered_booking]
            names = await names_of(request, JOINING, held(orders))
            options = await order_options(request, orders, names)
            return await sheet(request, state, orders=options)
        if booking_id is None:
            raise Refused("unknown-order")
    except Refused as refused:
        return await sheet(request, state, told=explained(request, refused, state))
    command = ask.JoinOrder(document_id=document_id, booking_id=booking_id, order_id=order.document_id)
    return await carry_out(request, document_id, command, "zugeordnet")


@post("/amt/ausgabe/{document_id:uuid}/person", opt=WINDOW, include_in_schema=False)
async def name_person(request: AnyRequest, document_id: FromPath[UUID]) -> Response[bytes]:
    """Whose it is, as it stands on the document; with an e-mail address the person is invited by mail."""
    state = await document_of(request, document_id)
    try:
        language = typed(request, "language") or "de"
        if language not in LANGUAGES:
            raise Refused("invalid-input", errors={"language": "value"})
        person = contact(typed(request, "name", 320), typed(request, "email", 320), language)
        if person is None:
            raise Refused("invalid-input", errors={"name": "missing"})
        case = await office_of(request).case(document_id)
        if state.person_id is not None or case is None:
            raise Refused("wrong-state")
        command = ask.OrderDocument(
            kind=state.kind,
            site=state.site,
            contact=person,
            number=case.number,
            holder=chosen(request, "age", Holder),
        )
    except Refused as refused:
        return await sheet(request, state, told=explained(request, refused, state))
    return await carry_out(request, document_id, command, "eingetragen")


ROUTES = (join, name_person)
