"""Each planted bug shows soon in plans that aim at it; without it the plan that shows it finds nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from servicekit.settings import Settings
from servicekit.testing.mutants import MUTANTS
from tests.simulation.mutants import IN_SEEDS, IN_TESTS, caught, tried
from tests.simulation.run import run, seldom_collected

SOON = 60
"""Plans within which a bug has to show."""
URL = "postgresql://app@127.0.0.1/booking"


@pytest.mark.parametrize("name", IN_SEEDS)
def test_a_planted_bug_is_caught_and_its_plan_is_clean_without_it(name: str) -> None:
    """A checker that has never failed proves nothing; ``make mutants`` does it without aiming."""
    with seldom_collected():
        found = caught(name, range(SOON), aimed=True)
        assert found is not None
        assert not run(tried(name, found[0], aimed=True)).wrong


def test_every_planted_bug_has_something_that_must_catch_it() -> None:
    assert {*IN_SEEDS, *IN_TESTS} == set(MUTANTS)


def test_production_refuses_a_planted_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTANT", "M4")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(ValueError, match="MUTANT is refused in production"):
        Settings(app_env="production", database_url=URL)


def test_a_role_says_which_bugs_there_are() -> None:
    role = subprocess.run(
        [sys.executable, "-m", "services.booking", "relay"],
        env={"APP_ENV": "test", "DATABASE_URL": URL, "MUTANT": "M99"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert role.returncode == 1 and "MUTANT: M1 M2 M3" in role.stderr
