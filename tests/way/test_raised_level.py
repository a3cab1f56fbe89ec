"""The raised level over pages and API: a task or a proven mailbox before a hold, and no form is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest

from buergerbuero_contracts.booking import BookingConfirmed
from services.booking import work
from services.booking.rules.booking_state import Status
from services.booking.work import LASTS, solve
from tests.way.booking_desk import LEAD, RESERVE, Desk
from tests.way.chooser import GO, HOLD, ID_CARD, NINE, TEN, Chooser, held, where
from tests.way.memory_office import events_of
from tests.way.visitor import heading, words
from tests.way.waiting_desk import mailed, wishes_of

STEP = "Noch ein Schritt vor der Reservierung"
FIRST = "/de/postfach-zuerst?service=id_card_apply"
TAKE = "Diesen Termin nehmen"
FOR = {name: RESERVE[name] for name in ("site", "items", "persons")}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks of a few numbers, so that the tests do not work for long."""
    monkeypatch.setattr(work, "COST", 1)


def elsewhere(desk: Desk) -> None:
    """Go on from another device in another network."""
    desk.client.cookies.clear()
    for use in [one for one in desk.office.log.uses if one[0] == "hold-network"]:
        del desk.office.log.uses[use]


@pytest.fixture
def raised(desk: Desk) -> Desk:
    answer = desk.post("/sites/flensburg/protection-level", {"level": "raised"}, **LEAD)
    assert answer.status_code == 200, answer.text
    return desk


@pytest.fixture
def eva(raised: Desk) -> Chooser:
    return Chooser(raised)


def task_of(page: Any) -> str:
    (task,) = re.findall(r'data-task="([^"]+)"', page.text)
    return str(task)


def answer_to(page: Any) -> str:
    return list(solve(task_of(page)))[-1]


def proven(eva: Chooser) -> None:
    """Ask for the mail, open its link and press its button."""
    desk = eva.desk
    asked = eva.press(eva.open(FIRST), "Link schicken", name="Eva Muster", email="eva@example.org")
    assert heading(eva.follow(asked)) == "Prüfen Sie Ihr Postfach"
    link = f"/de/frueher/{mailed(desk.office, wishes_of(desk.office)[-1])}"
    page = eva.follow(eva.press(eva.open(link), "Wunsch bestätigen"))
    assert heading(page) == "Sie stehen auf der Warteliste"


# --- the task


def test_the_page_sets_a_task_and_may_run_our_script_and_no_other(eva: Chooser) -> None:
    page = eva.open(ID_CARD)
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'; worker-src 'self'" in policy and "unsafe" not in policy
    assert page.text.count("<script") == 1 and page.text.count('name="proof"') == 2


def test_at_the_normal_level_no_page_has_a_script(desk: Desk) -> None:
    page = Chooser(desk).open(ID_CARD)
    assert "<script" not in page.text and "script-src" not in page.headers["content-security-policy"]


def test_a_solved_task_holds_the_time(eva: Chooser) -> None:
    page = eva.open(ID_CARD)
    taken = eva.press(page, GO, starts_at=NINE, proof=answer_to(page))
    assert where(taken) == "/de/kontakt" and held(eva).status is Status.HELD


def test_without_an_answer_there_is_one_more_step_with_everything_kept(eva: Chooser) -> None:
    page = eva.press(eva.open(f"{ID_CARD}&uhrzeit=vormittags"), GO, starts_at=NINE)
    assert page.status_code == 401 and heading(page) == STEP
    assert "Dienstag, 1. Dezember 2026, 9:00 Uhr" in words(page)
    assert FIRST.partition("?")[0] in page.text
    taken = eva.press(page, TAKE, proof=answer_to(page))
    assert where(taken) == "/de/kontakt" and "vormittags" in taken.headers["location"]


def test_a_task_that_ended_is_set_anew_and_no_form_is_lost(eva: Chooser) -> None:
    page = eva.open(ID_CARD)
    answer = answer_to(page)
    eva.desk.office.clock.at += LASTS * 2
    again = eva.press(page, GO, starts_at=NINE, proof=answer)
    assert heading(again) == STEP
    assert where(eva.press(again, TAKE, proof=answer_to(again))) == "/de/kontakt"


def test_one_task_holds_one_time_whoever_shows_it(eva: Chooser) -> None:
    page = eva.open(ID_CARD)
    answer = answer_to(page)
    eva.press(page, GO, starts_at=NINE, proof=answer)
    elsewhere(eva.desk)
    other = Chooser(eva.desk)
    assert heading(other.press(other.open(ID_CARD), GO, starts_at=TEN, proof=answer)) == STEP
    assert events_of(eva.desk.office)["BookingOpened"] == 1


