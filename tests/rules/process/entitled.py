"""Who may receive which document, written a second time and in other words than the rules have it.

Taken from the domain's text alone, so that a mistake in one of the two shows as a difference.
"""

from __future__ import annotations

from buergerbuero_contracts.documents import (
    Authority,
    CheckMethod,
    DocumentHandedOver,
    DocumentKind,
    OldDocument,
    RecipientRole,
)
from services.documents.rules.holder import Holder

APPLICANT, CUSTODIAN, PROXY = RecipientRole
ADULT, YOUNG, CHILD = Holder
ID_CARD, PASSPORT, LICENCE = DocumentKind


def objection(event: DocumentHandedOver, holder: Holder) -> str | None:
    """Why this recipient should not have got the document; None if that is in order."""
    role, kind = event.recipient_role, event.kind
    written = event.authority is Authority.WRITTEN_SEEN
    consent = event.authority is Authority.CONSENT_SEEN
    if role is not APPLICANT and event.check_method is not CheckMethod.ID_SEEN:
        return "the photo shows the holder, not the recipient"
    if role is PROXY and not written:
        return "a proxy without written authority"
    if role is CUSTODIAN and (holder is ADULT or kind is LICENCE):
        return "nobody has custody here"
    if kind is ID_CARD and role is APPLICANT and holder is CHILD:
        return "a child under 16 received its own ID card"
    if kind is ID_CARD and role is CUSTODIAN and holder is YOUNG and not written:
        return "from 16 the young person decides"
    if kind is PASSPORT and role is APPLICANT and holder is CHILD:
        return "a child received its own passport"
    if kind is PASSPORT and role is not PROXY and holder is not ADULT and not consent:
        return "a minor's passport without the consent of all custodians"
    other_adult = kind is ID_CARD and role is not APPLICANT and holder is not CHILD
    if other_adult and event.old_document is OldDocument.NONE:
        return "another adult without the old ID card"
    return None
