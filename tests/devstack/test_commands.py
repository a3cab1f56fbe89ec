"""The commands that need nothing to run."""

from __future__ import annotations

from pathlib import Path

import pytest

from devstack import commands
from devstack.__main__ import parser
from devstack.home import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A folder in which nothing runs."""
    one = Home(tmp_path / "home")
    monkeypatch.setattr(commands, "HOME", one)
    return one


def run(*words: str) -> int:
    arguments = parser().parse_args(words)
    code: int = arguments.run(arguments)
    return code


def test_the_clock_only_moves_forward(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("clock", "2026-12-01T09:00:00+01:00") == 0
    assert run("clock", "2026-12-01T09:30:00+01:00") == 0
    assert run("clock", "2026-12-01T09:29:00+01:00") == 1
    assert home.clock_file.read_text().strip() == "2026-12-01T08:30:00+00:00"
    assert "only moves forward" in capsys.readouterr().out


def test_an_instant_without_offset_is_refused(home: Home) -> None:
    assert run("clock", "2026-12-01T09:00:00") == 2
    assert not home.clock_file.exists()


def test_real_time_comes_back(home: Home) -> None:
    run("clock", "2026-12-01T09:00:00+01:00")
    assert run("clock", "real") == 0
    assert not home.clock_file.exists()


def test_an_unknown_part_is_named(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("up", "--only", "postgres,cooking") == 2
    assert (
        "unknown: cooking; there are booking, documents, kafka, notification, postgres, reporting"
        in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    "command", [("topics",), ("url", "booking"), ("env", "booking"), ("exec", "booking", "seed")]
)
def test_what_needs_a_running_platform_says_so(
    home: Home, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*command)
    assert ended.value.code == 1
    assert "make run" in capsys.readouterr().out


def test_stopping_what_does_not_run_is_no_mistake(home: Home) -> None:
    assert run("down") == 0
    assert run("status") == 1


def test_logs_show_what_is_there(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.logs.mkdir(parents=True)
    (home.logs / "booking.log").write_text("started\n")
    (home.logs / "reporting.log").write_text("started too\n")
    assert run("logs", "--no-follow", "booking") == 0
    assert capsys.readouterr().out == "booking | started\n"
