"""The window's pages as a clerk uses them: search, fetch list, hand-over in two steps, correction."""

from __future__ import annotations

import html
import re
from typing import Any
from uuid import UUID, uuid4

import pytest

from buergerbuero_contracts.documents import DocumentHandedOver
from servicekit.web.codes import spoken_code
from services.documents.rules.document_commands import DocumentCase
from tests.rules.documents.desk import ID_CARD, PASSPORT, PICKUP, Desk, uid
from tests.rules.documents.world import World
from tests.way.memory_documents import Window

MAX = uid("Max")
APPLICANT = {
    "recipient_role": "applicant",
    "check_method": "photo",
    "authority": "none_needed",
    "old_document": "voided_returned",
    "holder": "adult",
}
PROXY = APPLICANT | {"recipient_role": "proxy", "check_method": "id_seen", "authority": "written_seen"}


def heading(answer: Any) -> str:
    (text,) = re.findall(r"<h1[^>]*>(.*?)</h1>", answer.text, re.S)
    return re.sub("<[^>]+>", "", html.unescape(text)).strip()


def hidden(answer: Any) -> dict[str, str]:
    """What the confirm form sends again."""
    (form,) = re.findall(r'<form[^>]*id="confirm".*?</form>', answer.text, re.S)
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in fields}


def give(window: Window, document: UUID, **form: str) -> Any:
    """Both steps of a hand-over: what the second page says."""
    scan = window.eva.number(window.world.document(document).kind)
    first = window.send(f"/amt/ausgabe/{document}/ausgeben", scan=scan, **APPLICANT | form)
    if heading(first) != "Jetzt ausgeben?":
        return first
    return window.send(f"/amt/ausgabe/{document}/ausgeben", **hidden(first), confirmed="yes")


# --- finding it


def test_a_document_is_found_by_number_by_code_and_by_surname_with_day(window: Window) -> None:
    card, passport = window.eva.booked(ID_CARD, PASSPORT)
    by_number = window.send("/amt/ausgabe", scan=f" {window.eva.number(ID_CARD).lower()} ")
    assert by_number.url.path == f"/amt/ausgabe/{card}"
    by_code = window.send("/amt/ausgabe", scan=spoken_code(window.office.code_key, PICKUP).lower())
    by_name = window.send("/amt/ausgabe", surname="mustermann", day="2026-11-24")
    for found in (by_code, by_name):
        assert "2 Dokumente gefunden" in found.text
        assert f"/amt/ausgabe/{card}?" in found.text and f"/amt/ausgabe/{passport}?" in found.text
    for nothing in (
        window.send("/amt/ausgabe", surname="Mustermann", day="2026-11-25"),
        window.send("/amt/ausgabe", surname="Eva", day="2026-11-24"),
        window.send("/amt/ausgabe", scan="4K7M-9QTX-C"),
        window.send("/amt/ausgabe", scan="??"),
    ):
        assert nothing.status_code == 200
        assert "Kein Dokument gefunden" in nothing.text


def test_f06_a_scanner_with_the_american_layout_finds_it_by_number_and_by_code(window: Window) -> None:
    (card,) = window.eva.booked(ID_CARD)
    window.world.cases.rows[card] = DocumentCase(card, "LZ1Y00T47")
    code = spoken_code(window.office.code_key, PICKUP)
    for typed in ("LY1Z00T47", code.translate(str.maketrans("YZ-", "ZYß"))):
        assert window.send("/amt/ausgabe", scan=typed).url.path == f"/amt/ausgabe/{card}", typed


@pytest.mark.parametrize(
    ("form", "field"),
    [({}, "scan"), ({"surname": "Muster"}, "day"), ({"surname": "Muster", "day": "morgen"}, "day")],
)
def test_a_search_without_two_facts_says_which_is_missing(
    window: Window, form: dict[str, str], field: str
) -> None:
    answer = window.send("/amt/ausgabe", **form)
    assert answer.status_code == 422
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', answer.text)
    assert all(f'value="{typed}"' in answer.text for typed in form.values())


def test_who_is_in_the_house_is_listed_without_a_search(window: Window) -> None:
    window.eva.at_window(ID_CARD)
    page = window.open("/amt/ausgabe")
    assert "Termin 9:00 Uhr, eingelassen 9:00 Uhr" in page.text
    assert "Eva Mustermann" in page.text


def test_everybody_who_is_shown_a_name_leaves_a_record_first(window: Window) -> None:
    (card,) = window.eva.at_window(ID_CARD)
    for path in ("/amt/ausgabe", f"/amt/ausgabe/{card}", "/amt/abholliste"):
        window.office.names.reads.clear()
        assert "Eva Mustermann" in window.open(path).text
        assert {(who, person) for who, _why, person, _what in window.office.names.reads} == {
            ("window_1", window.eva.person)
        }
    window.office.names.known.clear()
    assert "noch nicht bekannt" in window.open(f"/amt/ausgabe/{card}").text


# --- the hand-over


