"""Children, ports and waiting."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest

from servicekit.testing.process import alive, free_port, port_is_free, reserve, start, stop, wait_until

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def test_a_child_is_in_a_group_of_its_own() -> None:
    child = start(SLEEP, output=subprocess.DEVNULL)
    try:
        assert os.getpgid(child.pid) == child.pid != os.getpgrp()
    finally:
        assert stop(child, signal.SIGTERM, 10) == -signal.SIGTERM


def test_a_zombie_is_not_alive() -> None:
    child = start([sys.executable, "-c", ""], output=subprocess.DEVNULL)
    wait_until(lambda: not alive(child.pid), 10, "still alive")
    assert os.kill(child.pid, 0) is None, "nobody has reaped it yet"  # type: ignore[func-returns-value]
    assert child.wait() == 0


def test_a_taken_port_is_replaced_by_the_next_free_one() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as granian listens
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert not port_is_free(taken)
        assert free_port(taken) > taken


def test_a_free_port_is_not_given_twice() -> None:
    given = [free_port() for _ in range(50)]
    assert len(set(given)) == 50 and max(given) < 32_768, "clients get ports from there on"
    assert free_port(given[0], frozenset({given[0]})) > given[0]


def test_a_reserved_port_is_taken_for_others_and_open_to_a_server_that_shares() -> None:
    port, holder = reserve(free_port())
    with holder:
        assert not port_is_free(port)
        with socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            server.bind(("127.0.0.1", port))
            server.listen()
    assert port_is_free(port)


def test_waiting_ends_with_what_was_waited_for() -> None:
    with pytest.raises(TimeoutError, match="no answer"):
        wait_until(lambda: False, 0.05, "no answer")
