"""Ages of what lies open, as counts by days: their ranks and their classes. Pure.

Promises: percentiles are nearest rank, of nothing there is none; every age is in exactly one class.
Shown by ``tests/rules/reporting/test_ages.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Ages = Mapping[int, int]
"""Age in days → how many."""


class AgeClass(NamedTuple):
    """Ages from the end of the class before to ``last``, both included; None for all that are older."""

    code: str
    name: str
    last: int | None


POST_AGES = (
    AgeClass("0_1", "0–1 Arbeitstage", 1),
    AgeClass("2_3", "2–3 Arbeitstage", 3),
    AgeClass("4_5", "4–5 Arbeitstage", 5),
    AgeClass("over_5", "über 5 Arbeitstage", None),
)
DOCUMENT_AGES = (
    AgeClass("0_7", "0–7 Tage", 7),
    AgeClass("8_14", "8–14 Tage", 14),
    AgeClass("15_30", "15–30 Tage", 30),
    AgeClass("over_30", "über 30 Tage", None),
)


def nearest_rank(ages: Ages, percent: int) -> int | None:
    """The smallest age that at least ``percent`` % of all do not exceed; 100 gives the oldest."""
    total, seen = sum(ages.values()), 0
    for age in sorted(ages):
        seen += ages[age]
        if 100 * seen >= percent * total:
            return age
    return None


def by_class(ages: Ages, classes: tuple[AgeClass, ...]) -> dict[str, int]:
    """How many are in each class, by its code, in order."""
    found = {one.code: 0 for one in classes}
    for age, count in ages.items():
        fits = next(one for one in classes if one.last is None or age <= one.last)
        found[fits.code] += count
    return found


def older_than(ages: Ages, days: int) -> int:
    """How many are older than so many days."""
    return sum(count for age, count in ages.items() if age > days)
