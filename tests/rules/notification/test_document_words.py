"""What messages about documents and papers say: in both languages, in text, HTML and on paper (F29)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from buergerbuero_contracts.notification import Template
from servicekit.tokens import Purpose, Tokens
from servicekit.web.problems import LANGUAGES
from servicekit.web.words import HTML_LANG
from services.notification.facts import Facts, InvitationFacts, ItemFacts, LockerFacts
from services.notification.texts import as_text
from services.notification.words import KINDS, reference
from services.notification.writer import Ask, Page, Recipient, Writer
from tests.rules.notification.office import (
    APPOINTMENT,
    ASKED,
    CODES,
    DOOR,
    SENDER,
    STARTS,
    Names,
    tokens,
    write,
)
from tests.rules.notification.paperwork import INVITATION, ITEM
from tests.rules.notification.test_writer import Words

CALL = InvitationFacts(INVITATION, "flensburg", ["id_card"], ASKED)
TWO = replace(CALL, kinds=["id_card", "passport"])
LOCKER = LockerFacts("flensburg", "passport", date(2027, 1, 4))
PAPERS = ItemFacts(ITEM, "registration", ["form", "id_copy"], date(2026, 12, 8))
PICKUP = replace(APPOINTMENT, items=[("id_card_pickup", 1), ("passport_pickup", 1)], persons=1, pickup=True)
MESSAGES: list[tuple[Template, Facts]] = [
    (Template.DOCUMENT_READY, CALL),
    (Template.DOCUMENT_READY, TWO),
    (Template.DOCUMENT_READY, LOCKER),
    (Template.PAPERS_MISSING, PAPERS),
    (Template.PICKUP_BOOKED, PICKUP),
    (Template.MOVED, PICKUP),
    (Template.CANCELLED_BY_CITIZEN, PICKUP),
    (Template.CANCELLED_BY_OFFICE, replace(PICKUP, reason="office_fault")),
]


def page(folder: Path, template: Template, facts: Facts, name: str = "Erika Mustermann") -> Page:
    """The same on paper."""
    writer = Writer(Names(), tokens(folder), SENDER, CODES, DOOR)
    return writer.page(Ask(template, "de", 1, ASKED), Recipient(name), facts)


@pytest.mark.parametrize(("template", "facts"), MESSAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_text_and_html_say_the_same_words(
    tmp_path: Path, template: Template, facts: Facts, language: str
) -> None:
    mail = write(tmp_path, template, facts, language=language)
    plain = re.sub(r"^- ", "", mail.text, flags=re.M).split()
    assert " ".join(Words(mail.html).found).replace(" :", ":") == " ".join(plain)
    assert mail.language == HTML_LANG[language]
    for said in ("Erika Mustermann", "Bürgerbüro Flensburg, Rathausplatz 1, 24937 Flensburg", "0461 85-0"):
        assert said in mail.text


def test_a_call_says_what_waits_what_to_do_and_what_to_bring(tmp_path: Path) -> None:
    mail = write(tmp_path, Template.DOCUMENT_READY, CALL)
    assert mail.subject == "Ihr Personalausweis liegt zur Abholung bereit"
    first = mail.text.splitlines()[0]
    assert first.startswith(
        "Guten Tag Erika Mustermann, Ihr Personalausweis liegt für Sie bereit. Bitte buchen"
    )
    assert "- alter Personalausweis" in mail.text and "Vollmacht" in mail.text
    assert mail.ics is None


def test_several_documents_are_counted_and_listed(tmp_path: Path) -> None:
    mail = write(tmp_path, Template.DOCUMENT_READY, TWO)
    assert mail.subject == "2 Dokumente liegen zur Abholung bereit"
    assert "Was: Personalausweis; Reisepass" in mail.text
    assert mail.text.count("für andere: Vollmacht") == 1, "papers are named once"
    twice = write(tmp_path, Template.DOCUMENT_READY, replace(CALL, kinds=["id_card", "id_card"]))
    assert "Was: Personalausweis (2)" in twice.text


def test_a_reminder_says_so_and_when_the_call_was(tmp_path: Path) -> None:
    call = replace(CALL, reminded=True, invited_at=ASKED - timedelta(days=14))
    mail = write(tmp_path, Template.DOCUMENT_READY, call)
    assert mail.subject.startswith("Erinnerung: Ihr Personalausweis")
    assert "Wir haben Sie am Di, 10.11.2026 eingeladen" in mail.text
    assert write(tmp_path, Template.DOCUMENT_READY, call, language="en").subject.startswith("Reminder: ")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("facts", [CALL, TWO])
def test_the_office_may_say_just_that_a_document_waits(tmp_path: Path, language: str, facts: Facts) -> None:
    mail = write(
        tmp_path, Template.DOCUMENT_READY, facts, language=language, names=Names(name_documents=False)
    )
    for told in (mail.subject, mail.text, mail.html):
        assert not [word[language] for word in KINDS.values() if word[language] in told]
    if facts is CALL and language == "de":
        assert mail.subject == "Ein Dokument liegt zur Abholung bereit"
        assert ", ein Dokument liegt für Sie bereit." in mail.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_link_to_collect_stands_alone_and_opens_the_invitation(tmp_path: Path, language: str) -> None:
    mail = write(tmp_path, Template.DOCUMENT_READY, CALL, language=language)
    (line,) = [line for line in mail.text.splitlines() if "https://" in line]
    found = re.fullmatch(rf"https://ausweis\.flensburg\.example/{language}/abholung/([\w-]{{54}})", line)
    assert found
    link = Tokens(tmp_path / "links").verify(found[1], Purpose.PICKUP)
    assert link is not None
    assert (link.id, link.until) == (INVITATION, ASKED + timedelta(days=120))
    assert Tokens(tmp_path / "links").verify(found[1], Purpose.GRANT) is None, "it books nothing itself"


def test_papers_are_named_with_their_date_and_the_way_to_send_them(tmp_path: Path) -> None:
    mail = write(tmp_path, Template.PAPERS_MISSING, PAPERS)
    assert mail.subject == "Bitte schicken Sie uns Unterlagen bis Di, 8.12.2026"
    for said in ("- Formular", "- Kopie des Ausweises", "Anliegen: Wohnsitz anmelden", reference(ITEM)):
        assert said in mail.text
    assert "als Anhang Ihrer Antwort auf diese E-Mail oder mit der Post" in mail.text
    assert "https://" not in mail.text
    again = write(tmp_path, Template.PAPERS_MISSING, replace(PAPERS, reminded=True), language="en")
    assert again.subject == "Reminder: Please send us papers by Tue, 8 Dec 2026"
    assert "- form" in again.text


def test_a_booked_pickup_says_when_with_what_and_who_else_may_come(tmp_path: Path) -> None:
    mail = write(tmp_path, Template.PICKUP_BOOKED, PICKUP)
    assert mail.subject == "Ihr Abholtermin am Di, 1.12.2026, 9:00 Uhr ist gebucht"
    for said in (
        "Personalausweis abholen; Reisepass abholen",
        "- alter Reisepass",
        "Ihr Code für den Einlass",
    ):
        assert said in mail.text
    assert "Schicken Sie jemanden mit Ihrer schriftlichen Vollmacht" in mail.text
    assert mail.method == "REQUEST" and mail.ics is not None and b"DTSTART" in mail.ics
    (line,) = [line for line in mail.text.splitlines() if "https://" in line]
    link = Tokens(tmp_path / "links").verify(line.rpartition("/")[2], Purpose.TICKET)
    assert link is not None and (link.id, link.until) == (PICKUP.booking_id, STARTS + timedelta(days=60))


def test_a_pickup_that_falls_away_says_that_the_document_stays(tmp_path: Path) -> None:
    own = write(tmp_path, Template.CANCELLED_BY_CITIZEN, PICKUP)
    office = write(tmp_path, Template.CANCELLED_BY_OFFICE, replace(PICKUP, reason="closure"))
    for mail in (own, office):
        assert "Ihr Abholtermin" in mail.subject
        assert "Ihr Dokument bleibt bei uns: Sie bekommen eine neue Einladung" in mail.text
        assert mail.method == "CANCEL"
    gone = write(tmp_path, Template.CANCELLED_BY_OFFICE, replace(PICKUP, reason="document_gone"))
    assert "Das Dokument liegt nicht mehr bei uns" in gone.text and "neue Einladung" not in gone.text


@pytest.mark.parametrize(("template", "facts"), MESSAGES[:4])
def test_paper_says_the_same_without_asking_for_a_reply_by_email(
    tmp_path: Path, template: Template, facts: Facts
) -> None:
    letter, mail = page(tmp_path, template, facts), write(tmp_path, template, facts)
    assert letter.subject == mail.subject
    told = as_text(letter.blocks)
    assert "E-Mail" not in told and "0461 85-0" in told
    assert "Sie erhalten diesen Brief, weil" in told


def test_a_name_that_the_font_cannot_show_is_left_to_the_hand(tmp_path: Path) -> None:
    assert page(tmp_path, Template.DOCUMENT_READY, CALL, "محمد علي").name is None
    letter = page(tmp_path, Template.DOCUMENT_READY, CALL, "Łukasz Żółć-Nguyễn")
    assert letter.name == "Łukasz Żółć-Nguyễn"
    assert as_text(letter.blocks).startswith("Guten Tag Łukasz")
