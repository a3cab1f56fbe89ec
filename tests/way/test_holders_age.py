"""How old the holder is, at the window: preset with what is known, chosen as it stands on the document."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.documents.rules.holder import Holder
from tests.rules.documents.desk import ID_CARD
from tests.way.memory_documents import Window

APPLICANT = {
    "recipient_role": "applicant",
    "check_method": "photo",
    "authority": "none_needed",
    "old_document": "voided_returned",
}


@pytest.fixture
def card(window: Window) -> UUID:
    """An ID card at the window, of whose holder's age nothing is known."""
    (document,) = window.eva.at_window(ID_CARD)
    return document


def known(window: Window, card: UUID, **what: Any) -> None:
    """What the order said."""
    window.world.cases.rows[card] = replace(window.world.cases.rows[card], **what)


def form(page: Any) -> dict[str, str]:
    """The choice of the age as a browser sends it back untouched."""
    (select,) = re.findall(r'<select[^>]*name="holder".*?</select>', page.text, re.S)
    (chosen,) = re.findall(r'value="([a-z]+)" selected', select)
    (shown,) = re.findall(r'name="holder_shown" value="([a-z]+)"', page.text)
    return {"holder": chosen, "holder_shown": shown}


def give(window: Window, card: UUID, **fields: str) -> Any:
    scan = window.eva.number(ID_CARD)
    return window.send(f"/amt/ausgabe/{card}/ausgeben", scan=scan, **APPLICANT | fields)


def confirmed(window: Window, card: UUID, page: Any) -> str:
    """The state after the second step."""
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text))
    window.send(f"/amt/ausgabe/{card}/ausgeben", **fields, confirmed="yes")
    return window.world.document(card).status


@pytest.mark.parametrize("holder", [*Holder, None])
def test_the_age_is_preset_with_what_the_order_said(
    window: Window, card: UUID, holder: Holder | None
) -> None:
    known(window, card, holder=holder)
    assert form(window.open(f"/amt/ausgabe/{card}"))["holder"] == (holder or "adult")


def test_a_birthday_leaves_no_choice(window: Window, card: UUID) -> None:
    known(window, card, born_on=date(2015, 5, 1))
    assert 'name="holder"' not in window.open(f"/amt/ausgabe/{card}").text
    assert "Nicht empfangsberechtigt" in give(window, card, holder="adult").text


def test_an_adults_card_that_took_the_childs_order_is_handed_over_by_what_stands_on_it(
    window: Window, card: UUID
) -> None:
    known(window, card, holder=Holder.CHILD)
    untouched = form(window.open(f"/amt/ausgabe/{card}"))
    refused = give(window, card, **untouched)
    assert refused.status_code == 403 and form(refused) == untouched
    asked = give(window, card, **form(refused) | {"holder": "adult"})
    assert "Jetzt ausgeben?" in asked.text and "ab 18 Jahren" in asked.text
    assert confirmed(window, card, asked) == "handed_over"


def test_a_choice_that_nobody_touched_follows_what_was_learned_meanwhile(window: Window, card: UUID) -> None:
    """The page was opened before anybody knew the age; a child receives nothing by it."""
    untouched = form(window.open(f"/amt/ausgabe/{card}"))
    asked = give(window, card, **untouched)
    assert "Jetzt ausgeben?" in asked.text
    known(window, card, holder=Holder.CHILD)
    assert confirmed(window, card, asked) == "booked"
    refused = give(window, card, **untouched)
    assert refused.status_code == 403
    assert form(refused) == {"holder": "child", "holder_shown": "child"}


def test_what_was_chosen_stays_while_something_else_is_put_right(window: Window, card: UUID) -> None:
    known(window, card, holder=Holder.CHILD)
    chosen = {"holder": "adult", "holder_shown": "child"}
    again = give(window, card, **chosen | {"old_document": ""})
    assert "Altes Dokument offen" in again.text and form(again) == chosen
    asked = give(window, card, **form(again))
    back = window.send(f"/amt/ausgabe/{card}/ausgeben", **chosen, change="yes")
    assert form(back) == chosen and "Jetzt ausgeben?" in asked.text


def test_a_choice_that_there_is_not_is_bad_input_and_shows_what_is_known(window: Window, card: UUID) -> None:
    known(window, card, holder=Holder.CHILD)
    answer = give(window, card, holder="old", holder_shown="child")
    assert answer.status_code == 422 and form(answer)["holder"] == "child"
