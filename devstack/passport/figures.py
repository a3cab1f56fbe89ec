"""The weekly figures that the story moves, read from reporting's API before and after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from .people import SITE, eventually

Figures = Mapping[str, Mapping[str, Any]]
"""Week to metric to value."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A figure that the story must move by one, in the week of one of its steps."""

    week: str
    metric: str


def read(reporting: str, weeks: set[str]) -> Figures:
    """All figures of these weeks."""
    found = {}
    for week in sorted(weeks):
        answer = httpx.get(f"{reporting}/api/reporting/v1/weeks/{week}", params={"site": SITE}, timeout=30)
        found[week] = {one["metric"]: one["value"] for one in answer.raise_for_status().json()["figures"]}
    return found


def compare(reporting: str, before: Figures, wanted: list[Moved], console: Console) -> None:
    """Wait until each wanted figure has moved by one, and show them. Raises ``StoryBroken``."""

    def moved() -> Figures | None:
        now = read(reporting, set(before))
        short = [one for one in wanted if now[one.week][one.metric] != _before(before, one) + 1]
        return None if short else now

    after = eventually(moved, "the weekly figures")
    table = Table("week", "figure", "before", "after", title="What the story moved in the weekly figures")
    for one in wanted:
        table.add_row(one.week, one.metric, str(_before(before, one)), str(after[one.week][one.metric]))
    console.print()
    console.print(table)


def _before(figures: Figures, one: Moved) -> int:
    return int(figures[one.week][one.metric] or 0)
