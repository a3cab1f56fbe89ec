"""docs/settings.md is what the settings model says."""

from __future__ import annotations

import pytest

from devstack import settings_page
from servicekit.settings import Settings


def test_the_page_is_up_to_date() -> None:
    assert settings_page.PAGE.read_text("utf-8") == settings_page.page(), (
        "run `python -m devstack.settings_page`"
    )


def test_every_setting_has_a_row_with_its_default() -> None:
    table = settings_page.page().partition(settings_page.TAIL)[0].splitlines()
    rows = {line.split("`")[1]: line for line in table if line.startswith("| `")}
    for name, field in Settings.model_fields.items():
        row = rows[name.upper()]
        assert "| needed |" in row if field.is_required() else str(field.default or "–") in row


def test_a_setting_without_a_meaning_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(settings_page.MEANINGS, "city")
    with pytest.raises(ValueError, match="city"):
        settings_page.page()
