"""What the documents point at exists: links, tests, commands; and the index of decisions is whole."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from devstack.__main__ import parser

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s#]+)[^)]*\)")
TEST = re.compile(r"`(tests/[\w/]+?(?:\.py|/)?)`")
SHORT_TEST = re.compile(r"`(test_\w+\.py)`")
MAKE = re.compile(r"(?:`|^)make ([a-z-]+)", re.MULTILINE)
DEVSTACK = re.compile(r"python -m devstack ([a-z]+)")
DECISION = re.compile(r"docs/adr/[\w.-]+\.md")


def tracked(*patterns: str) -> list[Path]:
    """Files of the repository, new ones included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return sorted(path for name in names if (path := ROOT / name).is_file())


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


DOCUMENTS = tracked("*.md")
DECISIONS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
TESTS = {path.name for path in (ROOT / "tests").rglob("test_*.py")}


@pytest.mark.parametrize("path", DOCUMENTS, ids=shown)
def test_links_lead_to_files_of_the_repository(path: Path) -> None:
    targets = [one for one in LINK.findall(path.read_text("utf-8")) if "://" not in one]
    assert [one for one in targets if not (path.parent / one).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=shown)
def test_named_tests_and_commands_exist(path: Path) -> None:
    text = path.read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = re.findall(r"^    ([a-z]+) ", parser().format_help(), re.MULTILINE)
    assert [name for name in TEST.findall(text) if not (ROOT / name).exists()] == []
    assert [name for name in SHORT_TEST.findall(text) if name not in TESTS] == []
    assert [name for name in MAKE.findall(text) if name not in targets] == []
    assert [name for name in DEVSTACK.findall(text) if name not in commands] == []


def test_decisions_have_numbers_of_their_own_and_say_them() -> None:
    numbers = [path.name[:4] for path in DECISIONS]
    assert [number for number, count in Counter(numbers).items() if count > 1] == []
    heads = {path.name: path.read_text("utf-8").splitlines()[0] for path in DECISIONS}
    assert [name for name, head in heads.items() if not head.startswith(f"# {int(name[:4])}. ")] == []


def test_the_index_of_decisions_is_whole_and_has_their_titles() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (\d+) \| \[(?:.+?)\]\(([\w.-]+)\) \|$", index, re.MULTILINE))
    titles = dict(re.findall(r"\[(.+)\]\(([\w.-]+\.md)\)", index))
    assert rows == {str(int(path.name[:4])): path.name for path in DECISIONS}
    for path in DECISIONS:
        head = path.read_text("utf-8").splitlines()[0]
        assert titles.get(head.partition(". ")[2]) == path.name


def test_a_decision_is_about_half_a_page_and_says_what_shows_it() -> None:
    assert [path.name for path in DECISIONS if len(path.read_text("utf-8").split()) > 480] == []


def test_decisions_that_the_code_names_exist() -> None:
    named = {
        (shown(path), name)
        for path in tracked("*.py", "*.sql")
        for name in DECISION.findall(path.read_text())
    }
    assert [pair for pair in sorted(named) if not (ROOT / pair[1]).exists()] == []


def test_a_runbook_has_its_five_parts() -> None:
    books = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
    parts = ("## Signs", "## What the office notices", "## Check", "## Act", "## Verify")
    lacking = {
        path.name: [part for part in parts if f"\n{part}\n" not in path.read_text("utf-8")]
        for path in books
        if path.name != "README.md"
    }
    assert {name: missing for name, missing in lacking.items() if missing} == {}
    index = (ROOT / "docs" / "runbooks" / "README.md").read_text("utf-8")
    assert [path.name for path in books if path.name != "README.md" and f"({path.name})" not in index] == []
