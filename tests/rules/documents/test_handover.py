"""Who may receive what: every kind, recipient, age and authority; the PIN letter; the old document."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest

from buergerbuero_contracts.documents import (
    Authority,
    CheckMethod,
    DocumentKind,
    OldDocument,
    PinLetter,
    RecipientRole,
)
from services.documents.rules.handover import SUFFICES, Handover, obstacle
from services.documents.rules.holder import Holder, age_class
from services.documents.rules.settings import PassportConsent

ID_CARD, PASSPORT, LICENCE = DocumentKind
APPLICANT, CUSTODIAN, PROXY = RecipientRole
ADULT, YOUNG, CHILD = Holder
NOTHING, WRITTEN, CONSENT = Authority


def seen(kind: DocumentKind = ID_CARD, role: RecipientRole = APPLICANT, **changed: Any) -> Handover:
    """All is in order: an adult's document, the recipient recognised, the old document voided."""
    told: dict[str, Any] = {
        "kind": kind,
        "role": role,
        "holder": ADULT,
        "pin_letter": PinLetter.NONE,
        "check": CheckMethod.ID_SEEN,
        "authority": NOTHING,
        "old_document": OldDocument.VOIDED_RETURNED,
    }
    return Handover(**{**told, **changed})


def may_receive(kind: DocumentKind, role: RecipientRole, holder: Holder, authority: Authority) -> bool:
    """The rule in words, written a second time."""
    if role is PROXY:
        return authority is WRITTEN
    if kind is ID_CARD and role is APPLICANT:
        return holder is not CHILD  # from 16 the young person decides
    if kind is ID_CARD:
        return holder is CHILD or (holder is YOUNG and authority is WRITTEN)
    if kind is PASSPORT and holder is ADULT:
        return role is APPLICANT
    if kind is PASSPORT:
        return authority is CONSENT and (role is CUSTODIAN or holder is YOUNG)
    return role is APPLICANT


@pytest.mark.parametrize(
    ("kind", "role", "holder", "authority"), [*product(DocumentKind, RecipientRole, Holder, Authority)]
)
def test_who_may_receive_with_which_authority(
    kind: DocumentKind, role: RecipientRole, holder: Holder, authority: Authority
) -> None:
    found = obstacle(seen(kind, role, holder=holder, authority=authority))
    assert found == (None if may_receive(kind, role, holder, authority) else "no-authority")


def test_the_table_has_a_row_for_every_kind_recipient_and_age() -> None:
    assert set(SUFFICES) == {*product(DocumentKind, RecipientRole, Holder)}


@pytest.mark.parametrize("holder", [YOUNG, CHILD])
def test_where_one_custodian_is_enough_no_consent_of_the_others_is_asked_for(holder: Holder) -> None:
    one = {"holder": holder, "consent": PassportConsent.ONE_CUSTODIAN}
    assert obstacle(seen(PASSPORT, CUSTODIAN, **one)) is None
    assert obstacle(seen(PASSPORT, APPLICANT, **one)) == "no-authority"
    assert obstacle(seen(PASSPORT, CUSTODIAN, holder=holder)) == "no-authority"


@pytest.mark.parametrize(
    ("role", "check", "enough"),
    [
        (APPLICANT, CheckMethod.PHOTO, True),
        (APPLICANT, CheckMethod.ID_SEEN, True),
        (CUSTODIAN, CheckMethod.PHOTO, False),
        (CUSTODIAN, CheckMethod.ID_SEEN, True),
        (PROXY, CheckMethod.PHOTO, False),
        (PROXY, CheckMethod.ID_SEEN, True),
        *((role, None, False) for role in RecipientRole),
    ],
)
def test_how_each_recipient_is_recognised(
    role: RecipientRole, check: CheckMethod | None, enough: bool
) -> None:
    holder = CHILD if role is CUSTODIAN else ADULT
    found = obstacle(seen(ID_CARD, role, holder=holder, check=check, authority=WRITTEN))
    assert found == (None if enough else "check-missing")


