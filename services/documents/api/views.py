"""What documents' API answers, from states and rows. Pure.

Promises: the answer to a command is the state right after it. Shown by ``tests/way/test_documents_api.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from buergerbuero_contracts.documents import Place
from servicekit.web.codes import spoken_code
from servicekit.web.problems import local
from services.documents.api import bodies as b
from services.documents.custody import Step
from services.documents.pickups import Waiting
from services.documents.projections.document_queries import DocumentRow
from services.documents.rules.batch import Batch
from services.documents.rules.document_state import Document, Status
from services.documents.rules.events import SafeCounted

_SHOWN = ("recipient_role", "check_method", "authority", "old_document", "exception", "booking_id")


def document(state: Document) -> b.DocumentState:
    """A document from its stream."""
    booked = state.status is Status.BOOKED
    return b.DocumentState(
        document_id=state.document_id,
        kind=state.kind.value,
        variant=state.variant.value,
        delivery=state.delivery.value,
        site=state.site,
        state=state.status.value,
        place=state.place.value if state.place else "",
        spot=_spot(state),
        person_id=state.person_id,
        invitation_id=state.invitation_id,
        booking_id=state.booking_id if booked else None,
        starts_at=_local(state.starts_at) if booked else None,
    )


def _spot(state: Document) -> str | None:
    spots = {Place.SAFE: state.bin, Place.WINDOW: state.window, Place.LOCKER: state.locker}
    return spots.get(state.place) if state.place else None


def row(one: DocumentRow) -> b.DocumentState:
    """A document from the read model."""
    return b.DocumentState(
        document_id=one.document_id,
        kind=one.kind,
        variant=one.variant,
        delivery=one.delivery,
        site=one.site,
        state=one.state,
        place=one.place,
        spot=one.bin if one.place == "safe" else one.desk,
        person_id=one.person_id,
        booking_id=one.booking_id,
        starts_at=_local(one.starts_at),
    )


def custody(document_id: UUID, steps: Sequence[Step]) -> b.Custody:
    """A document's history."""
    return b.Custody(document_id, tuple(_step(one) for one in steps))


def _step(one: Step) -> b.CustodyStep:
    facts = {name: one.facts[name] for name in _SHOWN if name in one.facts}
    return b.CustodyStep(
        one.event, local(one.at), one.from_, one.to, one.spot, witnessed=one.witnessed, **facts
    )


def batch(state: Batch) -> b.Batch:
    """A delivery."""
    return b.Batch(state.batch_id, state.site, state.closed_at is None, state.document_ids)


def counted(event: SafeCounted) -> b.Counted:
    """What a count found."""
    return b.Counted(
        site=event.site,
        expected=event.expected,
        counted=event.counted,
        missing=event.missing,
        found=event.found,
        strange=event.strange,
    )


def fetch_list(site: str, day: date, waiting: Waiting, key: bytes) -> b.FetchList:
    """The window's day."""
    pickups = tuple(
        b.Pickup(
            booking_id=one.booking_id,
            code=spoken_code(key, one.booking_id),
            starts_at=local(one.starts_at),
            documents=tuple(row(document) for document in one.documents),
            admitted_at=_local(one.admitted_at),
        )
        for one in waiting.pickups
    )
    return b.FetchList(site, day, pickups, tuple(row(one) for one in waiting.at_window))


def _local(at: datetime | None) -> datetime | None:
    return local(at) if at else None
