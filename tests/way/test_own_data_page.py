"""What do you hold about me? Everything, to whoever has the ticket, and who of the office has looked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from servicekit.tokens import Purpose
from services.booking.office import Read
from tests.way.booking_desk import Desk
from tests.way.visitor import Visitor, heading, words


@pytest.fixture
def booking(desk: Desk) -> str:
    found: str = desk.confirmed()["booking_id"]
    return found


def path(desk: Desk, booking: str, purpose: Purpose = Purpose.TICKET, language: str = "de") -> str:
    return f"/{language}/t/{desk.link(booking, purpose=purpose)}/meine-daten"


def test_the_ticket_leads_to_all_that_is_kept_and_until_when(desk: Desk, booking: str) -> None:
    eva, here = Visitor(desk), path(desk, booking)
    assert f'href="{here}"' in eva.open(here.removesuffix("/meine-daten")).text
    page = eva.open(here)
    said = words(page)
    assert heading(page) == "Diese Daten haben wir von Ihnen"
    for text in ("CANARY Mustermann", "erika.canary@example.org", "Rollstuhl", "Deutsch", "Fr, 4.12.2026"):
        assert text in said, text
    assert "Bisher hat niemand im Amt" in said
    assert "Who has seen your name" in words(eva.open(path(desk, booking, language="en")))


async def test_each_look_is_told_with_its_reason_and_without_a_clerk(desk: Desk, booking: str) -> None:
    at, seen = desk.office.clock.now(), (UUID(booking),)
    for reason in ("door_search", "counter_serving", "something_new"):
        read = Read("desk_1", "desk", "flensburg", reason, seen, at)
        await desk.office.floor.record_read(read)
    said = words(Visitor(desk).open(path(desk, booking)))
    assert "Mi, 25.11.2026, 9:00 Uhr: am Eingang, bei der Suche nach einem Namen" in said
    assert "am Schalter, während Sie bedient wurden" in said and ": im Bürgerbüro" in said
    assert "desk_1" not in said


def test_once_erased_nothing_is_left_to_show(desk: Desk, booking: str) -> None:
    log = desk.office.log
    gone: dict[str, Any] = {"name": None, "email": None, "phone": None, "needs": (), "erased": True}
    log.people = {one: replace(person, **gone) for one, person in log.people.items()}
    said = words(Visitor(desk).open(path(desk, booking)))
    assert "haben wir schon gelöscht" in said and "CANARY" not in said


def test_a_link_that_only_confirms_shows_nobodys_data(desk: Desk, booking: str) -> None:
    confirm = path(desk, booking, Purpose.CONFIRM)
    assert Visitor(desk).open(confirm).status_code == 404
    assert Visitor(desk).open("/de/t/x/meine-daten").content == Visitor(desk).open(confirm).content
