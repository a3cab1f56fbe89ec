"""Sites, counters and opening hours: what is set, and the checks before it is. One stream per site.

Promises: end after start, on the 5-minute grid, on a weekday that occurs; one counter never twice at
a time; the past is read-only. ``hours.py`` turns the state into the frame of a date.
Shown by ``tests/rules/booking/test_opening.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import combinations
from typing import assert_never

from buergerbuero_contracts.booking import Pool
from buergerbuero_contracts.envelope import Event
from servicekit.decider import Decider, Refused

from .calendar import TICK_MINUTES, local_date
from .events import (
    CounterArranged,
    CounterSetup,
    DayBlock,
    ExceptionAdded,
    ExceptionMode,
    ExceptionRemoved,
    HoursAdded,
    HoursEnded,
    PatternRow,
    ProtectionLevelSet,
    ReleasePolicySet,
    SiteConfigured,
)
from .hours import Frame, end_key, hours_of, occurrences, occurs, overlap, resolve
from .settings import ProtectionLevel, ReleasePolicy, SiteSettings


@dataclass(frozen=True, slots=True)
class Opening:
    """All that is set for one site."""

    site: str = ""
    settings: SiteSettings = field(default_factory=SiteSettings)
    policy: ReleasePolicy = field(default_factory=ReleasePolicy)
    level: ProtectionLevel = ProtectionLevel.NORMAL
    calm_from: datetime | None = None
    counters: Mapping[str, CounterSetup] = field(default_factory=dict)
    rows: Mapping[str, PatternRow] = field(default_factory=dict)
    exceptions: Mapping[str, ExceptionAdded] = field(default_factory=dict)

    def frame(self, day: date) -> Frame:
        """The day's counters and blocks."""
        return resolve(self.counters, self.rows.values(), self.exceptions.values(), day)

    def hours(self, day: date) -> list[DayBlock]:
        """The day's blocks in local times, the telephone line's included."""
        return hours_of(self.rows.values(), self.exceptions.values(), day)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureSite:
    """Set the site's settings."""

    site: str
    settings: SiteSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class SetReleasePolicy:
    """Set when online places open; holds for days planned from now on."""

    site: str
    policy: ReleasePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProtectionLevel:
    """Set how strict the limits are. ``calm_from`` is given by the review, never by a person."""

    site: str
    level: ProtectionLevel
    calm_from: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrangeCounter:
    """Set up a counter, or change it."""

    site: str
    setup: CounterSetup


