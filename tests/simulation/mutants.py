"""``python -m tests.simulation mutants [SEEDS]``: each planted bug, what caught it, and how soon.

Promises: a bug counts as caught if a run finds broken what that bug breaks, within so many seeds, or if the
named test fails with it; without it the same seeds and tests find nothing. Shown by ``test_mutants.py``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from servicekit.testing.mutants import MUTANTS, planted
from servicekit.testing.simulation.faults import Fault
from tests.simulation.plans import Deed, Plan, death, planned
from tests.simulation.run import run, seldom_collected

SEEDS = 500
"""Within so many a bug has to show."""


@dataclass(frozen=True)
class Broken:
    """Which promise a bug breaks. ``aim`` adds to a plan what shows it sooner, for the suite."""

    promise: str
    aim: Callable[[Plan], Plan] = lambda plan: plan
    plan: Callable[[int], Plan] = planned


def _with(plan: Plan, *faults: Fault, deeds: Sequence[str] = ()) -> Plan:
    more = tuple(Deed(name, plan.seed * 100 + number, 0.1) for number, name in enumerate(deeds))
    return replace(plan, deeds=(*plan.deeds, *more), faults=(*plan.faults, *faults), mail=plan.mail)


def _crowd(plan: Plan) -> Plan:
    return _with(plan, deeds=("book", "double", "book", "double"))


def _leaving(plan: Plan) -> Plan:
    return _with(plan, deeds=("leave", "leave", "leave"))


def _dying(plan: Plan) -> Plan:
    kills = [Fault("kill", "booking-timers-1", 40 + (plan.seed * 7 + 60 * number)) for number in range(4)]
    return _with(_leaving(plan), *kills)


def _cuts(plan: Plan) -> Plan:
    return _with(
        plan, *(Fault("power cut", one, n) for one in ("booking", "documents") for n in (2, 5, 9, 14))
    )


def _tails(plan: Plan) -> Plan:
    return _with(plan, *(Fault("tail lost", "kafka", number, 0.5) for number in (2, 5, 8, 12, 16, 20)))


def _lost(plan: Plan) -> Plan:
    lost = (Fault("append lost", "booking", number) for number in range(1, 6))
    return _with(plan, *lost, deeds=("rush", "rush"))


def _refused(plan: Plan) -> Plan:
    return _with(plan, *(Fault("batch refused", "kafka", number) for number in (2, 5, 9)))


IN_SEEDS: Mapping[str, Broken] = {
    "M1": Broken("I1", _crowd),
    "M2": Broken("I5"),
    "M3": Broken("I5", _cuts),
    "M3b": Broken("I5", plan=lambda step: death("documents-project-1", step)),
    "M4": Broken("I5", _refused),
    "M5a": Broken("I3", _cuts),
    "M5b": Broken("I3", _crowd),
    "M6a": Broken("I6", _refused),
    "M6b": Broken("I6", _tails),
    "M7": Broken("I7", _leaving),
    "M8": Broken("I8", _cuts),
    "M12": Broken("I7", _dying),
    "M13": Broken("I5"),
    "M15": Broken("I14"),
    "M16": Broken("I1", _lost),
    "M18": Broken("I3", _crowd),
}
PAGES, MODEL = "tests/way/test_link_pages.py", "tests/rules/test_relay_model.py"
IN_TESTS: Mapping[str, tuple[str, str]] = {
    "M9": ("A7", f"{PAGES}::test_opening_the_link_shows_the_appointment_and_changes_nothing"),
    "M14": ("A3", f"{PAGES}::test_every_bad_link_is_one_page"),
    "M17": ("I5", f"{MODEL}::test_a_tail_that_was_lost_at_any_moment_is_sent_again"),
}
"""Bugs behind HTTP, which the simulation does not have, and one that a single seed of 70,555 showed."""


def broken(plan: Plan, promise: str) -> str:
    """What a run says about a promise; empty if it holds."""
    return next((one for one in run(plan).wrong if one.startswith(f"{promise}:")), "")


def caught(name: str, seeds: Sequence[int], *, aimed: bool = False) -> tuple[int, str] | None:
    """The first seed that shows a bug, and how."""
    with planted(name):
        for seed in seeds:
            if told := broken(tried(name, seed, aimed=aimed), IN_SEEDS[name].promise):
                return seed, told
    return None


def tried(name: str, seed: int, *, aimed: bool) -> Plan:
    """The plan of a seed, for this bug."""
    one = IN_SEEDS[name]
    return one.aim(one.plan(seed)) if aimed else one.plan(seed)


def tested(name: str, test: str) -> bool:
    """Whether a test fails with a bug and passes without it."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test]

    def passes(**more: str) -> bool:
        surroundings = {**os.environ, **more}
        done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            raise RuntimeError(done.stdout + done.stderr)
        return done.returncode == 0

    return passes() and not passes(MUTANT=name)


def _rows(most: int) -> Iterator[tuple[str, str, str, str]]:
    """Name, promise, where it was caught, and how; an empty place for one that was not."""
    last = 0
    for name, one in IN_SEEDS.items():
        found = caught(name, range(most))
        last = max(last, found[0] if found else 0)
        yield name, one.promise, f"seed {found[0]}" if found else "", found[1] if found else ""
    for name, (promise, test) in IN_TESTS.items():
        yield name, promise, "test" if tested(name, test) else "", test
    wrong = {seed: ran.wrong[0] for seed in range(last + 1) if (ran := run(planned(seed))).wrong}
    yield "none", "", "" if wrong else f"{last + 1} seeds", str(wrong) if wrong else "nothing is wrong"


def table(most: int = SEEDS, escaped: list[str] | None = None) -> Iterator[str]:
    """The table, line by line; ``escaped`` is told what was not caught."""
    escaped = [] if escaped is None else escaped
    yield f"{'mutant':<7}{'what is wrong':<32}{'breaks':<8}{'caught at':<12}{'s':>6}  how"
    with seldom_collected():
        begun = time.perf_counter()
        for name, promise, where, how in _rows(most):
            breaks = MUTANTS[name].breaks if name in MUTANTS else "control"
            seconds, begun = time.perf_counter() - begun, time.perf_counter()
            told = (how.removeprefix("tests/way/") if where else f"ESCAPED {how}")[:90]
            yield f"{name:<7}{breaks:<32}{promise:<8}{where:<12}{seconds:>6.1f}  {told}"
            escaped += [] if where else [name]
    yield f"not caught: {' '.join(escaped)}" if escaped else "all are caught, and the control is clean"
