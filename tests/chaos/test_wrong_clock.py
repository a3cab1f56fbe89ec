"""A process whose own clock is wrong goes by the database's, and its own clock is wrong indeed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from servicekit.testing.binaries import ROOT, Missing
from servicekit.testing.databases import Database
from servicekit.testing.providers import WANT
from tests.chaos.clock_faults import OFFSETS, settings
from tests.way.platform import Platform

BOTH_CLOCKS = """
import asyncio, json, time
from datetime import UTC, datetime
from servicekit.service import open_kit
from servicekit.settings import read_settings
from services.reporting.wiring import SERVICE

async def told() -> None:
    kit = await open_kit(SERVICE, read_settings())
    own, begun = datetime.now(UTC), time.monotonic()
    await asyncio.sleep(0.2)
    span = time.monotonic() - begun
    print(json.dumps({"own": own.isoformat(), "platform": kit.clock.now().isoformat(), "span": span}))

asyncio.run(told())
"""
NEAR = timedelta(minutes=5)


@pytest.mark.parametrize("offset", ["+1d", "-1h"])
def test_the_platforms_time_is_the_databases_whatever_the_process_believes(
    database: Callable[[str], Database], tmp_path: Path, offset: str
) -> None:
    try:
        file = tmp_path / "offset"
        wrong = settings(file)
    except Missing as error:
        pytest.skip(f"{WANT}{error}")
    file.write_text(f"{offset}\n")
    platform = Platform(tmp_path, {"reporting": database("reporting")})
    env = platform.environment("reporting", CLOCK_FILE=None) | wrong
    platform.close()
    done = subprocess.run(
        [sys.executable, "-c", BOTH_CLOCKS], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    now = datetime.now(UTC)
    assert abs(datetime.fromisoformat(told["own"]) - now - OFFSETS[offset]) < NEAR
    assert abs(datetime.fromisoformat(told["platform"]) - now) < NEAR
    assert 0.1 < told["span"] < 60
