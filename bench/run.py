"""`make bench`: rounds in which limit, ours and peer take turns, and what they say about the goals.

Promises: the order of the measures rotates from round to round; a ratio is taken within one round; a noisy
round is repeated twice at most; nothing is judged on fewer than ``JUDGED`` quiet rounds. Exit codes: 0 all
floors hold, 1 one is missed or a point was wrong, 2 something was not judged.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import pstats
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from importlib import import_module

import structlog
import uvloop

from bench import goals, machine, report
from bench.frame import Measure, Measured, Size, Wrong
from bench.servers import Servers, servers
from servicekit.testing.binaries import Missing

PARTS = ("reserve", "replicas", "http", "visible", "stream", "eventsourcing")
LONG = ("cost",)
"""Parts that run only when they are asked for by name, one round each."""
"""Modules of this package with ``MEASURES``, in the order in which they run."""
WHERE = {"eventsourcing": "bench.peers.measures"}
"""Modules of parts that stand elsewhere."""
JUDGED, REPEATS = 3, 2
QUIET_BEFORE, QUIET_WITHIN = 0.05, 0.10
"""Foreign shares of all processors: over ``LISTEN`` seconds before the start, and within a round."""
LISTEN = 5.0


@dataclass
class Round:
    """One round of a part: every measure once, and how noisy the machine was meanwhile."""

    number: int
    order: list[str]
    foreign: float | None = None
    measured: dict[str, Measured] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def quiet(self) -> bool:
        """Whether its figures count."""
        return self.foreign is not None and self.foreign <= QUIET_WITHIN


def say(text: str) -> None:
    """One line of progress."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def measures_of(part: str) -> Mapping[str, Measure]:
    """What a part measures."""
    found: Mapping[str, Measure] = import_module(WHERE.get(part, f"bench.{part}")).MEASURES
    return found


async def one_round(where: Servers, measures: Mapping[str, Measure], number: int, profile: bool) -> Round:
    """Every measure once, in this round's order."""
    names = list(measures)
    shift = number % len(names)
    done = Round(number, names[shift:] + names[:shift])
    since = machine.moment()
    for name in done.order:
        begun = time.monotonic()
        try:
            with profiled(name) if profile else nullcontext():
                done.measured[name] = await measures[name](where)
        except (Wrong, Missing, TimeoutError) as error:
            done.wrong[name] = f"{type(error).__name__}: {error}"
        said = done.wrong.get(name) or ", ".join(
            f"{key} {value:,.4g}" for key, value in done.measured[name].items()
        )
        say(f"  {name}: {said} ({time.monotonic() - begun:.1f} s)")
    done.foreign = machine.foreign_share(since, machine.moment())
    return done


async def run_part(where: Servers, part: str, wanted: argparse.Namespace) -> list[Round]:
    """All rounds of a part; noisy ones are repeated as long as there are repeats left."""
    measures = {
        name: one for name, one in measures_of(part).items() if not wanted.measures or name in wanted.measures
    }
    rounds, repeats = (1, 0) if part in LONG else (wanted.rounds, wanted.repeats)
    done: list[Round] = []
    while sum(one.quiet for one in done) < rounds and len(done) < rounds + repeats:
        say(f"{part}, round {len(done) + 1}")
        done.append(await one_round(where, measures, len(done), wanted.profile))
        if repeats == 0 and len(done) == rounds:
            break
    return done


@contextmanager
def profiled(name: str) -> Iterator[None]:
    """Print the functions that took most of this process's time, and keep the whole profile."""
    watch = cProfile.Profile()
    with watch:
        yield
    report.SCRATCH.mkdir(parents=True, exist_ok=True)
    watch.dump_stats(report.SCRATCH / f"{name}.prof")
    pstats.Stats(watch, stream=sys.stdout).sort_stats("tottime").print_stats(25)


async def listen() -> float | None:
    """The foreign share while nothing of ours runs."""
    since = machine.moment()
    await asyncio.sleep(LISTEN)
    return machine.foreign_share(since, machine.moment())


async def bench(wanted: argparse.Namespace, size: Size) -> int:
    """The whole run; its exit code."""
    before = await listen()
    if before is None or before > QUIET_BEFORE:
        say(f"The machine is not quiet: others use {before or 0:.0%} of it. Figures are shown, not judged.")
    async with servers(size) as where:
        card = machine.card(where.folder)
        say(f"{card['processor']}, {card['cores']} cores, one flush {card['flush_ms']} ms")
        parts = {part: await run_part(where, part, wanted) for part in wanted.parts}
    rows = goals.judged(
        goals.read(),
        parts,
        float(str(card["flush_ms"])),
        {part: 1 if part in LONG else JUDGED for part in parts},
    )
    report.write(card, before, parts, rows, publish=wanted.publish)
    say("\n" + report.table(rows))
    return goals.exit_code(rows)


def arguments(words: list[str]) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", default="", help="parts or goals, separated by commas")
    parser.add_argument("--rounds", type=int, default=JUDGED)
    parser.add_argument("--repeats", type=int, default=REPEATS, help="noisy rounds that are run again")
    parser.add_argument("--seconds", type=float, default=Size().seconds, help="of each point")
    parser.add_argument("--profile", action="store_true", help="where the time goes; figures mean nothing")
    parser.add_argument("--publish", action="store_true", help="write results/latest.md and .svg")
    wanted = parser.parse_args(words)
    chosen = [one for one in wanted.only.split(",") if one]
    known = goals.read()
    wanted.parts = [
        part
        for part in (*PARTS, *LONG)
        if (not chosen and part in PARTS)
        or part in chosen
        or any(g.part == part and g.id in chosen for g in known)
    ]
    picked = [goal for goal in known if goal.id in chosen]
    wanted.measures = {name for goal in picked for name in goal.measures} if picked else set()
    if not wanted.parts:
        parser.error(f"ONLY knows {', '.join((*PARTS, *LONG))} and the goals' ids")
    return wanted


def main() -> int:
    """Run what was asked for."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    wanted = arguments(sys.argv[1:])
    try:
        return uvloop.run(bench(wanted, Size(seconds=wanted.seconds)))
    except Missing as error:
        say(f"Not run: {error}")
        return 2


if __name__ == "__main__":
    sys.exit(main())
