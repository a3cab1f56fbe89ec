"""Finding people by a surname that a clerk typed. Pure.

Promises: case, accents, hyphens, apostrophes and dots, ``ü`` or ``ue``, ``ø``, ``o`` or ``oe`` make no
difference, for not every keyboard has every letter; a first name alone finds nobody.
Shown by ``tests/rules/test_surnames.py``.
"""

from __future__ import annotations

from unicodedata import normalize

_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ı": "i"}
_SIGNS = {"-": " ", "\u2010": " ", "\u2011": " "} | dict.fromkeys("'\u2019\u2018\u02bc`\u00b4.", "")
_WAYS = tuple(
    str.maketrans(_LETTERS | _SIGNS | danish) for danish in ({"ø": "o", "å": "a"}, {"ø": "oe", "å": "aa"})
)
"""Danish names are written in two ways where a keyboard has no ``ø``."""


def has_surname(name: str, typed: str) -> bool:
    """Whether a typed surname is that of a name: its last words, however they are written.

    ``von der Heide`` and ``Heide`` both find ``Anna von der Heide``; ``Anna`` does not.
    """
    return any(_ends(_words(name, way), _words(typed, way)) for way in _WAYS)


def has_names(name: str, first: str, surname: str) -> bool:
    """Whether a name is of both: the surname as :func:`has_surname` reads it, first names among the rest."""
    return any(_both(_words(name, way), _words(first, way), _words(surname, way)) for way in _WAYS)


def _ends(words: list[str], wanted: list[str]) -> bool:
    return bool(wanted) and len(wanted) <= max(len(words) - 1, 1) and words[-len(wanted) :] == wanted


def _both(words: list[str], first: list[str], surname: list[str]) -> bool:
    return _ends(words, surname) and bool(first) and set(first) <= set(words[: -len(surname)])


def _words(text: str, way: dict[int, str]) -> list[str]:
    """Without accents, which a clerk may not be able to type."""
    folded = normalize("NFC", text.casefold()).translate(way)
    return "".join(one for one in normalize("NFD", folded) if not "\u0300" <= one <= "\u036f").split()
