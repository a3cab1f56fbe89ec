"""Finding people by a surname that a clerk typed. Pure.

Promises: case, accents, hyphens, ``ü`` or ``ue`` make no difference, for not every keyboard has every
letter; a first name alone finds nobody. Shown by ``tests/rules/test_surnames.py``.
"""

from __future__ import annotations

from unicodedata import normalize

_WRITTEN = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ø", "o"), ("ł", "l"), ("đ", "d"), ("ı", "i"))


def has_surname(name: str, typed: str) -> bool:
    """Whether a typed surname is that of a name: its last words, however they are written.

    ``von der Heide`` and ``Heide`` both find ``Anna von der Heide``; ``Anna`` does not.
    """
    words, wanted = _words(name), _words(typed)
    return bool(wanted) and len(wanted) <= max(len(words) - 1, 1) and words[-len(wanted) :] == wanted


def has_names(name: str, first: str, surname: str) -> bool:
    """Whether a name is of both: the surname as :func:`has_surname` reads it, first names among the rest."""
    rest = _words(name)[: -len(_words(surname)) or None]
    return has_surname(name, surname) and bool(first.strip()) and set(_words(first)) <= set(rest)


def _words(text: str) -> list[str]:
    """Without accents, which a clerk may not be able to type; ``ü`` and ``ue`` are one."""
    folded = normalize("NFC", text.casefold())
    for letter, written in _WRITTEN:
        folded = folded.replace(letter, written)
    plain = "".join(one for one in normalize("NFD", folded) if not "\u0300" <= one <= "\u036f")
    return plain.replace("-", " ").split()
