"""Service processes born of one that has loaded the code: a start costs a fifth of the processor time.

Promises: what is born has run nothing of a service yet; it has the environment, output, folder, process group
and death signal that ``servicekit.testing.process.start`` gives, and chances of its own. What depends on how
a process begins starts from nothing instead: settings of production, a place to die at, a planted bug, a
library loaded before all others; and every role in ``tests/devstack/test_stack.py``. Linux only; elsewhere
all do. Shown by ``test_nursery.py``.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import IO

from servicekit.testing.binaries import ROOT
from servicekit.testing.process import PR_SET_PDEATHSIG, start

SERVICES = ("booking", "documents", "notification", "reporting")
LOADED = (
    *(f"servicekit.{part}" for part in ("cli", "assembly", "feed", "roles", "subscriber", "web.role")),
    *(f"services.{service}.{part}" for service in SERVICES for part in ("wiring", "web")),
)
ANEW = {"FAULT", "MUTANT", "LD_PRELOAD"}
"""Settings that a process must have from its first moment on."""
LARGEST, WIDE = 64 * 1024, 10
"""Bytes of a request, and of a number in an answer."""
_ASKING = threading.Lock()
_LIBC = ctypes.CDLL(None)


class Born(subprocess.Popen[bytes]):
    """A process that is no child of ours: its guardian tells its number and, at the end, its exit code."""

    def __init__(self, args: Sequence[str], told: int) -> None:
        self.args, self._told, self._looking = args, told, threading.Lock()
        self.stdin = self.stdout = self.stderr = None
        self.pid, self.returncode = int(os.read(told, WIDE)), None

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code; raises ``TimeoutExpired``."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, sig: int) -> None:
        """Send it, unless the process has ended, perhaps just now."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def _look(self, seconds: float | None) -> int | None:
        with self._looking:
            if self.returncode is None:
                one = select.poll()
                one.register(self._told, select.POLLIN)
                if one.poll(None if seconds is None else seconds * 1000):
                    self.returncode = int(os.read(self._told, WIDE) or -signal.SIGKILL)
                    os.close(self._told)
            return self.returncode


def begin(service: str, role: str, env: Mapping[str, str], output: IO[bytes]) -> subprocess.Popen[bytes]:
    """``python -m services.<service> <role>`` with both outputs on ``output``."""
    command = (f"services.{service}", role)
    if sys.platform != "linux" or env.get("APP_ENV") != "test" or ANEW & env.keys():
        return start([sys.executable, "-m", *command], output=output, env=env, cwd=ROOT)
    return born(command, env, output, LOADED)


def born(command: Sequence[str], env: Mapping[str, str], output: IO[bytes], loaded: tuple[str, ...]) -> Born:
    """A module and its arguments, run by a process that had loaded those modules."""
    told, tell = os.pipe()
    with _ASKING:
        request = json.dumps([command, dict(env)]).encode()
        socket.send_fds(_nursery(loaded), [request], [output.fileno(), tell])
    os.close(tell)
    return Born(command, told)


@cache
def _nursery(loaded: tuple[str, ...]) -> socket.socket:
    """Where to ask; whoever answers there ends with us."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    path = os.pathsep.join([str(ROOT), str(ROOT / "contracts")])
    subprocess.Popen(
        [sys.executable, "-m", "tests.way.nursery", str(theirs.fileno()), *loaded],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0", "PYTHONUNBUFFERED": "1"},
        cwd=ROOT,
        pass_fds=[theirs.fileno()],
        start_new_session=True,
    )
    theirs.close()
    return ours


def _answer(asked: socket.socket, loaded: Sequence[str]) -> None:
    """Load the code, then let a process be born at each request, until nobody is there to ask."""
    for name in loaded:
        import_module(name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        request, (*files,), _, _ = socket.recv_fds(asked, LARGEST, 2)
        if not request:
            return None
        if os.fork() == 0:
            asked.close()
            (module, *words), env = json.loads(request)
            return _guard(module, words, env, *files)
        for file in files:
            os.close(file)


def _guard(module: str, words: list[str], env: dict[str, str], output: int, tell: int) -> None:
    """In a process of its own: be the parent of the one that was asked for."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _LIBC.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    guardian, child = os.getpid(), os.fork()
    if child:
        os.close(output)
        os.write(tell, b"%*d" % (WIDE, child))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(tell, b"%*d" % (WIDE, code))
        os._exit(0)
    os.close(tell)
    os.setsid()
    _LIBC.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM))
    if os.getppid() != guardian:  # it ended in between
        os._exit(1)
    for standard in (1, 2):
        os.dup2(output, standard)
    os.close(output)
    os.environ.clear()
    os.environ.update(env)
    sys.argv[1:] = words
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _answer(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
