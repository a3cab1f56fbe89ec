"""``python -m tests.rules.process [LIVES] [FIRST]``: generated lives, judged; ends with 1 if one fails.

Seeds FIRST, FIRST + 1, … on all cores. The first life of each kind of failure is told as short as it goes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from os import cpu_count

from tests.rules.process.run import Found, failure, planned, searched, shortest, story

PART = 500
"""Lives that a process is given at once."""


def main(arguments: Sequence[str]) -> int:
    """Live them, tell what was found; the exit code."""
    lives, first = (*map(int, arguments), *(10_000, 0)[len(arguments) :])
    begun, found, wrong = time.monotonic(), Found(), dict[str, list[int]]()
    starts = range(first, first + lives, PART)
    with ProcessPoolExecutor(cpu_count()) as processes:
        parts = [range(one, min(one + PART, first + lives)) for one in starts]
        for part in processes.map(searched, parts):
            found.join(part.found)
            for seed, what in part.wrong.items():
                wrong.setdefault(what, []).append(seed)
                print(f"seed {seed}: {what}", flush=True)
            seconds = time.monotonic() - begun
            print(f"{found.lives:>8} lives  {found.steps:>9} steps  {seconds:7.0f} s", flush=True)
    for what, seeds in wrong.items():
        plan = planned(seeds[0])
        if failure(plan) == what:
            print(f"\n{len(seeds)} × {what}\n{story(shortest(plan, what))}")
    print("\n" + found.told())
    print(f"{sum(map(len, wrong.values()))} lives went wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
