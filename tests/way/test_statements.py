"""Imprint, privacy notice, accessibility statement: filled from the configuration, drafts marked as such."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.booking.pages.statements import FACTS, read_statements
from tests.way.booking_desk import Desk
from tests.way.memory_office import ROOT
from tests.way.visitor import Visitor, heading, words

PAGES = {
    "impressum": ("Impressum", "Legal notice"),
    "datenschutz": ("Datenschutzerklärung", "Privacy notice"),
    "barrierefreiheit": ("Erklärung zur Barrierefreiheit", "Accessibility statement"),
}


def every_page(desk: Desk, language: str) -> dict[str, Any]:
    return {name: Visitor(desk).open(f"/{language}/{name}") for name in PAGES}


@pytest.mark.parametrize("language", ["de", "en"])
def test_each_page_is_there_and_linked_from_everywhere(desk: Desk, language: str) -> None:
    for name, page in every_page(desk, language).items():
        assert page.status_code == 200
        assert heading(page) == PAGES[name][language == "en"]
        for other in PAGES:
            assert f'href="/{language}/{other}"' in page.text


def test_what_the_city_has_still_to_give_is_marked(desk: Desk) -> None:
    for page in every_page(desk, "de").values():
        assert "Entwurf" in words(page) and "<mark>[" in page.text


def test_once_all_is_given_nothing_is_a_draft(desk: Desk) -> None:
    state = desk.client.app.state
    drafts = state.statements
    state.statements = {name: dict.fromkeys(facts, "Stadt & <b>Amt</b>") for name, facts in FACTS.items()}
    try:
        for page in every_page(desk, "de").values():
            assert "Entwurf" not in words(page) and "<mark>" not in page.text
            assert "Stadt &amp; &lt;b&gt;Amt&lt;/b&gt;" in page.text
    finally:
        state.statements = drafts


def test_the_privacy_notice_says_how_long_as_the_rules_do_it(desk: Desk) -> None:
    said = words(every_page(desk, "de")["datenschutz"])
    for text in ("eine Stunde nach ihrem Ende", "2 Tage nach dem Termin", "7 Tage nach dem Termin"):
        assert text in said
    assert "7 days after the appointment" in words(every_page(desk, "en")["datenschutz"])


def test_a_fact_that_is_missing_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "statements.toml"
    text = (ROOT / "config/statements.toml").read_text("utf-8")
    file.write_text(text.replace("editor =", "author ="))
    with pytest.raises(KeyError):
        read_statements(file)
