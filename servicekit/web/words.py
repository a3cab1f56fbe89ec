"""Dates, times and texts as people read them.

Promises: instants are shown as Europe/Berlin wall-clock time, each day and time as the language writes it; a
catalogue gives the German source where it has no text, which no page that ``make check`` has seen lacks.
Shown by ``tests/pages/test_texts.py`` and ``tests/way/test_languages.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

from babel.dates import format_date
from babel.messages.pofile import read_po
from markupsafe import Markup

from .problems import local

HTML_LANG: Mapping[str, str] = {"de": "de", "de-leicht": "de-simple", "en": "en", "da": "da"}
LANGUAGE_NAMES: Mapping[str, str] = {
    "de": "Deutsch",
    "de-leicht": "Einfaches Deutsch",
    "en": "English",
    "da": "Dansk",
}
DRAFTS = frozenset({"de-leicht", "da"})
"""Languages whose texts nobody has approved yet: their pages say so. Whoever approves one takes it out."""
_LONG = {"en": "EEEE, d MMMM y", "da": "EEEE 'den' d. MMMM y"}
_SHORT = {"en": "EEE, d MMM y", "da": "EEE d.M.y", "de-leicht": "EEEE, d.M.y"}


def long_day(at: datetime | date, language: str) -> str:
    """``Dienstag, 1. Dezember 2026``, ``Tuesday, 1 December 2026``, ``tirsdag den 1. december 2026``."""
    return format_date(_day(at), _LONG.get(language, "EEEE, d. MMMM y"), locale=language[:2])


def short_day(at: datetime | date, language: str) -> str:
    """``Di, 1.12.2026``, plain German ``Dienstag, 1.12.2026``, ``Tue, 1 Dec 2026``, ``tirs. 1.12.2026``."""
    text = format_date(_day(at), _SHORT.get(language, "EEE d.M.y"), locale=language[:2])
    return text.replace(". ", ", ", 1) if language == "de" else text


def clock_time(at: datetime, language: str) -> str:
    """``9:00 Uhr``; ``9 Uhr`` in plain German, in English ``9:00``, in Danish ``kl. 9.00``."""
    hour, minute = local(at).hour, local(at).minute
    match language:
        case "de-leicht":
            return f"{hour}:{minute:02} Uhr" if minute else f"{hour} Uhr"
        case "da":
            return f"kl. {hour}.{minute:02}"
        case "en":
            return f"{hour}:{minute:02}"
    return f"{hour}:{minute:02} Uhr"


def whole(text: str) -> Markup:
    """A time, a number or a code within a sentence: no line ends inside it."""
    return Markup('<span class="office-whole">{}</span>').format(text)


def local_iso(at: datetime) -> str:
    """``2026-12-01T09:00:00+01:00``, for machines that read the page."""
    return local(at).isoformat()


def _day(at: datetime | date) -> date:
    return local(at).date() if isinstance(at, datetime) else at


class Catalogue:
    """The texts of one language: gettext catalogues, read at the start, the later ones first."""

    def __init__(self, language: str, folders: Iterable[Path]) -> None:
        self._texts: dict[str, str] = {}
        for folder in folders:
            file = folder / f"{language}.po"
            if file.exists():
                with file.open("rb") as source:
                    for entry in read_po(source):
                        self._take(entry.id, entry.string)

    def _take(self, source: object, text: object) -> None:
        """One entry; one with a plural has two texts, each found by its own source."""
        sources = source if isinstance(source, (tuple, list)) else (source,)
        texts = text if isinstance(text, (tuple, list)) else (text,)
        self._texts |= {str(one): str(words) for one, words in zip(sources, texts, strict=True) if words}

    def gettext(self, text: str) -> str:
        """The text in this language, the German source where there is none."""
        return self._texts.get(text, text)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """As :meth:`gettext`, for a number of things."""
        return self.gettext(one if count == 1 else many)

    def missing(self, texts: Iterable[str]) -> list[str]:
        """Those of ``texts`` that have no translation here, for the check."""
        return [text for text in texts if text not in self._texts]
