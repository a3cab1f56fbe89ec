"""One process of a service with its log file, and the clock that a test's processes go by."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from servicekit.testing.process import alive, stop, wait_until
from tests.way.nursery import begin

MORNING = datetime(2026, 11, 30, 6, 45, tzinfo=UTC)
"""A Monday in week 2026-W49, 7:45 in Flensburg: the office is open, all places of the day are released."""
START_SECONDS, STOP_SECONDS = 90.0, 60.0
"""How long a process may take on a busy machine before a test gives up."""
TICK = 0.02


class RunningClock:
    """The processes' CLOCK_FILE: time goes on by itself, and jumps when a test says so."""

    def __init__(self, file: Path, begin: datetime = MORNING) -> None:
        self.file, self._offset = file, begin - datetime.now(UTC)
        self._standing: datetime | None = None
        self._stop, self._alone = threading.Event(), threading.Lock()
        self._write()
        threading.Thread(target=self._run, daemon=True).start()

    def now(self) -> datetime:
        """The platform's present moment."""
        return self._standing or datetime.now(UTC) + self._offset

    @contextmanager
    def standing(self) -> Iterator[datetime]:
        """For the length of a block it is one and the same moment."""
        self._standing = self.now()
        self._write()
        yield self._standing
        self._offset, self._standing = self._standing - datetime.now(UTC), None

    def forward(self, **span: float) -> None:
        """Let time pass at once."""
        self._offset += timedelta(**span)
        self._write()

    def _write(self) -> None:
        with self._alone:  # else what one thread read before a jump could cover what the other wrote after it
            fresh = self.file.with_suffix(".new")
            fresh.write_text(self.now().isoformat())
            fresh.replace(self.file)

    def _run(self) -> None:
        while not self._stop.wait(TICK):
            self._write()

    def end(self) -> None:
        """Stand still for good."""
        self._stop.set()


@dataclass
class Program:
    """``python -m services.<service> <role>`` with its log file (how it begins: ``nursery.py``)."""

    service: str
    role: str
    env: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Program:
        """Start it, again too; its ports and its log file stay."""
        with self.log.open("ab") as output:
            self.process = begin(self.service, self.role, self.env, output)
        return self

    @property
    def running(self) -> subprocess.Popen[bytes]:
        """The process, ended or not."""
        assert self.process is not None
        return self.process

    @property
    def name(self) -> str:
        """What tells it from all others, of its role too."""
        return self.log.stem

    @property
    def pid(self) -> int:
        """Its number."""
        return self.running.pid

    @property
    def url(self) -> str:
        """Where its pages and API are."""
        return f"http://127.0.0.1:{self.env['HTTP_PORT']}"

    def probe(self, path: str) -> tuple[int, str]:
        """Status and text of ``/readyz`` and its like; 0 while nothing answers."""
        url = f"http://127.0.0.1:{self.env['METRICS_PORT']}{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def ready(self) -> Program:
        """Wait for ``/readyz``."""

        def answers() -> bool:
            assert self.running.poll() is None, f"{self.service} {self.role} ended:\n{self.told()[-3000:]}"
            return self.probe("/readyz")[0] == 200

        what = f"{self.service} {self.role} is not ready, see {self.log}"
        wait_until(answers, START_SECONDS, what, pause=0.05)
        return self

    def ended(self, seconds: float = STOP_SECONDS) -> int:
        """Wait until it has ended; the exit code."""
        return self.running.wait(seconds)

    def stop(self) -> int:
        """SIGTERM, and SIGKILL after a minute; the exit code."""
        return stop(self.running, signal.SIGTERM, STOP_SECONDS)

    def kill(self) -> None:
        """SIGKILL, reaped."""
        self.running.kill()
        self.running.wait()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and alive(self.process.pid)

    def told(self) -> str:
        """All that it wrote to stdout and stderr."""
        return self.log.read_text(errors="replace")

    def lines(self, event: str | None = None) -> list[dict[str, Any]]:
        """Its log lines, of one event if given. A line that is no JSON object fails the test."""
        lines = [json.loads(line) for line in self.told().splitlines()]
        return [line for line in lines if event in (None, line["event"])]


def eventually(look: Callable[[], Any], seconds: float = 30.0, what: str = "it does not come") -> Any:
    """The first answer of ``look`` that is true."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what} after {seconds:.0f} s"
        time.sleep(0.05)
    return found
