"""Screen 4: who comes? Whatever is pressed, and however late, nothing that was typed is lost."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest

from buergerbuero_contracts.booking import ConfirmationRequested
from services.booking.pages.citizen import HOLD_COOKIE
from tests.way.booking_desk import RESERVE, TUESDAY, Desk
from tests.way.chooser import GO, ID_CARD, NINE, TEN
from tests.way.memory_office import events_of
from tests.way.visitor import Visitor, choices, heading, ids, words

EVA = {"name": "Eva Đặng", "email": "eva@example.org"}
MAIN, MORE = "Termin reservieren", "Zeit verlängern"
FULL = "2026-12-01T09:00:00+01:00"


def visitor(desk: Desk, language: str = "de", **changes: Any) -> Visitor:
    """Somebody who has just chosen a time."""
    eva = Visitor(desk, language)
    eva.cookies[HOLD_COOKIE] = desk.held(language=language, **changes)["access"]
    return eva


@pytest.fixture
def eva(desk: Desk) -> Visitor:
    return visitor(desk)


def form_of(eva: Visitor) -> Any:
    page = eva.open(f"/{eva.language}/kontakt")
    assert page.status_code == 200, page.text
    return page


def take_all(desk: Desk, starts_at: str = FULL) -> int:
    """Others take every place of a time that is left."""
    taken = 0
    while desk.post("/bookings", RESERVE | {"starts_at": starts_at}).status_code == 201:
        taken += 1
        desk.client.cookies.clear()
    return taken


# --- the form


def test_a_tab_that_was_pasted_along_costs_nobody_the_form(eva: Visitor) -> None:
    """Copied from two cells of a sheet."""
    pasted = {"name": "Eva\tĐặng", "email": "eva@example.org\t"}
    assert heading(eva.press(form_of(eva), MAIN, **pasted)) == "Prüfen Sie Ihr Postfach"
    names = [person.name for person in eva.desk.office.log.people.values()]
    assert names == ["Eva Đặng"]


def test_the_form_says_what_is_reserved_until_when_and_how_to_change_it(eva: Visitor) -> None:
    page = form_of(eva)
    said = words(page)
    for text in ("Personalausweis beantragen", "Dienstag, 1. Dezember 2026, 9:00 Uhr", "Rathausplatz 1"):
        assert text in said
    assert "Reserviert bis 9:10 Uhr" in said
    assert 'href="/de/zeit?service=id_card_apply"' in page.text
    assert 'href="/de/leistung/id_card_apply?service=id_card_apply"' in page.text
    for name, purpose in (("name", "name"), ("email", "email"), ("phone", "tel")):
        assert re.search(rf'<input[^>]*id="{name}"[^>]*autocomplete="{purpose}"', page.text), name
    form, _ = eva.form(page, MAIN)
    assert form.buttons[0] == (MAIN, None), "Enter in a field must press the main button"
    assert "hold-warn-8" in page.text and 'role="status"' in page.text


def test_naming_the_person_sends_one_mail_however_often_it_is_pressed(eva: Visitor) -> None:
    page = form_of(eva)
    said = words(eva.press(page, MAIN, **EVA, phone="0461 123456", need_wheelchair="yes"))
    assert "Bestätigen Sie bis 10:00 Uhr" in said and "e…@example.org" in said
    again = eva.press(page, MAIN, **EVA, phone="0461 123456", need_wheelchair="yes")
    back = eva.press(page, MAIN, name="Eva Other", email="other@example.org")
    assert heading(again) == heading(back) == "Prüfen Sie Ihr Postfach"
    assert events_of(eva.desk.office)["ConfirmationRequested"] == 1
    (person,) = eva.desk.office.log.people.values()
    assert (person.name, person.phone, person.needs) == ("Eva Đặng", "+49461123456", ("wheelchair",))
    assert heading(eva.open("/de/kontakt")) == "Prüfen Sie Ihr Postfach"


def test_the_language_of_our_messages_may_be_another_than_the_page(eva: Visitor) -> None:
    page = form_of(eva)
    form, _ = eva.form(page, MAIN)
    assert dict(form.fields)["language"] == "de" and '<option value="en">English</option>' in page.text
    eva.press(page, MAIN, **EVA, language="en")
    (asked,) = (e.event for e in eva.desk.office.log.events if isinstance(e.event, ConfirmationRequested))
    (person,) = eva.desk.office.log.people.values()
    assert asked.language == person.language == "en"


def test_errors_name_their_fields_and_keep_what_was_typed_f41(eva: Visitor) -> None:
    page = eva.press(form_of(eva), MAIN, name="", email="kunde@", phone="0461 123456", need_interpreter="yes")
    assert page.status_code == 422 and "<title>Fehler: " in page.text
    assert links_of(page) == ["name", "email"]
    assert {"name", "email", "name-error", "email-error"} <= ids(page)
    for label in ("Vor- und Nachname: ", "E-Mail-Adresse: "):
        assert label in words(page)
    assert 'value="kunde@"' in page.text and 'value="0461 123456"' in page.text
    assert re.search(r'id="need_interpreter"[^>]* checked', page.text)
    second = eva.press(page, MAIN, name="O'Brien")
    assert second.status_code == 422 and links_of(second) == ["email"]
    assert heading(eva.press(second, MAIN, email="kunde@example.org")) == "Prüfen Sie Ihr Postfach"


def links_of(page: Any) -> list[str]:
    summary = page.text.split('id="errors"')[1].split("</ul>")[0]
    return re.findall(r'href="#([^"]+)"', summary)


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"email": ""}, "email"), ({"name": "x" * 101}, "name"), ({"phone": "abc"}, "phone")],
)
def test_each_field_says_what_is_wrong(eva: Visitor, typed: dict[str, str], field: str) -> None:
    page = eva.press(form_of(eva), MAIN, **(EVA | typed))
    assert page.status_code == 422 and links_of(page) == [field]


# --- the clock


def test_more_time_keeps_everything_that_was_typed(eva: Visitor) -> None:
    page = form_of(eva)
    eva.desk.office.clock.pass_(minutes=7)
    page = eva.press(page, MORE, name="Eva", email="half@", need_wheelchair="yes")
    assert page.status_code == 200
    assert "Die Zeit ist für Sie reserviert bis 9:17 Uhr" in words(page)
    assert 'value="Eva"' in page.text and 'value="half@"' in page.text
    assert re.search(r'id="need_wheelchair"[^>]* checked', page.text)
    assert "errors" not in ids(page), "nobody was asked to be right yet"


def test_the_warning_comes_two_minutes_before_the_end(eva: Visitor) -> None:
    for minutes, rule in ((0, 8), (3.5, 4), (4, 0), (1.5, 0)):
        eva.desk.office.clock.pass_(minutes=minutes)
        assert f"hold-warn-{rule}" in form_of(eva).text


def test_after_ten_extensions_the_page_says_so(eva: Visitor) -> None:
    page = form_of(eva)
    for _ in range(10):
        page = eva.press(page, MORE, **EVA)
        assert page.status_code == 200
    page = eva.press(page, MORE, **EVA)
    assert page.status_code == 409 and "nicht weiter verlängern" in words(page)
    assert heading(eva.press(page, MAIN, **EVA)) == "Prüfen Sie Ihr Postfach"


# --- after the end


@pytest.mark.parametrize("hours", [1, 26])
def test_a_form_that_waited_takes_its_time_again(eva: Visitor, hours: int) -> None:
    page = form_of(eva)
    eva.desk.office.clock.pass_(hours=hours)
    late = eva.press(page, MORE, **EVA)
    assert "nicht mehr für Sie reserviert" in words(late) and 'value="Eva Đặng"' in late.text
    done = eva.press(page, MAIN, **EVA)
    assert heading(done) == "Prüfen Sie Ihr Postfach", words(done)
    assert "1. Dezember 2026, 9:00 Uhr" in words(done)


def expired(eva: Visitor) -> Any:
    page = form_of(eva)
    eva.desk.office.clock.pass_(hours=1)
    assert take_all(eva.desk) > 0
    return page


def test_a_time_that_is_gone_leads_to_three_others_and_keeps_what_was_typed_f41(eva: Visitor) -> None:
    page = eva.press(expired(eva), MAIN, **EVA, phone="0461 123456")
    assert page.status_code == 409 and "<title>Fehler: " in page.text
    assert links_of(page) == ["instead"] and "instead" in ids(page)
    assert "Jemand war schneller" in words(page)
    others = choices(page, "starts_at")
    assert len(others) == 3 and TUESDAY not in others
    assert 'value="Eva Đặng"' in page.text and 'value="0461 123456"' in page.text
    again = eva.press(page, MAIN)
    assert again.status_code == 409, "without a choice the old time is asked for once more"
    done = eva.press(again, MAIN, starts_at=others[0])
    assert heading(done) == "Prüfen Sie Ihr Postfach"
    twice = eva.press(again, MAIN, starts_at=others[0])
    assert heading(twice) == "Prüfen Sie Ihr Postfach"
    assert events_of(eva.desk.office)["ConfirmationRequested"] == 1


def test_a_form_whose_day_is_over_shows_times_to_come_and_takes_one(eva: Visitor) -> None:
    page = form_of(eva)
    eva.desk.office.clock.pass_(days=6, hours=2)
    late = eva.press(page, MAIN, **EVA)
    assert late.status_code == 409 and 'value="Eva Đặng"' in late.text
    others = choices(late, "starts_at")
    assert len(others) == 3 and all(start > "2026-12-01T11" for start in others)
    assert heading(eva.press(late, MAIN, starts_at=others[1])) == "Prüfen Sie Ihr Postfach"


# --- limits, other tabs, no hold


def test_too_many_mails_from_a_network_are_said_with_the_phone(desk: Desk) -> None:
    """What a mailbox has is not said here: ``test_neutral_answers.py``."""
    first = visitor(desk)
    first.press(form_of(first), MAIN, **EVA)
    (use,) = [one for one in desk.office.log.uses if one[0] == "mail-network"]
    desk.office.log.uses.update({(*use[:2], uuid4()): desk.office.log.uses[use] for _ in range(19)})
    desk.client.cookies.clear()
    second = visitor(desk)
    page = second.press(form_of(second), MAIN, **EVA)
    assert page.status_code == 429 and "Zu viele" in words(page) and "115" in words(page)
    assert 'value="eva@example.org"' in page.text


def test_two_tabs_mix_nothing_up(eva: Visitor) -> None:
    first = form_of(eva)
    other = eva.desk.held(starts_at="2026-12-03T10:00:00+01:00")
    eva.cookies[HOLD_COOKIE] = other["access"]
    assert "3. Dezember" in words(form_of(eva))
    assert "1. Dezember" in words(eva.press(first, MAIN, **EVA))


def test_a_form_whose_time_was_changed_in_another_tab_asks_for_neither(desk: Desk) -> None:
    """The browser has one hold, and the other tab has moved it: said, before anything is asked for."""
    eva = Visitor(desk)
    old = eva.press(eva.open(ID_CARD), GO, starts_at=NINE)
    eva.press(eva.open(ID_CARD), GO, starts_at=TEN)
    page = eva.press(old, MAIN, **EVA)
    assert page.status_code == 409 and "<title>Fehler: " in page.text
    assert "Für Sie reserviert ist jetzt Dienstag, 1. Dezember 2026, 10:00 Uhr" in words(page)
    assert all(f'value="{text}"' in page.text for text in EVA.values())
    assert "ConfirmationRequested" not in events_of(desk.office)
    assert "10:00 Uhr" in words(eva.press(page, MAIN))


@pytest.mark.parametrize("token", ["", "x" * 54, "no token"])
def test_who_holds_nothing_is_led_to_the_times(desk: Desk, token: str) -> None:
    nobody = Visitor(desk)
    nobody.cookies[HOLD_COOKIE] = token
    page = nobody.open("/de/kontakt?service=passport_apply")
    assert heading(page) == "Bitte wählen Sie zuerst eine Zeit"
    assert 'href="/de/zeit?service=passport_apply"' in page.text
    sent = nobody.send("/de/kontakt", {"hold": token, "idempotency_key": "k" * 12, **EVA})
    assert heading(sent) == "Bitte wählen Sie zuerst eine Zeit"
    assert events_of(desk.office).get("ConfirmationRequested") is None


def test_a_form_from_elsewhere_names_nobody(eva: Visitor) -> None:
    form, action = eva.form(form_of(eva), MAIN)
    answer = eva.desk.client.post(action, data=dict(form.fields) | EVA)
    assert answer.status_code == 403


def test_a_database_that_is_away_is_said_and_the_form_may_be_sent_again(eva: Visitor) -> None:
    page = form_of(eva)
    eva.desk.office.log.away = True
    assert eva.press(page, MAIN, **EVA).status_code == 503
    eva.desk.office.log.away = False
    assert heading(eva.press(page, MAIN, **EVA)) == "Prüfen Sie Ihr Postfach"


def test_everything_is_said_in_english_too(desk: Desk) -> None:
    eva = visitor(desk, "en")
    page = form_of(eva)
    assert heading(page) == "Your details" and "Reserved until 9:10" in words(page)
    assert heading(eva.press(page, "Reserve appointment", **EVA)) == "Check your mailbox"
