"""What must be true of the files themselves."""

from __future__ import annotations

import ast
import io
import json
import re
import subprocess
import tokenize
from collections.abc import Iterable
from pathlib import Path

import pytest

from servicekit.testing.binaries import KAFKA_LOCK, POSTGRES_LOCK, ROOT, jar_name, read_lock

LONGEST = 300
KIT_BUDGET = 4_124
"""Lines of code in servicekit without testing/ and web/: no blank lines, comments, docstrings. Lower it."""

LOCKS = [*ROOT.glob("requirements-*.txt"), ROOT / "package-lock.json", KAFKA_LOCK, POSTGRES_LOCK]
ADDRESS = re.compile(r"https?://|\bgit\+|\bfile:|@ ?/|--(?:extra-)?index-url|\bfind-links\b")
MACHINE = re.compile(r"(?<![\w.~-])/(?:work|root|home/\w+|Users)/[\w.-]+")
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".sql",
    ".css",
    ".jinja",
    ".json",
    ".yaml",
    ".yml",
    ".lock",
    ".pot",
    ".po",
}
NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def tracked(*patterns: str) -> list[Path]:
    """The files of the repository, new ones that git does not ignore included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return sorted(path for name in names if (path := ROOT / name).is_file())


def lines_of_code(path: Path) -> int:
    """Lines that hold code: no blank ones, no comments, no docstrings."""
    text = path.read_text()
    prose = {
        number
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    spans = [range(one.start[0], one.end[0] + 1) for one in tokens if one.type not in NO_CODE]
    return len({number for span in spans for number in span} - prose)


def named(findings: Iterable[str]) -> str:
    return "\n".join(findings)


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    counts = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in tracked("*.py")}
    assert not named(f"{path}: {count}" for path, count in counts.items() if count > LONGEST)


def test_the_kit_stays_small() -> None:
    kit = [path for path in tracked("servicekit/*.py") if not {"testing", "web"} & set(path.parts)]
    assert sum(map(lines_of_code, kit)) <= KIT_BUDGET


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_locks_hold_no_addresses(lock: Path) -> None:
    assert not ADDRESS.findall(lock.read_text())


def test_every_locked_package_has_a_hash() -> None:
    for lock in ROOT.glob("requirements-*.txt"):
        blocks = re.split(r"\n(?=\S)", lock.read_text().strip())
        assert not [block.split()[0] for block in blocks if "--hash=sha256:" not in block], lock.name
    for name, package in json.loads((ROOT / "package-lock.json").read_text())["packages"].items():
        assert not name or "integrity" in package, name


def test_a_services_lock_and_the_development_lock_agree() -> None:
    def versions(lock: Path) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+(?:\[[\w,-]+\])?)==([^\s;]+)", lock.read_text(), re.MULTILINE))

    development = versions(ROOT / "requirements-dev.txt")
    for service in ("booking", "documents", "notification", "reporting"):
        own = versions(ROOT / f"requirements-{service}.txt")
        assert {name: own[name] for name in own if development.get(name) != own[name]} == {}


@pytest.mark.parametrize("lock", [KAFKA_LOCK, POSTGRES_LOCK], ids=lambda path: path.name)
def test_jar_locks_name_each_jar_once_with_its_hash(lock: Path) -> None:
    rows = read_lock(lock)
    assert rows and all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in rows.values())
    assert len({jar_name(coordinate) for coordinate in rows}) == len(rows)


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    texts = [path for path in tracked() if path.suffix in TEXT or path.name in ("Makefile", "run")]
    found = {path: MACHINE.findall(path.read_text()) for path in texts if path != Path(__file__).resolve()}
    assert not named(f"{path.relative_to(ROOT)}: {hits}" for path, hits in found.items() if hits)


def test_nothing_foreign_is_committed() -> None:
    foreign = {".woff", ".woff2", ".ttf", ".otf", ".jar", ".whl", ".min.js", ".min.css"}
    assert not [path for path in tracked() if path.suffix in foreign or ".min." in path.name]


def test_no_service_reads_all_columns_of_a_table() -> None:
    """A new column would fail such a statement once on each connection that has prepared it (F16)."""
    everything = re.compile(r"SELECT\s+\*\s+FROM\s+\w+\b(?!\()")
    code = tracked("services/*.py")
    assert not named(str(path.relative_to(ROOT)) for path in code if everything.search(path.read_text()))


def test_every_suppression_names_its_rule() -> None:
    bare = re.compile(r"# type: ignore(?!\[)|# noqa(?!:)")
    others = [path for path in tracked("*.py") if path != Path(__file__).resolve()]
    assert not named(str(path.relative_to(ROOT)) for path in others if bare.search(path.read_text()))


def test_every_proof_that_a_module_names_is_there() -> None:
    """A module says by which tests its promises are shown; a file that went takes its promises with it."""
    there = {path.name for path in tracked("tests/*.py")}
    lost = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in tracked("services/*.py", "servicekit/*.py", "contracts/*.py", "devstack/*.py")
        for name in re.findall(r"\b(?:tests/[\w/]+/)?test_\w+\.py\b", path.read_text())
        if not ((ROOT / name).is_file() if "/" in name else name in there)
    }
    assert not named(sorted(lost))


def test_nothing_is_left_to_be_done_later() -> None:
    later = re.compile(r"\b(?:TO" r"DO|FIX" r"ME)\b")
    code = tracked("*.py", "*.sql")
    assert not named(str(path.relative_to(ROOT)) for path in code if later.search(path.read_text()))
