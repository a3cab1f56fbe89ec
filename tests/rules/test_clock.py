"""The platform's clock: database time carried on by the monotonic clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from servicekit import clock
from servicekit.clock import Clock

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


class Watch:
    """Seconds since boot, moved by hand."""

    seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    monkeypatch.setattr(clock, "elapsed", watch)
    return watch


def test_it_goes_on_from_the_last_sample(watch: Watch) -> None:
    now = Clock()
    now.sample(NOON, asked=watch.seconds)
    watch.seconds += 90
    assert now.now() == NOON + timedelta(seconds=90)


def test_it_never_goes_back(watch: Watch) -> None:
    now = Clock()
    now.sample(NOON, asked=watch.seconds)
    watch.seconds += 10
    before = now.now()
    now.sample(NOON + timedelta(seconds=4), asked=watch.seconds)
    assert now.now() == before


def test_a_sample_that_was_long_under_way_does_not_count(watch: Watch) -> None:
    now = Clock()
    now.sample(NOON, asked=watch.seconds)
    watch.seconds += 1
    now.sample(NOON + timedelta(hours=1), asked=watch.seconds - 0.06)
    assert now.now() == NOON + timedelta(seconds=1)


@pytest.mark.parametrize(("step", "jumped"), [(59, False), (61, True), (-61, True)])
def test_a_jump_of_more_than_a_minute_is_noted(watch: Watch, step: int, jumped: bool) -> None:
    now = Clock()
    now.sample(NOON, asked=watch.seconds)
    now.sample(NOON + timedelta(seconds=step), asked=watch.seconds)
    assert now.jumped is jumped


def test_after_a_first_sample_that_was_long_under_way_the_next_one_is_no_jump(watch: Watch) -> None:
    """A process that was frozen while it asked would otherwise pause its timers for nothing."""
    now = Clock()
    asked = watch.seconds
    watch.seconds += 230
    now.sample(NOON, asked=asked)
    watch.seconds += 1
    now.sample(NOON + timedelta(seconds=231), asked=watch.seconds)
    assert not now.jumped and now.now() == NOON + timedelta(seconds=231)
    now.sample(NOON + timedelta(seconds=300), asked=watch.seconds)
    assert now.jumped


def test_before_the_first_sample_it_knows_nothing() -> None:
    with pytest.raises(RuntimeError, match="has not met the database"):
        Clock().now()


def test_a_file_replaces_it_for_simulations(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_text("2026-12-01T13:00:00+01:00\n")
    now = Clock(file)
    assert now.now() == NOON
    file.write_text("2026-12-02T13:00:00+01:00")
    assert now.now() == NOON + timedelta(days=1)
