"""Events of documents as the tests of messages tell them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from buergerbuero_contracts.documents import (
    DocumentHandedOver,
    DocumentPlacedInLocker,
    DocumentStored,
    InvitationEnded,
    ItemAnswered,
    ItemReceived,
    PapersOverdue,
    PapersReceived,
    PapersRequested,
    PickupBooked,
    PickupInvited,
    PickupReminded,
    PickupReopened,
)
from tests.rules.notification.given import NOW, PERSON

INVITATION, CARD, PASSPORT = UUID(int=71), UUID(int=72), UUID(int=73)
ITEM, PICKUP = UUID(int=74), UUID(int=75)
DUE_ON = date(2026, 12, 8)


def _call(documents: tuple[UUID, ...], **more: Any) -> dict[str, Any]:
    return {
        "invitation_id": INVITATION,
        "document_ids": documents,
        "person_id": PERSON,
        "person_revision": 1,
        "site": "flensburg",
        "language": "de",
    } | more


def invited(*documents: UUID, **more: Any) -> PickupInvited:
    """A call to collect; the ID card if nothing else is named."""
    return PickupInvited.model_validate(_call(documents or (CARD,), **more))


def reminded(*documents: UUID, **more: Any) -> PickupReminded:
    """The same once more."""
    return PickupReminded.model_validate(_call(documents or (CARD,), **more))


def ended(reason: str = "replaced", invitation: UUID = INVITATION) -> InvitationEnded:
    """The call is over."""
    return InvitationEnded.model_validate({"invitation_id": invitation, "reason": reason})


def _custody(document: UUID, kind: str, was: str, to: str) -> dict[str, Any]:
    who = {"person_id": PERSON, "person_revision": 1}
    return who | {
        "document_id": document,
        "kind": kind,
        "site": "flensburg",
        "from": was,
        "to": to,
        "at": NOW,
    }


def stored(document: UUID = CARD, kind: str = "id_card", was: str = "receiving") -> DocumentStored:
    """It lies in the safe."""
    return DocumentStored.model_validate(_custody(document, kind, was, "safe"))


def in_locker(document: UUID = CARD, **more: Any) -> DocumentPlacedInLocker:
    """It waits in a locker."""
    told = {"collect_until": DUE_ON, "language": "de"} | more
    return DocumentPlacedInLocker.model_validate(_custody(document, "id_card", "safe", "locker") | told)


def handed_over(document: UUID = CARD, kind: str = "id_card") -> DocumentHandedOver:
    """Its holder has it."""
    return DocumentHandedOver.model_validate(
        _custody(document, kind, "window", "holder")
        | {
            "channel": "window",
            "recipient_role": "applicant",
            "check_method": "photo",
            "authority": "none_needed",
            "old_document": "voided_kept",
        }
    )


def booked(document: UUID = CARD) -> PickupBooked:
    """A time to collect it was booked."""
    return PickupBooked(document_id=document, booking_id=PICKUP, starts_at=NOW)


def reopened(document: UUID = CARD) -> PickupReopened:
    """That time fell away."""
    return PickupReopened(document_id=document, booking_id=PICKUP, starts_at=NOW)


def received(item: UUID = ITEM, service: str = "registration") -> ItemReceived:
    """A letter came."""
    return ItemReceived.model_validate(
        {"item_id": item, "service": service, "channel": "letter", "received_on": NOW.date()}
    )


def answered(item: UUID = ITEM) -> ItemAnswered:
    """It was answered."""
    return ItemAnswered.model_validate(
        {
            "item_id": item,
            "service": "registration",
            "channel": "letter",
            "received_on": NOW.date(),
            "outcome": "done",
        }
    )


def _asked(papers: tuple[str, ...], **more: Any) -> dict[str, Any]:
    who = {"person_id": PERSON, "person_revision": 1, "language": "de"}
    return who | {"item_id": ITEM, "papers": papers, "due_on": DUE_ON} | more


def requested(*papers: str, **more: Any) -> PapersRequested:
    """Papers are asked for."""
    return PapersRequested.model_validate(_asked(papers or ("form", "id_copy"), **more))


def overdue(*papers: str, **more: Any) -> PapersOverdue:
    """They did not come in time."""
    return PapersOverdue.model_validate(_asked(papers or ("form",), **more))


def arrived(*papers: str, complete: bool = False, **more: Any) -> PapersReceived:
    """Some came, or all."""
    return PapersReceived.model_validate(_asked(papers, complete=complete, **more))