def test_the_first_step_changes_nothing_and_the_second_hands_over(window: Window) -> None:
    (card,) = window.eva.at_window(ID_CARD)
    before = window.office.position()
    first = window.send(f"/amt/ausgabe/{card}/ausgeben", scan=window.eva.number(ID_CARD), **APPLICANT)
    assert heading(first) == "Jetzt ausgeben?"
    assert "am Foto erkannt" in first.text and window.office.position() == before
    back = window.send(f"/amt/ausgabe/{card}/ausgeben", **hidden(first), change="yes")
    assert heading(back) == "Personalausweis ausgeben"
    assert f'value="{window.eva.number(ID_CARD)}"' in back.text and window.office.position() == before
    done = window.send(f"/amt/ausgabe/{card}/ausgeben", **hidden(first), confirmed="yes")
    assert heading(done) == "Personalausweis: ausgegeben"
    assert "Antragstellende Person, ausgegeben an Fenster 1" in done.text


def test_f48_the_history_names_the_role_and_the_forgotten_old_document_keeps_the_input(
    window: Window,
) -> None:
    card, passport = window.eva.at_window(ID_CARD, PASSPORT)
    done = give(window, passport, **PROXY)
    assert "Bevollmächtigte Person, ausgegeben an Fenster 1" in done.text
    assert "Weiter: Personalausweis" in done.text
    scan = window.eva.number(ID_CARD)
    forgotten = PROXY | {"old_document": "none"}
    again = window.send(f"/amt/ausgabe/{card}/ausgeben", scan=scan, **forgotten)
    assert (again.status_code, heading(again)) == (409, "Personalausweis ausgeben")
    assert "Altes Dokument offen" in again.text and f'value="{scan}"' in again.text
    for name, value in forgotten.items():
        assert re.search(rf'name="{name}" value="{value}"[^>]*checked|value="{value}" selected', again.text)
    done = give(window, card, **PROXY)
    assert "Bevollmächtigte Person, ausgegeben an Fenster 1" in done.text
    assert "Nächste Person" in done.text
    assert "keine Abholung gebucht" in window.open("/amt/abholliste").text


def test_a_scan_alone_is_compared_and_the_cursor_goes_on(window: Window) -> None:
    (card,) = window.eva.at_window(ID_CARD)
    path = f"/amt/ausgabe/{card}/ausgeben"
    right = window.send(path, scan=window.eva.number(ID_CARD), recipient_role="applicant")
    assert right.status_code == 200 and "Die Nummer stimmt." in right.text
    assert re.search(r'value="applicant"[^>]*autofocus', right.text)
    wrong = window.send(path, scan="C01X00T47", recipient_role="applicant")
    assert wrong.status_code == 409 and "Nummer passt nicht" in wrong.text
    assert re.search(r'id="scan"[^>]*value="C01X00T47"[^>]*autofocus[^>]*aria-invalid', wrong.text)


@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        ({"check_method": "photo", "recipient_role": "custodian"}, 422, "Prüfung fehlt"),
        ({"check_method": "id_seen", "recipient_role": "proxy"}, 403, "Nicht empfangsberechtigt"),
        ({"old_document": ""}, 409, "Altes Dokument offen"),
        ({"recipient_role": ""}, 422, "Bitte prüfen Sie Ihre Angaben"),
        ({"recipient_role": "friend"}, 422, "Bitte prüfen Sie Ihre Angaben"),
        ({"scan": ""}, 409, "Nummer passt nicht"),
    ],
)
def test_each_refusal_says_what_to_do_keeps_the_input_and_changes_nothing(
    window: Window, form: dict[str, str], status: int, says: str
) -> None:
    (card,) = window.eva.at_window(ID_CARD)
    before, scan = window.office.position(), window.eva.number(ID_CARD)
    fields = {"scan": scan, **APPLICANT, **form}
    answer = window.send(f"/amt/ausgabe/{card}/ausgeben", **fields)
    assert (answer.status_code, window.office.position()) == (status, before)
    assert says in answer.text and 'role="alert"' in answer.text
    assert f'value="{fields["scan"]}"' in answer.text


def test_an_exception_is_announced_and_needs_a_colleague(window: Window) -> None:
    (card,) = window.eva.invited(ID_CARD)
    window.send(f"/amt/ausgabe/{card}/holen", fenster="window_1")
    page = window.open(f"/amt/ausgabe/{card}")
    assert "Ausnahme: ohne Abholtermin" in page.text and "Nguyễn Thị Hà" in page.text
    alone = give(window, card)
    assert alone.status_code == 403 and "Zweite Person nötig" in alone.text
    assert give(window, card, approved_by="door_1").status_code == 403
    first = window.send(
        f"/amt/ausgabe/{card}/ausgeben",
        scan=window.eva.number(ID_CARD),
        **APPLICANT | {"approved_by": "window_2"},
    )
    assert "ohne Abholtermin" in first.text and "Nguyễn Thị Hà" in first.text
    done = give(window, card, approved_by="window_2")
    assert "Ausnahme: ohne Abholtermin, mit zweiter Person" in done.text
    assert "window_2" not in done.text