@dataclass(frozen=True, slots=True, kw_only=True)
class AddHours:
    """Add a row of regular hours."""

    site: str
    row: PatternRow
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndHours:
    """Let a row of regular hours end after a day."""

    site: str
    row: str
    valid_until: date
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddException:
    """Enter hours for a single date, instead of the pattern or beside it."""

    site: str
    exception: str
    day: date
    mode: ExceptionMode
    blocks: tuple[DayBlock, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveException:
    """Take an entry of a single date back."""

    site: str
    exception: str
    at: datetime


Command = (
    ConfigureSite
    | SetReleasePolicy
    | SetProtectionLevel
    | ArrangeCounter
    | AddHours
    | EndHours
    | AddException
    | RemoveException
)


def evolve(state: Opening, event: Event) -> Opening:
    """What is set after an event."""
    match event:
        case SiteConfigured():
            return replace(state, site=event.site, settings=event.settings)
        case ReleasePolicySet():
            return replace(state, site=event.site, policy=event.policy)
        case ProtectionLevelSet():
            return replace(state, site=event.site, level=event.level, calm_from=event.calm_from)
        case CounterArranged():
            return replace(state, counters={**state.counters, event.setup.counter: event.setup})
        case HoursAdded():
            return replace(state, rows={**state.rows, event.pattern.row: event.pattern})
        case HoursEnded():
            ended = state.rows[event.row].model_copy(update={"valid_until": event.valid_until})
            return replace(state, rows={**state.rows, event.row: ended})
        case ExceptionAdded():
            return replace(state, exceptions={**state.exceptions, event.exception: event})
        case ExceptionRemoved():
            kept = {code: entry for code, entry in state.exceptions.items() if code != event.exception}
            return replace(state, exceptions=kept)
    return state


def decide(command: Command, state: Opening) -> Sequence[Event]:
    """Set it, after the checks. A repeat of what already holds gives no events."""
    match command:
        case ConfigureSite(site=site, settings=settings):
            holds = state.site == site and state.settings == settings
            return [] if holds else [SiteConfigured(site=site, settings=settings)]
        case SetReleasePolicy(site=site, policy=policy):
            return [] if state.policy == policy else [ReleasePolicySet(site=site, policy=policy)]
        case SetProtectionLevel(site=site, level=level, calm_from=calm_from):
            holds = (state.level, state.calm_from) == (level, calm_from)
            return [] if holds else [ProtectionLevelSet(site=site, level=level, calm_from=calm_from)]
        case ArrangeCounter(site=site, setup=setup):
            if setup.hygiene_buffer % TICK_MINUTES:
                raise Refused("off-grid")
            holds = state.counters.get(setup.counter) == setup
            return [] if holds else [CounterArranged(site=site, setup=setup)]
        case AddHours():
            return _add_hours(command, state)
        case EndHours():
            return _end_hours(command, state)
        case AddException():
            return _add_exception(command, state)
        case RemoveException():
            return _remove_exception(command, state)
        case _:
            assert_never(command)


def _add_hours(command: AddHours, state: Opening) -> Sequence[Event]:
    row = command.row
    if state.rows.get(row.row) == row:
        return []
    if row.row in state.rows:
        raise Refused("row-exists")
    if row.valid_from < local_date(command.at):
        raise Refused("past-read-only")
    _check_block(row, state)
    if next(iter(occurrences(row, row.valid_from)), None) is None:
        raise Refused("weekday-never")
    for other in state.rows.values():
        if overlap(row, other) and any(occurs(other, day) for day in occurrences(row, other.valid_from)):
            raise Refused("counter-twice", row=other.row)
    event = HoursAdded(site=command.site, pattern=row)
    for entry in state.exceptions.values():
        _check_day(evolve(state, event).hours(entry.date))
    return [event]


def _end_hours(command: EndHours, state: Opening) -> Sequence[Event]:
    row = state.rows.get(command.row)
    if row is None:
        raise Refused("unknown-row")
    if row.valid_until == command.valid_until:
        return []
    yesterday = local_date(command.at) - timedelta(days=1)
    if command.valid_until < yesterday or (row.valid_until is not None and row.valid_until < yesterday):
        raise Refused("past-read-only")
    if row.valid_until is not None and command.valid_until > row.valid_until:
        raise Refused("wrong-state")
    return [HoursEnded(site=command.site, row=command.row, valid_until=command.valid_until)]


def _add_exception(command: AddException, state: Opening) -> Sequence[Event]:
    event = ExceptionAdded(
        site=command.site,
        exception=command.exception,
        date=command.day,
        mode=command.mode,
        blocks=command.blocks,
    )
    if state.exceptions.get(command.exception) == event:
        return []
    if command.exception in state.exceptions:
        raise Refused("row-exists")
    if command.day < local_date(command.at):
        raise Refused("past-read-only")
    for block in command.blocks:
        _check_block(block, state)
    _check_day(evolve(state, event).hours(command.day))
    return [event]


def _remove_exception(command: RemoveException, state: Opening) -> Sequence[Event]:
    entry = state.exceptions.get(command.exception)
    if entry is None:
        raise Refused("unknown-row")
    if entry.date < local_date(command.at):
        raise Refused("past-read-only")
    event = ExceptionRemoved(site=command.site, exception=command.exception, date=entry.date)
    _check_day(evolve(state, event).hours(entry.date))
    return [event]


def _check_block(block: DayBlock | PatternRow, state: Opening) -> None:
    """Refuses ``off-grid``, ``end-before-start``, ``unknown-counter``."""
    if any(_off_grid(clock) for clock in (block.from_, block.until)):
        raise Refused("off-grid")
    if end_key(block.until) <= (block.from_.hour, block.from_.minute):
        raise Refused("end-before-start")
    if unknown := set(block.counters) - set(state.counters):
        raise Refused("unknown-counter", counters=sorted(unknown))
    if not block.counters and block.pool is not Pool.PHONE_LINE:
        raise Refused("unknown-counter", counters=[])


def _off_grid(clock: time) -> bool:
    return bool(clock.minute % TICK_MINUTES or clock.second or clock.microsecond)


def _check_day(blocks: Iterable[DayBlock]) -> None:
    if any(overlap(a, b) for a, b in combinations(list(blocks), 2)):
        raise Refused("counter-twice")


DECIDER: Decider[Opening, Command] = Decider("opening", Opening(), evolve, decide)
