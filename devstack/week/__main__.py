"""``python -m devstack.week``: weeks of simulated people on a platform of its own; every figure compared.

Ends with 0 if every figure of every week is equal to the last unit, with 1 if one differs or somebody's way
broke off, with 2 if it could not begin. ``build/week/truth.json`` holds what was expected.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta
from datetime import time as clock
from http.cookiejar import DefaultCookiePolicy

import httpx
import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from servicekit.testing.binaries import ROOT, Missing

from . import compare, evidence, truth
from .browser import NotOnPage
from .citizen import Citizen, Town
from .draws import people
from .habits import SCENARIOS, Habits
from .ledger import Ledger
from .office import Office, OfficeBroken
from .platform import NotStarted, Platform, platform
from .post import MailMissing, Post
from .quiet import NeverQuiet, Quiet, watching
from .world import BERLIN, World

FOLDER = ROOT / "build" / "week"
BROKEN = (NotOnPage, OfficeBroken, MailMissing, NeverQuiet)
console = Console(width=120, highlight=False)


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make week", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--speed", default="max", help="simulated seconds per second, or max")
    parser.add_argument("--weeks", type=int, default=1)
    parser.add_argument("--scale", type=int, default=1)
    parser.add_argument("--people", type=int, help="online bookings a week, instead of the scenario's")
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="normal")
    return parser.parse_args()


async def simulate(running: Platform, given: argparse.Namespace, habits: Habits) -> int:
    """All weeks, then the comparison; the exit code."""
    speed = None if given.speed == "max" else float(given.speed)
    monday = habits.begins_on
    weeks = [monday + timedelta(weeks=n) for n in range(given.weeks)]
    ends = [datetime.combine(one + timedelta(weeks=1), clock(0), BERLIN) for one in weeks]
    client = httpx.AsyncClient(
        timeout=60,
        limits=httpx.Limits(max_connections=24, max_keepalive_connections=24),
        trust_env=False,
    )
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    world, ledger = World(running.clock, speed), Ledger()
    begun = time.monotonic()
    async with client, watching(running.databases) as quiet:
        post = Post(world, quiet.settled, running.ports["smtp"])
        async with await post.listen(running.mail_port):
            office = Office(world, ledger, client, running.url("booking"))
            town = Town(world, post, ledger, office, client, running.url("booking"))
            number = 0
            for week in weeks:
                crowd = people(given.seed, habits, week, number, given.scale)
                number += len(crowd)
                for one in crowd:
                    world.begin(Citizen(town, one).live())
                for day in range(7):
                    world.begin(office.day(week + timedelta(days=day), habits.counters))
            world.begin(_midnights(world, quiet, ends))
            await _run(world, quiet, ends[-1] + timedelta(hours=2))
            await quiet.rest(world.now)
            world.stop()
        names = [f"{week:%G-W%V}" for week in weeks]
        expected = {name: truth.figures(ledger, post, name, world.now) for name in names}
        truth.write(FOLDER / "truth.json", expected, ledger.told)
        differences: list[compare.Difference] = []
        number = 0
        for name in names:
            found = await compare.read(client, running.url("reporting"), name)
            differences += compare.compared(name, expected[name], found)
            number += len(found)
    _tell(ledger, post)
    seconds = time.monotonic() - begun
    if not differences:
        console.print(f"{number} figures in {seconds:.0f} s, [green]all equal to the last unit")
        return 0
    console.print(f"{number} figures in {seconds:.0f} s, [red]{len(differences)} differ")
    evidence.show(differences, await evidence.histories(running.kafka), console)
    return 1


async def _midnights(world: World, quiet: Quiet, ends: list[datetime]) -> None:
    """At the end of each week all comes to rest, so that what belongs to it is told in it."""
    for end in ends:
        await world.until(end - timedelta(minutes=1))
        await quiet.rest(world.now)


async def _run(world: World, quiet: Quiet, end: datetime) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    first = world.now
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=(end - first).total_seconds())

        def shown(moment: datetime) -> None:
            local = moment.astimezone(BERLIN)
            progress.update(
                task, completed=(moment - first).total_seconds(), description=f"{local:%G-W%V %a %H:%M}"
            )

        await world.run(end, lambda wanted: quiet.next_due(world.now, wanted), shown)


def _tell(ledger: Ledger, post: Post) -> None:
    """What happened, in a few lines."""
    told = {"bookings": len(ledger.lives), "visits": len(ledger.visits), "mails": len(post.taken)} | dict(
        sorted(ledger.told.items())
    )
    console.print(", ".join(f"{what} {number}" for what, number in told.items()))


def main() -> int:
    """Start, simulate, compare, stop; the exit code."""
    given = options()
    habits = SCENARIOS[given.scenario]
    if given.people:
        habits = replace(habits, people=given.people)
    begin = datetime.combine(habits.begins_on, clock(0, 5), BERLIN)
    begun = time.monotonic()
    console.print("Starting a platform for the week …")
    try:
        with platform(FOLDER, begin) as running:
            console.print(f"ready after {time.monotonic() - begun:.0f} s")
            return uvloop.run(simulate(running, given, habits))
    except BROKEN as error:
        console.print(f"[red]{type(error).__name__}: {error}")
        return 1
    except (Missing, NotStarted, TimeoutError, OSError, httpx.HTTPError) as error:
        console.print(f"[red]{type(error).__name__}: {error}")
        return 2


if __name__ == "__main__":
    sys.exit(main())
