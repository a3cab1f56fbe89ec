"""On which days the office is open, and where limits end. One stream per site holds its closures. Pure.

Promises: a limit is never shorter than its days; one that falls on a closed day ends with the next open
day. Open days are working days without the closures that booking declared, those of every year and those
of the site's settings. Shown by ``tests/rules/documents/test_open_days.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from buergerbuero_contracts.envelope import Event
from servicekit.decider import Decider
from services.documents import followed_commands as told

from .calendar import ZONE, instant, is_working_day, local_date, midnight
from .events import ClosureEnded, ClosureNoted
from .settings import DEFAULTS, SiteSettings

ONE_DAY = timedelta(days=1)
LONGEST = 366
"""Days after which the search for an open day gives up: an office that is never open has no limits."""


@dataclass(frozen=True, slots=True)
class Closures:
    """The closures of a site by id, first and last day included."""

    known: Mapping[UUID, tuple[date, date]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class OpenDays:
    """The open days of a site, as far as they are known now."""

    closures: Closures = Closures()
    settings: SiteSettings = DEFAULTS

    def is_open(self, day: date) -> bool:
        """Whether people can come on that day."""
        if not is_working_day(day) or (day.month, day.day) in self.settings.yearly_closed:
            return False
        closed = (*self.closures.known.values(), *self.settings.closed)
        return not any(first <= day <= last for first, last in closed)

    def next_open(self, day: date) -> date:
        """The day itself if it is open, else the next open one."""
        days = (day + n * ONE_DAY for n in range(LONGEST))
        return next((one for one in days if self.is_open(one)), day)

    def end_of(self, day: date) -> datetime:
        """The end of a day, or of the next open one."""
        return midnight(self.next_open(day) + ONE_DAY)

    def end_after(self, at: datetime, days: int) -> datetime:
        """The end of the day that is ``days`` after a moment, or of the next open one."""
        return self.end_of(local_date(at) + days * ONE_DAY)

    def same_time_after(self, at: datetime, days: int) -> datetime:
        """The same clock time ``days`` later, or on the next open day: for what is sent, not for limits."""
        day = self.next_open(local_date(at) + days * ONE_DAY)
        return instant(day, at.astimezone(ZONE).time())


def last_day(end: datetime) -> date:
    """The day that ends at a midnight, such as those of :meth:`OpenDays.end_after`."""
    return local_date(end) - ONE_DAY


Command = told.NoteClosure | told.NoteClosureLifted


def evolve(state: Closures, event: Event) -> Closures:
    """The closures after an event."""
    match event:
        case ClosureNoted():
            days = (event.first_on, event.last_on)
            return replace(state, known=MappingProxyType({**state.known, event.closure_id: days}))
        case ClosureEnded():
            left = {one: days for one, days in state.known.items() if one != event.closure_id}
            return replace(state, known=MappingProxyType(left))
    return state


def decide(command: Command, state: Closures) -> Sequence[Event]:
    """What booking declared or took back, once."""
    match command:
        case told.NoteClosure():
            if state.known.get(command.closure_id) == (command.first_on, command.last_on):
                return []
            return [
                ClosureNoted(
                    site=command.site,
                    closure_id=command.closure_id,
                    first_on=command.first_on,
                    last_on=command.last_on,
                )
            ]
        case told.NoteClosureLifted():
            if command.closure_id not in state.known:
                return []
            return [ClosureEnded(site=command.site, closure_id=command.closure_id)]


DECIDER: Decider[Closures, Command] = Decider("office", Closures(), evolve, decide)
