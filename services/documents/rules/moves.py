"""What every move of a document has in common: the custody event, the exact spot, the second person. Pure.

Promises: ``from`` is where the document is; a second person is another one than who asks.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from buergerbuero_contracts.documents import Place
from buergerbuero_contracts.documents.custody import CustodyEvent
from servicekit.decider import Refused

from .document_commands import Facts
from .document_state import Document
from .events import DocumentPlaced, staff_ref

E = TypeVar("E", bound=CustodyEvent)


def moved(kind: type[E], state: Document, facts: Facts, to: Place, **more: Any) -> E:
    """The custody event that takes the document from where it is to ``to``."""
    return kind(
        document_id=state.document_id,
        person_id=state.person_id,
        person_revision=state.person_revision,
        kind=state.kind,
        site=state.site,
        from_=state.place,
        to=to,
        at=facts.at,
        **more,
    )


def placed(
    state: Document,
    place: Place,
    spot: str,
    *,
    until: datetime | None = None,
    approved_by: UUID | None = None,
) -> DocumentPlaced:
    """Where exactly it is now."""
    return DocumentPlaced(
        document_id=state.document_id, place=place, spot=spot, until=until, approved_by=approved_by
    )


def second_person(approved_by: str | None, facts: Facts, **details: Any) -> UUID:
    """The second person; refuses ``second-person`` if there is none, or the same as who asks."""
    if not approved_by or approved_by == facts.by:
        raise Refused("second-person", **details)
    return staff_ref(approved_by)
