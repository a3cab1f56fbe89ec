"""Prints growing files side by side, each line behind its file's name.

Promises: whole lines only, so that two files never mix within one; a file that does not exist yet is
waited for, one that begins anew is read from its start. Shown by ``tests/devstack/test_follow.py``.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

COLOURS = (36, 33, 35, 32, 34, 31)


def follow(
    paths: Mapping[str, Path], end: threading.Event, out: IO[str] | None = None, only_new: bool = False
) -> None:
    """Print what is in the files and what is added until ``end`` is set, then the rest."""
    out = out or sys.stdout
    width = max((len(name) for name in paths), default=0)
    colour = dict(zip(paths, (COLOURS * len(paths))[: len(paths)], strict=True)) if out.isatty() else {}
    marks = {name: _mark(name, width, colour.get(name)) for name in paths}
    offsets = {name: _news(path, 0)[1] if only_new else 0 for name, path in paths.items()}
    last = False
    while not last:
        last = end.wait(0.2)
        for name, path in paths.items():
            text, offsets[name] = _news(path, offsets[name])
            out.writelines(f"{marks[name]}{line}\n" for line in text.splitlines())
        out.flush()


def _mark(name: str, width: int, colour: int | None) -> str:
    if not name:
        return ""
    return f"\x1b[{colour}m{name:<{width}} |\x1b[0m " if colour else f"{name:<{width}} | "


def _news(path: Path, offset: int) -> tuple[str, int]:
    """The whole lines behind ``offset``, and the new offset."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(offset if size >= offset else 0)
            start = file.tell()
            whole = file.read().rpartition(b"\n")[0]
    except FileNotFoundError:
        return "", 0
    return whole.decode(errors="replace"), start + len(whole) + (1 if whole else 0)
