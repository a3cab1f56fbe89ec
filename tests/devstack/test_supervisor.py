"""The supervisor, with tiny stand-ins in the place of services."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from devstack.home import AlreadyRunning, Home
from devstack.supervisor import Program, StartFailed, Stopped, Supervisor
from servicekit.testing.process import alive, free_port, wait_until

SERVER = """
import http.server, signal, sys
def leave(*_):
    open(sys.argv[2], "a").write(sys.argv[3] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(600)
"""
PARENT = """
import pathlib, sys
from devstack.supervisor import Program, Supervisor
folder = pathlib.Path(sys.argv[1])
command = [sys.executable, "-c", "import time; time.sleep(600)"]
child = Program("child", command, {}, folder / "log", folder)
supervisor = Supervisor(print)
supervisor.start(child)
print(child.process.pid, flush=True)
supervisor.watch()
"""

Server = Callable[[str], Program]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Supervisor:
    return Supervisor(said.append)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    """Makes a stand-in that answers its readiness address and notes when it is asked to stop."""

    def make(name: str) -> Program:
        port = free_port()
        command = [sys.executable, "-c", SERVER, str(port), str(tmp_path / "stops"), name]
        return Program(
            name, command, {}, tmp_path / f"{name}.log", tmp_path, f"http://127.0.0.1:{port}/readyz"
        )

    return make


def once(tmp_path: Path, name: str, code: str) -> Program:
    return Program(name, [sys.executable, "-c", code], {}, tmp_path / f"{name}.log", tmp_path)


def test_groups_start_in_order_and_stop_in_reverse_order(
    supervisor: Supervisor, server: Server, said: list[str], tmp_path: Path
) -> None:
    with supervisor.orderly():
        supervisor.start(server("database"))
        supervisor.start(server("service"))
        assert [line.split()[0] for line in said] == ["database", "service"]
        pids = supervisor.pids()
    assert (tmp_path / "stops").read_text().split() == ["service", "database"]
    assert not any(alive(pid) for pid in pids.values())


def test_a_part_that_ends_during_the_first_start_ends_the_start_with_its_code(
    supervisor: Supervisor, server: Server, tmp_path: Path
) -> None:
    broken = once(tmp_path, "broken", "raise SystemExit(7)")
    broken.ready_url = f"http://127.0.0.1:{free_port()}/readyz"
    good = server("good")
    with pytest.raises(StartFailed, match="broken") as failed, supervisor.orderly():
        supervisor.start(good)
        supervisor.start(broken)
    assert failed.value.code == 7
    assert good.process is not None and good.process.returncode == 0


def test_a_failed_one_shot_says_its_last_words(supervisor: Supervisor, tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="no such column"):
        supervisor.run_once(once(tmp_path, "migrate", "raise SystemExit('no such column')"))


def test_a_stop_during_the_start_is_orderly(supervisor: Supervisor, tmp_path: Path) -> None:
    slow = once(tmp_path, "slow", DEAF.replace("SIG_IGN", "SIG_DFL"))
    slow.ready_url = f"http://127.0.0.1:{free_port()}/readyz"
    threading.Timer(0.3, supervisor.stopping.set).start()
    with pytest.raises(Stopped), supervisor.orderly():
        supervisor.start(slow)
    assert slow.process is not None and slow.process.returncode == -signal.SIGTERM


def test_a_killed_part_comes_back(supervisor: Supervisor, server: Server, said: list[str]) -> None:
    part = server("booking")
    with supervisor.orderly():
        supervisor.start(part)
        first = supervisor.pids()["booking"]
        watcher = threading.Thread(target=supervisor.watch)
        watcher.start()
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: supervisor.pids()["booking"] != first and part.ready(), 20, "no restart")
        supervisor.stopping.set()
        watcher.join()
    assert "booking ended (exit code -9); again in 1 s" in said


def test_what_ignores_the_stop_is_killed_after_its_deadline(supervisor: Supervisor, tmp_path: Path) -> None:
    deaf = once(tmp_path, "deaf", DEAF)
    deaf.stop_seconds = 0.2
    with supervisor.orderly():
        supervisor.start(deaf)
        wait_until(lambda: "up" in deaf.log.read_text(), 20, "not up")
    assert deaf.process is not None and deaf.process.returncode == -signal.SIGKILL


def test_children_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    parent.stdout.readline()
    child = int(parent.stdout.readline())
    assert alive(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not alive(child), 10, "the child outlived its supervisor")


def test_one_stack_per_folder_and_a_lock_that_ends_with_its_holder(tmp_path: Path) -> None:
    home = Home(tmp_path / "state")
    assert not home.running()
    with home.held():
        assert home.running()
        with pytest.raises(AlreadyRunning), home.held():
            pass
    assert not home.running()


def test_secrets_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    home = Home(tmp_path / "state")
    for make in (home.link_keys, home.hash_key, home.door_key):
        path = make()
        before = path.read_text()
        assert make().read_text() == before
        assert path.stat().st_mode & 0o077 == 0
