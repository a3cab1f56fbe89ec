"""Verdicts from rounds: the median of quiet ratios, and nothing judged on noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bench import goals, report
from bench.frame import Measured
from bench.goals import Goal


@dataclass
class Played:
    """A round that was."""

    ours: float
    quiet: bool = True
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def measured(self) -> Mapping[str, Measured]:
        return {} if self.wrong else {"us": {"rate": self.ours}, "them": {"rate": 100.0}}


GOAL = Goal("G1", "part", "so many", "us.rate", 1.5, 2.5, "higher", "them.rate")


def verdict(*rounds: Played, flush: float = 0.1, goal: Goal = GOAL) -> str:
    (row,) = goals.judged([goal], {"part": rounds}, flush, {"part": 3})
    return row.verdict


def test_the_median_of_the_rounds_ratios_decides() -> None:
    assert verdict(Played(900), Played(260), Played(251)) == "goal"
    assert verdict(Played(10), Played(160), Played(900)) == "floor"
    assert verdict(Played(900), Played(140), Played(10)) == "missed"


def test_a_lower_figure_can_be_the_better_one() -> None:
    goal = Goal("G5", "part", "a time", "us.rate", 3.0, 1.5, "lower", "them.rate")
    assert verdict(Played(100), Played(140), Played(900), goal=goal) == "goal"
    assert verdict(Played(100), Played(400), Played(900), goal=goal) == "missed"


def test_noise_and_a_slow_disk_judge_nobody() -> None:
    assert verdict(Played(10), Played(10), Played(10, quiet=False)) == "not judged"
    assert verdict(Played(10), Played(10), Played(10), flush=4.0) == "not judged"


def test_a_wrong_point_has_no_speed_and_a_missing_tool_is_no_fault() -> None:
    rounds = (Played(900), Played(900), Played(900, wrong={"us": "Wrong: given twice"}))
    assert verdict(*rounds) == "wrong"
    lacking = [Played(1, wrong={"us": "Missing: no wrk"}) for _ in range(3)]
    assert verdict(*lacking) == "not run"


def test_the_exit_code_tells_the_worst() -> None:
    def code(*rounds: Played) -> int:
        return goals.exit_code(goals.judged([GOAL], {"part": rounds}, 0.1, {"part": 3}))

    assert code(Played(900), Played(900), Played(900)) == 0
    assert code(Played(100), Played(100), Played(100)) == 1
    assert code(Played(900)) == 2


def test_every_goal_names_measures_that_its_part_has() -> None:
    from bench.run import LONG, PARTS, measures_of

    for goal in goals.read():
        assert goal.part in (*PARTS, *LONG)
        assert goal.measures <= measures_of(goal.part).keys(), goal.id
        assert goal.reached(goal.goal, goal.floor), f"{goal.id}: the goal is not above the floor"


def test_equal_figures_make_an_equal_picture() -> None:
    rows = goals.judged([GOAL], {"part": [Played(900), Played(260), Played(251)]}, 0.1, {"part": 3})
    drawn = report.picture(rows)
    assert drawn == report.picture(rows)
    assert drawn.startswith("<svg") and drawn.count("<circle") == 1
    assert "| G1 | so many | ≥ 1.5 | ≥ 2.5 | 2.6 | 2.51–9 | 3 | goal |" in report.table(rows)
