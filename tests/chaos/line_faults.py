"""Faults of the lines between a service and its servers. An empty answer means that nothing met the cut."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random

from tests.chaos.faults import Act, Scene
from tests.chaos.wires import BACK, BOTH, TOWARDS, Wire

DATABASE, BROKER = "database", "broker"
SECONDS = 3.0, 12.0
"""How long a line is cut, at least and at most: below and beyond the time that a request to a broker has."""


def cut(what: str, *, one_way: bool) -> Act:
    """F11 and F12: a service does not reach its database or brokers, is not heard, or hears nothing."""

    async def act(scene: Scene, random: Random) -> str:
        service = random.choice(list(scene.town.platform.databases))
        ways = (random.choice((TOWARDS, BACK)),) if one_way else BOTH
        wires, seconds = _lines(scene, random, service, what), random.uniform(*SECONDS)
        before = sum(wire.waiting for wire in wires)
        for wire in wires:
            wire.cut(ways)
        try:
            await asyncio.sleep(seconds)
        finally:
            for wire in wires:
                wire.mend()
        met = sum(wire.waiting for wire in wires) - before
        return f"{service}, {' and '.join(ways)}, {seconds:.1f} s: {met} pieces waited" if met else ""

    act.__doc__ = f"A service's lines to its {what}, {'one way' if one_way else 'both ways'}."
    return act


def break_off(what: str) -> Act:
    """F11 and F12: every connection of a service to its database or brokers is reset, all at once."""

    async def act(scene: Scene, random: Random) -> str:
        service = random.choice(list(scene.town.platform.databases))
        many = sum(wire.reset() for wire in _lines(scene, random, service, what))
        return f"{service}: {many} connections" if many else ""

    act.__doc__ = f"All connections of a service to its {what} are reset."
    return act


def _lines(scene: Scene, random: Random, service: str, what: str) -> Sequence[Wire]:
    """To the database; to all brokers, or to one of several."""
    if what == DATABASE:
        return [scene.town.to_database[service]]
    wires = scene.town.kafka.to_brokers(service)
    return wires if random.random() < 0.5 else [random.choice(wires)]
