"""ID documents over JSON: the order, a look, the history, and every command on one document.

Promises: for staff of the document's site; the same call again gets the first answer, rebuilt from the
stored events; a refused command changes nothing. Shown by ``tests/way/test_documents_api.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example
from litestar.params import Body, FromPath

from buergerbuero_contracts.documents import DocumentOrdered
from servicekit.decider import Refused
from servicekit.handle import Outcome
from servicekit.web.openapi import Described
from servicekit.web.requests import AnyRequest, done, min_position
from services.documents import commands as ask
from services.documents.access import command_context, document_of, need_site, second_person, staff_of
from services.documents.api import bodies as b
from services.documents.api import examples as ex
from services.documents.api import views
from services.documents.custody import steps
from services.documents.office import office_of
from services.documents.refusals import REFUSALS
from services.documents.rules.events import OrderJoined
from services.documents.rules.ordering import document_id_of

described = Described(REFUSALS)
DOCUMENTS: dict[str, Any] = {"permission": "documents"}
CORRECT: dict[str, Any] = {"permission": "documents_correct"}
EXCEPTION = "documents_exception"
STAFF = ("proof-missing", "role-forbidden")
ONE = (*STAFF, "not-found", "wrong-state")
TWO = ("second-person",)


def json_body(*examples: Any) -> Any:
    """The mark of a JSON body, with its examples."""
    return Body(media_type=RequestEncodingType.JSON, examples=[Example(value=one) for one in examples])


def answer(body: Any) -> Response[bytes]:
    """What a read answers."""
    return Response(msgspec.json.encode(body), media_type="application/json")


def of_document(
    path: str, *codes: str, opt: dict[str, Any] = DOCUMENTS, after: Any = ex.STORED
) -> HTTPRouteHandler:
    """The route of one command on a document; ``codes`` are its own refusals, ``after`` an answer."""
    return post(
        f"/documents/{{document_id:uuid}}/{path}",
        opt=opt,
        status_code=200,
        responses=described(b.DocumentState, after, *ONE, *codes, post=True),
    )


async def carry_out(
    request: AnyRequest, document_id: UUID, command: Callable[[], ask.Command]
) -> Response[bytes]:
    """One command on a document of this site; the answer is the state right after it."""
    office, _known = office_of(request), await document_of(request, document_id)
    outcome = await office.execute(command(), command_context(request))
    state = await office.document(document_id, outcome.position)
    return done(outcome, office.position(), views.document(state))


@post(
    "/documents",
    opt=DOCUMENTS,
    responses=described(
        b.DocumentState,
        ex.ORDERED,
        *STAFF,
        *("unknown-site", "shipping-not-allowed"),
        status=201,
        post=True,
    ),
)
async def order(
    request: AnyRequest, data: Annotated[b.OrderBody, json_body(ex.ORDER, ex.ORDER_BY_POST)]
) -> Response[bytes]:
    """Order a document from its producer. After a visit this happens by itself."""
    office, who = office_of(request), staff_of(request)
    need_site(who, request, data.site)
    b.near("born_on", data.born_on)
    command = ask.OrderDocument(
        kind=data.kind,
        site=data.site,
        variant=data.variant,
        delivery=data.delivery,
        booking_id=data.booking_id,
        item_id=data.item_id,
        person_id=data.person_id,
        person_revision=data.person_revision,
        contact=data.contact.normal() if data.contact else None,
        number=data.number,
        born_on=data.born_on,
        holder=data.holder,
        pin_letter=data.pin_letter,
        address_in_germany=data.address_in_germany,
        other_document=data.other_document,
    )
    outcome = await office.execute(command, command_context(request))
    document_id = _ordered(command, outcome)
    state = await office.document(document_id, outcome.position)
    where = {"Location": f"/api/documents/v1/documents/{document_id}"}
    return done(outcome, office.position(), views.document(state), 201, where)


def _ordered(command: ask.OrderDocument, outcome: Outcome) -> UUID:
    """The document of an order; at a booking also one that came before it, or was ordered already."""
    for _stream, event in outcome.events:
        if isinstance(event, DocumentOrdered | OrderJoined):
            return event.document_id
    if command.booking_id is None:
        raise Refused("wrong-state")
    return document_id_of(command.booking_id, command.kind, command.piece)


@of_document("join", "unknown-order")
async def join(
    request: AnyRequest,
    document_id: FromPath[UUID],
    data: Annotated[b.JoinBody, json_body(ex.JOIN, ex.JOIN_ONE)],
) -> Response[bytes]:
    """Say at which booking a document was ordered that came without its order."""
    return await carry_out(
        request,
        document_id,
        lambda: ask.JoinOrder(document_id=document_id, booking_id=data.booking_id, order_id=data.order_id),
    )


@get(
    "/documents/{document_id:uuid}",
    opt=DOCUMENTS,
    responses=described(b.DocumentState, ex.STORED, *STAFF, "not-found"),
)
async def look(request: AnyRequest, document_id: FromPath[UUID]) -> Response[bytes]:
    """What a document is, where it is, who comes for it when. Names and numbers stand on pages only."""
    await office_of(request).caught_up(min_position(request))
    return answer(views.document(await document_of(request, document_id)))


@get(
    "/documents/{document_id:uuid}/custody",
    opt=DOCUMENTS,
    responses=described(b.Custody, ex.CUSTODY, *STAFF, "not-found"),
)
async def custody(request: AnyRequest, document_id: FromPath[UUID]) -> Response[bytes]:
    """The unbroken chain of custody, and what happened around it."""
    office = office_of(request)
    await office.caught_up(min_position(request))
    await document_of(request, document_id)
    return answer(views.custody(document_id, steps(await office.history(document_id))))


@of_document("store", "bin-full", *TWO)
async def store(
    request: AnyRequest, document_id: FromPath[UUID], data: Annotated[b.StoreBody, json_body(ex.STORE)]
) -> Response[bytes]:
    """Into a bin of the safe, by two persons; the holder is invited at once."""
    second = second_person(request, data.approved_by, "documents")
    return await carry_out(
        request,
        document_id,
        lambda: ask.StoreDocument(document_id=document_id, bin=data.bin, approved_by=second),
    )


@of_document("invite")
async def invite(
    request: AnyRequest, document_id: FromPath[UUID], data: Annotated[b.NothingBody, json_body({})]
) -> Response[bytes]:
    """Invite the holder anew; all documents that wait for the person go together."""
    return await carry_out(request, document_id, lambda: ask.InvitePickup(document_ids=(document_id,)))


@of_document("fetch", "not-here", after=ex.AT_WINDOW)
async def fetch(
    request: AnyRequest, document_id: FromPath[UUID], data: Annotated[b.WindowBody, json_body(ex.WINDOW)]
) -> Response[bytes]:
    """From the safe to a window."""
    return await carry_out(
        request, document_id, lambda: ask.FetchDocument(document_id=document_id, window=data.window)
    )


@of_document("put-back", "not-here", "bin-full")
async def put_back(
    request: AnyRequest, document_id: FromPath[UUID], data: Annotated[b.PutBackBody, json_body(ex.PUT_BACK)]
) -> Response[bytes]:
    """From this window back into the safe."""
    return await carry_out(
        request,
        document_id,
        lambda: ask.PutBack(document_id=document_id, window=data.window, bin=data.bin),
    )


@of_document(
    "hand-over",
    *("not-here", "already-handed-over", "number-mismatch", "holder-unknown", "check-missing"),
    *("no-authority", "pin-letter-open", "old-document-open"),
    *TWO,
    after=ex.HANDED_OVER,
)
async def hand_over(
    request: AnyRequest,
    document_id: FromPath[UUID],
    data: Annotated[b.HandOverBody, json_body(ex.HAND_OVER, ex.HAND_OVER_PROXY)],
) -> Response[bytes]:
    """Give it to its holder, or to who may receive it: all checks at once. An exception needs two."""
    second = second_person(request, data.approved_by, EXCEPTION)
    return await carry_out(
        request,
        document_id,
        lambda: ask.HandOverDocument(
            document_id=document_id,
            window=data.window,
            scan=data.scan,
            recipient_role=data.recipient_role,
            check_method=data.check_method,
            authority=data.authority,
            old_document=data.old_document,
            pin_letter_confirmed=data.pin_letter_confirmed,
            pin_reset=data.pin_reset,
            holder=data.holder,
            exception=data.exception,
            approved_by=second,
        ),
    )


@of_document("correct", "future-date", *TWO, opt=CORRECT, after=ex.HANDED_OVER)
async def correct(
    request: AnyRequest, document_id: FromPath[UUID], data: Annotated[b.CorrectBody, json_body(ex.CORRECT)]
) -> Response[bytes]:
    """Say what of a recorded hand-over was wrong. Adds to the history and changes nothing in it."""
    b.near("handed_over_at", data.handed_over_at)
    second = second_person(request, data.approved_by, EXCEPTION)
    return await carry_out(
        request,
        document_id,
        lambda: ask.CorrectHandover(
            document_id=document_id,
            approved_by=second,
            recipient_role=data.recipient_role,
            check_method=data.check_method,
            authority=data.authority,
            old_document=data.old_document,
            handed_over_at=data.handed_over_at,
        ),
    )


ROUTES = (order, join, look, custody, store, invite, fetch, put_back, hand_over, correct)
