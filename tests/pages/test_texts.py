"""Every text that a citizen sees exists in every language that the pages speak; ``make check`` runs this."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from servicekit.web import problems
from servicekit.web.problem_words import EDGE_WORDS, FIELD_WORDS
from servicekit.web.problems import LANGUAGES
from servicekit.web.words import DRAFTS, HTML_LANG, LANGUAGE_NAMES, Catalogue
from services.booking.floor_refusals import ON_FLOOR
from services.booking.office import read_texts
from services.booking.refusals import REFUSALS
from services.notification import paper, texts, words, writer
from services.notification.names import OfficeNames
from tests.pages.browser import ROOT

TRANSLATED = tuple(language for language in LANGUAGES if language != "de")
SHARED = [ROOT / "servicekit/web/templates", ROOT / "servicekit/web/macros"]
KIT = ROOT / "servicekit/web/locale"
CITIZENS = {
    "servicekit": (SHARED, [KIT]),
    "booking": (
        [ROOT / "services/booking/templates", ROOT / "services/booking/templates/citizen"],
        [KIT, ROOT / "services/booking/locale"],
    ),
    "documents": ([ROOT / "services/documents/templates"], [KIT, ROOT / "services/documents/locale"]),
    "notification": (
        [ROOT / "services/notification/templates/citizen"],
        [KIT, ROOT / "services/notification/locale"],
    ),
}
CATALOGUES = [(part, language) for part in CITIZENS for language in TRANSLATED]
MAILS = ROOT / "services/notification/templates/mail"
STAFF = {
    *ON_FLOOR,
    *("pool-forbidden", "reason-missing", "past-read-only", "end-before-start", "weekday-never"),
    *("counter-twice", "row-exists", "unknown-row", "unknown-counter", "beyond-horizon", "no-open-hours"),
}
"""Refusals that only clerks and the management meet."""
INTERNAL = {"weekly_report"}
"""Mails that only staff get."""
PLACES = re.compile(r"%\(\w+\)s|</?\w+[^>]*>")


def sentences(folders: Iterable[Path]) -> set[str]:
    """What the templates say, singular and plural."""
    found: set[str] = set()
    for folder in folders:
        for file in folder.glob("*.jinja"):
            with file.open("rb") as source:
                for _line, _name, texts_, _comments in babel_extract(
                    source, ("_", "gettext", "ngettext"), (), {}
                ):
                    found |= {text for text in (texts_ if isinstance(texts_, tuple) else (texts_,)) if text}
    return found


def entries(part: str, language: str) -> list[Any]:
    """The entries of a part's own catalogue."""
    with (CITIZENS[part][1][-1] / f"{language}.po").open("rb") as source:
        return [entry for entry in read_po(source) if entry.id]


def pairs(entry: Any) -> list[tuple[str, str]]:
    """Source and text of an entry, singular and plural."""
    if isinstance(entry.id, str):
        return [(entry.id, entry.string)]
    return list(zip(entry.id, entry.string, strict=True))


# --- pages


@pytest.mark.parametrize(("part", "language"), CATALOGUES)
def test_no_text_of_a_page_is_missing(part: str, language: str) -> None:
    templates, locales = CITIZENS[part]
    said = sentences(templates)
    assert said, part
    assert Catalogue(language, locales).missing(sorted(said)) == []


@pytest.mark.parametrize(("part", "language"), CATALOGUES)
def test_each_entry_tells_where_it_stands_and_keeps_what_is_filled_in(part: str, language: str) -> None:
    for entry in entries(part, language):
        assert entry.auto_comments, entry.id
        for source, text in pairs(entry):
            assert sorted(PLACES.findall(source)) == sorted(PLACES.findall(text)), text


@pytest.mark.parametrize("part", CITIZENS)
def test_no_catalogue_has_a_text_that_nobody_says(part: str) -> None:
    said = sentences(CITIZENS[part][0])
    for language in TRANSLATED:
        assert [entry.id for entry in entries(part, language) if pairs(entry)[0][0] not in said] == []


def test_the_check_sees_a_missing_text(tmp_path: Path) -> None:
    (tmp_path / "x.html.jinja").write_text("{% trans %}Noch nie gesagt{% endtrans %} {{ _('Auch nicht') }}")
    for language in TRANSLATED:
        missing = Catalogue(language, [CITIZENS["booking"][1][-1]]).missing(sorted(sentences([tmp_path])))
        assert missing == ["Auch nicht", "Noch nie gesagt"]


# --- refusals and fields


def test_every_refusal_that_reaches_citizens_has_its_words() -> None:
    silent = {code for code, row in REFUSALS.items() if row.simple is None or row.da is None}
    assert silent == STAFF & set(REFUSALS)
    assert not [code for code, row in problems.EDGE.items() if row.simple is None or row.da is None]
    assert set(EDGE_WORDS) == set(problems.EDGE) and set(FIELD_WORDS) == set(problems.FIELD_MESSAGES)


def test_a_message_of_a_field_is_said_in_each_language() -> None:
    said = {problems.field_error("email", "missing", language).message for language in LANGUAGES}
    assert len(said) == len(LANGUAGES)


# --- mails, letters, calendar entries, names of services


def test_every_mail_is_written_in_each_language() -> None:
    german = {file.name.removesuffix(".de.txt") for file in MAILS.glob("*.de.txt")} - INTERNAL
    for language in TRANSLATED:
        ending = f".{language}.txt"
        assert {file.name.removesuffix(ending) for file in MAILS.glob(f"*{ending}")} == german
        for file in MAILS.glob(f"*{ending}"):
            foreign = re.findall(r"include \"\w+\.([\w-]+)\.txt\"", file.read_text("utf-8"))
            assert set(foreign) <= {language}, file.name


@pytest.mark.parametrize(
    "table", [texts.HELLO, texts.PEOPLE, paper.WORDS, writer.SUMMARY, *words.REASONS.values()]
)
def test_no_word_of_a_mail_is_missing(table: Mapping[str, object]) -> None:
    assert set(table) == set(LANGUAGES)


@pytest.mark.parametrize("kind", words.KINDS)
def test_every_kind_of_document_has_a_name(kind: str) -> None:
    assert set(words.KINDS[kind]) == set(LANGUAGES)


def test_every_service_has_name_papers_and_who_comes_in_each_language() -> None:
    read = read_texts(ROOT / "config/service_texts.toml")  # raises for a missing one
    OfficeNames.read(ROOT / "config/flensburg.toml")
    for code, german in read["de"].items():
        others = [read[language][code] for language in TRANSLATED]
        assert all(one.name and len(one.papers) == len(german.papers) for one in others), code
        assert all((one.who is None) == (german.who is None) for one in others), code


# --- the languages themselves


def test_each_language_has_its_names_and_those_not_approved_say_so() -> None:
    assert set(HTML_LANG) == set(LANGUAGE_NAMES) == set(LANGUAGES) and set(LANGUAGES) > DRAFTS
    for language in DRAFTS:
        assert "if unapproved %}" in (MAILS / f"footer.{language}.txt").read_text("utf-8")


def test_plain_german_keeps_its_sentences_short() -> None:
    long = []
    for part in CITIZENS:
        for entry in entries(part, "de-leicht"):
            for _source, text in pairs(entry):
                for sentence in re.split(r"(?<=[.?!:])\s+", re.sub(r"<[^>]+>", "", text)):
                    if len(sentence.translate(str.maketrans("", "", string.punctuation)).split()) > 15:
                        long.append(sentence)
    assert long == []
