"""What goes wrong in a run, as a list that can be made shorter: each fault strikes once, by count.

Promises: a fault is the n-th thing of its kind at one place, so a plan without it is the same plan without
it; nothing else ever fails. Shown by ``tests/simulation/test_loop.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """The ``nth`` time that ``kind`` could happen at ``place``, it does. ``more`` says how hard."""

    kind: str
    place: str
    nth: int
    more: float = 0.0


@dataclass
class Faults:
    """The faults of one run, and how often each could have struck so far."""

    planned: Iterable[Fault]
    passed: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._by_place = {(one.kind, one.place, one.nth): one for one in self.planned}

    def strikes(self, kind: str, place: str) -> Fault | None:
        """The fault that strikes at this passing; None, mostly."""
        self.passed[kind, place] += 1
        return self._by_place.get((kind, place, self.passed[kind, place]))
