"""Who may receive a document, and what has to be seen before it leaves the window. Pure tables.

Promises: a hand-over that passes has a recipient who is entitled, was recognised, and left no open PIN
letter or old document. Checks come in the order of the table in the domain; the first that fails is the
refusal. Shown by ``tests/rules/documents/test_handover.py`` for every combination.

Sources: ID card: § 9 (1), (2) PAuswG (from 16 the young person decides), § 18 PAuswV, PAuswVwV G.4.1.
Passport: § 6 (1) PassG (minors by their custodians), PassVwV 6.3.3.3; receipt is signed on paper. Driving
licence: § 25 (5) FeV (the old one is collected or voided). The city's lawyers have the last word; the
consent for a minor's passport is the setting ``minor_passport_consent``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from buergerbuero_contracts.documents import (
    Authority,
    CheckMethod,
    DocumentKind,
    OldDocument,
    PinLetter,
    RecipientRole,
)

from .holder import Holder
from .settings import PassportConsent

_ID_CARD, _PASSPORT, _LICENCE = DocumentKind.ID_CARD, DocumentKind.PASSPORT, DocumentKind.DRIVING_LICENCE
_APPLICANT, _CUSTODIAN, _PROXY = RecipientRole.APPLICANT, RecipientRole.CUSTODIAN, RecipientRole.PROXY
_ADULT, _YOUNG, _CHILD = Holder.ADULT, Holder.YOUNG, Holder.CHILD

NONE_NEEDED = frozenset(Authority)
WRITTEN = frozenset({Authority.WRITTEN_SEEN})
CONSENT = frozenset({Authority.CONSENT_SEEN})
NEVER: frozenset[Authority] = frozenset()

SUFFICES: Mapping[tuple[DocumentKind, RecipientRole, Holder], frozenset[Authority]] = {
    (_ID_CARD, _APPLICANT, _ADULT): NONE_NEEDED,
    (_ID_CARD, _APPLICANT, _YOUNG): NONE_NEEDED,
    (_ID_CARD, _APPLICANT, _CHILD): NEVER,
    (_ID_CARD, _CUSTODIAN, _ADULT): NEVER,
    (_ID_CARD, _CUSTODIAN, _YOUNG): WRITTEN,  # the young person decides: like any other adult
    (_ID_CARD, _CUSTODIAN, _CHILD): NONE_NEEDED,
    (_ID_CARD, _PROXY, _ADULT): WRITTEN,
    (_ID_CARD, _PROXY, _YOUNG): WRITTEN,
    (_ID_CARD, _PROXY, _CHILD): WRITTEN,  # signed by a custodian
    (_PASSPORT, _APPLICANT, _ADULT): NONE_NEEDED,
    (_PASSPORT, _APPLICANT, _YOUNG): CONSENT,
    (_PASSPORT, _APPLICANT, _CHILD): NEVER,
    (_PASSPORT, _CUSTODIAN, _ADULT): NEVER,
    (_PASSPORT, _CUSTODIAN, _YOUNG): CONSENT,
    (_PASSPORT, _CUSTODIAN, _CHILD): CONSENT,
    (_PASSPORT, _PROXY, _ADULT): WRITTEN,
    (_PASSPORT, _PROXY, _YOUNG): WRITTEN,  # signed by all custodians
    (_PASSPORT, _PROXY, _CHILD): WRITTEN,
    (_LICENCE, _APPLICANT, _ADULT): NONE_NEEDED,
    (_LICENCE, _APPLICANT, _YOUNG): NONE_NEEDED,
    (_LICENCE, _APPLICANT, _CHILD): NONE_NEEDED,  # class AM from 15
    (_LICENCE, _CUSTODIAN, _ADULT): NEVER,
    (_LICENCE, _CUSTODIAN, _YOUNG): NEVER,
    (_LICENCE, _CUSTODIAN, _CHILD): NEVER,
    (_LICENCE, _PROXY, _ADULT): WRITTEN,
    (_LICENCE, _PROXY, _YOUNG): WRITTEN,
    (_LICENCE, _PROXY, _CHILD): WRITTEN,
}
"""Which authority lets whom receive what, by the holder's age. Empty: this recipient never may."""

RECOGNISED: Mapping[RecipientRole, frozenset[CheckMethod]] = {
    _APPLICANT: frozenset(CheckMethod),
    _CUSTODIAN: frozenset({CheckMethod.ID_SEEN}),  # the photo shows the holder, not who stands here
    _PROXY: frozenset({CheckMethod.ID_SEEN}),
}
"""How each recipient can be recognised."""

BRINGS_OLD = frozenset(
    {(_ID_CARD, _PROXY, _ADULT), (_ID_CARD, _PROXY, _YOUNG), (_ID_CARD, _CUSTODIAN, _YOUNG)}
)
"""Who cannot say that there was no old document: another adult brings it, or it was declared lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What the clerk saw."""

    kind: DocumentKind
    holder: Holder
    pin_letter: PinLetter
    role: RecipientRole
    check: CheckMethod | None
    authority: Authority
    old_document: OldDocument | None
    pin_letter_confirmed: bool = False
    pin_reset: bool = False
    consent: PassportConsent = PassportConsent.ALL_CUSTODIANS


def suffices(seen: Handover) -> frozenset[Authority]:
    """The authorities that would do for this recipient."""
    needed = SUFFICES[seen.kind, seen.role, seen.holder]
    one_custodian = seen.consent is PassportConsent.ONE_CUSTODIAN and seen.role is _CUSTODIAN
    return NONE_NEEDED if needed is CONSENT and one_custodian else needed


def pin_letter_open(seen: Handover) -> bool:
    """Letter by post: receipt confirmed, or for the applicant the PIN set anew (§ 18 (2) PAuswV).

    Applications since 17 February 2025 got the letter at once: nothing is open.
    """
    reset = seen.pin_reset and seen.role is _APPLICANT
    return seen.pin_letter is PinLetter.BY_POST and not (seen.pin_letter_confirmed or reset)


def old_document_open(seen: Handover) -> bool:
    """Collected or voided at the hand-over at the latest (PassVwV 6.3.3.3, PAuswVwV G.4.1)."""
    if seen.old_document is None:
        return True
    return seen.old_document is OldDocument.NONE and (seen.kind, seen.role, seen.holder) in BRINGS_OLD


def obstacle(seen: Handover) -> str | None:
    """The refusal of the first check that fails, None if it may be handed over."""
    if seen.check not in RECOGNISED[seen.role]:
        return "check-missing"
    if seen.authority not in suffices(seen):
        return "no-authority"
    if pin_letter_open(seen):
        return "pin-letter-open"
    if old_document_open(seen):
        return "old-document-open"
    return None
