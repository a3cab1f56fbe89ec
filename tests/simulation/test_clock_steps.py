"""The database's clock steps: timers pause, who does not pause is seen, and all goes on once it is right."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

from servicekit.clock import Clock
from servicekit.testing.simulation.database import NOTICED
from servicekit.testing.simulation.faults import Fault
from tests.simulation.plans import STEPS, Deed, Plan, planned
from tests.simulation.run import run, seldom_collected

SOON, MOST = 60, 5
"""Plans within which a bug has to show, and of those where it does, how many are run without it."""


def aimed(seed: int) -> Plan:
    """Somebody leaves a hold behind, and the clock steps meanwhile."""
    plan, step = planned(seed), STEPS[seed % len(STEPS)]
    steps = Fault("clock steps", "booking", 1 + seed % 9, step)
    return replace(plan, deeds=(*plan.deeds, Deed("leave", seed, 0.1)), faults=(*plan.faults, steps))


def lasting(plan: Plan) -> Plan:
    """With somebody who comes late, so that the clock has mostly been set right by then."""
    return replace(plan, deeds=(*plan.deeds, Deed("leave", plan.seed, NOTICED + 5)))


def test_without_the_pause_a_step_expires_every_hold_and_with_it_none() -> None:
    with seldom_collected():
        with patch.object(
            Clock, "jumped", property(lambda _clock: False, lambda _clock, _on: None), create=True
        ):
            found = [seed for seed in range(SOON) if "wrong clock" in "".join(run(aimed(seed)).wrong)]
        assert found
        ran = [run(lasting(aimed(seed))) for seed in found[:MOST]]
        assert [one.wrong for one in ran] == [[] for _ in ran]
        assert any(one.story.seen["clock set right"] for one in ran)
