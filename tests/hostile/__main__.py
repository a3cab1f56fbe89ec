"""``python -m tests.hostile [SECONDS] [TIMES]``: overload of booking's ``api``, on a PostgreSQL of its own.

First as many as it can answer, then for so many seconds ``TIMES`` as many, then half. Ends with 1 if fewer
answers are good than 80 % of the peak, if somebody is turned away without being told when to come again, if
the process met a fault, or if it takes longer than 30 s to be as before. Figures: ``build/overload.json``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop

from servicekit.testing.databases import copied, dropped
from servicekit.testing.postgres import finish
from tests.chaos.town import servers
from tests.hostile.overload import GOODPUT, NORMAL_WITHIN, SECONDS, TIMES, rush
from tests.way.platform import Platform

OUTPUT = Path("build/overload.json")


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    seconds, times = (*map(float, arguments), *(SECONDS, TIMES)[len(arguments) :])
    with servers() as below:
        database = finish(copied(below.template("booking"), "booking_overload"))
        folder = below.folder / "overload"
        folder.mkdir()
        platform = Platform(folder, {"booking": database})
        try:
            api = platform.start("booking", "api").ready()
            told = uvloop.run(rush(api, seconds, times))
            faults = [line for line in api.lines() if line["level"] == "error"]
        finally:
            platform.close()
            finish(dropped(database))
    told["faults"] = len(faults)
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(told, indent=1))
    print(json.dumps(told, indent=1))
    normal = told["normal_after_seconds"]
    good = told["goodput"] >= GOODPUT and normal is not None and normal <= NORMAL_WITHIN
    return 0 if good and not told["without_retry_after"] and not faults else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
