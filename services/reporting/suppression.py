"""Which counts of a week may be published, so that no small one can be computed from the others. Pure.

A count of 1 to 4 is withheld. As the sum of its row is published too, it could be computed if it were
alone: further counts of the row are withheld with it, in an order that does not depend on the counts, until
their sum leaves several answers for each. A row too small for that loses its sum as well, and the week its
grand total.

Promises: each withheld count has at least two values that would have led to the very same publication, also
for a reader who knows these rules. (Take one from another withheld count and add it here: the sum, the number
of withheld counts and the point at which the rule stops stay the same; the limit keeps the partner large
enough.) Zeros are published. Shown by ``tests/rules/reporting/test_suppression.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .catalogue import CHANNELS, GROUPS

SMALL = 4
"""Counts from 1 to this one are withheld; percentiles need more cases than it."""
Counts = Mapping[tuple[str, str], int]
"""(channel, service group) → contacts."""


@dataclass(frozen=True, slots=True)
class Public:
    """A week as it may be seen: None stands for a withheld count."""

    cells: Mapping[tuple[str, str], int | None]
    channels: Mapping[str, int | None]
    total: int | None


def publishable(counts: Counts, channels: frozenset[str]) -> Public:
    """The counts of a week on the recorded ``channels``, with whatever must not be seen withheld."""
    cells: dict[tuple[str, str], int | None] = {}
    sums: dict[str, int | None] = {}
    for channel in (one for one in CHANNELS if one in channels):
        row = {group: count for (one, group), count in counts.items() if one == channel}
        hidden, whole = withheld(row)
        cells |= {(channel, group): None if group in hidden else count for group, count in row.items()}
        sums[channel] = sum(row.values()) if whole else None
    known = [count for count in sums.values() if count is not None]
    return Public(cells, sums, sum(known) if sums and len(known) == len(sums) else None)


def withheld(row: Mapping[str, int]) -> tuple[frozenset[str], bool]:
    """The groups of one channel whose counts are withheld, and whether the sum may be published."""
    hidden = {group for group, count in row.items() if 0 < count <= SMALL}
    if not hidden:
        return frozenset(), True
    others = [group for group in sorted(row, key=_rank) if row[group] > SMALL]
    for group in others:
        hidden.add(group)
        if sum(row[one] for one in hidden) >= SMALL * len(hidden) + 2:
            return frozenset(hidden), True
    return frozenset(hidden), False


def _rank(group: str) -> tuple[int, str]:
    """What tells least goes first: groups nobody knows, then the office's list from its end."""
    known = list(GROUPS)
    return (len(known) - known.index(group) if group in known else 0, group)
