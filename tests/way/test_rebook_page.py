"""Another time: the old one stays until the new one is had, and no press loses either."""

from __future__ import annotations

from typing import Any

import pytest

from servicekit.tokens import Purpose
from tests.way.booking_desk import RESERVE, Desk
from tests.way.memory_office import events_of
from tests.way.pickup_desk import PASSPORT, Waiting, pick
from tests.way.visitor import Visitor, choices, heading, ids, words

MOVE = "Termin verschieben"
TEN = "2026-12-01T10:00:00+01:00"


class Holder(Visitor):
    """Somebody with a ticket."""

    def __init__(self, desk: Desk, language: str = "de", **changes: Any) -> None:
        super().__init__(desk, language)
        self.booking = desk.confirmed(**changes)["booking_id"]
        desk.client.cookies.clear()
        self.token = desk.link(self.booking, purpose=Purpose.TICKET)
        self.ticket = f"/{language}/t/{self.token}"

    def times(self, rest: str = "") -> Any:
        return self.open(f"{self.ticket}/verschieben{rest}")


@pytest.fixture
def eva(desk: Desk) -> Holder:
    return Holder(desk)


def test_the_ticket_leads_to_the_times_and_a_press_to_the_moved_ticket(eva: Holder) -> None:
    assert f'href="{eva.ticket}/verschieben"' in eva.open(eva.ticket).text
    page = eva.times()
    assert heading(page) == "Wann möchten Sie stattdessen kommen?"
    assert "Ihr jetziger Termin: Dienstag, 1. Dezember 2026, 9:00 Uhr" in words(page)
    assert RESERVE["starts_at"] not in choices(page, "starts_at"), "the present time is no other time"
    chosen = choices(page, "starts_at")[3]
    moved = eva.press(page, MOVE, starts_at=chosen)
    assert "Ihr Termin ist verschoben" in words(moved) and heading(moved) == "Ihr Termin ist bestätigt"
    twice = eva.press(page, MOVE, starts_at=chosen)
    assert "Ihr Termin ist verschoben" in words(twice)
    assert events_of(eva.desk.office)["BookingRescheduled"] == 1
    booking = eva.desk.get(f"/bookings/{eva.booking}", Authorization=f"Bearer {eva.token}").json()
    assert booking["starts_at"] == chosen


def test_looking_changes_nothing(eva: Holder) -> None:
    before = eva.desk.office.position()
    assert eva.times().status_code == eva.times("?ab=2026-12-03").status_code == 200
    assert eva.times("?ab=nonsense").status_code == 200
    assert eva.desk.office.position() == before


def test_without_a_choice_the_page_says_what_is_missing(eva: Holder) -> None:
    page = eva.press(eva.times(), MOVE)
    assert page.status_code == 422 and "<title>Fehler: " in page.text and "times" in ids(page)
    assert "Bitte wählen Sie eine Uhrzeit." in words(page)


def test_a_time_that_was_taken_meanwhile_leads_to_others_and_the_old_one_stays(eva: Holder) -> None:
    page = eva.times("?ab=2026-12-01")
    assert TEN in choices(page, "starts_at")
    while eva.desk.post("/bookings", RESERVE | {"starts_at": TEN}).status_code == 201:
        eva.desk.client.cookies.clear()
    lost = eva.press(page, MOVE, starts_at=TEN)
    assert lost.status_code == 409 and "Jemand war schneller" in words(lost)
    others = choices(lost, "starts_at")[:3]
    assert events_of(eva.desk.office).get("BookingRescheduled") is None
    assert "Ihr Termin ist verschoben" in words(eva.press(lost, MOVE, starts_at=others[0]))


@pytest.mark.parametrize("start", ["2026-12-01T10:02:00+01:00", "2027-06-01T10:00:00+01:00"])
def test_a_time_that_is_none_shows_others(eva: Holder, start: str) -> None:
    answer = eva.press(eva.times(), MOVE, starts_at=start)
    assert answer.status_code in (409, 422) and heading(answer) == "Wann möchten Sie stattdessen kommen?"


def test_later_days_and_back(eva: Holder) -> None:
    page = eva.times()
    assert "Spätere Tage" in words(page)
    later = page.text.split("/verschieben?")[1].split('"')[0]
    following = eva.times(f"?{later}")
    assert min(choices(following, "starts_at")) > max(choices(page, "starts_at"))
    assert "Frühere Tage" in words(following)


def test_the_fourth_move_is_for_the_phone(eva: Holder) -> None:
    for _ in range(3):
        page = eva.times()
        eva.press(page, MOVE, starts_at=choices(page, "starts_at")[0])
    blocked = eva.times()
    assert choices(blocked, "starts_at") == [] and "115" in words(blocked)
    assert "/verschieben" not in eva.open(eva.ticket).text
    refused = eva.press(page, MOVE, starts_at=choices(page, "starts_at")[-1])
    assert refused.status_code == 409 and "dreimal verschoben" in words(refused)


def test_what_cannot_be_moved_shows_its_ticket(eva: Holder) -> None:
    eva.desk.post(
        f"/bookings/{eva.booking}/cancel", {"date": "2026-12-01"}, Authorization=f"Bearer {eva.token}"
    )
    assert heading(eva.times()) == "Ihr Termin ist abgesagt"


def test_only_the_mailbox_that_confirmed_may_move(eva: Holder) -> None:
    confirm = eva.desk.link(eva.booking)
    unknown = eva.open("/de/t/x/verschieben")
    for token in (confirm, eva.token[:-1], "x" * 54):
        answer = eva.open(f"/de/t/{token}/verschieben")
        assert (answer.status_code, answer.content) == (404, unknown.content)
    fields = {"token": eva.token, "starts_at": TEN, "idempotency_key": "k" * 12}
    assert eva.desk.client.post(f"{eva.ticket}/verschieben", data=fields).status_code == 403
    assert eva.send(f"{eva.ticket}/verschieben", fields | {"token": ""}).status_code == 404


def test_a_pick_up_moves_to_another_time_of_the_window(desk: Desk) -> None:
    waiting = Waiting(desk.office, PASSPORT)
    picked = pick(desk, waiting.grant(), TEN).json()
    eva = Visitor(desk)
    token = desk.link(picked["booking_id"], purpose=Purpose.TICKET)
    page = eva.open(f"/de/t/{token}/verschieben")
    starts = choices(page, "starts_at")
    assert len(starts) > 20, "every five minutes at the window"
    assert "Ihr Termin ist verschoben" in words(eva.press(page, MOVE, starts_at=starts[5]))


def test_everything_is_said_in_english_too(desk: Desk) -> None:
    eva = Holder(desk, "en")
    page = eva.times()
    assert heading(page) == "When would you like to come instead?"
    moved = eva.press(page, "Move appointment", starts_at=choices(page, "starts_at")[0])
    assert "Your appointment has been moved" in words(moved)
