"""Every service of the catalogue has a name in both languages, and a mail can be written for it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from services.notification.letter import Office
from services.notification.names import OfficeNames

CATALOGUE = Path(__file__).parents[3] / "config" / "flensburg.toml"
SITE = {"code": "flensburg", "name": "Office", "address": "Street 1", "phone": "0461 1"}
TEXTS = {"x": {"name": {"de": "Ding", "en": "Thing"}, "papers": {"de": ["Blatt"], "en": ["sheet"]}}}


def test_the_seeded_catalogue_has_words_for_each_service_in_both_languages() -> None:
    names = OfficeNames.read(CATALOGUE)
    codes = tomllib.loads(CATALOGUE.read_text("utf-8"))["services"]
    assert codes
    for code in codes:
        for language in ("de", "en"):
            assert names.service(code, language)
            assert all(names.papers(code, language))
    assert names.office("flensburg", "de").phone


def test_names_papers_and_site_come_from_the_files() -> None:
    names = OfficeNames(SITE | {"links": [{"label": {"de": "Impressum"}, "url": "https://x"}]}, TEXTS)
    assert (names.service("x", "en"), list(names.papers("x", "de"))) == ("Thing", ["Blatt"])
    assert names.office("flensburg", "de") == Office(
        "Office", "Street 1", "0461 1", [("Impressum", "https://x")]
    )


@pytest.mark.parametrize("call", [lambda n: n.service("y", "de"), lambda n: n.office("elsewhere", "de")])
def test_what_nobody_knows_is_an_error(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(KeyError):
        call(OfficeNames(SITE, TEXTS))


def test_a_missing_translation_stops_the_start() -> None:
    with pytest.raises(KeyError, match="x has no text in en"):
        OfficeNames(SITE, {"x": {"name": {"de": "Ding"}}})
