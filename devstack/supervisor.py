"""Starts processes in order, keeps them alive, stops them in reverse order.

Promises: a group starts when the one before is ready by its own protocol; whatever ends during the
first start ends the start; later it is started again with growing pauses; a stop gives each part its
deadline, then SIGKILL; no process outlives the supervisor, not even if it is killed itself.
Shown by ``tests/devstack/test_supervisor.py``.
"""

from __future__ import annotations

import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from servicekit.testing.process import start as start_process
from servicekit.testing.process import stop as stop_process

FIRST_START_SECONDS = 90.0
LONGEST_PAUSE = 30.0
HEALTHY_AFTER = 60.0
"""Seconds of life after which a restart counts as the first one again."""


class StartFailed(RuntimeError):
    """A part that did not become ready; ``code`` is the supervisor's exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code or 1


class Stopped(Exception):
    """The stop came during the start."""


class Part(Protocol):
    """Something that runs: PostgreSQL, Kafka, a service's process."""

    name: str

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The process, once launched."""

    def launch(self) -> None:
        """Start it; return at once."""

    def ready(self) -> bool:
        """Whether it does its work, by its own protocol."""

    def stop(self) -> int:
        """Stop it in good order, then by force; its exit code."""


@dataclass
class Program:
    """A process of ours, ready when ``ready_url`` answers 200; both outputs go to ``log``."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    cwd: Path
    ready_url: str | None = None
    stop_seconds: float = 20.0
    process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Start it; return at once."""
        with self.log.open("ab") as output:
            self.process = start_process(self.command, output=output, env=self.env, cwd=self.cwd)

    def ready(self) -> bool:
        """Whether the readiness address answers."""
        return self.ready_url is None or answers(self.ready_url)

    def stop(self) -> int:
        """SIGTERM, a deadline, SIGKILL."""
        return stop_process(self.process, signal.SIGTERM, self.stop_seconds) if self.process else 0


def answers(url: str) -> bool:
    """Whether a loopback address answers 200 within five seconds; the probes' own checks take up to three."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - http on the loopback
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


@dataclass
class Watched:
    """A part and its restarts."""

    part: Part
    since: float
    pause: float = 1.0
    again_at: float | None = None


@dataclass
class Supervisor:
    """Runs groups of parts. ``say`` prints one line; ``changed`` is told of every new process."""

    say: Callable[[str], None]
    changed: Callable[[dict[str, int]], None] = lambda _pids: None
    groups: list[list[Watched]] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def handle_signals(self) -> None:
        """SIGINT, SIGTERM and SIGHUP ask for the orderly stop, once; later ones change nothing."""
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, lambda *_: self.stopping.set())

    def start(self, *parts: Part) -> None:
        """Launch a group and wait until all of it is ready."""
        self.launch(*parts)
        self.await_ready()

    def launch(self, *parts: Part) -> None:
        """Start the processes of a group; ``await_ready`` follows. ``Stopped`` when a stop is asked for."""
        self.groups.append([Watched(part, time.monotonic()) for part in parts])
        for one in self.groups[-1]:
            self._unless_stopped()
            one.part.launch()
        self._tell()

    def await_ready(self) -> None:
        """Until the last group is ready. ``StartFailed`` names the part that is not, ``Stopped``."""
        waiting = list(self.groups[-1])
        deadline = time.monotonic() + FIRST_START_SECONDS
        while waiting:
            self._unless_stopped(0.05)
            for one in list(waiting):
                if (code := exit_code(one.part)) is not None:
                    raise StartFailed(f"{one.part.name} ended during its start (exit code {code})", code)
                if one.part.ready():
                    self.say(f"  {one.part.name} ready after {time.monotonic() - one.since:.1f} s")
                    waiting.remove(one)
            if time.monotonic() > deadline:
                names = ", ".join(one.part.name for one in waiting)
                raise StartFailed(f"{names}: not ready after {FIRST_START_SECONDS:.0f} s")

    def run_once(self, *programs: Program) -> None:
        """Run one-shot programs side by side to their end; ``StartFailed`` names the first that fails."""
        begun = time.monotonic()
        for program in programs:
            program.launch()
        try:
            while any(exit_code(program) is None for program in programs):
                self._unless_stopped(0.05)
        finally:
            codes = [program.stop() for program in programs]
        for program, code in zip(programs, codes, strict=True):
            if code:
                raise StartFailed(
                    f"{program.name} failed (exit code {code}): {_last_lines(program.log)}", code
                )
        names = ", ".join(program.name for program in programs)
        self.say(f"  {names} done after {time.monotonic() - begun:.1f} s")

    def watch(self) -> None:
        """Until a stop is asked for: start again what ended."""
        while not self.stopping.wait(0.2):
            for one in (one for group in self.groups for one in group):
                self._revive(one, time.monotonic())

    def _revive(self, one: Watched, now: float) -> None:
        if one.again_at is None:
            if (code := exit_code(one.part)) is None:
                return
            if now - one.since > HEALTHY_AFTER:
                one.pause = 1.0
            self.say(f"{one.part.name} ended (exit code {code}); again in {one.pause:.0f} s")
            one.again_at, one.pause = now + one.pause, min(one.pause * 2, LONGEST_PAUSE)
        elif now >= one.again_at:
            one.again_at, one.since = None, now
            one.part.launch()
            self._tell()

    def stop(self) -> None:
        """Stop every group, the last one first; parts of a group stop side by side."""
        self.stopping.set()
        for group in reversed(self.groups):
            begun = time.monotonic()
            threads = [threading.Thread(target=one.part.stop) for one in group]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            names = ", ".join(one.part.name for one in group)
            self.say(f"  {names} stopped after {time.monotonic() - begun:.1f} s")
        self.groups.clear()

    @contextmanager
    def orderly(self) -> Iterator[None]:
        """Stop everything on the way out, whatever happens inside."""
        try:
            yield
        finally:
            self.stop()

    def pids(self) -> dict[str, int]:
        """Name -> process id of what was launched last."""
        parts = [one.part for group in self.groups for one in group]
        return {part.name: part.process.pid for part in parts if part.process is not None}

    def _tell(self) -> None:
        self.changed(self.pids())

    def _unless_stopped(self, seconds: float = 0) -> None:
        if self.stopping.wait(seconds):
            raise Stopped


def exit_code(part: Part) -> int | None:
    """How a launched part ended; None while it runs."""
    return part.process.poll() if part.process is not None else None


def _last_lines(log: Path, lines: int = 5) -> str:
    return " | ".join(log.read_text(errors="replace").strip().splitlines()[-lines:])
