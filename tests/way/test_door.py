"""The door: who is let in, who is not and why, in the words that the doorkeeper reads."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest

from buergerbuero_contracts.booking import AdmissionRefusal, AdmissionRefused, CitizenAdmitted
from servicekit.decider import Refused
from services.booking.doorway import MOST_TRIES, Tries, typed_time
from services.booking.pages.door_words import _WORDS
from tests.rules.test_door_code import TYPES
from tests.way.booking_desk import Desk
from tests.way.floor_desk import FORM, Office, focused, text, word
from tests.way.memory_office import events_of


@pytest.fixture
def office(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr("services.booking.pages.door.DOOR_TRIES", Tries())
    return Office(desk)


def test_a_scanned_square_lets_in_and_names_the_number(office: Office) -> None:
    booking = office.booked(persons=2)
    answer = office.at(8, 55).scan(office.square(booking))
    assert (answer.status_code, word(answer)) == (200, "Einlass – Platz nehmen")
    assert "A001" in text(answer) and "2 Personen" in text(answer) and "2 von 15" in text(answer)
    assert focused(answer) == "code"
    assert events_of(office.office)["CitizenAdmitted"] == 1


def test_the_spoken_code_lets_in_however_it_is_typed(office: Office) -> None:
    booking = office.booked()
    typed = office.code(booking).lower().replace("-", " ")
    assert word(office.at(9).scan(typed)) == "Einlass – Platz nehmen"


def test_the_name_is_shown_only_after_a_read_record(office: Office) -> None:
    booking = office.booked()
    answer = office.at(9).scan(office.square(booking))
    assert "CANARY Mustermann" in text(answer)
    (read,) = office.office.floor.reads
    assert (read.staff_id, read.role, read.reason) == ("dev:door@flensburg", "door", "door_admission")
    assert read.booking_ids == (booking,) and read.at == office.office.clock.now()


def test_each_refusal_has_its_word_and_is_recorded(office: Office) -> None:
    nine, later = office.booked(), office.booked("2026-12-01T10:20:00+01:00")
    tomorrow = office.booked("2026-12-02T09:00:00+01:00")
    asked = office.asked("2026-12-01T09:30:00+01:00")
    office.at(9, 2).admitted(nine)
    refused = {
        office.square(later): (409, "zu früh (10:20)"),
        office.square(tomorrow): (409, "anderer Tag (Mi, 2.12.2026)"),
        office.code(tomorrow): (409, "anderer Tag (Mi, 2.12.2026)"),
        office.square(nine): (409, "schon eingelassen 9:02, Tür 1"),
        office.square(asked): (409, "nicht bestätigt"),
        office.code(uuid4()): (409, "unbekannter Code"),
        "Guten Morgen": (409, "unbekannter Code"),
        " ": (422, "Bitte prüfen Sie Ihre Angaben"),
    }
    for code, expected in refused.items():
        answer = office.scan(code)
        assert (answer.status_code, word(answer)) == expected
        assert focused(answer) == "code"
    log = office.office.log.events
    reasons = [one.event.reason.value for one in log if isinstance(one.event, AdmissionRefused)]
    assert reasons == [
        *("too-early", "wrong-day", "wrong-day", "already-admitted", "not-confirmed"),
        *("unknown-code", "unknown-code"),
    ]


def test_too_late_may_be_set_aside_with_a_reason(office: Office) -> None:
    booking = office.booked()
    answer = office.at(9, 20).scan(office.square(booking))
    assert word(answer) == "zu spät (9:00)" and "Trotzdem einlassen" in answer.text
    again = office.send(
        "/amt/einlass", "door", booking_id=str(booking), mode="scan", people="", override="travel"
    )
    assert word(again) == "Einlass – Platz nehmen"
    events = [one.event for one in office.office.log.events]
    assert [event.override for event in events if isinstance(event, CitizenAdmitted)] == ["travel"]


def test_more_people_than_booked_need_a_reason_and_a_full_house_has_none(office: Office) -> None:
    booking = office.booked()
    answer = office.at(9).scan(office.square(booking), people="3")
    assert word(answer) == "zu viele Personen" and "höchstens 2" in text(answer)
    assert 'name="people" value="3"' in answer.text
    office.send("/amt/einlass/belegung", "door", inside="15")
    full = office.scan(office.square(booking))
    assert word(full) == "Haus voll" and "Trotzdem" not in full.text
    assert "15 von 15 Personen im Haus – voll" in text(full)


def test_the_form_sent_twice_admits_once(office: Office) -> None:
    booking = office.booked()
    code = office.at(9).square(booking)
    first, second = (office.scan(code, key="form-twice") for _ in range(2))
    assert word(first) == word(second) == "Einlass – Platz nehmen"
    assert "A001" in text(second) and events_of(office.office)["CitizenAdmitted"] == 1


def test_without_a_code_surname_and_time_find_the_booking(office: Office) -> None:
    booking = office.booked()
    office.at(8, 55)
    found = office.send("/amt/einlass/suchen", "door", surname="mustermann", time="9 Uhr")
    assert "CANARY Mustermann" in text(found) and str(booking) in found.text
    assert [read.reason for read in office.office.floor.reads] == ["door_search"]
    for surname, at in (("CANARY", "9:00"), ("Mustermann", "11")):
        nobody = office.send("/amt/einlass/suchen", "door", surname=surname, time=at)
        assert "Niemand gefunden" in text(nobody)
    answer = office.send("/amt/einlass", "door", booking_id=str(booking), mode="name")
    assert word(answer) == "Einlass – Platz nehmen"


def test_a_search_without_its_two_fields_says_what_is_missing(office: Office) -> None:
    answer = office.at(9).send("/amt/einlass/suchen", "door", surname="", time="halb neun")
    assert answer.status_code == 422 and "<title>Fehler: Tür 1" in answer.text
    assert "Bitte ausfüllen." in text(answer) and "zum Beispiel 9:00" in text(answer)
    assert 'value="halb neun"' in answer.text and office.office.floor.reads == []


def test_ten_unknown_codes_in_a_minute_then_a_pause(office: Office) -> None:
    booking = office.booked()
    office.at(9)
    for _ in range(MOST_TRIES):
        assert word(office.scan(office.code(uuid4()))) == "unbekannter Code"
    paused = office.scan(office.code(booking))
    assert (paused.status_code, word(paused)) == (429, "Pause") and "9:01" in text(paused)
    assert word(office.scan(office.code(booking), door="door_2")) == "Einlass – Platz nehmen"
    office.office.clock.pass_(seconds=60)
    assert word(office.scan(office.code(booking))).startswith("schon eingelassen")


def test_a_signed_square_is_let_in_during_the_pause(office: Office) -> None:
    booking = office.booked()
    office.at(9)
    for _ in range(MOST_TRIES):
        office.scan("unbekannt")
    assert word(office.scan(office.square(booking))) == "Einlass – Platz nehmen"


@pytest.mark.parametrize("kind", ["square", "spoken"])
def test_a_scanner_with_the_wrong_layout_lets_in_with_a_hint(office: Office, kind: str) -> None:
    """F06: Y and Z, minus, slash, colon and star are undone."""
    bookings = [office.booked()]
    while kind == "spoken" and not set("YZ-") & set(office.code(bookings[-1])):
        bookings.append(office.booked())
    office.at(9)
    code = office.square(bookings[-1]) if kind == "square" else office.code(bookings[-1])
    answer = office.scan(code.translate(TYPES).replace("+", "`"))
    assert word(answer) == "Einlass – Platz nehmen"
    assert "Scanner-Tastatur falsch eingestellt" in text(answer)


def test_a_lost_plus_is_named_never_counted_never_recorded(office: Office) -> None:
    """F06: what cannot be undone is no unknown code."""
    booking = office.booked()
    office.at(9)
    code = office.square(booking)
    while "+" not in code:
        office.office.clock.pass_(seconds=1)
        code = office.square(booking)
    for _ in range(MOST_TRIES + 2):
        answer = office.scan(code.translate(TYPES).replace("+", ""))
        assert (answer.status_code, word(answer)) == (422, "Scanner-Tastatur falsch eingestellt")
    assert "AdmissionRefused" not in events_of(office.office)
    assert word(office.scan(office.code(booking))) == "Einlass – Platz nehmen"


@pytest.mark.parametrize("form", [{"booking_id": "x"}, {"booking_id": str(uuid4()), "mode": "by_magic"}])
def test_a_form_that_no_page_of_ours_sent_changes_nothing(office: Office, form: dict[str, str]) -> None:
    assert office.at(9).send("/amt/einlass", "door", **form).status_code == 422
    people: Any = office.scan("x", people="-3")
    assert people.status_code in (409, 422)
    assert office.send("/amt/einlass/belegung", "door", inside="viele").status_code == 422


@pytest.mark.parametrize("role", ["window", "post_room", "data_protection", "operations"])
def test_other_roles_do_not_open_the_door(office: Office, role: str) -> None:
    assert office.page("/amt/einlass", role).status_code == 403
    assert office.send("/amt/einlass", role, code="x").status_code == 403


def test_every_door_refusal_has_words() -> None:
    assert {reason.value for reason in AdmissionRefusal} <= _WORDS.keys()


def test_the_pause_ends_a_minute_after_the_first_try() -> None:
    tries, now = Tries(), datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
    for second in range(MOST_TRIES):
        tries.count("a", now + timedelta(seconds=second))
    with pytest.raises(Refused) as refused:
        tries.check("a", now + timedelta(seconds=59))
    assert refused.value.details["retry_at"] == now + timedelta(minutes=1)
    tries.check("a", now + timedelta(minutes=1))
    tries.check("b", now)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *(("9:00", time(9)), ("09.30 Uhr", time(9, 30)), ("0900", time(9)), ("9", time(9))),
        *(("25:00", None), ("", None), ("halb neun", None)),
    ],
)
def test_a_time_is_read_however_it_is_typed(typed: str, meant: time | None) -> None:
    assert typed_time(typed) == meant


def test_f43_the_confirm_link_after_the_admission_says_confirmed_and_changes_nothing(office: Office) -> None:
    booking = office.booked()
    office.at(9).admitted(booking)
    before, path = office.office.position(), f"/de/t/{office.desk.link(str(booking))}"
    opened = office.client.get(path)
    fields = {"idempotency_key": "pressed-again", "token": path.rpartition("/")[2]}
    pressed = office.client.post(f"{path}/bestaetigen", data=fields, headers=FORM)
    for page in (opened, office.client.get(pressed.headers["location"])):
        assert page.status_code == 200 and "Sie sind eingelassen" in text(page)
        assert "schon bestätigt" in text(page) and "noch einmal senden" not in text(page)
    assert office.office.position() == before
