"""What the runbooks tell to type exists: their SQL runs, their commands, metrics and log lines are there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from devstack.services import SERVICES
from servicekit.postgres import connect
from servicekit.testing.databases import Database

ROOT = Path(__file__).resolve().parents[2]
BOOKS = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
TEXTS = {path.name: " ".join(path.read_text("utf-8").split()) for path in BOOKS}
SELECT = re.compile(r"`(SELECT [^`]+)`")
COMMAND = re.compile(r"python -m services\.(\w+) ([a-z]+)")
EXEC = re.compile(r"python -m devstack exec (\w+) ([a-z]+)")
WORD = re.compile(r"`([a-z]+(?:_[a-z0-9]+)+)(?:\{[^`]*\})?`")
STAND_INS = {"<position>": "1", "<pid>": "0", "<schema>": "reactions"}
GENERATION = re.compile(r"\b\w+_v\d+_g\d+\.\w+")
COMMANDS = {"migrate", "seed", "parked", "unpark", "rebuild", "verify"}


def statements() -> list[tuple[str, str]]:
    """(page, statement) with values for what the reader fills in."""
    found = []
    for name, text in TEXTS.items():
        for sql in SELECT.findall(text):
            for hole, value in STAND_INS.items():
                sql = sql.replace(hole, value)  # noqa: PLW2901 - the same statement, filled in
            found += [
                (name, one) for one in GENERATION.sub("reactions.checkpoint", sql).split(";") if one.strip()
            ]
    return found


def test_there_are_statements_and_they_are_filled_in() -> None:
    assert len(statements()) > 10
    assert [sql for _name, sql in statements() if "<" in sql.replace("< now()", "")] == []


@pytest.mark.parametrize(("name", "sql"), statements())
async def test_a_statement_of_a_runbook_runs(
    name: str, sql: str, database: Callable[[str], Database]
) -> None:
    connection = await connect(database("booking").app_url, application="runbook")
    try:
        await connection.fetch(sql)
    finally:
        await connection.close()


@pytest.mark.parametrize("name", TEXTS)
def test_commands_metrics_and_log_lines_of_a_runbook_exist(name: str) -> None:
    known = {service.name: COMMANDS | {"all", *service.roles} for service in SERVICES}
    told = COMMAND.findall(TEXTS[name]) + EXEC.findall(TEXTS[name])
    assert [(service, word) for service, word in told if word not in known.get(service, ())] == []
    code = _code()
    assert [word for word in WORD.findall(TEXTS[name]) if word not in code] == []


def _code() -> frozenset[str]:
    """Every word of the programs and their SQL."""
    words: set[str] = set()
    for folder in ("servicekit", "services"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".sql"):
                words.update(re.findall(r"\w+", path.read_text("utf-8")))
    return frozenset(words)