def test_the_slower_window_reads_where_and_when_it_was_handed_over(window: Window) -> None:
    (card,) = window.eva.at_window(ID_CARD)
    page = window.send(f"/amt/ausgabe/{card}/ausgeben", scan=window.eva.number(ID_CARD), **APPLICANT)
    World(window.world.at, log=window.world.log, cases=window.world.cases).ask(window.eva.hand_over(card))
    late = window.send(f"/amt/ausgabe/{card}/ausgeben", **hidden(page), confirmed="yes")
    assert late.status_code == 409
    assert "Es wurde am Di, 24.11.2026, 9:00 Uhr an Fenster 1 ausgegeben." in late.text
    handed = [one for one in window.world.custody(card) if isinstance(one, DocumentHandedOver)]
    assert len(handed) == 1


def test_a_double_click_hands_over_once(window: Window) -> None:
    (card,) = window.eva.at_window(ID_CARD)
    page = window.send(f"/amt/ausgabe/{card}/ausgeben", scan=window.eva.number(ID_CARD), **APPLICANT)
    form = {**hidden(page), "confirmed": "yes"}
    answers = [window.send(f"/amt/ausgabe/{card}/ausgeben", **form) for _ in range(2)]
    assert [heading(one) for one in answers] == ["Personalausweis: ausgegeben"] * 2


# --- the fetch list


def test_the_fetch_list_fetches_and_puts_back(window: Window) -> None:
    (card,) = window.eva.booked(ID_CARD)
    window.world.passes(days=1)
    page = window.open("/amt/abholliste")
    assert "Abholliste für Dienstag, 24. November 2026" in page.text and "9:00 Uhr" in page.text
    fetched = window.send("/amt/abholliste/holen", document_id=str(card), fenster="window_2")
    assert window.world.document(card).window == "window_2" and "Fenster 2" in fetched.text
    wrong = window.send("/amt/abholliste/zuruecklegen", document_id=str(card), bin="Fach 1!")
    assert wrong.status_code == 422 and 'value="Fach 1!"' in wrong.text
    window.send("/amt/abholliste/zuruecklegen", document_id=str(card), bin="B-1")
    assert window.world.document(card).bin == "B-1"


def test_a_bin_that_is_full_is_refused_and_kept(window: Window) -> None:
    (card,) = window.eva.at_window(ID_CARD)
    other = Desk(window.world, MAX, uid("Max's application"))
    (taken,) = other.invited(ID_CARD)
    full = str(window.world.document(taken).bin)
    answer = window.send(f"/amt/ausgabe/{card}/zuruecklegen", fenster="window_1", bin=full)
    assert answer.status_code == 409 and "Fach belegt" in answer.text and f'value="{full}"' in answer.text


# --- the correction, and who may


def test_a_correction_is_the_leads_and_stands_beside_what_was_recorded(window: Window) -> None:
    (card,) = window.eva.at_window(ID_CARD)
    give(window, card)
    assert "Ausgabe berichtigen" not in window.open(f"/amt/ausgabe/{card}").text
    form = {"recipient_role": "custodian", "approved_by": "window_1"}
    assert window.send(f"/amt/ausgabe/{card}/berichtigen", **form).status_code == 403
    lead = window.as_("lead_1")
    assert "Ausgabe berichtigen" in lead.open(f"/amt/ausgabe/{card}").text
    assert lead.send(f"/amt/ausgabe/{card}/berichtigen", approved_by="window_1").status_code == 422
    done = lead.send(f"/amt/ausgabe/{card}/berichtigen", **form)
    assert "Ausgabe berichtigt: wer empfangen hat" in done.text
    assert "Sorgeberechtigte Person" in done.text
    assert "Antragstellende Person, ausgegeben an Fenster 1" in done.text


@pytest.mark.parametrize("person", ["door_1", "desk_1", "phone_1", "post_room_1", "operations_1"])
def test_no_other_role_opens_the_windows_pages(window: Window, person: str) -> None:
    (card,) = window.eva.at_window(ID_CARD)
    other = window.as_(person)
    for path in ("/amt/ausgabe", f"/amt/ausgabe/{card}", "/amt/abholliste", "/amt/lieferung"):
        answer = other.open(path)
        assert answer.status_code == 403 and "Mustermann" not in answer.text


def test_without_a_session_a_page_leads_to_the_login_and_a_form_of_a_stranger_nowhere(
    window: Window,
) -> None:
    (card,) = window.eva.at_window(ID_CARD)
    fields = {"idempotency_key": "key-000001", "scan": "x"}
    window.open("/amt/ausgabe")
    foreign = window.client.post("/amt/ausgabe", data=fields, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert window.open(f"/amt/ausgabe/{uuid4()}").status_code == 404
    answer = window.as_(None).open(f"/amt/ausgabe/{card}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/dev/anmelden?next=/amt/ausgabe/")
