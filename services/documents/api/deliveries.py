"""Deliveries of the producer over JSON: open a batch, scan each document, close it; count the safe.

Promises: as ``documents.py`` in this folder; a number is looked up, never stored in an event or shown.
Shown by ``tests/way/test_documents_api.py``.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from buergerbuero_contracts.documents import DocumentReady
from servicekit.decider import Refused
from servicekit.web.requests import AnyRequest, done, min_position
from services.documents import commands as ask
from services.documents.access import command_context, need_site, staff_of
from services.documents.api import bodies as b
from services.documents.api import examples as ex
from services.documents.api import views
from services.documents.api.documents import DOCUMENTS, STAFF, answer, described, json_body
from services.documents.office import office_of
from services.documents.rules.batch import Batch
from services.documents.rules.events import BatchOpened, SafeCounted


async def batch_of(request: AnyRequest, batch_id: UUID) -> Batch:
    """A batch of the own site. Refuses ``unknown-batch``, ``role-forbidden``."""
    found = await office_of(request).batch(batch_id)
    if found.opened_at is None:
        raise Refused("unknown-batch")
    need_site(staff_of(request), request, found.site)
    return found


@post(
    "/delivery-batches",
    opt=DOCUMENTS,
    responses=described(b.Batch, ex.BATCH, *STAFF, "unknown-site", status=201, post=True),
)
async def open_batch(
    request: AnyRequest, data: Annotated[b.BatchBody, json_body(ex.OPEN_BATCH)]
) -> Response[bytes]:
    """A delivery is being unpacked."""
    office = office_of(request)
    need_site(staff_of(request), request, data.site)
    outcome = await office.execute(ask.OpenBatch(site=data.site), command_context(request))
    batch_id = outcome.of(BatchOpened).batch_id
    body = views.batch(await office.batch(batch_id, outcome.position))
    where = {"Location": f"/api/documents/v1/delivery-batches/{batch_id}"}
    return done(outcome, office.position(), body, 201, where)


@get(
    "/delivery-batches/{batch_id:uuid}",
    opt=DOCUMENTS,
    responses=described(b.Batch, ex.BATCH, *STAFF, "unknown-batch"),
)
async def look(request: AnyRequest, batch_id: FromPath[UUID]) -> Response[bytes]:
    """What a delivery has brought so far."""
    await office_of(request).caught_up(min_position(request))
    return answer(views.batch(await batch_of(request, batch_id)))


@post(
    "/delivery-batches/{batch_id:uuid}/scan",
    opt=DOCUMENTS,
    status_code=200,
    responses=described(
        b.DocumentState,
        ex.READY,
        *STAFF,
        *("unknown-batch", "wrong-state", "number-mismatch"),
        post=True,
    ),
)
async def scan(
    request: AnyRequest,
    batch_id: FromPath[UUID],
    data: Annotated[b.ScanBody, json_body(ex.SCAN, ex.SCAN_FIRST)],
) -> Response[bytes]:
    """One document of the delivery. A number that fits no order is received all the same, as late."""
    office, _batch = office_of(request), await batch_of(request, batch_id)
    command = ask.ReceiveDocument(
        batch_id=batch_id,
        number=data.number,
        document_id=data.document_id,
        booking_id=data.booking_id,
        kind=data.kind,
    )
    outcome = await office.execute(command, command_context(request))
    ready = next((event for _s, event in outcome.events if isinstance(event, DocumentReady)), None)
    document_id = ready.document_id if ready else await office.numbered(data.number)
    if document_id is None:  # scanned before, and its case is gone
        raise Refused("wrong-state")
    state = await office.document(document_id, outcome.position)
    return done(outcome, office.position(), views.document(state))


@post(
    "/delivery-batches/{batch_id:uuid}/close",
    opt=DOCUMENTS,
    status_code=200,
    responses=described(b.Batch, {**ex.BATCH, "open": False}, *STAFF, "unknown-batch", post=True),
)
async def close_batch(
    request: AnyRequest, batch_id: FromPath[UUID], data: Annotated[b.NothingBody, json_body({})]
) -> Response[bytes]:
    """The delivery is unpacked."""
    office, _batch = office_of(request), await batch_of(request, batch_id)
    outcome = await office.execute(ask.CloseBatch(batch_id=batch_id), command_context(request))
    return done(outcome, office.position(), views.batch(await office.batch(batch_id, outcome.position)))


@get(
    "/safes/{site:str}",
    opt=DOCUMENTS,
    responses=described(b.Safe, ex.SAFE, *STAFF, "unknown-site"),
)
async def safe(request: AnyRequest, site: FromPath[str]) -> Response[bytes]:
    """The bins in use, and how many documents still wait for one."""
    office = office_of(request)
    need_site(staff_of(request), request, site)
    await office.shown(min_position(request))
    used = tuple(b.Bin(bin_, count) for bin_, count in (await office.documents.bins(site)).items())
    return answer(b.Safe(site, used, len(await office.documents.at(site, "receiving"))))


@post(
    "/safes/{site:str}/count",
    opt=DOCUMENTS,
    status_code=200,
    responses=described(b.Counted, ex.COUNTED, *STAFF, "unknown-site", post=True),
)
async def count(
    request: AnyRequest, site: FromPath[str], data: Annotated[b.CountBody, json_body(ex.COUNT)]
) -> Response[bytes]:
    """All that lies in the safe. What should be there and is not is missing, and raises an alarm."""
    office = office_of(request)
    need_site(staff_of(request), request, site)
    command = ask.CountSafe(site=site, numbers=tuple(data.numbers), document_ids=tuple(data.document_ids))
    outcome = await office.execute(command, command_context(request))
    return done(outcome, office.position(), views.counted(outcome.of(SafeCounted)))


ROUTES = (open_batch, look, scan, close_batch, safe, count)
