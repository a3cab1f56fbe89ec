"""A plan that fails, as short as it goes, and its story."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.simulation.plans import Plan
from tests.simulation.run import DIFFER, failure, run

ORDERS = 5
"""Orders in which a shorter plan is tried."""


def shortest(plan: Plan, wrong: str) -> Plan:
    """The fewest deeds and faults with which the same kind of thing still goes wrong.

    Leaving one out changes the order of all that follows, so a few other orders are tried as well.
    """
    kind = wrong.partition(":")[0]

    def failing(shorter: Plan) -> Plan | None:
        for order in range(ORDERS):
            tried = replace(shorter, seed=plan.seed + order * 1_000_003)
            found = run(tried).wrong if wrong != DIFFER else [failure(tried) or ""]
            if any(one.partition(":")[0] == kind for one in found):
                return tried
        return None

    return _fewer(_fewer(plan, "deeds", failing), "faults", failing)


def _fewer(plan: Plan, part: str, failing: Callable[[Plan], Plan | None]) -> Plan:
    """Leave out ever smaller pieces, as long as what is left still fails."""
    size = max(1, len(getattr(plan, part)) // 2)
    while size:
        start = 0
        while start < len(things := getattr(plan, part)):
            shorter = failing(replace(plan, **{part: things[:start] + things[start + size :]}))
            if shorter is None:
                start += size
            else:
                plan = shorter
        size //= 2
    return plan


def told(plan: Plan) -> str:
    """A plan that fails, shortened, and its story line by line."""
    wrong = failure(plan) or "nothing is wrong"
    short = shortest(plan, wrong)
    ran = run(short)
    parts = [f"  {one}" for one in (*short.deeds, *short.faults)]
    findings = [f"  {one}" for one in ran.wrong or [wrong]]
    head = [
        f"seed {plan.seed}: {wrong}",
        f"shorter, in the order of seed {short.seed}, with",
        *parts,
        "happened",
        ran.story.text(),
        "and so",
        *findings,
    ]
    return "\n".join(head)
