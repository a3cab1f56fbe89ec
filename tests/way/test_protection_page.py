"""The protection level on the lead's screen: what it is, why, until when, and how it is changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.booking import commands as ask
from services.booking.rules.protection import Holds
from services.booking.rules.settings import ProtectionLevel
from tests.way.booking_desk import Desk
from tests.way.floor_desk import Office, text

PATH = "/amt/schutz"


@pytest.fixture
def office(desk: Desk) -> Office:
    return Office(desk).at(9)


def level(office: Office) -> ProtectionLevel:
    return office.office.site("flensburg").opening.level


def shown(office: Office) -> Any:
    page = office.page(PATH, "lead")
    assert page.status_code == 200, page.text
    return page


async def raised_by_itself(office: Office) -> None:
    office.office.latest_holds = Holds(163, 21)
    await office.office.execute(ask.ReviewProtection(site="flensburg"), office.office.context())
    assert level(office) is ProtectionLevel.RAISED


def set_to(office: Office, wanted: str, **more: str) -> Any:
    return office.send(PATH, "lead", level=wanted, **more)


def test_the_lead_raises_and_lowers_it(office: Office) -> None:
    assert "Stufe Normal" in text(shown(office)) and "Stufe erhöhen" in text(shown(office))
    answer = set_to(office, "raised")
    assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    page = text(shown(office))
    assert "Erhöht, von der Leitung" in page and "Bis Sie die Stufe wieder senken" in page
    assert set_to(office, "normal").status_code == 303
    assert level(office) is ProtectionLevel.NORMAL


async def test_raised_by_itself_it_says_why_since_when_and_until_when(office: Office) -> None:
    await raised_by_itself(office)
    page = text(shown(office))
    assert "Erhöht, von selbst" in page
    assert "Seit 9:00 Uhr" in page and "mindestens 9:30 Uhr" in page
    assert "8:20 Uhr bis 8:50 Uhr: 163, davon 21 bestätigt (13 %)" in page
    assert "ab 100 Reservierungen" in page and "weniger als 40 %" in page


async def test_what_raised_itself_the_lead_may_keep_until_further_notice(office: Office) -> None:
    await raised_by_itself(office)
    assert "Erhöht lassen, bis ich sie senke" in text(shown(office))
    assert set_to(office, "raised").status_code == 303
    office.office.latest_holds = Holds(0, 0)
    office.office.clock.pass_(seconds=timedelta(hours=1).total_seconds())
    await office.office.execute(ask.ReviewProtection(site="flensburg"), office.office.context())
    assert level(office) is ProtectionLevel.RAISED


def test_looking_changes_nothing_and_pressing_twice_once(office: Office) -> None:
    before = office.office.position()
    shown(office)
    assert office.office.position() == before
    for _ in range(2):
        assert set_to(office, "raised", idempotency_key="one-key-12").status_code == 303
    assert office.office.position() == before + 1


@pytest.mark.parametrize("wanted", ["", "highest", "RAISED"])
def test_another_level_is_refused_with_the_page(office: Office, wanted: str) -> None:
    answer = set_to(office, wanted)
    assert answer.status_code == 422 and "Stufe erhöhen" in text(answer)


@pytest.mark.parametrize("role", ["desk", "phone", "door", "operations", "data_protection"])
def test_nobody_else_sees_or_sets_it(office: Office, role: str) -> None:
    assert office.page(PATH, role).status_code == 403
    assert office.send(PATH, role, level="raised").status_code == 403
    assert level(office) is ProtectionLevel.NORMAL


def test_the_bar_leads_the_lead_there_and_nobody_else(office: Office) -> None:
    assert f'href="{PATH}"' in office.page("/amt/einlass", "lead").text
    assert f'href="{PATH}"' not in office.page("/amt/einlass", "desk").text
