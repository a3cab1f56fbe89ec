"""``python -m tests.bots [--level raised …]``: the attack in full; 1 if too few places reach humans.

Prints what it assumes and what came of it. Several ``--level`` give one story each, on a fresh installation.
The target counts at the raised level, kept or found by itself; the normal one is told for comparison.
``--memory`` plays it on a log in memory.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from servicekit.testing.databases import Database, copied, prepared
from servicekit.testing.providers import Providers
from tests.bots.bots import Means, seconds_of_a_task
from tests.bots.memory_town import remembered
from tests.bots.story import Figures, Plan, play
from tests.bots.town import opened
from tests.way.platform import Platform

TARGET = 0.70


def main(arguments: Sequence[str]) -> int:
    """Play the stories; the exit code."""
    options = _options().parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    providers = Providers()
    try:
        seeded = None if options.memory else _seeded(providers, providers.folder / "seed")
        enough, cost = True, seconds_of_a_task()
        for number, level in enumerate(options.level or ["normal", "raised", "auto"]):
            of_bots = (options.bots, options.parallel, options.prefixes, options.mailboxes, options.cores)
            of_humans = (options.humans, options.shared, options.together)
            plan = Plan(level, Means(*of_bots), *of_humans, options.minutes, options.every, options.seed)
            print("\n".join(["", "Assumed:", *plan.assumptions(cost)]), flush=True)
            began = time.perf_counter()
            figures = asyncio.run(_played(seeded, providers.folder, number, plan, cost))
            seconds = time.perf_counter() - began
            print("\n".join(["", *figures.told(), f"({seconds:.0f} s)"]), flush=True)
            enough = enough and (level == "normal" or figures.share >= TARGET)
        return 0 if enough else 1
    finally:
        providers.close()


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests.bots", description=__doc__)
    parser.add_argument("--level", action="append", choices=("normal", "raised", "auto"))
    for name, default in (
        *(("bots", 200), ("parallel", 50), ("prefixes", 20), ("humans", 50)),
        *(("shared", 40), ("together", 5)),
        *(("minutes", 20), ("every", 4), ("seed", 7)),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--cores", type=float, default=1.0)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--mailboxes", type=lambda text: None if text == "all" else int(text), default=10)
    return parser


def _seeded(providers: Providers, folder: Path) -> Database:
    folder.mkdir()
    database = asyncio.run(prepared(providers.postgres, "booking", "bots_seeded"))
    world = Platform(folder, {"booking": database})
    done = world.command("booking", "seed")
    world.close()
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return database


async def _played(seeded: Database | None, folder: Path, number: int, plan: Plan, cost: float) -> Figures:
    own = Path(tempfile.mkdtemp(dir=folder))
    if seeded is None:
        async with remembered(own) as memory:
            return await play(memory, plan, cost)
    database = await copied(seeded, f"bots_{number}")
    async with opened(own, database) as town:
        return await play(town, plan, cost)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
