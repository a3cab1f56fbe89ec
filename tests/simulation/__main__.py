"""``python -m tests.simulation [SEEDS] [FIRST] [AGAIN]``: so many seeds on all cores; 1 if one fails.
``python -m tests.simulation mutants [SEEDS]``: the planted bugs, within so many seeds (``mutants.py``).

Each seed is run twice and both stories compared; with AGAIN one of so many, for half the time.
The first seed of each kind of finding is told as short as it goes and its number is left in ``found/``,
from where every later run begins.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from os import cpu_count

from tests.simulation.found import keep, kept
from tests.simulation.mutants import SEEDS, table
from tests.simulation.plans import planned
from tests.simulation.run import Searched, search
from tests.simulation.shorter import told

PART = 50
"""Seeds that a process is given at once."""


def main(arguments: Sequence[str]) -> int:
    """Seeds, or planted bugs; the exit code."""
    return _mutants(*map(int, arguments[1:])) if arguments[:1] == ["mutants"] else _seeds(arguments)


def _mutants(most: int = SEEDS) -> int:
    """Print the table of planted bugs."""
    escaped = list[str]()
    for line in table(most, escaped):
        print(line, flush=True)
    return 1 if escaped else 0


def _seeds(arguments: Sequence[str]) -> int:
    """Run them, tell what was found; the exit code."""
    seeds, first, again = (*map(int, arguments), *(10_000, 0, 1)[len(arguments) :])
    begun, found = time.perf_counter(), Searched()
    with ProcessPoolExecutor(cpu_count()) as processes:
        for part in processes.map(partial(search, again=again), _parts(seeds, first)):
            found.join(part)
            for seed, wrong in part.wrong.items():
                print(f"{seed}: {wrong}", flush=True)
            spent = time.perf_counter() - begun
            line = f"{found.runs:>8} seeds  {spent:7.0f} s  {found.runs / spent:5.1f} a second"
            print(f"{line}  {len(found.wrong)} wrong", flush=True)
    kinds: dict[str, int] = {}
    for seed, wrong in sorted(found.wrong.items()):
        kinds.setdefault(wrong.partition(":")[0], seed)
    for seed in kinds.values():
        print(f"\n{told(planned(seed))}\n\nkept in {keep(seed, found.wrong[seed])}")
    print(f"\n{found.told()}")
    return 1 if found.wrong else 0


def _parts(seeds: int, first: int) -> Iterator[Sequence[int]]:
    yield kept()
    for start in range(first, first + seeds, PART):
        yield range(start, min(start + PART, first + seeds))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
