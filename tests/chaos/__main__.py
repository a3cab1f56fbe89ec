"""``python -m tests.chaos [RUNS] [SECONDS] [FIRST]``: so many runs, each on an installation of its own.
``python -m tests.chaos power-cuts [CUTS]``: so many power cuts, and a tenth as many of the control.
``python -m tests.chaos sum [FOLDER]``: the manifests that are there, as one table.

Ends with 1 if a run found anything or did not count, if a cut lost anything, or the control nothing.
Manifests go to ``build/chaos``.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos import power_cuts as power
from tests.chaos import summary
from tests.chaos.outcome import Outcome, write
from tests.chaos.run import Run
from tests.chaos.table import faults_of
from tests.chaos.town import EVERY_ROLE, Servers, servers

FOLDER = Path("build/chaos")


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    if arguments[:1] == ["sum"]:
        print(summary.table(summary.read(Path(arguments[1]) if arguments[1:] else FOLDER)))
        return 0
    return power_cuts(arguments) if arguments[:1] == ["power-cuts"] else _runs(arguments)


def power_cuts(arguments: Sequence[str]) -> int:
    """Cuts, then the control."""
    if missing := power.lacking():
        print(f"power cuts: skipped, {missing}")
        return 0
    power.in_own_mounts("tests.chaos", arguments)
    many, told = int(arguments[1]) if arguments[1:] else 50, dict[str, list[power.Cut]]()
    for kind in power.KINDS:
        told[kind] = []
        with TemporaryDirectory(prefix="buergerbuero-power-", dir=power.QUICK) as folder:
            Path(folder).chmod(0o711)
            wanted = many if kind == "durable" else max(3, many // 10)
            for cut in power.cuts(Path(folder), wanted, power.KINDS[kind]):
                told[kind].append(cut)
                holes = "" if cut.whole else ", the log has holes"
                print(f"{kind} {cut.number:>3}: {cut.lost} of {cut.acknowledged} lost{holes}", flush=True)
        lost, acknowledged = (sum(getattr(one, of) for one in told[kind]) for of in ("lost", "acknowledged"))
        print(f"{kind}: {wanted} cuts, {lost} of {acknowledged} acknowledged commands lost")
    print(power.write_down(told))
    good = all(one.lost == 0 and one.whole for one in told["durable"])
    return 0 if good and any(one.lost for one in told["control"]) else 1


def _runs(arguments: Sequence[str]) -> int:
    """People and faults."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # of the storm's strangers
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
    brokers, faults = faults_of(seed)
    with below.town(EVERY_ROLE, brokers) as town:
        run = Run.on(town)
        started = time.monotonic() - begun
        outcome = asyncio.run(run.go(seed, seconds, faults))
        texts = {program.log.name: program.told() for program in town.platform.programs}
    times = {"started_after_seconds": round(started, 1), "whole_seconds": round(time.monotonic() - begun, 1)}
    path = write(FOLDER, outcome, brokers=brokers, **times)
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
