"""docs/dependencies.md has a row, a reason and a way out for every direct dependency, and no other row."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
ROW = re.compile(r"^\| `(?P<name>[^`]+)`(?: \(npm\))? \| (?P<rest>.+) \|$", re.MULTILINE)
ROWS = {row["name"]: [cell.strip() for cell in row["rest"].split(" | ")] for row in ROW.finditer(PAGE)}


def direct() -> set[str]:
    """Names in the groups of pyproject.toml and in package.json."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    wanted = [one for group in groups.values() for one in group if isinstance(one, str)]
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    return {re.split(r"[\[=<>~! ]", one, maxsplit=1)[0] for one in wanted} | {
        *package["dependencies"],
        *package["devDependencies"],
    }


def test_every_direct_dependency_has_a_row_and_every_row_a_dependency() -> None:
    assert ROWS.keys() ^ direct() == set()


def test_no_cell_is_empty() -> None:
    assert [name for name, cells in ROWS.items() if len(cells) < 3 or not all(cells)] == []


def test_what_is_said_to_be_unused_is_unused() -> None:
    unused = {
        name.lower().replace("-", "_")
        for name, cells in ROWS.items()
        if any("nothing uses it yet" in cell for cell in cells)
    }
    imported = re.compile(r"^\s*(?:import|from) (\w+)", re.MULTILINE)
    folders = ("servicekit", "services", "devstack", "contracts", "tests")
    found = {
        name.lower()
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        for name in imported.findall(path.read_text("utf-8"))
    }
    assert unused & found == set()
