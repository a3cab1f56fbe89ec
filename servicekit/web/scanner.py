"""What a hand scanner types when it takes the computer's keyboard for an American one.

A scanner is a keyboard: it sends the places of keys. Set to the US layout on a German computer, Y and
Z change places and signs turn into others; ``+`` is a dead key there, so it is lost, or becomes an
accent on the next letter.

Promises: what was typed so is read as it was meant, but for a lost ``+``; what only such a scanner
types is known as that, so that nobody is told that a good code is unknown.
Shown by ``tests/rules/test_door_code.py`` (field case F06).
"""

from __future__ import annotations

from string import ascii_letters
from unicodedata import normalize

_SWAPPED = dict(zip("YZyz-", "ZYzy/", strict=True))
_SIGNS = dict(zip("ßÖö(`", "-::*+", strict=True))
_ACCENTS = {
    accented: "+" + _SWAPPED.get(letter, letter)
    for letter in ascii_letters
    if len(accented := normalize("NFC", f"{letter}\N{COMBINING GRAVE ACCENT}")) == 1
}
_MEANT = str.maketrans(_SWAPPED | _SIGNS | _ACCENTS)


def as_meant(typed: str) -> str:
    """The text that the scanner read, if it was set to the US layout on a German computer."""
    return normalize("NFC", typed).translate(_MEANT)


def typed_by_us_scanner(typed: str) -> bool:
    """True if it holds a character that our codes never have and such a scanner types for theirs."""
    return not (_SIGNS | _ACCENTS).keys().isdisjoint(normalize("NFC", typed))
