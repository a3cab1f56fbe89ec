"""The classes that Kafka loads, parsed once: a start costs 2 instead of 3.5 s of processor time.

Promises: the archive belongs to one Java and one set of jars; a Java that cannot keep or read it starts
Kafka without it (``-Xshare:auto``). Shown by ``tests/devstack/test_kafka.py``.
Source: JEP 350, dynamic class data sharing; measured on Java 17.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from functools import cache
from pathlib import Path

from servicekit.testing.binaries import cache_folder, java, kafka_jars, made


@cache
def class_archive() -> Path:
    """The archive, recorded by a first Kafka where there is none; the file may be missing."""
    return made(cache_folder() / f"kafka-classes-{_kind()}", _record) / "kafka.jsa"


def _kind() -> str:
    """What the archive depends on: this very Java, and where the jars are."""
    version = subprocess.run([java()[0], "-version"], check=True, capture_output=True, text=True)  # noqa: S603
    return hashlib.sha256(f"{version.stderr}{kafka_jars()}".encode()).hexdigest()[:12]


def _record(folder: Path) -> None:
    """Start a Kafka and end it in order: Java writes its classes down at the end."""
    from servicekit.testing.kafka import OwnKafka  # it asks for this archive itself

    trial = OwnKafka(folder / "trial", java_options=(f"-XX:ArchiveClassesAtExit={folder / 'kafka.jsa'}",))
    try:
        trial.start()
    finally:
        trial.stop()
    shutil.rmtree(folder / "trial")
