"""Three short runs of people and faults on one installation with servers of its own; plans and evidence."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from random import Random

import pytest

from servicekit.testing.binaries import Missing
from servicekit.testing.providers import WANT
from tests.chaos.faults import Fault
from tests.chaos.nemesis import Nemesis
from tests.chaos.outcome import Outcome
from tests.chaos.run import Run
from tests.chaos.table import FAULTS
from tests.chaos.town import FEW, servers

SEEDS, SECONDS = (1, 2, 3), 8.0


@pytest.fixture(scope="module")
def outcomes() -> Iterator[list[Outcome]]:
    """The runs, one after another on the same logs and topics."""

    async def runs(run: Run) -> list[Outcome]:
        return [await run.go(seed, SECONDS, FAULTS, at_once=2, rebuild=seed == SEEDS[-1]) for seed in SEEDS]

    try:
        with servers() as below, below.town(FEW) as town:
            yield asyncio.run(runs(Run.on(town)))
    except Missing as error:
        pytest.skip(f"{WANT}{error}")


@pytest.mark.needs("kill-broker")
def test_nothing_is_lost_whatever_fails(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert not outcome.findings, outcome.manifest()
    happened = [one for outcome in outcomes for one in outcome.nemesis.strikes if one.evidence]
    assert len(happened) >= 2 * len(outcomes), [outcome.manifest() for outcome in outcomes]
    assert any(outcome.counted for outcome in outcomes), "nobody was left without an answer"
    assert all(outcome.counts["ok"] for outcome in outcomes)


def test_a_plan_follows_from_its_seed_and_draws_every_kind_before_any_twice() -> None:
    plans = [Nemesis(7, 60, FAULTS).strikes for _ in range(2)]
    assert [(one.at, one.fault.name) for one in plans[0]] == [(one.at, one.fault.name) for one in plans[1]]
    kinds = [one.fault.name for one in Nemesis(7, 12, FAULTS).strikes]
    assert len(kinds) == len(set(kinds)) == 5
    assert [one.at for one in plans[0]] == sorted(one.at for one in plans[0])


def test_a_fault_that_did_not_come_about_is_no_evidence() -> None:
    async def nothing(_scene: object, _random: Random) -> str:
        return ""

    nemesis = Nemesis(1, 0.0, [Fault("nothing", nothing)])
    asyncio.run(nemesis.run(None))  # type: ignore[arg-type]  # nothing looks at the scene
    assert not [one for one in nemesis.strikes if one.evidence]
