"""Words that every mail shares: salutation, dates, counts, and the blocks that text and HTML are made of.

Promises: the salutation is the only string in a mail that a citizen supplied, and it passes an allow-list
or is left out; a name that reads from right to left cannot turn its neighbours round; text and HTML part
come from the same blocks, so they say the same words; a link stands alone in its line.
Shown by ``tests/rules/notification/test_texts.py``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from servicekit.web.words import clock_time, short_day

BERLIN = ZoneInfo("Europe/Berlin")
NAME_LIMIT = 100
"""Characters of a name that a salutation takes, as many as a form does; more is left out, not cut."""

HELLO = {"de": "Guten Tag", "de-leicht": "Guten Tag", "en": "Hello", "da": "Goddag"}
PEOPLE = {
    "de": ("Person", "Personen"),
    "de-leicht": ("Person", "Personen"),
    "en": ("person", "people"),
    "da": ("person", "personer"),
}
_SPACE = "\t\r\n\v\f\x85"
_JOINERS = frozenset(" -'’")
_SHOWN = re.compile("[\u0020-\u007e\u00a0-\u024f\u0300-\u036f\u1e00-\u1eff\u2010-\u2019]+")
"""What the letters' font has signs for: Latin letters of all European languages, with their marks."""
_ISOLATE, _POP = "\u2068", "\u2069"


def clean(text: str) -> str:
    """``text`` in NFC without control, format and line-separating characters; runs of space become one."""
    flat = (
        " " if sign in _SPACE or unicodedata.category(sign) in ("Zs", "Zl", "Zp") else sign
        for sign in unicodedata.normalize("NFC", text)
    )
    kept = (sign for sign in flat if unicodedata.category(sign)[0] != "C")
    return " ".join("".join(kept).split())


def speakable(name: str | None) -> str | None:
    """The name, if it has nothing but what names are made of; else None.

    Letters with their marks, space, hyphen, apostrophe, a dot before a space; the length limit keeps
    advertisements out.
    """
    told = unicodedata.normalize("NFC", name or "")
    if not told or len(told) > NAME_LIMIT or told != clean(told):
        return None
    for here, after in zip(told, told[1:] + "\0", strict=True):
        letter = unicodedata.category(here)[0] in "LM"
        if not (letter or here in _JOINERS or (here == "." and after == " ")):
            return None
    return told if unicodedata.category(told[0])[0] == "L" else None


def salutation(name: str | None, language: str) -> str:
    """``Guten Tag Erika Mustermann``, or without a name that is not ``speakable``.

    A right-to-left name is isolated.
    """
    hello = HELLO[language]
    told = speakable(name)
    if told is None:
        return hello
    turned = any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in told)
    return f"{hello} {_ISOLATE}{told}{_POP}" if turned else f"{hello} {told}"


def when(at: datetime, language: str) -> str:
    """``Di, 1.12.2026, 9:00 Uhr`` or ``Tue, 1 Dec 2026, 9:00`` in the office's time, as on the pages."""
    return f"{short_day(at, language)}, {clock_time(at, language)}"


def printable(name: str | None) -> str | None:
    """The name as a letter may show it; None if a hand must write it."""
    told = clean(name or "")
    return told if _SHOWN.fullmatch(told) else None


def day(on: datetime | date, language: str) -> str:
    """``Fr, 11.12.2026`` or ``Fri, 11 Dec 2026``; a moment counts in the office's time."""
    return short_day(on, language)


def people(count: int, language: str) -> str:
    """``2 Personen``."""
    one, many = PEOPLE[language]
    return f"{count} {one if count == 1 else many}"


@dataclass(frozen=True, slots=True)
class Block:
    """One part of a mail: ``paragraph``, ``facts``, ``list``, ``link``, ``square``, ``notes`` or ``small``.

    ``lines`` are sentences, ``Label: value`` pairs, entries, label and address of a link, what the square of
    the door says to who cannot see it, or ``Label: address`` of the pages that stand at the end.
    """

    kind: str
    lines: tuple[str, ...]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Facts and notes as label and value."""
        return [
            (label.strip(), value.strip()) for label, _, value in (line.partition(":") for line in self.lines)
        ]


_MARKS = {"= ": "facts", "- ": "list", "> ": "link", "# ": "square", "^ ": "notes", "~ ": "small"}


def blocks(source: str) -> tuple[str, list[Block]]:
    """Subject and blocks of a rendered template.

    Its first line is the subject; blocks are separated by blank lines; the mark at the start of a line
    says what its block is: ``=`` facts, ``-`` list, ``>`` link (label, then the address in the next
    line), ``#`` the square of the door, ``^`` pages at the end, ``~`` small print, none a paragraph.
    """
    subject, _, body = source.strip().partition("\n")
    found = []
    for part in re.split(r"\n\s*\n", body.strip()):
        lines = [line.strip() for line in part.splitlines() if line.strip()]
        kind = _MARKS.get(lines[0][:2], "paragraph")
        if kind != "paragraph":
            lines = [line[2:] if line[:2] in _MARKS else line for line in lines]
        found.append(Block(kind, tuple(lines)))
    return subject.strip(), found


def as_text(parts: Sequence[Block]) -> str:
    """The text part: a line per paragraph, which mail programs wrap; a link has a line of its own.

    The square is a picture, and left out: the code it holds stands before it in words.
    """
    return "\n\n".join("\n".join(_lines(block)) for block in parts if block.kind != "square") + "\n"


def _lines(block: Block) -> Iterable[str]:
    match block.kind:
        case "link":
            label, address = block.lines
            return (f"{label}:", address)
        case "facts" | "notes":
            return [f"{label}: {value}" for label, value in block.pairs]
        case "list":
            return [f"- {entry}" for entry in block.lines]
    return (" ".join(block.lines),)
