"""Which service somebody means by the words they typed. Pure.

Promises: case, accents, ß and umlauts (also as ae, oe, ue) make no difference; one wrong, missing or
swapped letter in a longer word is forgiven; the German and the present language's names count, and the
words people use instead of them. The best come first; among equals the more used one.
Shown by ``tests/rules/booking/test_finding.py``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

LONGEST = 80
"""Characters of a search that are read."""
FORGIVING = 5
"""Letters from which on a wrong one is forgiven."""
RARE = 99
_WORD = re.compile(r"[a-z0-9]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa"})


@dataclass(frozen=True, slots=True)
class Findable:
    """What a service is found by: its names, other words for it, its place among the most used (0: none)."""

    code: str
    names: tuple[str, ...]
    words: tuple[str, ...] = ()
    often: int = 0


@lru_cache(maxsize=4_096)
def parts(text: str) -> tuple[str, ...]:
    """The words of a text, in one spelling."""
    plain = unicodedata.normalize("NFC", text).casefold().translate(_UMLAUTS)
    plain = unicodedata.normalize("NFKD", plain).replace("\u0111", "d").replace("\u0142", "l")
    return tuple(_WORD.findall("".join(char for char in plain if not unicodedata.combining(char))))


_FILLING = frozenset(
    parts(
        "a an and auf beantragen brauche de den der des die do een eine einen ein en for für haben have ich"
        " ist i im in is jeg mein meine meinen meinem my mit need new neu neue neuen neuer ny the til to und"
        " von wo wie zu zum"
    )
)
"""Words that say nothing about what somebody wants."""


def find(typed: str, services: Iterable[Findable]) -> tuple[str, ...]:
    """Codes of the services that fit what was typed, best first; empty if none does."""
    asked = parts(typed[:LONGEST])
    telling = tuple(word for word in asked if word not in _FILLING) or asked
    scored = [(_score(telling, one), one) for one in services]
    best = max((score for score, _one in scored), default=0)
    good = [(score, one) for score, one in scored if score and 2 * score >= best]
    good.sort(key=lambda found: (-found[0], found[1].often or RARE, found[1].names[0]))
    return tuple(one.code for _score_, one in good)


def _score(asked: Sequence[str], one: Findable) -> int:
    names, words = _spread(one.names), _spread(one.words)
    return sum(max(_fit(word, names) * 2, _fit(word, words) * 2 - 1, 0) for word in asked)


def _spread(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for text in texts for word in parts(text))


def _fit(typed: str, words: Iterable[str]) -> int:
    """How well the best of ``words`` fits: 4 the word, 3 its beginning, 2 inside it, 1 nearly, 0 not."""
    return max((_fits(typed, word) for word in words), default=0)


def _fits(typed: str, word: str) -> int:
    if typed == word:
        return 4
    if len(typed) >= 3 and word.startswith(typed):
        return 3
    if len(typed) >= 4 and (typed in word or (len(word) >= 5 and word in typed)):
        return 2
    return 1 if len(typed) >= FORGIVING and len(word) >= FORGIVING and nearly(typed, word) else 0


def nearly(one: str, other: str) -> bool:
    """Whether one letter is wrong, missing or too many, or two neighbours are swapped."""
    if abs(len(one) - len(other)) > 1:
        return False
    at = next((n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    if at is None:
        return True
    rest, others = one[at:], other[at:]
    swapped = rest[:2] == others[:2][::-1] and rest[2:] == others[2:]
    return swapped or rest[1:] == others[1:] or rest[1:] == others or rest == others[1:]


def most_used(services: Mapping[str, Findable], most: int) -> tuple[str, ...]:
    """The codes of the most used services, in their order."""
    ranked = sorted((one.often, code) for code, one in services.items() if one.often)
    return tuple(code for _often, code in ranked[:most])
