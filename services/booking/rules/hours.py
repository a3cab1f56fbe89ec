"""Opening hours: from pattern rows, exceptions and state holidays to the frame of one date. Pure.

Promises: a date is resolved in the order pattern, exception, holiday; the order in which entries
were made never matters; hours are wall-clock times and become instants once, here.
Shown by ``tests/rules/booking/test_hours.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from buergerbuero_contracts.booking import Block, PlannedCounter, Pool

from .calendar import instant, is_holiday, week_number
from .events import CounterSetup, DayBlock, ExceptionAdded, ExceptionMode, PatternRow

LAST_OF_MONTH = 5
CLOSED_DAY_ENDS = time(22)
"""When a date without hours ends for those who came all the same."""
CHECKED_DAYS = 1_500
"""How far a new row is compared with the others: past every joint period of weeks and months."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a day offers: its counters and their blocks. ``warnings`` are for the one who planned it."""

    counters: tuple[PlannedCounter, ...] = ()
    blocks: tuple[Block, ...] = ()
    warnings: tuple[str, ...] = ()


def occurs(row: PatternRow, day: date) -> bool:
    """Whether a row of regular hours falls on a day."""
    if day.isoweekday() not in row.weekdays or day < row.valid_from:
        return False
    if row.valid_until is not None and day > row.valid_until:
        return False
    if row.nth is not None:
        return _is_nth(day, row.nth)
    anchor = row.anchor or row.valid_from
    return (week_number(day) - week_number(anchor)) % row.every_weeks == 0


def _is_nth(day: date, nth: int) -> bool:
    if nth == LAST_OF_MONTH:
        return (day + timedelta(days=7)).month != day.month
    return (day.day - 1) // 7 + 1 == nth


def occurrences(row: PatternRow, first: date, days: int = CHECKED_DAYS) -> Iterator[date]:
    """The days of a row from ``first`` on, as far as rows are compared."""
    start = max(first, row.valid_from)
    return (start + timedelta(days=n) for n in range(days) if occurs(row, start + timedelta(days=n)))


def hours_of(
    rows: Iterable[PatternRow], exceptions: Iterable[ExceptionAdded], day: date
) -> tuple[list[DayBlock], tuple[str, ...]]:
    """The blocks of a date in local times, every pool included, and warnings."""
    special = [entry for entry in exceptions if entry.date == day]
    regular = [
        DayBlock(from_=row.from_, until=row.until, counters=row.counters, pool=row.pool)
        for row in rows
        if occurs(row, day)
    ]
    if is_holiday(day):
        blocks = [block for entry in special for block in entry.blocks]
        return blocks, ("opens-on-holiday",) if blocks else ()
    if any(entry.mode is ExceptionMode.REPLACES for entry in special):
        regular = []
    return [*regular, *(block for entry in special for block in entry.blocks)], ()


def resolve(
    counters: Mapping[str, CounterSetup],
    rows: Iterable[PatternRow],
    exceptions: Iterable[ExceptionAdded],
    day: date,
) -> Frame:
    """The frame of a date. Touching blocks of one counter and pool become one."""
    hours, warnings = hours_of(rows, exceptions, day)
    spans: dict[tuple[str, Pool], list[tuple[time, time]]] = {}
    for block in hours:
        if block.pool is not Pool.PHONE_LINE:
            for counter in block.counters:
                spans.setdefault((counter, block.pool), []).append((block.from_, block.until))
    blocks = [
        Block(counter=counter, from_=instant(day, from_), until=_end(day, until), pool=pool)
        for (counter, pool), parts in spans.items()
        for from_, until in joined(parts)
    ]
    blocks.sort(key=lambda block: (block.counter, block.from_, block.pool))
    used = sorted({block.counter for block in blocks})
    return Frame(
        counters=tuple(
            PlannedCounter(
                counter=code,
                skills=tuple(sorted(counters[code].skills)),
                hygiene_buffer=counters[code].hygiene_buffer,
            )
            for code in used
        ),
        blocks=tuple(blocks),
        warnings=warnings,
    )


def closing_of(frame: Frame, day: date) -> datetime:
    """When the office closes on a date: the end of its last block."""
    return max((block.until for block in frame.blocks), default=instant(day, CLOSED_DAY_ENDS))


def _end(day: date, until: time) -> datetime:
    return instant(day + timedelta(days=1), time.min) if until == time.min else instant(day, until)


def joined(parts: Iterable[tuple[time, time]]) -> list[tuple[time, time]]:
    """Intervals in order, touching or overlapping ones made one. An end of 00:00 is midnight."""
    result: list[tuple[time, time]] = []
    for from_, until in sorted(parts, key=lambda part: (part[0], end_key(part[1]))):
        if result and end_key(result[-1][1]) >= (from_.hour, from_.minute):
            last = result[-1]
            result[-1] = (last[0], max(last[1], until, key=end_key))
        else:
            result.append((from_, until))
    return result


def end_key(until: time) -> tuple[int, int]:
    """An end of day in an order where 00:00 is the day's last moment."""
    return (24, 0) if until == time.min else (until.hour, until.minute)


def overlap(a: DayBlock | PatternRow, b: DayBlock | PatternRow) -> bool:
    """Whether two blocks of one date use a counter at the same time."""
    shared = set(a.counters) & set(b.counters)
    return bool(shared) and _minutes(a.from_) < end_key(b.until) and _minutes(b.from_) < end_key(a.until)


def _minutes(clock: time) -> tuple[int, int]:
    return (clock.hour, clock.minute)
