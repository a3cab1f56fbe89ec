"""How documents leave otherwise, over the JSON API: back, by post, by locker, destroyed; and the count."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.documents.rules.settings import SiteSettings
from tests.rules.documents.desk import ID_CARD, LICENCE, PASSPORT
from tests.rules.documents.world import SITE
from tests.way.booking_desk import refused
from tests.way.memory_documents import Window

LEAD = "lead@flensburg"
BY_POST = {
    "kind": "id_card",
    "site": SITE,
    "delivery": "shipping",
    "contact": {"name": "Erika Mustermann", "email": "erika@example.org"},
    "address_in_germany": True,
    "other_document": True,
}
FACTORS: dict[str, Any] = {"phone": True, "code": True, "old_document": True}


class Clerk:
    """Commands over the API; a refusal is compared with what was stored before the call."""

    def __init__(self, window: Window) -> None:
        self.window, self.eva, self.world, self.before = window, window.eva, window.world, 0

    def post(self, path: str, body: Any, who: str = "window@flensburg") -> Any:
        self.before = self.window.office.position()
        return self.window.post(path, body, who=who)

    def step(self, document: UUID | str, name: str, who: str = "window@flensburg", **body: Any) -> Any:
        """One command on a document."""
        return self.post(f"/documents/{document}/{name}", body, who)

    def unchanged(self, answer: Any, status: int, code: str) -> None:
        """Refused by name, and nothing stored."""
        refused(answer, status, code)
        assert self.window.office.position() == self.before

    def steps(self, document: UUID | str) -> list[dict[str, Any]]:
        """The history."""
        found: list[dict[str, Any]] = self.window.get(f"/documents/{document}/custody").json()["steps"]
        return found

    def chain(self, document: UUID | str) -> list[str]:
        """The places it came to, each from where it was before."""
        moves = [one for one in self.steps(document) if "to" in one]
        assert [one.get("from") for one in moves[1:]] == [one["to"] for one in moves[:-1]]
        return [one["to"] for one in moves]


@pytest.fixture
def clerk(window: Window) -> Clerk:
    return Clerk(window)


def stands(answer: Any) -> tuple[str, str]:
    """State and place, from the answer of a command that was carried out."""
    assert answer.status_code in (200, 201), answer.text
    return answer.json()["state"], answer.json()["place"]


def test_a_defect_goes_back_to_the_producer_with_a_second_person(clerk: Clerk) -> None:
    (card,) = clerk.eva.invited(ID_CARD)
    clerk.unchanged(clerk.step(card, "return"), 403, "second-person")
    clerk.unchanged(clerk.step(card, "return", approved_by="door_1"), 403, "second-person")
    assert stands(clerk.step(card, "return", approved_by="window_2")) == ("returned", "producer")
    assert clerk.chain(card) == ["producer", "receiving", "safe", "producer"]
    last = clerk.steps(card)[-1]
    assert (last["event"], last["witnessed"]) == ("DocumentReturned", True)
    clerk.unchanged(clerk.step(card, "fetch", window="window_1"), 409, "wrong-state")


def test_shipped_to_the_door_it_ends_at_its_holder(clerk: Clerk) -> None:
    clerk.unchanged(
        clerk.post("/documents", BY_POST | {"other_document": False}), 422, "shipping-not-allowed"
    )
    document = clerk.post("/documents", BY_POST).json()["document_id"]
    assert stands(clerk.step(document, "ship")) == ("shipped", "carrier")
    assert stands(clerk.step(document, "deliver")) == ("delivered", "holder")
    assert clerk.chain(document) == ["producer", "carrier", "holder"]
    clerk.unchanged(clerk.step(document, "receive-return", bin="A-1"), 409, "wrong-state")


def test_what_the_carrier_brings_back_lies_in_the_safe_and_its_holder_is_invited(clerk: Clerk) -> None:
    document = clerk.post("/documents", BY_POST).json()["document_id"]
    clerk.step(document, "ship")
    clerk.unchanged(clerk.step(document, "receive-return", bin="A-1"), 403, "second-person")
    back = clerk.step(document, "receive-return", bin="A-1", approved_by="window_2")
    assert stands(back) == ("invited", "safe") and back.json()["spot"] == "A-1"
    assert clerk.chain(document) == ["producer", "carrier", "safe"]


def test_what_the_carrier_brings_back_is_handed_over_by_the_number_scanned_then(
    clerk: Clerk,
) -> None:
    document = clerk.post("/documents", BY_POST).json()["document_id"]
    clerk.step(document, "ship")
    into = {"bin": "A-1", "approved_by": "window_2"}
    clerk.unchanged(
        clerk.step(document, "receive-return", number="C01X00T47", **into), 409, "number-mismatch"
    )
    back = clerk.step(document, "receive-return", number="L01X00T47", **into)
    assert stands(back) == ("invited", "safe") and "T47" not in back.text
    clerk.step(document, "fetch", window="window_1")
    given = {"recipient_role": "applicant", "check_method": "photo", "old_document": "voided_returned"}
    handed = {"window": "window_1", "scan": "L01X00T47", "approved_by": "window_2", **given}
    assert stands(clerk.step(document, "hand-over", **handed)) == ("handed_over", "holder")


def test_without_the_setting_there_is_no_locker(clerk: Clerk) -> None:
    (card,) = clerk.eva.invited(ID_CARD)
    clerk.unchanged(clerk.step(card, "locker", locker="locker_3", agreed=True), 409, "locker-not-allowed")


def test_a_locker_opens_with_three_factors_and_gives_back_what_nobody_collects(clerk: Clerk) -> None:
    clerk.world.settings_of[SITE] = SiteSettings(locker=True)
    card, passport, licence = clerk.eva.invited(ID_CARD, PASSPORT, LICENCE)
    clerk.unchanged(clerk.step(card, "locker", locker="locker_3"), 409, "locker-not-allowed")
    clerk.unchanged(clerk.step(licence, "locker", locker="locker_3", agreed=True), 409, "locker-not-allowed")
    for document, locker in ((card, "locker_3"), (passport, "locker_4")):
        placed = clerk.step(document, "locker", locker=locker, agreed=True)
        assert stands(placed) == ("in_locker", "locker") and placed.json()["spot"] == locker
    for lacking in FACTORS:
        clerk.unchanged(clerk.step(card, "collect", **FACTORS | {lacking: False}), 422, "check-missing")
    assert stands(clerk.step(card, "collect", **FACTORS)) == ("handed_over", "holder")
    clerk.world.passes(days=9)
    assert stands(clerk.window.get(f"/documents/{passport}")) == ("invited", "safe")
    assert clerk.chain(passport)[-2:] == ["locker", "safe"]


def test_nothing_is_destroyed_without_a_decision_its_day_and_two_people(clerk: Clerk) -> None:
    (card,) = clerk.eva.invited(ID_CARD)
    clerk.unchanged(clerk.step(card, "destroy", approved_by="window_2"), 409, "retention-unset")
    until = str((clerk.world.at + timedelta(days=10)).date())
    decision = {"destroy_after": until, "approved_by": "window_1"}
    clerk.unchanged(clerk.step(card, "decide-destruction", **decision), 403, "role-forbidden")
    assert stands(clerk.step(card, "decide-destruction", who=LEAD, **decision)) == ("invited", "safe")
    clerk.unchanged(clerk.step(card, "destroy", approved_by="window_2"), 409, "retention-running")
    clerk.world.passes(days=11)
    clerk.unchanged(clerk.step(card, "destroy"), 403, "second-person")
    assert stands(clerk.step(card, "destroy", approved_by="window_2")) == ("destroyed", "destroyed")
    assert clerk.chain(card) == ["producer", "receiving", "safe", "destroyed"]


def test_a_count_names_what_is_missing_and_finds_it_again(clerk: Clerk) -> None:
    card, passport = clerk.eva.invited(ID_CARD, PASSPORT)
    first = clerk.post(f"/safes/{SITE}/count", {"document_ids": [str(card)]}).json()
    assert (first["expected"], first["counted"], first["missing"]) == (2, 1, 1)
    number = clerk.eva.number(PASSPORT)
    again = clerk.post(f"/safes/{SITE}/count", {"numbers": [number], "document_ids": [str(card)]}).json()
    assert (again["missing"], again["found"], again["strange"]) == (0, 1, 0)
    stranger = clerk.post(
        f"/safes/{SITE}/count", {"numbers": ["X12345678"], "document_ids": [str(card), str(passport)]}
    )
    assert stranger.json()["strange"] == 1
