"""Every service of the catalogue has a name in both languages, and a mail can be written for it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from servicekit.web.problems import LANGUAGES
from services.notification.names import OfficeNames
from services.notification.words import Office

CATALOGUE = Path(__file__).parents[3] / "config" / "flensburg.toml"
SITE = {"code": "flensburg", "name": "Office", "address": "Street 1", "phone": "0461 1"}


def said(de: Any, en: Any) -> dict[str, Any]:
    """A text in every language."""
    return {"de": de, "de-leicht": de, "en": en, "da": en}


ROOM = {
    "papers": {"form": said("Formular", "form")},
    "services": {"x": {"team": "a"}, "other": {"team": "a", "name": "Sonstiges"}},
}
TEXTS = {"x": {"name": said("Ding", "Thing"), "papers": said(["Blatt"], ["sheet"])}}


def test_the_seeded_catalogue_has_words_for_each_service_in_each_language() -> None:
    names = OfficeNames.read(CATALOGUE)
    codes = tomllib.loads(CATALOGUE.read_text("utf-8"))["services"]
    assert codes
    for code in codes:
        for language in LANGUAGES:
            assert names.service(code, language)
            assert all(names.papers(code, language))
    assert names.office("flensburg", "de").phone
    room = tomllib.loads(CATALOGUE.with_name("post_room.toml").read_text("utf-8"))["services"]
    for code, row in room.items():
        assert all(names.service(code, language) for language in LANGUAGES)
        assert all(names.paper(paper, language) for paper in row["papers"] for language in LANGUAGES)


def test_names_papers_and_site_come_from_the_files() -> None:
    link = {"label": said("Impressum", "Imprint"), "url": said("https://x", "/en/imprint")}
    names = OfficeNames({"site": SITE, "messages": {"links": [link]}}, TEXTS, ROOM)
    assert (names.service("x", "en"), list(names.papers("x", "de"))) == ("Thing", ["Blatt"])
    assert names.office("flensburg", "de") == Office(
        "Office", "Street 1", "0461 1", [("Impressum", "https://x")]
    )
    assert names.office("flensburg", "en").links == [("Imprint", "/en/imprint")]


def test_papers_and_internal_services_come_from_the_post_room() -> None:
    names = OfficeNames({"site": SITE}, TEXTS, ROOM)
    assert (names.paper("form", "en"), names.service("other", "en")) == ("form", "Sonstiges")
    assert names.office(None, "de").name == "Office", "the post room belongs to the whole office"


def test_the_office_may_decide_that_messages_do_not_name_the_document() -> None:
    assert OfficeNames({"site": SITE}, TEXTS, ROOM).name_documents
    assert not OfficeNames({"site": SITE, "messages": {"name_documents": False}}, TEXTS, ROOM).name_documents


@pytest.mark.parametrize(
    "call",
    [
        lambda names: names.service("y", "de"),
        lambda names: names.paper("y", "de"),
        lambda names: names.office("elsewhere", "de"),
    ],
)
def test_what_nobody_knows_is_an_error(call: Callable[[OfficeNames], object]) -> None:
    with pytest.raises(KeyError):
        call(OfficeNames({"site": SITE}, TEXTS, ROOM))


def test_a_missing_translation_stops_the_start() -> None:
    with pytest.raises(KeyError, match="x has no text in da"):
        OfficeNames({"site": SITE}, {"x": {"name": {**said("Ding", "Thing"), "da": ""}}}, ROOM)
    link = {"label": said("Impressum", "Imprint"), "url": {"de": "/de/impressum"}}
    with pytest.raises(KeyError, match="link under the mails"):
        OfficeNames({"site": SITE, "messages": {"links": [link]}}, TEXTS, ROOM)
    with pytest.raises(KeyError, match="form has no text in each language"):
        OfficeNames({"site": SITE}, TEXTS, {"papers": {"form": {"de": "Formular"}}})
