"""A page that was opened yesterday and is sent today is answered with the way on, never with a dead end."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from servicekit.tokens import Purpose
from services.booking.pages.citizen import HOLD_COOKIE
from tests.way.booking_desk import Desk
from tests.way.pickup_desk import ID_CARD, Waiting
from tests.way.visitor import Visitor, choices, words
from tests.way.waiting_desk import mailed, wishes_of

EVA = {"name": "Eva Đặng", "email": "eva@example.org"}
TECHNICAL = re.compile(r"session|sitzung|token|csrf|timeout|cookie|ungültige anfrage", re.IGNORECASE)
WAY_ON = re.compile(r'<a [^>]*href="/de/|<button|<a [^>]*href="https://termin\.example')


def held(desk: Desk, **changes: Any) -> Visitor:
    eva = Visitor(desk)
    eva.cookies[HOLD_COOKIE] = desk.held(**changes)["access"]
    return eva


def times(desk: Desk) -> tuple[Visitor, str, str, dict[str, str]]:
    return Visitor(desk), "/de/zeit?service=id_card_apply", "Diesen Termin nehmen", {}


def contact(desk: Desk) -> tuple[Visitor, str, str, dict[str, str]]:
    return held(desk, starts_at="2026-11-26T09:00:00+01:00"), "/de/kontakt", "Termin reservieren", EVA


def more_time(desk: Desk) -> tuple[Visitor, str, str, dict[str, str]]:
    return held(desk), "/de/kontakt", "Zeit verlängern", EVA


def confirm(desk: Desk) -> tuple[Visitor, str, str, dict[str, str]]:
    return Visitor(desk), f"/de/t/{desk.link(desk.asked()['booking_id'])}", "Termin bestätigen", {}


def _ticket(desk: Desk) -> str:
    return f"/de/t/{desk.link(desk.confirmed()['booking_id'], 0, Purpose.TICKET)}"


def move(desk: Desk) -> tuple[Visitor, str, str, dict[str, str]]:
    eva, path = Visitor(desk), f"{_ticket(desk)}/verschieben"
    return eva, path, "Termin verschieben", {"starts_at": choices(eva.open(path), "starts_at")[0]}


def cancel(desk: Desk) -> tuple[Visitor, str, str, dict[str, str]]:
    return Visitor(desk), f"{_ticket(desk)}/absagen", "Termin absagen", {"typed": "1.12.2026"}


def join(desk: Desk) -> tuple[Visitor, str, str, dict[str, str]]:
    return Visitor(desk), "/de/frueher?service=id_card_apply", "Auf die Warteliste", EVA


def prove(desk: Desk) -> tuple[Visitor, str, str, dict[str, str]]:
    eva, path, label, typed = join(desk)
    eva.press(eva.open(path), label, **typed)
    office = desk.office
    return eva, f"/de/frueher/{mailed(office, wishes_of(office)[-1])}", "Wunsch bestätigen", {}


def pick_up(desk: Desk) -> tuple[Visitor, str, str, dict[str, str]]:
    eva, path = Visitor(desk), f"/de/abholtermin/{Waiting(desk.office, ID_CARD).grant()}"
    return eva, path, "Abholtermin buchen", {"starts_at": choices(eva.open(path), "starts_at")[0]}


@pytest.mark.parametrize(
    "story",
    [times, contact, more_time, confirm, move, cancel, join, prove, pick_up],
    ids=lambda one: one.__name__,
)
def test_what_was_opened_yesterday_is_answered_with_the_way_on(desk: Desk, story: Any) -> None:
    eva, path, label, typed = story(desk)
    page = eva.open(path)
    assert page.status_code == 200, words(page)
    desk.office.clock.pass_(days=1, minutes=5)
    answer = eva.press(page, label, **typed)
    assert answer.status_code in (200, 404, 409, 410, 422), words(answer)
    main = answer.text.split("<main", 1)[1].split("</main>")[0]
    assert WAY_ON.search(main) or "Prüfen Sie Ihr Postfach" in main, words(answer)
    assert not TECHNICAL.search(words(answer)), words(answer)
    for text in typed.values():
        if answer.status_code in (409, 422) and story is not move and story is not pick_up:
            assert text in answer.text, "what was typed is kept"


def test_a_ticket_of_yesterday_still_leads_on(desk: Desk) -> None:
    booking = desk.confirmed(starts_at="2026-11-25T11:00:00+01:00")["booking_id"]
    eva, path = Visitor(desk), f"/de/t/{desk.link(booking, 0, Purpose.TICKET)}"
    assert UUID(booking) and eva.open(path).status_code == 200
    desk.office.clock.pass_(days=1)
    assert WAY_ON.search(eva.open(path).text.split("<main", 1)[1])
