"""Each mail says all it must, in both parts the same, with a link that survives (F14, F29, F36)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from buergerbuero_contracts.notification import Template
from servicekit.tokens import Purpose, Tokens
from servicekit.web.codes import spoken_code
from servicekit.web.problems import LANGUAGES
from servicekit.web.words import HTML_LANG
from services.notification.rules.templates import SPEAKS_OF, BookingPhase
from services.notification.texts import when
from services.notification.words import Office
from services.notification.writer import Ask, Mail, Recipient, Writer
from tests.rules.notification.office import (
    APPOINTMENT,
    ASKED,
    BOOKING,
    CODES,
    DOOR,
    SENDER,
    STARTS,
    Names,
    tokens,
    write,
)

MAILS = [template for template, phase in SPEAKS_OF.items() if isinstance(phase, BookingPhase)]
REASON = replace(APPOINTMENT, reason="office_fault")


class Words(HTMLParser):
    """The words of a page's body, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page.partition("<body")[2].partition(">")[2])

    def handle_data(self, data: str) -> None:
        self.found += data.split()


def link_of(mail: Mail) -> str:
    (line,) = [line for line in mail.text.splitlines() if "https://" in line]
    return line


@pytest.mark.parametrize("template", MAILS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_text_and_html_say_the_same_words(tmp_path: Path, template: Template, language: str) -> None:
    mail = write(tmp_path, template, REASON, language=language)
    plain = re.sub(r"^- ", "", mail.text, flags=re.M).split()
    assert " ".join(Words(mail.html).found).replace(" :", ":") == " ".join(plain)
    assert f'<html lang="{HTML_LANG[language]}"' in mail.html
    assert mail.language == HTML_LANG[language]


@pytest.mark.parametrize("template", MAILS)
def test_every_mail_names_services_people_time_and_address(tmp_path: Path, template: Template) -> None:
    mail = write(tmp_path, template, REASON)
    for said in (
        "Reisepass beantragen",
        "Wohnsitz anmelden (2 Personen)",
        "Für: 2 Personen",
        "Di, 1.12.2026, 9:00 Uhr",
        "Bürgerbüro Flensburg, Rathausplatz 1, 24937 Flensburg",
        "0461 85-0",
    ):
        assert said in mail.text
    assert "Di, 1.12.2026, 9:00 Uhr" in mail.subject


@pytest.mark.parametrize("template", [Template.CANCELLED_BY_CITIZEN, Template.CANCELLED_BY_OFFICE])
@pytest.mark.parametrize(
    ("reason", "words"),
    [("office_fault", "Ein Fehler auf unserer Seite"), ("citizen_wish", "auf Ihren Wunsch")],
)
def test_a_cancellation_says_why(tmp_path: Path, template: Template, reason: str, words: str) -> None:
    mail = write(tmp_path, template, replace(APPOINTMENT, reason=reason))
    assert f"Grund: {words}" in mail.text
    assert "mitbringen" not in mail.text and "Foto-Code" not in mail.text


def test_the_confirm_mail_says_what_to_do_first_and_until_when(tmp_path: Path) -> None:
    mail = write(tmp_path, Template.CONFIRM_REQUEST)
    assert mail.subject == "Ihr Termin am Di, 1.12.2026, 9:00 Uhr – bitte bestätigen"
    first = mail.text.splitlines()[0]
    assert first.startswith("Guten Tag Erika Mustermann, bitte bestätigen Sie Ihren Termin")
    assert "bis Di, 24.11.2026, 15:25 Uhr" in first
    assert mail.ics is None


@pytest.mark.parametrize("template", [one for one in MAILS if one is not Template.REMINDER])
def test_the_link_stands_alone_in_its_line_and_is_signed_for_its_use(
    tmp_path: Path, template: Template
) -> None:
    mail = write(tmp_path, template, attempt=2)
    found = re.fullmatch(r"https://termin\.flensburg\.example/de/t/([A-Za-z0-9_-]{54})", link_of(mail))
    assert found
    purpose = Purpose.CONFIRM if template is Template.CONFIRM_REQUEST else Purpose.TICKET
    link = Tokens(tmp_path / "links").verify(found[1], purpose)
    assert link is not None
    assert (link.id, link.attempt, link.until) == (BOOKING, 2, STARTS + timedelta(days=60))
    assert mail.html.count(found[0]) == 3, "button, visible address and its target are the same link"


def test_a_restored_appointment_is_not_called_moved(tmp_path: Path) -> None:
    assert "gilt wieder" in write(tmp_path, Template.MOVED, replace(APPOINTMENT, restored=True)).text
    assert "verschoben" in write(tmp_path, Template.MOVED).text


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("de", "nach der Abholung"),
        ("de-leicht", "nach der Abholung"),
        ("en", "after it was collected"),
        ("da", "efter afhentningen"),
    ],
)
def test_who_orders_a_document_is_told_how_long_the_data_stay_then(
    tmp_path: Path, language: str, told: str
) -> None:
    """The row outlives the appointment until the document is handed over."""
    assert told in write(tmp_path, Template.CONFIRMED, language=language).text


