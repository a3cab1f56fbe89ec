"""Hostile requests over every route and hostile records over every topic of the running platform.

A few hundred of both here; ``make hostile N=10000`` brings as many as one likes to a platform of its own, and
leaves its figures in ``build/hostile.json``. A finding says what repeats it: ``ONE=<seed>:<number>``.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from buergerbuero_contracts.topics import SERVICES
from servicekit.testing.postgres import finish
from tests.hostile import judging
from tests.hostile.firing import Barrage, dawdle, known
from tests.hostile.planting import Planted, plant, real, store
from tests.hostile.records import Records
from tests.hostile.routes import routes
from tests.way.citizen import Citizen
from tests.way.platform import Platform
from tests.way.program import Program, eventually

WHOLE = "HOSTILE" in os.environ
N, SEED = int(os.environ.get("HOSTILE", "240")), int(os.environ.get("SEED", "7"))
ONE = os.environ.get("ONE", "")
FIGURES = Path("build/hostile.json")
THURSDAY = "2026-12-10"
SETTLED, RESTING = (600.0, 10.0) if WHOLE else (90.0, 2.0)
"""Seconds until everybody has come to the end, and for which processors are watched."""
IDLE, GROWTH = 0.25, 60.0
"""What all processes together may use of a processor more than before, and MB by which one may have grown."""
NAMED = {"gap_detected"}
"""What consumers may call an error: the holes that were planted."""

Watched = list[tuple[Program, int]]


@pytest.fixture(scope="module")
def watched(platform: Platform) -> Iterator[Watched]:
    """Every process, and how many lines it had written before; at the end each is still the same."""
    before = [(one, len(one.lines())) for one in platform.programs if one.alive]
    pids = [one.pid for one, _ in before]
    yield before
    assert [one.pid for one, _ in before if one.alive] == pids


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, Any]]:
    """Figures of the run, left in a file."""
    figures: dict[str, Any] = {"seed": SEED, "number": N}
    yield figures
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(json.dumps(figures, indent=1))


def faults(watched: Watched) -> list[str]:
    """Lines that tell of a fault of our own."""
    return [
        f"{one.service} {one.role}: {line}"
        for one, before in watched
        for line in one.lines()[before:]
        if (line["level"] in ("error", "critical") and line["event"] not in NAMED)
        or (line["event"] == "http_request" and line["status"] >= 500 and line["status"] != 503)
    ]


def at_rest(platform: Platform) -> judging.Found:
    """Once relays and consumers have come to the end."""
    state = judging.Found()

    def look() -> bool:
        nonlocal state
        state = finish(judging.found(platform))
        return not state.behind

    try:
        eventually(look, SETTLED)
    except AssertionError:
        pytest.fail("\n".join(["behind:", *state.behind]))
    return state


async def test_no_hostile_request_meets_a_fault_on_any_route(
    platform: Platform, watched: Watched, told: dict[str, Any]
) -> None:
    apis = [one for one, _ in watched if one.role == "api"]
    every, idle = await routes(platform), judging.busy([one for one, _ in watched], RESTING)
    seed, number = map(int, ONE.split(":")) if ONE else (SEED, -1)
    barrage = Barrage(platform, seed, every, await known(platform, every))
    numbers = range(N) if number < 0 else [number]
    await barrage.fire(numbers[: len(numbers) // 4])
    size = [judging.memory(one) for one in apis]
    await barrage.fire(numbers[len(numbers) // 4 :])
    grown = max(judging.memory(one) - before for one, before in zip(apis, size, strict=True))
    slow = [await dawdle(platform, "booking", "/api/booking/v1/bookings")] if WHOLE else []
    rest = judging.busy([one for one, _ in watched], RESTING) - idle
    told["requests"] = {
        "routes": len(every),
        "statuses": dict(sorted(barrage.statuses.items())),
        "kinds": barrage.kinds,
        "busy_before": idle,
        "busier_after": rest,
        "grown_mb": grown,
        "slow": slow,
    }
    assert not barrage.findings, "\n".join(barrage.findings[:20])
    assert not faults(watched)
    assert not await judging.marked(platform)
    assert not judging.holes(await judging.found(platform))
    assert set(slow) <= {408}
    assert rest < IDLE
    assert grown < GROWTH


def test_no_hostile_record_stops_anything_and_good_ones_still_arrive(
    platform: Platform, watched: Watched, told: dict[str, Any]
) -> None:
    erika = Citizen(platform)
    erika.reserve(erika.free(THURSDAY)[-1])
    erika.give_contact()  # so that the people topic knows somebody
    erika.mail(1)
    records, planted = Records(SEED, ()), Planted()
    places = [(service, partition) for service in SERVICES for partition in range(6)]
    finish(store(platform, [records.good(0, *one) for one in places], planted))
    before, idle = at_rest(platform), judging.busy([one for one, _ in watched], RESTING)

    hostile = finish(plant(platform, SEED, range(N), finish(real(platform.kafka))))
    planted.forged, planted.refused = hostile.forged, hostile.refused
    planted.rows |= hostile.rows
    finish(store(platform, [records.good(number, *one) for number in (1, 2) for one in places], planted))
    after = at_rest(platform)
    rest = judging.busy([one for one, _ in watched], RESTING) - idle
    told["records"] = {
        "forged": Counter(one.kind.partition(" ce_")[0] for one in planted.forged.values()),
        "rows": Counter(one.kind for one in planted.rows.values()),
        "refused": planted.refused,
        "set_aside": Counter(one.reason for one in after.aside - before.aside),
        "busy_before": idle,
        "busier_after": rest,
    }
    wrong = judging.set_aside_wrongly(after, before, planted)
    assert not wrong, "\n".join(wrong[:20])
    assert not judging.holes(after)
    assert not faults(watched)
    assert not [one for one, _ in watched if one.probe("/readyz")[0] != 200]
    assert not finish(judging.people_that_differ(platform))
    assert rest < IDLE
    erika.confirm()
    if WHOLE:
        for service in platform.databases:
            done = platform.command(service, "rebuild", "all", "--verify")
            assert done.returncode == 0, done.stdout + done.stderr
