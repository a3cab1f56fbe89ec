"""``python -m devstack.passport``: a platform of its own, the story through it, and the figures it moved.

The platform is the one of ``make run``, started below ``build/passport`` with a clock that the story
drives: three weeks lie between order and hand-over, and nobody's real office should jump through time.
Ends with 1 if a step's events do not arrive or a figure does not move, with 2 if it could not begin.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from rich.console import Console

from devstack.home import Home
from servicekit.testing.binaries import ROOT
from servicekit.testing.process import start, stop, wait_until

from .clock import StoryClock
from .figures import Moved, compare, read
from .people import Citizen, Staff, StoryBroken
from .story import PRODUCED, STORY, Office
from .teller import Teller
from .watch import watching

FOLDER = ROOT / "build" / "passport"
BEGIN = datetime(2026, 11, 30, 7, 45, tzinfo=ZoneInfo("Europe/Berlin"))
"""A Monday before opening time."""
START_SECONDS, STOP_SECONDS = 300, 60
console = Console(width=110, highlight=False)


@contextmanager
def platform(home: Home) -> Iterator[dict[str, Any]]:
    """The local platform in a folder of its own; its state, once all is ready."""
    log = FOLDER / "stack.log"
    with log.open("wb") as output:
        process = start(
            [sys.executable, "-m", "devstack", "up", "--quiet"],
            output=output,
            env={**os.environ, "DEVSTACK_HOME": str(home.folder)},
            cwd=ROOT,
        )

    def ready() -> bool:
        if process.poll() is not None:
            raise StoryBroken(f"the platform did not start:\n{log.read_text()[-2000:]}")
        return bool(home.load().get("ready"))

    try:
        wait_until(ready, START_SECONDS, "the platform is not ready", pause=0.2)
        yield home.load()
    finally:
        stop(process, signal.SIGTERM, STOP_SECONDS)


def tell(home: Home, state: dict[str, Any]) -> None:
    """The story, on a running platform. Raises ``StoryBroken``."""
    url = {name: f"http://127.0.0.1:{port}" for name, port in state["ports"].items()}
    ordered, handed = BEGIN, BEGIN + PRODUCED
    wanted = [
        Moved(f"{ordered:%G-W%V}", "contacts.personal"),
        Moved(f"{ordered:%G-W%V}", "docs.ordered"),
        Moved(f"{handed:%G-W%V}", "docs.ready"),
        Moved(f"{handed:%G-W%V}", "docs.pickups"),
        Moved(f"{handed:%G-W%V}", "docs.handed_over"),
        Moved(f"{handed:%G-W%V}", "contacts.handover"),
    ]
    before = read(url["reporting"], {one.week for one in wanted})
    with watching(state["kafka"]) as watch:
        clock = StoryClock(home.clock_file, BEGIN)
        office = Office(
            Teller(watch, clock, console),
            clock,
            Citizen(url["booking"], url["notification"], "Erika Mustermann", "erika@example.org"),
            door=Staff(url["booking"], "door"),
            desk=Staff(url["booking"], "desk"),
            window=Staff(url["documents"], "window"),
        )
        for chapter in STORY:
            chapter(office)
    compare(url["reporting"], before, wanted, console)
    delays = sorted(delay for _one, delay in office.tell.seen)
    console.print(
        f"{office.tell.steps} steps, {len(delays)} events, each at its topic "
        f"{1000 * delays[len(delays) // 2]:.0f} ms (median) after its step began, "
        f"the slowest {1000 * delays[-1]:.0f} ms."
    )


def main() -> int:
    """Start, tell, stop; the exit code."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    home = Home(FOLDER)
    StoryClock(home.clock_file, BEGIN)
    begun = time.monotonic()
    console.print("Starting a platform for the story …")
    try:
        with platform(home) as state:
            console.print(f"ready after {time.monotonic() - begun:.0f} s")
            tell(home, state)
    except (StoryBroken, TimeoutError) as error:
        console.print(f"\n[red]The story breaks off: {error}")
        return 1
    except (OSError, httpx.HTTPError) as error:
        console.print(f"\n[red]{type(error).__name__}: {error}")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
