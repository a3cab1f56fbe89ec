"""The whole local platform as ``make run`` starts it: real PostgreSQL, Kafka and services."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devstack.services import SERVICES
from devstack.supervisor import answers
from servicekit.testing.binaries import ROOT
from servicekit.testing.process import alive, wait_until

SECOND_START_SECONDS = 20.0


class Platform:
    """The local platform in a folder of its own, driven by its commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {**os.environ, "DEVSTACK_HOME": str(folder)}

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "devstack", *words]
        return subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)

    def foreground(self) -> subprocess.Popen[str]:
        """Start it as a person does, with its output at hand."""
        command = [sys.executable, "-m", "devstack", "up", "--quiet"]
        return subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=subprocess.PIPE, text=True)

    def running(self) -> None:
        """Start it in the background unless it runs."""
        if self("status").returncode:
            up = self("up", "--detach")
            assert up.returncode == 0, up.stdout + up.stderr

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "state.json").read_text())
        return found


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform that has been up once and is down."""
    one = Platform(tmp_path_factory.mktemp("stack") / "home")
    try:
        one.running()
        assert one("down").returncode == 0
        yield one
    finally:
        one("down")


def test_it_starts_again_in_seconds_shows_addresses_that_answer_and_leaves_nothing_behind(
    platform: Platform,
) -> None:
    begun = time.monotonic()
    process = platform.foreground()
    try:
        wait_until(lambda: process.poll() is not None or platform.state["ready"], 120, "not up", pause=0.1)
        took = time.monotonic() - begun
        pids = platform.state["processes"]
        assert set(pids) == {"PostgreSQL", "Kafka", *(one.name for one in SERVICES)}
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, said
    if os.getloadavg()[0] < 2 * (os.cpu_count() or 1):  # on a machine that has time for it
        assert took < SECOND_START_SECONDS
    assert not any(alive(pid) for pid in pids.values())
    stopped = [line.split(" stopped")[0].strip() for line in said.splitlines() if " stopped after " in line]
    assert stopped[-2:] == ["Kafka", "PostgreSQL"]
    assert len(stopped) == 3
    for service in SERVICES:
        assert re.search(
            rf"{service.name} +http://127\.0\.0\.1:\d+{re.escape(service.page.split('{')[0])}", said
        )


def test_a_killed_service_comes_back_and_the_commands_tell(platform: Platform) -> None:
    platform.running()
    assert "It runs already" in platform("up", "--detach").stdout
    refused = platform("reset")
    assert refused.returncode == 1
    assert "make stop" in refused.stdout
    before = platform.state["processes"]["reporting"]
    ready = f"http://127.0.0.1:{platform.state['ports']['reporting-metrics']}/readyz"
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: platform.state["processes"]["reporting"] != before and answers(ready), 60, "not back")
    wait_until(lambda: platform("status").stdout.count(" running ") == 2 + len(SERVICES), 60, "not ready")
    for service in SERVICES:
        port = platform.state["ports"][service.name]
        page = service.page.format(week="2026-W48")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=10) as answer:
            assert answer.status == 200
    assert platform("verify").returncode == 0


def test_no_process_outlives_a_supervisor_that_is_killed(platform: Platform) -> None:
    platform.running()
    state = platform.state
    os.kill(state["pid"], signal.SIGKILL)
    wait_until(lambda: not any(map(alive, state["processes"].values())), 60, "a process goes on")
    assert platform("status").returncode == 1


def test_reset_forgets_the_state(platform: Platform) -> None:
    assert platform("reset").returncode == 0
    assert not platform.folder.exists()
