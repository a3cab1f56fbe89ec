"""A read model filled anew beside the running one is equal to it, whatever happens meanwhile."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

from servicekit.rebuild import _SWITCH as SWITCH
from servicekit.rebuild import Rebuild
from tests.simulation.plans import REBUILD, Deed, Plan, planned
from tests.simulation.run import run, seldom_collected

SOON = 60
"""Plans within which a bug has to show."""


def aimed(seed: int) -> Plan:
    """All three services rebuild while people act."""
    plan = planned(seed)
    rebuilds = (Deed(REBUILD, number, 0.2 + 0.1 * number) for number in range(3))
    return replace(plan, deeds=(*plan.deeds, *rebuilds), mail=True)


def test_what_was_rebuilt_is_equal_and_goes_on() -> None:
    with seldom_collected():
        runs = [run(aimed(seed)) for seed in range(6)]
    assert not any(one.wrong for one in runs)
    assert sum(one.story.seen["rebuilt"] for one in runs) > len(runs)


def test_a_switch_without_the_last_records_is_seen() -> None:
    """As if nobody locked the live consumers out and read on to where they are."""

    async def hasty(self: Rebuild, schema: str, *, verify: bool) -> dict[str, str]:
        await self._owner.execute(SWITCH, self._projection.name, schema)
        return {}

    async def little(self: Rebuild) -> None:
        """Nothing was caught up with."""

    with (
        seldom_collected(),
        patch.object(Rebuild, "take_over", hasty),
        patch.object(Rebuild, "catch_up", little),
    ):
        found = next(seed for seed in range(SOON) if "I6: the ledger" in "".join(run(aimed(seed)).wrong))
    assert not run(aimed(found)).wrong