def test_papers_are_named_once(tmp_path: Path) -> None:
    assert write(tmp_path, Template.CONFIRMED).text.count("- Ausweis") == 1


def test_a_language_without_mails_gets_german_and_says_so(tmp_path: Path) -> None:
    assert write(tmp_path, Template.CONFIRMED, language="xx").language == "de"


@pytest.mark.parametrize("template", MAILS)
def test_a_mail_says_when_nobody_has_approved_its_language(tmp_path: Path, template: Template) -> None:
    marked = [one for one in LANGUAGES if "Entwurf" in write(tmp_path, template, language=one).text]
    assert marked == ["de-leicht", "da"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de-leicht", "Ihr Termin ist bestätigt: Dienstag, 1.12.2026, 9 Uhr"),
        ("da", "Din aftale tirs. 1.12.2026, kl. 9.00 er bekræftet"),
    ],
)
def test_plain_german_and_danish_write_the_day_in_their_own_way(
    tmp_path: Path, language: str, said: str
) -> None:
    mail = write(tmp_path, Template.CONFIRMED, language=language)
    assert mail.subject == said
    assert mail.language == HTML_LANG[language]
    assert f"/{language}/t/" in mail.text


@pytest.mark.parametrize("name", ["<b>Eva</b>", "Eva & Co", '"><script>'])
def test_a_name_cannot_write_html(tmp_path: Path, name: str) -> None:
    mail = write(tmp_path, Template.CONFIRMED, name=name)
    assert mail.text.startswith("Guten Tag, ")
    assert name not in mail.html


@pytest.mark.parametrize("name", ["D’Angelo", "O'Brien", "Żółć", "محمد علي"])
def test_a_name_is_written_as_it_is_without_escape_codes(tmp_path: Path, name: str) -> None:
    mail = write(tmp_path, Template.CONFIRMED, name=name)
    assert name in mail.text
    assert name in mail.html.replace("&#39;", "ESCAPED")


def test_the_same_message_is_written_the_same_each_time(tmp_path: Path) -> None:
    writer = Writer(Names(), tokens(tmp_path), SENDER, CODES, DOOR)
    ask, to = Ask(Template.MOVED, "de", 1, ASKED), Recipient("Eva", "eva@example.org")
    assert writer.write(ask, to, APPOINTMENT) == writer.write(ask, to, APPOINTMENT)


def test_what_the_catalogue_does_not_know_is_an_error_not_a_gap(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        write(tmp_path, Template.CONFIRMED, replace(APPOINTMENT, items=[("unknown", 1)]))
    with pytest.raises(LookupError):
        write(tmp_path, Template.CONFIRMED, replace(APPOINTMENT, ends_at=None))


@pytest.mark.parametrize("template", [Template.CONFIRMED, Template.MOVED])
@pytest.mark.parametrize("language", LANGUAGES)
def test_who_may_come_reads_the_code_for_the_door(tmp_path: Path, template: Template, language: str) -> None:
    mail = write(tmp_path, template, language=language)
    code = spoken_code(CODES, APPOINTMENT.booking_id)
    assert code in mail.text
    assert code in mail.html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("pickup", [False, True])
def test_a_reminder_has_the_link_to_cancel_on_top_and_no_calendar_entry(
    tmp_path: Path, language: str, *, pickup: bool
) -> None:
    mail = write(tmp_path, Template.REMINDER, replace(APPOINTMENT, pickup=pickup), language=language)
    top, ticket = [line for line in mail.text.splitlines() if line.startswith("https://")]
    assert top == f"{ticket}/absagen"
    assert when(STARTS, language) in mail.subject
    assert mail.ics is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reminder_of_what_was_booked_long_ago_has_the_link_i_will_come(
    tmp_path: Path, language: str
) -> None:
    writer = Writer(Names(), tokens(tmp_path), SENDER, CODES, DOOR)
    ask = Ask(Template.REMINDER, language, 1, ASKED, reaffirm=True)
    text = writer.write(ask, Recipient("Eva", "eva@example.org"), APPOINTMENT).text
    cancel, comes, ticket = [line for line in text.splitlines() if line.startswith("https://")]
    assert (cancel, comes) == (f"{ticket}/absagen", f"{ticket}/ich-komme")
    said = {"de": "Ich komme", "de-leicht": "Ich komme", "en": "I will come", "da": "Jeg kommer"}
    assert said[language] in text


def test_imprint_and_privacy_stand_at_the_end_of_a_mail_with_their_addresses(tmp_path: Path) -> None:
    mail = write(tmp_path, Template.CONFIRMED, names=Linked())
    assert mail.text.endswith(
        "Impressum: https://termin.flensburg.example/de/impressum\nDatenschutz: https://stadt.example/dse\n"
    )
    assert '<a href="https://termin.flensburg.example/de/impressum">' in mail.html


class Linked(Names):
    """An office with a page of booking's and one of the city's."""

    def office(self, site: str | None, language: str) -> Office:
        pages = [("Impressum", f"/{language}/impressum"), ("Datenschutz", "https://stadt.example/dse")]
        return replace(super().office(site, language), links=pages)
