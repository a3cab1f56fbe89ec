"""A document's history: one step per thing that happened, in words that name roles and windows."""

from __future__ import annotations

import pytest

from buergerbuero_contracts import registry
from buergerbuero_contracts.documents import Authority, CheckMethod, OldDocument, RecipientRole
from services.documents import commands as ask
from services.documents import custody
from services.documents.custody import steps
from services.documents.draft import document_stream
from services.documents.pages import custody_words as w
from services.documents.pages.custody_words import STATES, details, spot, words
from services.documents.rules.document_state import Status
from services.documents.rules.events import PRIVATE
from tests.rules.documents.desk import ID_CARD, PASSPORT, Desk
from tests.rules.documents.world import World

PROXY = {
    "recipient_role": RecipientRole.PROXY,
    "check_method": CheckMethod.ID_SEEN,
    "authority": Authority.WRITTEN_SEEN,
    "old_document": OldDocument.VOIDED_KEPT,
}


@pytest.fixture
def eva() -> Desk:
    return Desk(World())


def read(eva: Desk, document: object) -> list[str]:
    history = eva.world.log.streams[document_stream(document)]  # type: ignore[arg-type]
    return [words(step) for step in steps(history)]


def test_f48_the_way_reads_from_the_order_to_the_proxy_at_window_1(eva: Desk) -> None:
    (passport,) = eva.at_window(PASSPORT)
    eva.world.ask(eva.hand_over(passport, **PROXY))
    assert read(eva, passport) == [
        "Beim Hersteller bestellt",
        "Eingetroffen, liegt in der Annahme",
        f"In den Tresor gelegt, Fach {eva.person.hex[:4]}-1",
        "Zur Abholung eingeladen",
        "Abholtermin gebucht: Di, 24.11.2026, 9:00 Uhr",
        "Abholende Person eingelassen",
        "Aus dem Tresor geholt, Fenster 1",
        "Bevollmächtigte Person, ausgegeben an Fenster 1",
    ]
    last = steps(eva.world.log.streams[document_stream(passport)])[-1]
    assert details(last) == [
        "Ausweis gesehen",
        "Vollmacht lag vor",
        "altes Dokument entwertet und einbehalten",
    ]


def test_the_chain_of_custody_is_unbroken_and_a_second_person_shows_without_a_name(eva: Desk) -> None:
    (card,) = eva.invited(ID_CARD)
    eva.world.ask(ask.FetchDocument(document_id=card, window="window_2"))
    eva.world.ask(ask.PutBack(document_id=card, window="window_2", bin="B-2"))
    eva.world.ask(ask.ReturnToProducer(document_id=card, approved_by="colleague"))
    made = steps(eva.world.log.streams[document_stream(card)])
    chain = [(one.from_, one.to) for one in made if one.to]
    assert [before for before, _ in chain[1:]] == [after for _, after in chain[:-1]]
    assert [one.event for one in made if one.witnessed] == ["DocumentStored", "DocumentReturned"]
    assert "colleague" not in repr(made)
    assert read(eva, card)[-2:] == [
        "Zurück in den Tresor gelegt, Fach B-2",
        "Zurück an den Hersteller gegeben",
    ]


def test_what_two_people_did_says_so(eva: Desk) -> None:
    (card,) = eva.invited(ID_CARD)
    eva.world.ask(
        ask.DecideDestruction(document_id=card, destroy_after=eva.world.at.date(), approved_by="colleague")
    )
    made = steps(eva.world.log.streams[document_stream(card)])
    told = {one.event: details(one) for one in made}
    assert told["DocumentStored"] == told["DestructionDecided"] == ["mit zweiter Person"]
    assert told["DocumentReady"] == told["DocumentInvited"] == []


def test_a_correction_is_a_step_of_its_own(eva: Desk) -> None:
    (card,) = eva.at_window(ID_CARD)
    eva.world.ask(eva.hand_over(card))
    before = read(eva, card)
    eva.world.ask(
        ask.CorrectHandover(document_id=card, approved_by="colleague", check_method=CheckMethod.ID_SEEN)
    )
    assert read(eva, card) == [*before, "Ausgabe berichtigt: wie geprüft wurde"]
    last = steps(eva.world.log.streams[document_stream(card)])[-1]
    assert details(last) == ["Ausweis gesehen", "mit zweiter Person"]


def test_every_event_of_a_document_is_a_step_with_words_or_belongs_to_one() -> None:
    named = {
        kind.__name__ for kind in (*registry.public("documents"), *PRIVATE) if kind.category == "document"
    }
    in_words = {"DocumentOrdered", "DocumentStored", "DocumentFetched", "DocumentPlacedInLocker"}
    in_words |= {"DocumentHandedOver", "HandoverCorrected", "PickupBooked", "DestructionDecided"}
    assert named - in_words - set(w._PLAIN) - custody._SILENT == set()
    assert {one.value for one in Status} - {"none"} == set(STATES)


@pytest.mark.parametrize(
    ("name", "shown"), [("window_1", "Fenster 1"), ("locker_3", "Abholfach 3"), ("A-07", "A-07")]
)
def test_places_read_like_the_signs_over_them(name: str, shown: str) -> None:
    assert spot(name) == shown
