"""The contract of today is current, compatible and free of people; the check notices when it is not (F44)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
BOOKING = "contracts/buergerbuero_contracts/booking"


def run(root: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", str(root / "contracts" / script), *arguments]
    path = {"PYTHONPATH": str(root / "contracts"), "PATH": ""}
    return subprocess.run(command, cwd=root, env=path, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the contract and its catalogue, to be changed."""
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "contracts", tmp_path / "contracts", ignore=left_out)
    shutil.copytree(REPOSITORY / "docs" / "events", tmp_path / "docs" / "events")
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_the_contract_as_committed_passes() -> None:
    done = run(REPOSITORY, "check.py")
    assert (done.returncode, done.stdout) == (0, "")


def test_a_new_reason_is_refused_and_the_way_is_named(copy: Path) -> None:
    """One more member is harmless to the producer only: strict readers fail on it."""
    members = 'NO_ANSWER = "no_answer"\n'
    replace(copy / BOOKING / "enums.py", members, f'{members}    STAFF_SHORTAGE = "staff_shortage"\n')
    assert run(copy, "generate.py").returncode == 0
    done = run(copy, "check.py")
    assert done.returncode == 1
    assert "booking.BookingCancelled.1.reason: enum member 'staff_shortage' is new" in done.stdout
    assert "add a new type" in done.stdout
    assert "raise version=" in done.stdout


def test_a_changed_model_makes_generated_files_stale_until_they_are_written(copy: Path) -> None:
    replace(copy / BOOKING / "visits.py", "A counter calls again.", "A counter is back.")
    done = run(copy, "check.py")
    assert done.returncode == 1
    assert "contracts/schemas/booking.CounterResumed.1.json is not current" in done.stdout
    assert "docs/events/booking/CounterResumed.md is not current" in done.stdout
    assert "contracts/asyncapi.yaml is not current" in done.stdout
    assert run(copy, "generate.py").returncode == 0
    assert run(copy, "check.py").stdout == ""


def test_a_new_type_gets_its_files_and_passes(copy: Path) -> None:
    counter = 'class CounterClosed(BookingEvent, category="counter", key="site"):'
    cleaned = counter.replace("Closed", "Cleaned")
    body = '    """A counter was cleaned. Sent after it."""\n\n    site: k.Site\n    at: k.At\n\n\n'
    replace(copy / BOOKING / "visits.py", counter, f"{cleaned}\n{body}{counter}")
    replace(copy / BOOKING / "__init__.py", "    CounterClosed,", "    CounterCleaned,\n    CounterClosed,")
    replace(
        copy / BOOKING / "__init__.py", '    "CounterClosed",', '    "CounterCleaned",\n    "CounterClosed",'
    )
    assert "booking.CounterCleaned.1.json is missing" in run(copy, "check.py").stdout
    assert run(copy, "generate.py").returncode == 0
    done = run(copy, "check.py")
    assert (done.returncode, done.stdout) == (0, "")
    sample = json.loads((copy / "contracts/samples/booking.CounterCleaned.1.json").read_text("utf-8"))
    assert sample["headers"]["ce_type"] == "de.buergerbuero.booking.CounterCleaned"


def test_free_text_is_refused(copy: Path) -> None:
    replace(
        copy / BOOKING / "visits.py",
        "    inaccurate: Inaccurate",
        "    remark: str\n    inaccurate: Inaccurate",
    )
    done = run(copy, "check.py")
    assert "ServiceFinished.remark: free text" in done.stdout
    assert "ServiceFinished.remark: has no privacy class" in done.stdout


def test_generation_leaves_existing_samples_alone_and_the_check_sees_an_edit(copy: Path) -> None:
    sample = copy / "contracts/samples/booking.CounterOpened.1.json"
    replace(sample, "counter_1", "counter_9")
    edited = sample.read_bytes()
    assert run(copy, "generate.py").returncode == 0
    assert sample.read_bytes() == edited
    assert "samples/booking.CounterOpened.1.json: the sample was edited" in run(copy, "check.py").stdout


def test_a_release_is_never_written_again(copy: Path) -> None:
    before = (copy / "contracts/released/1.0.0.json").read_bytes()
    assert run(copy, "generate.py", "--release", "1.0.0").returncode != 0
    assert run(copy, "generate.py", "--release", "0.9.0").returncode != 0
    assert (copy / "contracts/released/1.0.0.json").read_bytes() == before
    assert run(copy, "generate.py", "--release", "1.1.0").returncode == 0
    assert run(copy, "check.py").stdout == ""


def test_the_page_of_an_event_that_is_gone_is_stale_and_goes(copy: Path) -> None:
    stray = copy / "docs/events/booking/CounterPainted.md"
    stray.write_text("old", "utf-8")
    assert "CounterPainted.md belongs to no event" in run(copy, "check.py").stdout
    assert run(copy, "generate.py").returncode == 0
    assert not stray.exists()
