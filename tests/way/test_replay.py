"""`make replay` on a small recording: the whole way, a broken row, and a figure that is tampered with."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from devstack.replay.__main__ import RECORDINGS
from servicekit.testing.binaries import ROOT

pytestmark = pytest.mark.usefixtures("postgres", "kafka")  # what they lack, the replay lacks


def replay(file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "devstack.replay", "--file", str(file)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)


def test_a_days_queues_come_back_to_the_last_unit_and_a_broken_row_is_named(tmp_path: Path) -> None:
    recording = next(RECORDINGS.glob("warsaw-*"))
    with gzip.open(recording, "rt") as lines:
        header = next(lines)
        day = [line for line in lines if line.startswith("2020-01-02") and ",UD_Wola," in line]
    assert len(day) > 300
    file = tmp_path / "one-day.csv"
    file.write_text("".join([header, "2020-01-02,08:00,UD_Wola,7,A\n", *day]))
    result = replay(file)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "all equal to the last unit" in result.stdout
    assert "warsaw, line 2: has 5 columns, not 10: left out" in result.stdout


def test_a_file_of_another_shape_is_refused_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("a,b\n1,2\n")
    result = replay(file)
    assert result.returncode == 2
    assert "has the columns of no recording" in result.stdout