def test_a_double_click_with_one_task_is_one_hold(eva: Chooser) -> None:
    page = eva.open(ID_CARD)
    answer = answer_to(page)
    eva.press(page, GO, starts_at=NINE, proof=answer)
    assert where(eva.press(page, GO, starts_at=NINE, proof=answer)) == "/de/kontakt"
    assert events_of(eva.desk.office)["BookingOpened"] == 1


def test_a_second_hold_is_refused_and_the_page_says_why(eva: Chooser) -> None:
    page = eva.open(ID_CARD)
    eva.press(page, GO, starts_at=NINE, proof=answer_to(page))
    eva.cookies.pop(HOLD)
    again = eva.open(ID_CARD)
    answer = eva.press(again, GO, starts_at=TEN, proof=answer_to(again))
    assert answer.status_code == 429
    assert "ungewöhnlich viele Termine" in words(answer) and "0461 85-0 oder 115" in words(answer)


def test_a_task_for_one_service_holds_no_other(eva: Chooser) -> None:
    answer = answer_to(eva.open(ID_CARD))
    page = eva.open("/de/zeit?service=passport_apply")
    assert heading(eva.press(page, GO, starts_at=NINE, proof=answer)) == STEP


# --- the mailbox


def test_whoever_proved_the_mailbox_books_without_a_script_and_without_a_second_link(eva: Chooser) -> None:
    proven(eva)
    page = eva.open(ID_CARD)
    assert "<script" not in page.text
    form = eva.follow(eva.press(page, GO, starts_at=NINE))
    ticket = eva.follow(eva.press(form, "Termin reservieren", name="Eva Muster", email="EVA@example.org"))
    assert "Ihr Termin ist bestätigt" in words(ticket)
    (confirmed,) = [
        one.event for one in eva.desk.office.log.events if isinstance(one.event, BookingConfirmed)
    ]
    assert confirmed.method == "offer_link"
    assert events_of(eva.desk.office)["WishClosed"] == 1


def test_with_another_address_the_mail_is_asked_for_as_always(eva: Chooser) -> None:
    proven(eva)
    form = eva.follow(eva.press(eva.open(ID_CARD), GO, starts_at=NINE))
    answer = eva.press(form, "Termin reservieren", name="Eva Muster", email="other@example.org")
    assert where(answer) == "/de/postfach-pruefen"
    assert held(eva).status is Status.UNCONFIRMED


def test_the_link_alone_proves_nothing(eva: Chooser) -> None:
    """F25: mail scanners open links."""
    eva.press(eva.open(FIRST), "Link schicken", name="Eva Muster", email="eva@example.org")
    eva.open(f"/de/frueher/{mailed(eva.desk.office, wishes_of(eva.desk.office)[-1])}")
    assert heading(eva.press(eva.open(ID_CARD), GO, starts_at=NINE)) == STEP


def test_whose_hold_ended_takes_another_time_without_a_new_proof(eva: Chooser) -> None:
    page = eva.open(ID_CARD)
    form = eva.follow(eva.press(page, GO, starts_at=NINE, proof=answer_to(page)))
    eva.desk.office.clock.pass_(minutes=30)
    typed = {"name": "Eva Muster", "email": "eva@example.org", "starts_at": TEN}
    answer = eva.press(form, "Termin reservieren", **typed)
    assert where(answer) == "/de/postfach-pruefen", words(answer)
    assert HOLD in eva.cookies


# --- the API


def test_the_api_sets_tasks_only_while_they_are_needed(desk: Desk) -> None:
    assert desk.post("/hold-tasks", FOR).json() == {"needed": False}
    assert desk.post("/bookings", RESERVE).status_code == 201


def test_the_api_takes_the_answer_of_its_task_once(raised: Desk) -> None:
    assert raised.post("/bookings", RESERVE).json()["code"] == "hold-proof-missing"
    task = raised.post("/hold-tasks", FOR).json()["task"]
    proof = list(solve(task))[-1]
    assert raised.post("/bookings", RESERVE | {"proof": proof}).status_code == 201
    elsewhere(raised)
    again = raised.post("/bookings", RESERVE | {"proof": proof, "starts_at": TEN})
    assert (again.status_code, again.json()["code"]) == (401, "hold-proof-missing")


def test_the_api_takes_a_proven_wish(eva: Chooser) -> None:
    proven(eva)
    token = mailed(eva.desk.office, wishes_of(eva.desk.office)[-1])
    eva.desk.client.cookies.clear()
    assert eva.desk.post("/bookings", RESERVE | {"proof": token}).status_code == 201
