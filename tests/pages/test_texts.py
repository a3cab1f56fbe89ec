"""Every sentence of a page exists in every language that the pages speak."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2.ext import babel_extract

from servicekit.web.words import Catalogue
from tests.pages.browser import ROOT

FUNCTIONS = ("_", "gettext", "ngettext")
SHARED = [ROOT / "servicekit/web/templates", ROOT / "servicekit/web/macros"]
CITIZENS = {
    "servicekit": (SHARED, [ROOT / "servicekit/web/locale"]),
    "booking": (
        [ROOT / "services/booking/templates", ROOT / "services/booking/templates/citizen"],
        [ROOT / "servicekit/web/locale", ROOT / "services/booking/locale"],
    ),
    "documents": (
        [ROOT / "services/documents/templates"],
        [ROOT / "servicekit/web/locale", ROOT / "services/documents/locale"],
    ),
    "notification": (
        [ROOT / "services/notification/templates/citizen"],
        [ROOT / "servicekit/web/locale", ROOT / "services/notification/locale"],
    ),
}


def sentences(folders: list[Path]) -> set[str]:
    """What the templates say, singular and plural."""
    found: set[str] = set()
    for folder in folders:
        for file in folder.glob("*.jinja"):
            with file.open("rb") as source:
                for _line, _name, texts, _comments in babel_extract(
                    source, ("_", "gettext", "ngettext"), (), {}
                ):
                    found |= {text for text in (texts if isinstance(texts, tuple) else (texts,)) if text}
    return found


@pytest.mark.parametrize("part", CITIZENS)
def test_no_text_is_missing_in_english(part: str) -> None:
    templates, locales = CITIZENS[part]
    said = sentences(templates)
    assert said, part
    assert Catalogue("en", locales).missing(sorted(said)) == []


def test_the_check_sees_a_missing_text(tmp_path: Path) -> None:
    (tmp_path / "x.html.jinja").write_text("{% trans %}Noch nie gesagt{% endtrans %} {{ _('Auch nicht') }}")
    missing = Catalogue("en", [ROOT / "services/booking/locale"]).missing(sorted(sentences([tmp_path])))
    assert missing == ["Auch nicht", "Noch nie gesagt"]
