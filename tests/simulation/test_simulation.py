"""The platform on many seeds: real roles, simulated surroundings, everything that may go wrong."""

from __future__ import annotations

import pytest

from servicekit.testing.mutants import planted
from tests.simulation.found import kept
from tests.simulation.plans import planned
from tests.simulation.run import run, search
from tests.simulation.shorter import shortest, told

SECONDS = 20.0
"""For how long the suite looks; ``make simulate N=…`` runs more."""
HARD = ("kill", "answer lost", "ok", "fail", "info")
"""What a set of seeds must have reached, else it counts as not run."""


@pytest.mark.parametrize("seed", kept())
def test_a_seed_that_failed_once_is_right_now(seed: int) -> None:
    wrong = search([seed]).wrong
    assert not wrong, told(planned(seed))


def test_seeds_lose_nothing_and_repeat_exactly(capsys: pytest.CaptureFixture[str]) -> None:
    """I1–I7 for as many seeds as fit; every seed is run twice with equal stories."""
    found = search(iter(range(100_000)), SECONDS)
    with capsys.disabled():
        print(f"\nsimulation: {found.told()}")  # noqa: T201 - the number belongs into the run's output
    first = next(iter(found.wrong), None)
    assert first is None, told(planned(first or 0))
    assert not [name for name in HARD if found.seen[name] == 0]


def test_a_failing_plan_is_told_shorter() -> None:
    with planted("M2"):
        plan = next(plan for plan in map(planned, range(50)) if run(plan).wrong and len(plan.deeds) > 2)
        short = shortest(plan, run(plan).wrong[0])
        assert len(short.deeds) + len(short.faults) <= 2
        assert run(short).wrong
