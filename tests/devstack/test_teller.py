"""The passport's story waits for what the services publish, and its clock goes on while it does."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from rich.console import Console

from buergerbuero_contracts.booking import HoldExpired
from devstack.passport import teller as module
from devstack.passport.clock import StoryClock
from devstack.passport.people import StoryBroken
from devstack.passport.teller import Teller, event
from devstack.passport.watch import Arrival, Watch

BEGIN = datetime(2026, 11, 23, 8, tzinfo=UTC)


class LateClock(StoryClock):
    """Tells when it has gone on by so much."""

    def __init__(self, file: Path, begin: datetime) -> None:
        self.passed = threading.Event()
        super().__init__(file, begin)

    def go(self, moment: datetime) -> None:
        super().go(moment)
        if moment >= BEGIN + timedelta(seconds=0.1):
            self.passed.set()


def told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Teller:
    monkeypatch.setattr(module, "PATIENT", 0.1)
    monkeypatch.setattr(module, "SECONDS", 2.0)
    return Teller(Watch(), LateClock(folder / "clock", BEGIN), Console(file=StringIO()))


def test_what_waits_for_a_moment_of_the_storys_clock_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    teller = told(tmp_path, monkeypatch)
    clock, happened = teller.clock, HoldExpired.model_construct(booking_id=UUID(int=1))
    assert isinstance(clock, LateClock)

    def service() -> None:
        if clock.passed.wait(5):
            teller.watch.arrivals.append(Arrival(happened, "booking", 0, 1, 0.0))

    thread = threading.Thread(target=service)
    thread.start()
    assert teller.event(event("HoldExpired", booking_id=UUID(int=1))).event is happened
    thread.join()


def test_what_never_comes_ends_the_story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoryBroken, match="HoldExpired does not arrive"):
        told(tmp_path, monkeypatch).event(event("HoldExpired"))
