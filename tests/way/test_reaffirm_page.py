"""The link "I will come": opening it says nothing, the button says it once, and it never cancels."""

from __future__ import annotations

from uuid import UUID

import pytest

from servicekit.tokens import Purpose
from servicekit.web.codes import spoken_code
from tests.way.booking_desk import Desk
from tests.way.link_reader import Reader, heading
from tests.way.memory_office import events_of


@pytest.fixture
def reader(desk: Desk) -> Reader:
    reader = Reader(desk)
    reader.confirm()
    return reader


def affirmed(reader: Reader) -> int:
    """How often the person said so, by the log."""
    return events_of(reader.desk.office).get("AttendanceReaffirmed", 0)


def page(reader: Reader) -> str:
    return f"{reader.ticket()}/ich-komme"


def test_opening_the_link_says_nothing_and_one_button_says_yes(reader: Reader) -> None:
    asked = reader.open(page(reader))
    reader.desk.client.head(page(reader))
    assert (asked.status_code, heading(asked)) == (200, "Kommen Sie zu diesem Termin?")
    assert affirmed(reader) == 0
    answer = reader.press(asked, "ich-komme")
    assert "Danke für Ihre Antwort" in answer.text
    reader.press(reader.open(page(reader)), "ich-komme")
    assert affirmed(reader) == 1


def test_a_cancelled_appointment_is_not_affirmed_and_the_ticket_says_how_it_stands(reader: Reader) -> None:
    asked = reader.open(page(reader))
    code = spoken_code(reader.desk.office.code_key, UUID(reader.booking))
    reader.press(reader.open(f"{reader.ticket()}/absagen"), "absagen", typed=code)
    assert heading(reader.press(asked, "ich-komme")) == "Ihr Termin ist abgesagt"
    assert heading(reader.open(reader.open(page(reader)).headers["location"])) == "Ihr Termin ist abgesagt"
    assert affirmed(reader) == 0


def test_another_link_than_the_tickets_affirms_nothing(reader: Reader) -> None:
    link = reader.desk.link(reader.booking, purpose=Purpose.CONFIRM)
    assert reader.open(f"/de/t/{link}/ich-komme").status_code == 404


def test_the_page_speaks_english(reader: Reader) -> None:
    english = reader.open(page(reader).replace("/de/", "/en/"))
    assert heading(english) == "Are you coming to this appointment?"
