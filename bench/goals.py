"""Goals as data, and what rounds say about them: ratios within a round, then the median.

Shown by ``tests/bench/test_goals.py``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal, Protocol

from bench.frame import Measured

FILE = Path(__file__).parent / "goals.toml"
SLOW_FLUSH = 0.5
"""Milliseconds of one flush above which ``FLUSH_BOUND`` goals are shown, not judged."""
FLUSH_BOUND = {"G1", "G2", "G3", "G4", "G5", "G6", "G16"}


@dataclass(frozen=True, slots=True)
class Goal:
    """A row of the table. ``against`` is empty for a quantity that stands for itself."""

    id: str
    part: str
    what: str
    ours: str
    floor: float
    goal: float
    better: Literal["higher", "lower"]
    against: str = ""

    @property
    def measures(self) -> set[str]:
        """The measures it needs."""
        return {one.partition(".")[0] for one in (self.ours, self.against) if one}

    def reached(self, value: float, mark: float) -> bool:
        """Whether a value is at least as good as a mark."""
        return value >= mark if self.better == "higher" else value <= mark

    def value(self, measured: Mapping[str, Measured]) -> float | None:
        """This round's ratio; None where a measure is missing."""
        ours = _quantity(measured, self.ours)
        if not self.against or ours is None:
            return ours
        other = _quantity(measured, self.against)
        return ours / other if other else None


class ARound(Protocol):
    """What is needed of a round."""

    @property
    def measured(self) -> Mapping[str, Measured]:
        """What each measure gave."""

    @property
    def wrong(self) -> Mapping[str, str]:
        """Why a measure gave nothing."""

    @property
    def quiet(self) -> bool:
        """Whether its figures count."""


@dataclass(frozen=True, slots=True)
class Row:
    """A goal and what came of it. ``verdict``: goal, floor, missed, not judged, not run, wrong."""

    goal: Goal
    verdict: str
    values: tuple[float, ...]
    quiet: int

    @property
    def median(self) -> float | None:
        """The middle ratio."""
        return median(self.values) if self.values else None


def read(file: Path = FILE) -> list[Goal]:
    """All goals."""
    return [Goal(**row) for row in tomllib.loads(file.read_text("utf-8"))["goal"]]


def judged(
    goals: Sequence[Goal], parts: Mapping[str, Sequence[ARound]], flush_ms: float, least: Mapping[str, int]
) -> list[Row]:
    """The verdict on each goal whose part ran; ``least``: on how many quiet rounds, by part."""
    return [_row(goal, parts[goal.part], flush_ms, least[goal.part]) for goal in goals if goal.part in parts]


def _row(goal: Goal, rounds: Sequence[ARound], flush_ms: float, least: int) -> Row:
    quiet = [one for one in rounds if one.quiet]
    shown = quiet if len(quiet) >= least else rounds
    values = tuple(value for one in shown if (value := goal.value(one.measured)) is not None)
    if any(name in one.wrong for one in rounds for name in goal.measures):
        lacking = all(
            one.wrong[name].startswith("Missing")
            for one in rounds
            for name in goal.measures & one.wrong.keys()
        )
        return Row(goal, "not run" if lacking else "wrong", values, len(quiet))
    if not values:
        return Row(goal, "not run", values, len(quiet))
    middle = median(values)
    if len(quiet) < least or (flush_ms > SLOW_FLUSH and goal.id in FLUSH_BOUND):
        return Row(goal, "not judged", values, len(quiet))
    if not goal.reached(middle, goal.floor):
        return Row(goal, "missed", values, len(quiet))
    return Row(goal, "goal" if goal.reached(middle, goal.goal) else "floor", values, len(quiet))


def exit_code(rows: Sequence[Row]) -> int:
    """0 all floors hold, 1 one is missed or something is wrong, 2 something was not judged or not run."""
    verdicts = {row.verdict for row in rows}
    if verdicts & {"wrong", "missed"}:
        return 1
    return 2 if verdicts & {"not judged", "not run"} else 0


def _quantity(measured: Mapping[str, Measured], name: str) -> float | None:
    measure, _, quantity = name.partition(".")
    return measured.get(measure, {}).get(quantity)
