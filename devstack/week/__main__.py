"""``python -m devstack.week``: weeks of simulated people on a platform of its own; every figure compared.

Ends with 0 if every figure of every week is equal to the last unit, with 1 if one differs or somebody's way
broke off, with 2 if it could not begin. ``build/week/truth.json`` holds what was expected.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from datetime import datetime
from datetime import time as clock

import httpx
import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from servicekit.testing.binaries import ROOT, Missing

from . import evidence, truth
from .browser import NotOnPage
from .catalogue import larger
from .habits import SCENARIOS
from .office import OfficeBroken
from .platform import NotStarted, Platform, platform
from .post import MailMissing
from .quiet import NeverQuiet
from .simulation import SEED, Outcome, Plan, simulate
from .world import BERLIN

FOLDER = ROOT / "build" / "week"
BROKEN = (NotOnPage, OfficeBroken, MailMissing, NeverQuiet)
console = Console(width=120, highlight=False)


def wanted() -> Plan:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make week", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--speed", default="max", help="simulated seconds per second, or max")
    parser.add_argument("--weeks", type=int, default=1)
    parser.add_argument("--days", type=int, default=7, help="end the last week after so many days")
    parser.add_argument("--scale", type=int, default=1)
    parser.add_argument("--people", type=int, help="online bookings a week, instead of the scenario's")
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="normal")
    given = parser.parse_args()
    habits = SCENARIOS[given.scenario]
    if given.people:
        habits = replace(habits, people=given.people)
    speed = None if given.speed == "max" else float(given.speed.removesuffix("x"))
    return Plan(habits, given.seed, given.weeks, given.days, given.scale, speed)


async def live(running: Platform, plan: Plan, begin: datetime) -> int:
    """All weeks, then what came out; the exit code."""
    begun = time.monotonic()
    columns = (
        *(TextColumn("{task.description}"), BarColumn()),
        *(TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn()),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=(plan.midnights[-1] - begin).total_seconds())

        def shown(moment: datetime) -> None:
            local = moment.astimezone(BERLIN)
            passed = (moment - begin).total_seconds()
            progress.update(task, completed=passed, description=f"{local:%G-W%V %a %H:%M}")

        outcome = await simulate(running, plan, shown)
    truth.write(FOLDER / "truth.json", outcome.expected, outcome.ledger.told)
    _tell(outcome)
    differences, seconds = outcome.differences(), time.monotonic() - begun
    console.print(f"{sum(map(len, outcome.found.values()))} figures in {seconds:.0f} s, ", end="")
    if not differences:
        console.print("[green]all equal to the last unit")
        return 0
    console.print(f"[red]{len(differences)} differ")
    evidence.show(differences, await evidence.histories(running.kafka), console)
    return 1


def _tell(outcome: Outcome) -> None:
    """What happened, in a few lines."""
    ledger = outcome.ledger
    told = {"bookings": len(ledger.lives), "visits": len(ledger.visits), "mails": len(outcome.post.taken)}
    told |= dict(sorted(ledger.told.items()))
    console.print(", ".join(f"{what}: {number}" for what, number in told.items()))


def main() -> int:
    """Start, simulate, compare, stop; the exit code."""
    plan = wanted()
    begin = datetime.combine(plan.habits.begins_on, clock(0, 5), BERLIN)
    begun = time.monotonic()
    console.print("Starting a platform for the week …")
    try:
        office = larger(SEED, plan.scale, FOLDER.with_name("week-office")) if plan.scale > 1 else None
        with platform(FOLDER, begin, office) as running:
            console.print(f"ready after {time.monotonic() - begun:.0f} s")
            return uvloop.run(live(running, plan, begin))
    except BROKEN as error:
        console.print(f"[red]{type(error).__name__}: {error}")
        return 1
    except (Missing, NotStarted, TimeoutError, OSError, httpx.HTTPError) as error:
        console.print(f"[red]{type(error).__name__}: {error}")
        return 2


if __name__ == "__main__":
    sys.exit(main())
