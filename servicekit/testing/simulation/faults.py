"""What goes wrong in a run, as a list that can be made shorter: each fault strikes once, by count.

Promises: a fault is the n-th thing of its kind at one place, so a plan without it is the same plan without
it; nothing else ever fails. Shown by ``tests/simulation/test_loop.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """The ``nth`` time that ``kind`` could happen at ``place``, it does. ``more`` says how hard."""

    kind: str
    place: str
    nth: int
    more: float = 0.0


class Faults:
    """The faults of one run. Only what is planned somewhere is counted there."""

    def __init__(self, planned: Iterable[Fault]) -> None:
        self._planned: dict[tuple[str, str], dict[int, Fault]] = {}
        for one in planned:
            self._planned.setdefault((one.kind, one.place), {})[one.nth] = one
        self._passed = dict.fromkeys(self._planned, 0)

    def strikes(self, kind: str, place: str) -> Fault | None:
        """The fault that strikes at this passing; None, mostly."""
        planned = self._planned.get((kind, place))
        if planned is None:
            return None
        self._passed[kind, place] += 1
        return planned.get(self._passed[kind, place])
