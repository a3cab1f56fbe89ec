"""One replica as a process of its own: its callers, and a line per acknowledged booking.

It says ``ready`` when its office is open, begins at the first line on its input, and ends with one line of
JSON. What it was told stands in the file before it goes on, so that a killed one's word is known.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import structlog
import uvloop

from bench.frame import Call, Size, drive
from bench.office import BenchOffice, opened_office
from bench.reserve import anywhere, one_day_after_the_other

SHAPES: dict[str, Callable[[BenchOffice], Call]] = {"uniform": anywhere, "day": one_day_after_the_other}


class Order(msgspec.Struct, frozen=True):
    """What a replica is asked to do."""

    url: str
    folder: str
    told: str
    shape: str
    callers: int
    seconds: float
    warm_up: float
    commands: int | None
    seed: int
    lent: bool


async def replica(order: Order) -> dict[str, Any]:
    """Open, wait, drive."""
    size = Size(seconds=order.seconds, warm_up=order.warm_up, commands=order.commands)
    told = os.open(order.told, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    async with opened_office(Path(order.folder), order.url, lent=order.lent, seed=order.seed) as office:
        call = SHAPES[order.shape](office)

        async def noted(number: int) -> UUID:
            booking = await call(number)
            assert isinstance(booking, UUID)  # noqa: S101 - what a reservation gives
            os.write(told, booking.bytes)
            return booking

        say("ready")
        sys.stdin.readline()
        measured, _tally = await drive(noted, order.callers, size)
    os.close(told)
    return dict(measured)


def say(line: str) -> None:
    """One line to whoever started this."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    say(msgspec.json.encode(uvloop.run(replica(msgspec.json.decode(sys.argv[1], type=Order)))).decode())