@pytest.mark.parametrize("pin_letter", [*PinLetter])
@pytest.mark.parametrize("role", [APPLICANT, PROXY])
@pytest.mark.parametrize("confirmed", [False, True])
@pytest.mark.parametrize("reset", [False, True])
def test_a_letter_by_post_is_confirmed_or_the_applicant_sets_a_new_pin(
    pin_letter: PinLetter, role: RecipientRole, confirmed: bool, reset: bool
) -> None:
    told = {"pin_letter_confirmed": confirmed, "pin_reset": reset}
    found = obstacle(seen(ID_CARD, role, pin_letter=pin_letter, authority=WRITTEN, **told))
    done = confirmed or (reset and role is APPLICANT)
    open_ = pin_letter is PinLetter.BY_POST and not done
    assert found == ("pin-letter-open" if open_ else None)


OLD = [
    # kind, role, holder, and whether "there was none" is an answer
    (ID_CARD, APPLICANT, ADULT, True),
    (ID_CARD, CUSTODIAN, CHILD, True),
    (ID_CARD, CUSTODIAN, YOUNG, False),
    (ID_CARD, PROXY, ADULT, False),
    (ID_CARD, PROXY, YOUNG, False),
    (ID_CARD, PROXY, CHILD, True),
    (PASSPORT, APPLICANT, ADULT, True),
    (PASSPORT, PROXY, ADULT, True),
    (LICENCE, APPLICANT, ADULT, True),
    (LICENCE, PROXY, ADULT, True),
]


@pytest.mark.parametrize(("kind", "role", "holder", "none_is_fine"), OLD)
def test_the_old_document_is_settled_at_the_latest_now(
    kind: DocumentKind, role: RecipientRole, holder: Holder, none_is_fine: bool
) -> None:
    told = {"holder": holder, "authority": WRITTEN}
    assert obstacle(seen(kind, role, old_document=None, **told)) == "old-document-open"
    none = obstacle(seen(kind, role, old_document=OldDocument.NONE, **told))
    assert none == (None if none_is_fine else "old-document-open")
    for settled in (OldDocument.VOIDED_KEPT, OldDocument.VOIDED_RETURNED, OldDocument.DECLARED_LOST):
        assert obstacle(seen(kind, role, old_document=settled, **told)) is None


def test_the_first_check_that_fails_is_told_in_the_order_of_the_table() -> None:
    wrong: dict[str, Any] = {
        "check": None,
        "authority": NOTHING,
        "pin_letter": PinLetter.BY_POST,
        "old_document": None,
    }
    right: dict[str, Any] = {
        "check": CheckMethod.ID_SEEN,
        "authority": WRITTEN,
        "pin_letter": PinLetter.NONE,
        "old_document": OldDocument.VOIDED_KEPT,
    }
    told = []
    for name in ("check", "authority", "pin_letter", "old_document"):
        told.append(obstacle(seen(ID_CARD, PROXY, **wrong)))
        wrong[name] = right[name]
    assert told == ["check-missing", "no-authority", "pin-letter-open", "old-document-open"]
    assert obstacle(seen(ID_CARD, PROXY, **wrong)) is None


@pytest.mark.parametrize(
    ("born", "on", "holder"),
    [
        ("2010-12-01", "2026-11-30", CHILD),
        ("2010-12-01", "2026-12-01", YOUNG),
        ("2008-12-01", "2026-11-30", YOUNG),
        ("2008-12-01", "2026-12-01", ADULT),
        ("2008-02-29", "2026-02-28", YOUNG),
        ("2008-02-29", "2026-03-01", ADULT),
    ],
)
def test_an_age_is_reached_on_the_birthday(born: str, on: str, holder: Holder) -> None:
    assert age_class(date.fromisoformat(born), date.fromisoformat(on)) is holder
