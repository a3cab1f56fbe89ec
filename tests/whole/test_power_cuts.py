"""What was acknowledged survives a power cut, and a server that answers sooner loses some of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from servicekit.testing.binaries import ROOT
from servicekit.testing.providers import WANT
from tests.chaos.power_cuts import lacking

CUTS = 2


def test_acknowledged_commands_survive_power_cuts_and_the_control_shows_that_these_are_some() -> None:
    if missing := lacking():
        pytest.skip(f"{WANT}power cuts: {missing}")
    command = [sys.executable, "-m", "tests.chaos", "power-cuts", str(CUTS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"durable: {CUTS} cuts, 0 of " in done.stdout
