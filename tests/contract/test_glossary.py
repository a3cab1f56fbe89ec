"""docs/glossary.md: one German word, one code name; what is built has its name in the code."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "glossary.md").read_text("utf-8")
FOLDERS = ("contracts/buergerbuero_contracts", "servicekit", "services")
ROW = re.compile(r"^\| (?P<german>[^|`]+) \| `(?P<name>\w+)` \| (?P<meaning>[^|]+) \|$", re.MULTILINE)
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")


def rows(heading: str) -> list[tuple[str, str]]:
    """(German words, code name) of one table."""
    section = TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("| ") and "---" not in line][1:]
    found = ROW.findall(section)
    assert len(found) == len(table), "a row is not: | German, German | `name` | meaning |"
    return [(german, name) for german, name, _meaning in found]


BUILT, LATER = rows("In the code"), rows("Named, not built yet")


def words(name: str) -> tuple[str, ...]:
    """``hygiene_buffer``, ``HygieneBuffer`` and ``HYGIENE_BUFFER`` are the same words."""
    return tuple(part.lower() for part in WORD.findall(name))


@cache
def spoken() -> frozenset[str]:
    """Each run of words in the names and short texts of the code, comments and docstrings left out."""
    found: set[str] = set()
    for name in set(_all_names()):
        parts = words(name)
        ends = range(1, len(parts) + 1)
        found.update("_".join(parts[start:end]) for end in ends for start in range(end))
    return frozenset(found)


def _all_names() -> Iterator[str]:
    for path in (one for folder in FOLDERS for one in (ROOT / folder).rglob("*")):
        if path.suffix == ".py":
            yield from _names(path.read_text("utf-8"))
        elif path.suffix == ".sql":
            yield from re.findall(r"\w+", re.sub(r"--.*", "", path.read_text("utf-8")))


def _names(source: str) -> set[str]:
    """Identifiers, and string literals that are one word such as a code or a column."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    literals = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return {token.string for token in tokens if token.type == tokenize.NAME} | {
        text for text in literals if isinstance(text, str) and re.fullmatch(r"[\w.-]{1,40}", text)
    }


def test_a_german_word_has_one_code_name_and_stands_once() -> None:
    german = [word.strip() for cell, _name in (*BUILT, *LATER) for word in cell.split(",")]
    assert [word for word, count in Counter(german).items() if count > 1] == []


def test_a_code_name_means_one_thing() -> None:
    names = [name for _german, name in (*BUILT, *LATER)]
    assert [name for name, count in Counter(names).items() if count > 1] == []


@pytest.mark.parametrize("name", [name for _german, name in BUILT])
def test_the_name_of_what_is_built_occurs_in_the_code(name: str) -> None:
    assert "_".join(words(name)) in spoken()


def test_the_look_into_the_code_can_fail() -> None:
    assert "waiting_room" not in spoken()
    assert words("HygieneBuffer") == words("hygiene_buffer") == words("HYGIENE_BUFFER")
