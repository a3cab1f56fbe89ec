"""``python -m tests.chaos [RUNS] [SECONDS] [FIRST]``: so many runs, each on an installation of its own.

Ends with 1 if a run found anything or did not count. Manifests go to ``build/chaos``.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.run import Outcome, Run, write
from tests.chaos.table import FAULTS
from tests.chaos.town import EVERY_ROLE, Servers, servers

FOLDER = Path("build/chaos")


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    runs, seconds, first = (*map(int, arguments), *(3, 60, 0)[len(arguments) :])
    with servers() as below:
        outcomes = [one(below, seed, seconds) for seed in range(first, first + runs)]
    wrong = sum(bool(one.findings) for one in outcomes)
    idle = sum(not one.counted for one in outcomes)
    print(f"{runs} runs of {seconds} s, {wrong} with findings, {idle} without anybody left unanswered")
    return 1 if wrong or idle else 0


def one(below: Servers, seed: int, seconds: int) -> Outcome:
    """A run on a town of its own; told line by line."""
    begun = time.monotonic()
    with below.town(EVERY_ROLE) as town:
        run = Run.on(town)
        started = time.monotonic() - begun
        outcome = asyncio.run(run.go(seed, seconds, FAULTS))
        texts = {program.log.name: program.told() for program in town.platform.programs}
    times = {"started_after_seconds": round(started, 1), "whole_seconds": round(time.monotonic() - begun, 1)}
    path = write(FOLDER, outcome, **times)
    print(f"seed {seed}: {outcome.counts} {outcome.sometimes}, healed after {outcome.healed:.1f} s, {path}")
    for strike in outcome.nemesis.strikes:
        print(f"  {strike.begun:5.1f} s  {strike.fault.name}: {strike.evidence or 'did not come about'}")
    for finding in outcome.findings:
        print(f"  {finding}")
    if outcome.findings:
        logs = FOLDER / f"seed-{seed}-logs"
        logs.mkdir(exist_ok=True)
        for name, text in texts.items():
            (logs / name).write_text(text)
    sys.stdout.flush()
    return outcome


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
