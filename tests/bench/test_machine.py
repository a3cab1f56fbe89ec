"""Whose processor time it was."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bench import machine
from bench.machine import Moment


def test_what_we_use_ourselves_is_no_noise() -> None:
    before = machine.moment()
    if before is None:
        pytest.skip("no /proc here")
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass
    after = machine.moment()
    assert after is not None
    assert after.own - before.own >= 0.08


def test_the_foreign_share_is_of_all_processors() -> None:
    cores = os.cpu_count() or 1
    share = machine.foreign_share(Moment(0, 0, 0), Moment(10, 6 * cores, 1 * cores))
    assert share == pytest.approx(0.5)
    assert machine.foreign_share(None, Moment(10, 6, 1)) is None


def test_a_flush_takes_some_time(tmp_path: Path) -> None:
    assert machine.flush_seconds(tmp_path, times=3) > 0
    assert not list(tmp_path.iterdir())
