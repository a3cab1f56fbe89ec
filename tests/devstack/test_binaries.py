"""What is fetched is what the lock names, once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from servicekit.testing import binaries
from servicekit.testing.binaries import Missing, jars, java_version, read_lock

COORDINATE = "org.example:thing:1.0"


@pytest.fixture
def central(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for Maven Central that hands out one jar; the cache is empty."""
    jar = tmp_path / "thing.jar"
    jar.write_bytes(b"the right bytes")
    monkeypatch.setenv("BUERGERBUERO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(binaries, "resolve", lambda _roots: {COORDINATE: jar})
    return jar


def lock(tmp_path: Path, content: bytes, coordinate: str = COORDINATE) -> Path:
    path = tmp_path / "test.lock"
    path.write_text(f"# head\n{hashlib.sha256(content).hexdigest()}  {coordinate}\n")
    return path


def test_the_locked_file_is_fetched_once(
    central: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = lock(tmp_path, b"the right bytes")
    folder = jars("thing", (COORDINATE,), right)
    assert (folder / "thing-1.0.jar").read_bytes() == b"the right bytes"

    def no_network(_roots: object) -> dict[str, Path]:
        raise AssertionError("asked Maven Central again")

    monkeypatch.setattr(binaries, "resolve", no_network)
    assert jars("thing", (COORDINATE,), right) == folder


def test_other_bytes_are_refused(central: Path, tmp_path: Path) -> None:
    with pytest.raises(Missing, match="not the file"):
        jars("thing", (COORDINATE,), lock(tmp_path, b"other bytes"))


def test_what_the_lock_does_not_name_is_refused_and_leaves_nothing(central: Path, tmp_path: Path) -> None:
    with pytest.raises(Missing, match="make lock"):
        jars("thing", (COORDINATE,), lock(tmp_path, b"the right bytes", "org.example:else:1.0"))
    assert not (tmp_path / "cache" / "thing").exists()


def test_a_file_changed_in_the_cache_is_noticed(central: Path, tmp_path: Path) -> None:
    right = lock(tmp_path, b"the right bytes")
    (jars("thing", (COORDINATE,), right) / "thing-1.0.jar").write_bytes(b"changed")
    with pytest.raises(Missing, match="remove"):
        jars("thing", (COORDINATE,), right)


def test_the_kafka_lock_names_the_broker_and_its_logging() -> None:
    locked = read_lock(binaries.KAFKA_LOCK)
    assert set(binaries.KAFKA) <= set(locked)


@pytest.mark.parametrize(
    ("says", "version"),
    [('openjdk version "17.0.15" 2025-04-15', 17), ('java version "25" 2025-09-16', 25), ("nothing", 0)],
)
def test_the_version_of_a_java_is_read_from_its_words(tmp_path: Path, says: str, version: int) -> None:
    program = tmp_path / "java"
    program.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    program.chmod(0o755)
    assert java_version(str(program)) == version


def test_a_java_that_is_not_there_has_version_0(tmp_path: Path) -> None:
    assert java_version(str(tmp_path / "java")) == 0
