"""Child processes that never outlive their parent.

Promises: a child runs in a process group of its own (Ctrl-C in a terminal does not reach it), gets
a signal when its parent ends in whatever way, and is stopped by a signal, a deadline and SIGKILL.
Start children from the main thread: the kernel ties the death signal to the thread that forked.
Shown by ``tests/devstack/test_process.py``.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


def follow_parent(death: signal.Signals) -> Callable[[], None]:
    """What a child does before it becomes its program: ask for ``death`` when the parent ends."""
    parent = os.getpid()

    def ask() -> None:
        if hasattr(_LIBC, "prctl"):
            _LIBC.prctl(PR_SET_PDEATHSIG, int(death))
            if os.getppid() != parent:  # it ended in between
                os._exit(1)

    return ask


def start(
    command: Sequence[str],
    *,
    output: int | IO[bytes],
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    death: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start ``command`` with both outputs on ``output`` and no input."""
    return subprocess.Popen(  # noqa: S603 - our own command lines
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=env,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=follow_parent(death),  # noqa: PLW1509 - a few lines of C, before any thread matters
    )


def stop(process: subprocess.Popen[bytes], polite: signal.Signals, seconds: float) -> int:
    """Ask with ``polite``, kill the whole group after ``seconds``; the exit code, reaped."""
    if process.poll() is None:
        process.send_signal(polite)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def alive(pid: int) -> bool:
    """Whether ``pid`` runs; a zombie that nobody reaped does not count."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return Path("/proc/self").exists() is False


def port_is_free(port: int) -> bool:
    """A plain bind tells; a server with SO_REUSEPORT would quietly share a port in use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


FIRST_PORT, PORTS = 20_000, 12_000
"""For servers; clients' ports begin at 32,768 on Linux."""
_ports = count(secrets.randbelow(PORTS))  # each process from somewhere else, and none twice


def free_port(wanted: int | None = None, taken: frozenset[int] = frozenset()) -> int:
    """``wanted`` or the next free port above it; without a wish any free one. Loopback only.

    Not one of those that the kernel gives to clients: a server may take seconds until it binds, and one of
    some hundred ports of a cluster would now and then be somebody's by then.
    """
    ours = (FIRST_PORT + next(_ports) % PORTS for _ in range(PORTS))
    for port in ours if wanted is None else range(wanted, wanted + 200):
        if port not in taken and port_is_free(port):
            return port
    raise RuntimeError(f"no free port from {wanted or FIRST_PORT} on")


def reserve(wanted: int, taken: frozenset[int] = frozenset()) -> tuple[int, socket.socket]:
    """``free_port``, kept for this process and its children while the returned socket is open.

    The socket never listens. Whoever looks by a plain bind finds the port taken, while a server of
    ours that binds with SO_REUSEPORT, as granian does, gets it.
    """
    port = free_port(wanted, taken)
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind(("127.0.0.1", port))
    return port, holder


def wait_until(ready: Callable[[], bool], seconds: float, what: str, pause: float = 0.02) -> None:
    """Poll ``ready``; TimeoutError with ``what`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} after {seconds:.0f} s")
        time.sleep(pause)
