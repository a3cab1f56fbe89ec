"""Which parts a run uses, and what becomes of a test whose part is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from servicekit.testing import providers as subject
from servicekit.testing.binaries import ROOT, Missing
from servicekit.testing.providers import Providers

NEEDY = """
import pytest

def test_plain():
    pass

@pytest.mark.needs("browser")
def test_needy():
    pass
"""


def run(tmp_path: Path, ci: str) -> subprocess.CompletedProcess[str]:
    """pytest with the suite's conftest, in surroundings without a browser."""
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tmp_path / "test_needy.py").write_text(NEEDY)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-ra", str(tmp_path)]
    settings = {**os.environ, "PATH": str(tmp_path), "CI": ci, "PYTHONPATH": str(ROOT)}
    settings["PYTHONPATH"] += os.pathsep + str(ROOT / "contracts")
    settings["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # loading them takes longer than the test
    return subprocess.run(command, cwd=tmp_path, env=settings, capture_output=True, text=True, check=False)


def test_a_missing_part_is_a_skip_that_says_why(tmp_path: Path) -> None:
    done = run(tmp_path, ci="")
    assert done.returncode == 0, done.stdout
    assert "1 passed, 1 skipped" in done.stdout
    assert "for want of browser" in done.stdout
    assert "PostgreSQL: " in done.stdout, "the header says what is used"


def test_in_ci_a_missing_part_fails_the_run(tmp_path: Path) -> None:
    done = run(tmp_path, ci="true")
    assert done.returncode == 1
    assert "CI=true, so this fails the run" in done.stdout


def test_an_address_in_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_URL", "postgresql://admin:secret@db.example:6543/postgres")
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "kafka.example:9092")
    parts = Providers()
    assert (parts.postgres.host, parts.postgres.port, parts.postgres.user) == ("db.example", 6543, "admin")
    assert parts.kafka_kind == "external"
    assert parts.kafka == "kafka.example:9092"
    assert not parts.can("kill-broker")
    assert "external" in parts.header()


def test_containers_come_last_and_nothing_at_all_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none() -> tuple[str, str]:
        raise Missing("No Java of version 17 or later.")

    monkeypatch.delenv("KAFKA_BOOTSTRAP", raising=False)
    monkeypatch.setattr(subject, "java", none)
    monkeypatch.setattr(subject, "docker_answers", lambda: True)
    assert Providers().kafka_kind == "docker"
    monkeypatch.setattr(subject, "docker_answers", lambda: False)
    with pytest.raises(Missing, match=r"No Java .* Docker does not answer either"):
        assert Providers().kafka_kind


def test_an_unknown_need_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="teleport"):
        Providers().can("teleport")
