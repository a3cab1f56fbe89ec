"""``python -m devstack.replay [--file FILE]``: replay the recordings, print a table, fail on differences."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from servicekit.testing.binaries import ROOT, Missing
from servicekit.testing.databases import Database
from services.booking.rules.calendar import working_days

from . import berlin, compare, generated, moers, warsaw
from .office import open_office, reporting, servers
from .rows import BadRow, Planned, WrongFile, columns_of

RECORDINGS = Path(__file__).with_name("recordings")
FOLDER = ROOT / "build" / "replay"
Read = Callable[[Path], tuple[list[Planned], list[BadRow]]]
console = Console(width=110)


def _berlin(file: Path) -> tuple[list[Planned], list[BadRow]]:
    return berlin.read(file, working_days)


@dataclass(frozen=True)
class Recording:
    """One shape of file: how it is recognised, read, and compared."""

    name: str
    file: Path
    needed: tuple[str, ...]
    read: Read


SHAPES = {
    "warsaw": (warsaw.NEEDED, warsaw.read),
    "moers": (moers.NEEDED, moers.read),
    "berlin": (berlin.NEEDED, _berlin),
}


def chosen(file: Path | None) -> list[Recording]:
    """The recordings of this run: the three that come along, or the given file by its columns."""
    if file is None:
        found = {name: next(RECORDINGS.glob(f"{name}-*")) for name in SHAPES}
    else:
        columns = set(columns_of(file))
        fits = [name for name, (needed, _read) in SHAPES.items() if columns.issuperset(needed)]
        if not fits:
            wants = "; ".join(f"{name}: {', '.join(needed)}" for name, (needed, _read) in SHAPES.items())
            raise WrongFile(f"{file.name} has the columns of no recording ({wants})")
        found = {fits[0]: file}
    return [Recording(name, path, *SHAPES[name]) for name, path in found.items()]


def main() -> int:
    """Everything, in order; the exit code."""
    parser = argparse.ArgumentParser(prog="make replay")
    parser.add_argument("--file", type=Path, help="another file of one of the three shapes")
    given = parser.parse_args()
    begun = time.monotonic()
    try:
        recordings = chosen(given.file)
        if given.file is None:
            FOLDER.parent.mkdir(exist_ok=True)
            facts = FOLDER.parent / "replay-generated.jsonl"
            generated.draw(facts)
            recordings.append(Recording("generated", facts, (), generated.read))
        with ThreadPoolExecutor(1) as checks, servers(FOLDER) as (server, kafka):
            wanted = {one.name: checks.submit(compare.check, one.name, one.file) for one in recordings}
            with reporting(server, kafka, FOLDER / "reporting.log") as (database, api):
                bad = uvloop.run(_replay(server, kafka, database, recordings))
                expected = {name: future.result() for name, future in wanted.items()}
                lines = uvloop.run(_compare(database, api, expected))
    except (Missing, WrongFile, OSError) as error:
        console.print(f"[red]{error}")
        return 2
    return _report(lines, bad, time.monotonic() - begun)


async def _replay(
    server: Any, kafka: Any, database: Database, recordings: list[Recording]
) -> dict[str, list[BadRow]]:
    bad: dict[str, list[BadRow]] = {}
    columns = (TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with open_office(server, kafka, database) as office:
        with Progress(*columns, console=console) as progress:
            for one in recordings:
                events, bad[one.name] = await asyncio.to_thread(one.read, one.file)
                events.sort(key=lambda event: event.at)
                task = progress.add_task(f"{one.name}: events into the log", total=len(events))
                await office.write(events, lambda number, task=task: progress.advance(task, number))  # type: ignore[misc]
            task = progress.add_task("through Kafka into reporting", total=None)
            await office.sent(lambda left: progress.update(task, description=f"still {left} to apply"))
            progress.update(task, total=1, completed=1, description="through Kafka into reporting")
    return bad


async def _compare(database: Database, api: str, expected: dict[str, Any]) -> list[compare.Line]:
    lines: list[compare.Line] = []
    if "warsaw" in expected:
        lines += await compare.compare_warsaw(database, expected["warsaw"])
    if "moers" in expected:
        lines += await compare.compare_moers(database, expected["moers"])
    if "berlin" in expected:
        lines += await compare.compare_berlin(database, expected["berlin"])
    if "generated" in expected:
        lines += await asyncio.to_thread(compare.compare_generated, api, expected["generated"])
    return lines


def _report(lines: list[compare.Line], bad: dict[str, list[BadRow]], seconds: float) -> int:
    table = Table("figure", "from the file", "in reporting", "values", "", title=f"Replay, {date.today()}")  # noqa: DTZ011
    for line in lines:
        mark = "[green]equal" if line.right else f"[red]{line.wrong} differ"
        table.add_row(line.what, line.expected, line.found, f"{line.values:,}", mark)
    console.print(table)
    for name, rows in bad.items():
        for row in rows[:20]:
            console.print(f"[yellow]{name}, {row}: left out")
        if len(rows) > 20:
            console.print(f"[yellow]{name}: {len(rows) - 20} more rows left out")
    wrong = [line for line in lines if not line.right]
    console.print(f"{sum(line.values for line in lines):,} figures in {seconds:.0f} s, ", end="")
    console.print(f"[red]{len(wrong)} lines differ" if wrong else "[green]all equal to the last unit")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
