"""Screen 3, where it cannot be: a wish that is none, nothing free, too many holds; always with a way on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from servicekit.decider import Refused
from services.booking.pages import times
from services.booking.rules.booking_state import Status
from tests.way.booking_desk import Desk
from tests.way.chooser import ID_CARD, NINE, TEN, Chooser, held, links, pick, where
from tests.way.memory_office import events_of
from tests.way.visitor import choices, heading, words


@pytest.fixture
def eva(desk: Desk) -> Chooser:
    return Chooser(desk)


@pytest.mark.parametrize(
    ("query", "status", "said", "on"),
    [
        ("service=nix", 422, "gibt es hier nicht", "/de/leistung/id_card_apply"),
        ("service=", 303, "", "/de/"),
        ("", 303, "", "/de/"),
        ("service=id_card_apply&service=certified_copy", 422, "passen nicht in einen Termin", ID_CARD),
        ("service=resident_parking", 422, "brauchen Sie nicht zu kommen", "/de/leistung/resident_parking"),
        ("service=passport_pickup", 422, "laden wir Sie ein", "/de/leistung/passport_pickup"),
        ("service=id_card_apply&service=passport_apply&persons=6", 422, "So viel passt nicht", ID_CARD),
    ],
)
def test_a_wish_that_cannot_be_is_explained_with_the_way_on(
    eva: Chooser, query: str, status: int, said: str, on: str
) -> None:
    page = eva.open(f"/de/zeit?{query}")
    assert page.status_code == status
    if status == 303:
        assert where(page) == on
        return
    assert said in words(page)
    assert any(link.startswith(on) for link in links(page))
    sent = [("idempotency_key", "0123456789"), ("starts_at", NINE)]
    assert eva.send("/de/zeit", [*sent, *parse_qsl(query)]).status_code == 422


@pytest.mark.parametrize("persons", ["0", "7", "-1", "viele"])
def test_a_number_of_people_that_cannot_be_is_asked_for_again(eva: Chooser, persons: str) -> None:
    page = eva.open(f"{ID_CARD}&service=registration&persons={persons}")
    assert page.status_code == 422
    assert heading(page) == "Für wie viele Personen?" and "eine bis 6 Personen" in words(page)
    right = eva.press(page, "Freie Zeiten ansehen", persons="2")
    assert "Für 2 Personen" in words(right) and "Wohnsitz anmelden" in words(right)


def test_where_nothing_is_free_there_is_a_page_that_says_what_else_to_do(eva: Chooser) -> None:
    eva.desk.office.clock.pass_(days=60)
    page = eva.open("/de/zeit?service=registration")
    assert heading(page) == "Zurzeit ist kein Termin frei"
    assert "0461 85-0 oder 115" in words(page)
    assert "/de/leistung/registration" in links(page)
    assert "<details" not in page.text and "radio" not in page.text


def test_the_waiting_list_is_offered_where_there_is_one(
    eva: Chooser, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = any(route.path_format == times.WISHES for route in eva.desk.client.app.routes)
    path, wishes = f"{ID_CARD}&persons=2&uhrzeit=ab-14", "/de/frueher?service=id_card_apply&persons=2"
    assert (wishes in links(eva.open(path))) is served
    monkeypatch.setattr(times, "WISHES", "/{l}/zeit")
    assert wishes in links(eva.open(path))
    eva.desk.office.clock.pass_(days=60)
    assert wishes in links(eva.open(ID_CARD + "&persons=2"))


def test_nothing_free_names_the_next_release(eva: Chooser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.booking.api.free_slots.listed", lambda *_: ())
    assert "Neue Termine öffnen am Donnerstag, 26. November 2026 um 7:30 Uhr" in words(eva.open(ID_CARD))


# --- limits


def test_too_many_holds_are_explained_with_the_way_on_and_the_phone(desk: Desk) -> None:
    for number in range(8):
        other = Chooser(desk)
        assert pick(other, choices(other.open(ID_CARD), "starts_at")[20 + number]).status_code == 303
    eva = Chooser(desk)
    answer = pick(eva, TEN)
    assert answer.status_code == 429
    assert "Am Telefon gilt diese Grenze nicht" in words(answer)
    assert ID_CARD in links(answer)


def test_whoever_chose_too_often_keeps_what_is_held(eva: Chooser, monkeypatch: pytest.MonkeyPatch) -> None:
    pick(eva)
    office = eva.desk.office

    async def refuse(*_: Any) -> None:
        raise Refused("too-many-holds", retry_at=office.clock.now() + timedelta(minutes=40))

    monkeypatch.setattr(office, "execute", refuse)
    answer = pick(eva, TEN, "/de/zeit?service=passport_apply")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2400")
    assert "Weiter mit der reservierten Zeit: Di, 1.12.2026, 9:00 Uhr" in words(answer)
    assert "ab 9:40 Uhr noch einmal" in words(answer)
    assert held(eva).status is Status.HELD


def test_a_form_from_another_site_takes_nothing(eva: Chooser) -> None:
    eva.open(ID_CARD)
    fields = f"service=id_card_apply&starts_at={NINE}&idempotency_key=0123456789"
    answer = eva.desk.client.post(
        "/de/zeit",
        content=fields,
        headers={"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    assert "BookingOpened" not in events_of(eva.desk.office)
