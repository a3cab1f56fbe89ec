"""The planned days of each site's horizon, kept for as long as nothing in memory changes.

Promises: as exact as the plans themselves, since any change of theirs ends what is kept; a question on free
times does not look up each day of the horizon again. Shown by ``tests/rules/booking/test_horizon.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from servicekit.plans import Plans

from .case import day_plan_stream
from .rules.day_state import DayPlan


@dataclass(frozen=True, slots=True)
class Horizon:
    """A site's planned days from ``today`` on, in order, and the position at which one last changed."""

    changes: int
    today: date
    plans: Mapping[date, DayPlan]
    position: int


class Horizons:
    """The horizons of all sites, out of the plans in memory."""

    def __init__(self, plans: Plans) -> None:
        self._plans, self._kept = plans, dict[str, Horizon]()

    def of(self, site: str, today: date, days: int) -> Horizon:
        """The days from ``today`` on, at most so many after it."""
        kept = self._kept.get(site)
        if kept is None or (kept.changes, kept.today) != (self._plans.changes, today):
            dates = [today + timedelta(days=n) for n in range(days + 1)]
            found = {day: self._plans.get(day_plan_stream(site, day)) for day in dates}
            planned = {day: one.state for day, one in found.items() if one.state.day is not None}
            position = max(one.position for one in found.values())
            kept = self._kept[site] = Horizon(self._plans.changes, today, planned, position)
        return kept
