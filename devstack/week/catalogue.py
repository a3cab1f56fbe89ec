"""An office several times as large: the seed's file with more counters of each kind.

Promises: hours, catalogue and rules stay; only counters, their places in the hours, and the room grow.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

_COUNTER = re.compile(r"^\[counters\.(\w+)\]\n((?:[^\[\n].*\n)+)", re.M)
_HOURS = re.compile(r"^counters = \[(.*)\]$", re.M)
_ROOM = re.compile(r"^occupancy_limit = (\d+)$", re.M)


def copies(counter: str, scale: int) -> list[str]:
    """The counters that stand for one."""
    return [counter, *(f"{counter}_{n}" for n in range(2, scale + 1))]


def larger(seed: Path, scale: int, folder: Path) -> Path:
    """Copy the office's files, that of an office ``scale`` times as large among them; its path."""
    shutil.copytree(seed.parent, folder, dirs_exist_ok=True)
    file, text = folder / seed.name, seed.read_text()
    text = _COUNTER.sub(
        lambda found: "".join(f"[counters.{one}]\n{found[2]}" for one in copies(found[1], scale)), text
    )

    def hours(found: re.Match[str]) -> str:
        names = re.findall(r'"(\w+)"', found[1])
        more = ", ".join(f'"{one}"' for name in names for one in copies(name, scale))
        return f"counters = [{more}]"

    text = _HOURS.sub(hours, text)
    text = _ROOM.sub(lambda found: f"occupancy_limit = {int(found[1]) * scale}", text)
    file.write_text(text)
    return file
