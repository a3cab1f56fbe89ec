"""Unpacking a delivery: scan by scan, whose an unknown number is, and two people at the safe."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.documents import commands as ask
from services.documents.rules.document_commands import DocumentCase
from tests.rules.documents.desk import EVA, ID_CARD, PASSPORT, Desk, finished, uid
from tests.way.memory_documents import Window

MAX = uid("Max")


@pytest.fixture
def batch(window: Window) -> str:
    """The page of a delivery that was just opened."""
    page = window.send("/amt/lieferung")
    assert "Lieferung auspacken" in page.text
    return str(page.url.path)


def scan(window: Window, batch: str, number: str, **form: str) -> Any:
    return window.send(f"{batch}/scannen", scan=number, **form)


def test_a_number_that_an_order_has_is_received_with_one_scan(window: Window, batch: str) -> None:
    (card,) = window.eva.ordered(ID_CARD)
    window.world.cases.rows[card] = DocumentCase(card, "L01X00T47")
    page = scan(window, batch, "l01 x00-t47")
    assert "1 Dokument in dieser Lieferung" in page.text and "Eva Mustermann" in page.text
    assert window.world.document(card).place == "receiving"
    assert re.search(r'id="scan"[^>]*autofocus', page.text)


def test_f06_a_scanner_with_the_american_layout_receives_the_document_that_was_meant(
    window: Window, batch: str
) -> None:
    (card,) = window.eva.ordered(ID_CARD)
    window.world.cases.rows[card] = DocumentCase(card, "LZ1Y00T47")
    page = scan(window, batch, "LY1Z00T47")
    assert "1 Dokument in dieser Lieferung" in page.text and "Eva Mustermann" in page.text
    assert window.world.cases.rows[card].number == "LZ1Y00T47", "as it was ordered"
    assert "schon angenommen" in scan(window, batch, "LZ1Y00T47").text


def test_a_number_that_differs_by_y_and_z_from_one_that_came_asks_whose_it_is(
    window: Window, batch: str
) -> None:
    (mine,) = window.eva.ordered(ID_CARD)
    window.office.names.known[MAX] = "Max Muster"
    (his,) = Desk(window.world, MAX, uid("Max's application")).ordered(ID_CARD)
    scan(window, batch, "L01X00Y47", document_id=str(mine))
    asked = scan(window, batch, "L01X00Z47")
    assert "unterscheidet sich nur in Y und Z" in asked.text
    assert "Ohne Auftrag annehmen" not in asked.text, "it would be the other one"
    assert f'value="{his}" checked' in scan(window, batch, "L01X00Z47", surname="Muster").text
    assert "2 Dokumente" in scan(window, batch, "L01X00Z47", document_id=str(his)).text
    assert window.world.cases.rows[his].number == "L01X00Z47"
    assert "schon angenommen" in scan(window, batch, "L01X00Y47").text


def test_a_new_number_asks_for_the_surname_and_finds_the_order(window: Window, batch: str) -> None:
    card, passport = window.eva.ordered(ID_CARD, PASSPORT)
    asked = scan(window, batch, "L01X00T47")
    assert "Diese Nummer kennen wir noch nicht" in asked.text
    assert re.search(r'id="surname"[^>]*autofocus', asked.text)
    before = window.office.position()
    unknown = scan(window, batch, "L01X00T47", surname="Niemand")
    assert "ist kein solches Dokument bestellt" in unknown.text and window.office.position() == before
    found = scan(window, batch, "L01X00T47", surname="mustermann")
    assert "Personalausweis: Eva Mustermann, bestellt am" in found.text, "a namesake's may be meant"
    assert re.search(rf'value="{card}" checked autofocus', found.text) and str(passport) not in found.text
    assert window.office.position() == before, "no step takes it back: first the whole name is read"
    done = scan(window, batch, "L01X00T47", document_id=str(card))
    assert "1 Dokument in dieser Lieferung" in done.text
    assert window.world.document(card).place == "receiving"
    assert window.world.document(passport).place == "producer"


def test_namesakes_are_told_apart_by_hand(window: Window, batch: str) -> None:
    (mine,) = window.eva.ordered(ID_CARD)
    window.office.names.known[MAX] = "Max Mustermann"
    (his,) = Desk(window.world, MAX, uid("Max's application")).ordered(ID_CARD)
    page = scan(window, batch, "L01X00T47", surname="Mustermann")
    assert all(f'value="{one}"' in page.text for one in (mine, his))
    scan(window, batch, "L01X00T47", document_id=str(his))
    assert [window.world.document(one).place for one in (mine, his)] == ["producer", "receiving"]


def test_what_fits_no_order_is_received_all_the_same_and_named_so(window: Window, batch: str) -> None:
    page = scan(window, batch, "C01X00T47", late="yes", kind="passport")
    assert "Reisepass: <bdi>ohne Auftrag</bdi>" in page.text
    assert "ohne Auftrag" in window.open("/amt/lieferung").text


@pytest.mark.parametrize("number", ["", "?", "L", "x" * 39])
def test_what_cannot_be_a_number_is_refused_and_kept(window: Window, batch: str, number: str) -> None:
    before = window.office.position()
    answer = scan(window, batch, number)
    assert (answer.status_code, window.office.position()) == (422, before)
    assert re.search(rf'id="scan"[^>]*value="{re.escape(number)}"[^>]*aria-invalid', answer.text)


def test_a_document_that_was_scanned_before_is_told_so(window: Window, batch: str) -> None:
    window.eva.received(ID_CARD)
    before = window.office.position()
    answer = scan(window, batch, window.eva.number(ID_CARD))
    assert "Dieses Dokument ist schon angenommen" in answer.text
    assert "0 Dokumente in dieser Lieferung" in answer.text and window.office.position() == before


def test_an_unknown_delivery_is_not_found_and_a_stored_document_is_not_received_again(
    window: Window, batch: str
) -> None:
    (card,) = window.eva.invited(ID_CARD)
    assert window.open(f"/amt/lieferung/{uuid4()}").status_code == 404
    assert scan(window, f"/amt/lieferung/{uuid4()}", "L01X00T47").status_code == 404
    answer = scan(window, batch, window.eva.number(ID_CARD))
    assert answer.status_code == 409 and window.world.document(card).place == "safe"


def test_a_closed_delivery_takes_nothing_more(window: Window, batch: str) -> None:
    assert "In der Annahme" in window.send(f"{batch}/schliessen").text
    (card,) = window.eva.ordered(ID_CARD)
    answer = scan(window, batch, "L01X00T47", document_id=str(card))
    assert answer.status_code == 409 and "So nicht möglich" in answer.text
    assert "Diese Lieferung ist ausgepackt" in window.open(batch).text


def store(window: Window, bins: dict[UUID, str], second: str = "window_2") -> Any:
    fields = {f"bin:{document}": place for document, place in bins.items()}
    return window.send("/amt/lieferung/einlagern", approved_by=second, **fields)


def test_two_people_put_a_whole_delivery_into_bins_and_each_person_is_invited_once(window: Window) -> None:
    card, passport = window.eva.received(ID_CARD, PASSPORT)
    alone = store(window, {card: "A-1", passport: "A-2"}, second="")
    assert alone.status_code == 403 and "Zweite Person nötig" in alone.text
    assert all(f'value="{place}"' in alone.text for place in ("A-1", "A-2"))
    assert 'id="approved_by-error"' in alone.text and 'id="bin-1-error"' not in alone.text
    assert "Nichts. Was gescannt ist" in store(window, {card: "A-1", passport: "A-2"}).text
    states = [window.world.document(one) for one in (card, passport)]
    assert [(one.bin, one.status) for one in states] == [("A-1", "invited"), ("A-2", "invited")]
    assert states[0].invitation_id == states[1].invitation_id


def test_a_bin_that_is_full_keeps_its_line_and_the_others_are_stored(window: Window) -> None:
    card, passport = window.eva.received(ID_CARD, PASSPORT)
    answer = store(window, {card: "A-1", passport: "A-1"})
    assert answer.status_code == 409 and "Fach belegt" in answer.text
    assert window.world.document(card).place == "safe"
    assert window.world.document(passport).place == "receiving"
    assert re.search(rf'name="bin:{passport}" value="A-1"[^>]*aria-invalid="true"[^>]*autofocus', answer.text)


def test_a_form_without_any_bin_says_so_and_keeps_who_agrees(window: Window) -> None:
    (card,) = window.eva.received(ID_CARD)
    answer = store(window, {card: ""})
    assert answer.status_code == 422 and "Bitte füllen Sie dieses Feld aus." in answer.text
    assert re.search(rf'name="bin:{card}"[^>]*aria-invalid="true"[^>]*autofocus', answer.text)
    assert re.search(r'<option value="window_2" selected', answer.text)


def test_a_bin_name_that_is_too_long_is_no_other_bin(window: Window) -> None:
    (card,) = window.eva.received(ID_CARD)
    answer = store(window, {card: "A" * 21})
    assert answer.status_code == 422 and f'value="{"A" * 21}"' in answer.text
    assert window.world.document(card).place == "receiving"


def test_a_bin_that_cannot_be_one_says_how_bins_are_named(window: Window) -> None:
    (card,) = window.eva.received(ID_CARD)
    answer = store(window, {card: "A 1!"})
    assert answer.status_code == 422 and "zum Beispiel A12" in answer.text
    assert window.world.document(card).place == "receiving"


def test_a_form_with_a_strange_field_is_bad_input(window: Window) -> None:
    answer = window.send("/amt/lieferung/einlagern", **{"bin:nonsense": "A-1"}, approved_by="window_2")
    assert answer.status_code == 422


def test_a_document_without_an_order_finds_its_person_later_and_invites_at_once(
    window: Window, batch: str
) -> None:
    scan(window, batch, "C01X00T47", late="yes", kind="passport")
    (late,) = [one.id for one in window.world.log.streams if one.category == "document"]
    store(window, {late: "A-1"})
    window.eva.ordered(PASSPORT)
    page = window.open(f"/amt/ausgabe/{late}")
    assert "Ohne Auftrag eingetroffen: wem gehört es?" in page.text
    nobody = window.send(f"/amt/ausgabe/{late}/zuordnen", surname="Niemand")
    assert "kein solches Dokument bestellt" in nobody.text
    found = window.send(f"/amt/ausgabe/{late}/zuordnen", surname="Mustermann")
    assert "Reisepass: Eva Mustermann, bestellt am" in found.text
    assert window.world.document(late).person_id is None, "first the whole name is read"
    order = str(window.eva.document(PASSPORT))
    assert re.search(rf'value="{order}" checked autofocus', found.text)
    done = window.send(f"/amt/ausgabe/{late}/zuordnen", document_id=order)
    assert "Das Dokument hat jetzt seinen Auftrag" in done.text
    state = window.world.document(late)
    assert (state.person_id, state.status) == (window.eva.person, "invited")
    assert window.world.document(window.eva.document(PASSPORT)).status == "merged"


@pytest.mark.parametrize("path", ["/amt/ausgabe", "/amt/abholliste"])
def test_who_works_at_an_office_that_is_not_here_hears_so(window: Window, path: str) -> None:
    answer = window.client.get(path, headers={"Authorization": "Bearer dev:window@kiel"})
    assert answer.status_code == 422 and "Unbekannter Standort" in answer.text


def test_a_document_that_nothing_was_ordered_for_gets_its_person_by_hand(window: Window, batch: str) -> None:
    """A visit whose end was forgotten ordered nothing, and what it applied for comes all the same."""
    scan(window, batch, "C01X00T47", late="yes", kind="passport")
    (late,) = [one.id for one in window.world.log.streams if one.category == "document"]
    store(window, {late: "A-1"})
    page = window.send(f"/amt/ausgabe/{late}/zuordnen", surname="Sørensen")
    assert "Person eintragen" in page.text
    form = {"name": "Ida Sørensen", "email": "ida@", "language": "da", "age": "young"}
    refused = window.send(f"/amt/ausgabe/{late}/person", **form)
    assert refused.status_code == 422 and window.world.document(late).person_id is None
    assert re.findall(r'id="(\w+)"[^>]* autofocus', refused.text) == ["email"]
    assert all(f'value="{one}"' in refused.text for one in ("Ida Sørensen", "ida@"))
    assert all(f'<option value="{one}" selected' in refused.text for one in ("da", "young"))
    assert window.send(f"/amt/ausgabe/{late}/person", email="ida@example.org").status_code == 422
    done = window.send(f"/amt/ausgabe/{late}/person", **form | {"email": "ida@example.org"})
    assert "Die Person ist eingetragen" in done.text and "Ida Sørensen" in done.text
    state = window.world.document(late)
    assert state.status == "invited" and state.person_id
    person = window.world.log.people[state.person_id]
    assert (person.name, person.email, person.language) == ("Ida Sørensen", "ida@example.org", "da")
    assert window.world.cases.rows[late].holder == "young"
    again = window.send(f"/amt/ausgabe/{late}/person", **form | {"email": "ida@example.org"})
    assert again.status_code == 409 and "Person eintragen" not in again.text


def test_a_document_of_a_visit_without_a_person_gets_its_person_by_hand(window: Window, batch: str) -> None:
    window.world.hear(finished("passport_apply", person=None, at=window.world.at))
    document = window.eva.document(PASSPORT)
    scan(window, batch, "C01X00T47", document_id=str(document))
    store(window, {document: "A-1"})
    assert "Ohne Namen bestellt und eingetroffen" in window.open(f"/amt/ausgabe/{document}").text
    done = window.send(f"/amt/ausgabe/{document}/person", name="Ida Sørensen", age="adult")
    assert "Die Person ist eingetragen" in done.text
    assert window.world.document(document).status == "invited"


def test_a_number_whose_scan_was_refused_still_asks_whose_it_is(window: Window, batch: str) -> None:
    (passport,) = window.eva.ordered(PASSPORT)
    window.world.cases.rows[uid("lost")] = DocumentCase(uid("lost"), "C01X00T47")
    assert "Diese Nummer kennen wir noch nicht" in scan(window, batch, "C01X00T47").text
    scan(window, batch, "C01X00T47", document_id=str(passport))
    assert window.world.document(passport).place == "receiving"


def test_a_childs_order_and_an_adults_of_one_visit_are_told_apart_on_both_pages(
    window: Window, batch: str
) -> None:
    window.world.hear(finished("child_document_apply", "id_card_apply", person=EVA, at=window.world.at))
    childs, adults = window.eva.document(ID_CARD, 1), window.eva.document(ID_CARD, 2)
    found = scan(window, batch, "L01X00T47", surname="Mustermann").text
    assert len(set(re.findall(r"Personalausweis: Eva Mustermann[^<]*", found))) == 2
    window.world.ask(ask.ReceiveDocument(batch_id=window.eva.batch(), number="L01X00T48"))
    late = [one.id for one in window.world.log.streams if one.category == "document"][-1]
    found = window.send(f"/amt/ausgabe/{late}/zuordnen", surname="Mustermann").text
    labels = re.findall(r"Personalausweis: Eva Mustermann[^<]*", found)
    assert len(set(labels)) == 2 and sum("unter 16 Jahren" in one for one in labels) == 1
    window.send(f"/amt/ausgabe/{late}/zuordnen", document_id=str(adults))
    assert window.world.document(adults).status == "merged"
    assert window.world.document(childs).status == "ordered"
