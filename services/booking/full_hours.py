"""Who asks for a place that nobody can have is told what was found out a moment ago: no rule runs again.

Promises: only for citizens, and only what the very same question on the same site got, while no room has
come back to the day; until the next moment at which time alone opens a place, and for ``KEPT`` at most. A
look at the log that begins after the question shows that, and that the command was not carried out before.
Shown by ``tests/rules/booking/test_full_hours.py`` and ``tests/bench/test_reserve.py``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from servicekit.decider import Refused

from .commands import ReserveSlot
from .rules.day_state import DayPlan
from .rules.places import Wanted, best_place, settled_until
from .rules.site import Site

KEPT = timedelta(seconds=1)
"""How old a kept answer may be: its alternatives are those of that moment."""
MOST = 4_096
"""Questions whose answers are kept; with more, all are forgotten and worked out again."""


class Full(msgspec.Struct, frozen=True):
    """An answer, and what it rests on."""

    room: int
    site: Site
    since: datetime
    until: datetime
    details: dict[str, Any]

    def still(self, plan: DayPlan) -> bool:
        """Whether it holds on the day's plan: at most reservations came to it, and they make no room."""
        return plan.room == self.room

    def refusal(self) -> Refused:
        """The answer, for one more who asks."""
        return Refused("slot-taken", **self.details)


class FullHours:
    """The places that were asked for in vain lately."""

    def __init__(self) -> None:
        self._kept: dict[Any, Full] = {}

    def of(self, command: ReserveSlot, site: Site, at: datetime) -> Full | None:
        """The answer to the same question, if neither site nor time has changed it."""
        kept = self._kept.get(_question(command)) if self._kept and command.origin.public else None
        return kept if kept and kept.site is site and kept.since <= at < kept.until else None

    def keep(
        self, command: ReserveSlot, site: Site, plan: DayPlan, wanted: Wanted, at: datetime, answer: Refused
    ) -> None:
        """Keep a refusal, if this plan has no room for what was wanted."""
        known = self.of(command, site, at)
        if answer.code != "slot-taken" or not command.origin.public or (known and known.still(plan)):
            return
        settings, start = site.opening.settings, plan.tick(command.starts_at)
        if plan.day is None or best_place(plan, wanted, at, start, settings) is not None:
            return
        if len(self._kept) >= MOST:
            self._kept.clear()
        lead = command.starts_at - timedelta(minutes=settings.lead_minutes)
        until = min(at + KEPT, lead, settled_until(plan, at))
        self._kept[_question(command)] = Full(plan.room, site, at, until, answer.details)


def _question(command: ReserveSlot) -> Any:
    """What decides over the place. The contact does not, nor a proof that is there."""
    kinds = tuple([(item.service, item.quantity) for item in command.items])
    rest = (command.persons, command.channel, command.pool, command.proof is None)
    return command.site, command.starts_at, kinds, rest
