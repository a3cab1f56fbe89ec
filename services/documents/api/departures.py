"""How a document leaves otherwise, over JSON: back to the producer, by post, by locker, destroyed.

Promises: as ``documents.py`` in this folder. Shown by ``tests/way/test_documents_api.py``.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from servicekit.web.requests import AnyRequest
from services.documents import commands as ask
from services.documents.access import second_person
from services.documents.api import bodies as b
from services.documents.api import departure_bodies as d
from services.documents.api import examples as ex
from services.documents.api.documents import EXCEPTION, TWO, carry_out, json_body, of_document


@of_document("return", *TWO, after=ex.RETURNED)
async def give_back(
    request: AnyRequest, document_id: FromPath[UUID], data: Annotated[b.ApprovedBody, json_body(ex.APPROVED)]
) -> Response[bytes]:
    """Back to the producer: defect, or the order was revoked. A second person agrees."""
    second = second_person(request, data.approved_by, EXCEPTION)
    return await carry_out(
        request,
        document_id,
        lambda: ask.ReturnToProducer(document_id=document_id, approved_by=second),
    )


@of_document("ship", "shipping-not-allowed", after=ex.SHIPPED)
async def ship(
    request: AnyRequest, document_id: FromPath[UUID], data: Annotated[b.NothingBody, json_body({})]
) -> Response[bytes]:
    """The producer sent it straight to its holder."""
    return await carry_out(request, document_id, lambda: ask.RecordShipment(document_id=document_id))


@of_document("deliver", after=ex.DELIVERED)
async def deliver(
    request: AnyRequest, document_id: FromPath[UUID], data: Annotated[b.NothingBody, json_body({})]
) -> Response[bytes]:
    """The carrier delivered it."""
    return await carry_out(request, document_id, lambda: ask.ConfirmDelivery(document_id=document_id))


@of_document("receive-return", "bin-full", "number-mismatch", *TWO)
async def receive_return(
    request: AnyRequest,
    document_id: FromPath[UUID],
    data: Annotated[d.ReturnBody, json_body(ex.STORE, ex.STORE_AND_NUMBER)],
) -> Response[bytes]:
    """It could not be delivered: into the safe, and its holder is invited.

    Without a number it cannot be handed over: scan what was ordered without one, here or again later.
    """
    second = second_person(request, data.approved_by, "documents")
    return await carry_out(
        request,
        document_id,
        lambda: ask.ReceiveReturn(
            document_id=document_id, bin=data.bin, number=data.number, approved_by=second
        ),
    )


@of_document("locker", "not-here", "locker-not-allowed", after=ex.IN_LOCKER)
async def locker(
    request: AnyRequest, document_id: FromPath[UUID], data: Annotated[d.LockerBody, json_body(ex.LOCKER)]
) -> Response[bytes]:
    """From the safe into a locker, where the site has any."""
    return await carry_out(
        request,
        document_id,
        lambda: ask.PlaceInLocker(document_id=document_id, locker=data.locker, agreed=data.agreed),
    )


@of_document("collect", "check-missing", after=ex.HANDED_OVER)
async def collect(
    request: AnyRequest, document_id: FromPath[UUID], data: Annotated[d.CollectBody, json_body(ex.COLLECT)]
) -> Response[bytes]:
    """The holder opened the locker: phone, code and old document were all there."""
    return await carry_out(
        request,
        document_id,
        lambda: ask.CollectFromLocker(
            document_id=document_id, phone=data.phone, code=data.code, old_document=data.old_document
        ),
    )


@of_document("decide-destruction", *TWO, opt={"permission": "documents_correct"})
async def decide_destruction(
    request: AnyRequest, document_id: FromPath[UUID], data: Annotated[d.DecisionBody, json_body(ex.DECISION)]
) -> Response[bytes]:
    """Record the legal decision from which day on it may be destroyed if nobody collects it."""
    b.near("destroy_after", data.destroy_after)
    second = second_person(request, data.approved_by, EXCEPTION)
    return await carry_out(
        request,
        document_id,
        lambda: ask.DecideDestruction(
            document_id=document_id, destroy_after=data.destroy_after, approved_by=second
        ),
    )


@of_document("destroy", "not-here", "retention-unset", "retention-running", *TWO, after=ex.DESTROYED)
async def destroy(
    request: AnyRequest, document_id: FromPath[UUID], data: Annotated[b.ApprovedBody, json_body(ex.APPROVED)]
) -> Response[bytes]:
    """Destroy an uncollected document, after that day and with a second person."""
    second = second_person(request, data.approved_by, EXCEPTION)
    return await carry_out(
        request, document_id, lambda: ask.DestroyDocument(document_id=document_id, approved_by=second)
    )


ROUTES = (
    give_back,
    ship,
    deliver,
    receive_return,
    locker,
    collect,
    decide_destruction,
    destroy,
)
