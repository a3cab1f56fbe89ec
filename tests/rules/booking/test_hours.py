"""Opening hours of a date: patterns, exceptions in any order, holidays, weeks that mix them."""

from datetime import date, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given as any_of
from hypothesis import settings
from hypothesis import strategies as st

from buergerbuero_contracts.booking import Pool
from services.booking.rules.calendar import local_time
from services.booking.rules.events import CounterSetup, DayBlock, ExceptionAdded, ExceptionMode, PatternRow
from services.booking.rules.hours import joined, occurs, resolve

WEDNESDAY = date(2026, 12, 2)
COUNTERS = {
    "c1": CounterSetup(counter="c1", skills=("identity",)),
    "c2": CounterSetup(counter="c2", skills=("identity",)),
}


def row(weekdays: tuple[int, ...] = (1, 2, 3, 4, 5), hours: str = "07:30-12:00", **more: Any) -> PatternRow:
    from_, until = (time.fromisoformat(part) for part in hours.split("-"))
    fields: dict[str, Any] = {
        "row": "r",
        "counters": ("c1",),
        "pool": Pool.ONLINE,
        "valid_from": date(2026, 1, 1),
    }
    return PatternRow(weekdays=weekdays, from_=from_, until=until, **fields | more)


def special(
    day: date, *hours: str, mode: ExceptionMode = ExceptionMode.REPLACES, name: str = "x"
) -> ExceptionAdded:
    blocks = []
    for part in hours:
        from_, until = (time.fromisoformat(clock) for clock in part.split("-"))
        blocks.append(DayBlock(from_=from_, until=until, counters=("c1",), pool=Pool.ONLINE))
    return ExceptionAdded(site="flensburg", exception=name, date=day, mode=mode, blocks=tuple(blocks))


def hours(rows: list[PatternRow], exceptions: list[ExceptionAdded], day: date) -> list[str]:
    frame = resolve(COUNTERS, rows, exceptions, day)
    return [f"{local_time(b.from_):%H:%M}-{local_time(b.until):%H:%M}" for b in frame.blocks]


# --- patterns


@pytest.mark.parametrize(
    ("pattern", "days"),
    [
        (row((1,), every_weeks=2, anchor=date(2026, 12, 21)), ["2026-12-21", "2027-01-04", "2027-01-18"]),
        (row((1,), every_weeks=2, anchor=date(2026, 12, 28)), ["2026-12-28", "2027-01-11", "2027-01-25"]),
        (row((4,), nth=1), ["2027-01-07"]),
        (row((4,), nth=5), ["2026-12-31", "2027-01-28"]),
        (row((5,), nth=5), ["2026-12-25", "2027-01-29"]),
        (row((1,), valid_from=date(2027, 1, 5), valid_until=date(2027, 1, 18)), ["2027-01-11", "2027-01-18"]),
    ],
    ids=[
        "every 2 weeks over week 53",
        "the other weeks",
        "first Thursday",
        "last Thursday",
        "last Friday",
        "validity",
    ],
)
def test_a_pattern_falls_on_these_days(pattern: PatternRow, days: list[str]) -> None:
    window = [date(2026, 12, 20) + timedelta(days=n) for n in range(43)]
    assert [day.isoformat() for day in window if occurs(pattern, day)] == days


def test_a_break_is_a_gap_between_rows() -> None:
    rows = [row(hours="13:00-16:00", row="b"), row(hours="07:30-12:00", row="a")]
    assert hours(rows, [], WEDNESDAY) == ["07:30-12:00", "13:00-16:00"]


def test_touching_rows_of_a_counter_and_pool_are_one_block() -> None:
    rows = [row(hours="12:00-16:00", row="b"), row(hours="07:30-12:00", row="a")]
    assert hours(rows, [], WEDNESDAY) == ["07:30-16:00"]


def test_the_telephone_line_is_no_place() -> None:
    assert hours([row(pool=Pool.PHONE_LINE, counters=())], [], WEDNESDAY) == []


# --- exceptions


TWO_BLOCKS = ["07:30-12:00", "13:00-16:00"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_exception_in_two_blocks_is_the_same_in_any_order(order: tuple[int, int]) -> None:
    """F45: blocks in the order in which nobody would enter them."""
    together = special(WEDNESDAY, *(TWO_BLOCKS[n] for n in order))
    apart = [special(WEDNESDAY, TWO_BLOCKS[n], name=f"x{n}") for n in order]
    for entries in ([together], apart):
        assert hours([row(hours="08:00-18:00")], entries, WEDNESDAY) == TWO_BLOCKS


def test_a_row_that_begins_on_the_day_of_an_exception_does_not_add_to_it() -> None:
    """F45: the exception counts, whenever a row begins."""
    rows = [row(valid_from=WEDNESDAY, hours="08:00-18:00")]
    assert hours(rows, [special(WEDNESDAY, *TWO_BLOCKS)], WEDNESDAY) == TWO_BLOCKS
    assert hours(rows, [special(WEDNESDAY, *TWO_BLOCKS)], WEDNESDAY + timedelta(days=1)) == ["08:00-18:00"]


def test_an_exception_without_blocks_closes_the_day_and_only_that_day() -> None:
    closed = special(WEDNESDAY)
    week = [hours([row()], [closed], WEDNESDAY + timedelta(days=n)) for n in (-1, 0, 1)]
    assert week == [["07:30-12:00"], [], ["07:30-12:00"]]


def test_days_closed_in_a_row_close_each_of_them_and_no_other() -> None:
    """F45: closed from 24 to 31 December; before, after and the holiday stay as they are."""
    closed = [special(date(2026, 12, day), name=f"x{day}") for day in range(24, 32)]
    days = [date(2026, 12, 22) + timedelta(days=n) for n in range(15)]
    opened = [day for day in days if hours([row()], closed, day) == ["07:30-12:00"]]
    assert [(day.month, day.day) for day in opened] == [(12, 22), (12, 23), (1, 4), (1, 5)]
    assert all(hours([row()], closed, day) == [] for day in days if day not in opened)


def test_an_exception_may_add_to_the_pattern() -> None:
    evening = special(WEDNESDAY, "16:00-18:00", mode=ExceptionMode.ADDS)
    assert hours([row()], [evening], WEDNESDAY) == ["07:30-12:00", "16:00-18:00"]


# --- holidays


def test_the_turn_of_the_year_closes_its_holidays_and_nothing_else() -> None:
    days = [date(2026, 12, 23) + timedelta(days=n) for n in range(14)]
    assert [day.isoformat() for day in days if hours([row()], [], day)] == [
        "2026-12-23",
        "2026-12-24",
        "2026-12-28",
        "2026-12-29",
        "2026-12-30",
        "2026-12-31",
        "2027-01-04",
        "2027-01-05",
    ]


def test_a_holiday_opens_only_by_an_exception_for_this_very_day_with_a_warning() -> None:
    friday = date(2026, 12, 25)
    opened = resolve(COUNTERS, [row()], [special(friday, "09:00-11:00")], friday)
    assert [local_time(block.from_) for block in opened.blocks] == [time(9)]
    assert opened.warnings == ("opens-on-holiday",)
    assert resolve(COUNTERS, [row()], [special(friday)], friday).blocks == ()
    added = special(friday, "09:00-11:00", mode=ExceptionMode.ADDS)
    assert hours([row()], [added], friday) == ["09:00-11:00"]


def test_31_october_is_a_holiday_here_in_every_year() -> None:
    weekdays = tuple(range(1, 8))
    for year in range(2026, 2034):
        assert hours([row(weekdays)], [], date(year, 10, 31)) == []
        assert hours([row(weekdays)], [], date(year, 10, 30)) != []


# --- the kind, not only the cases

CLOCKS = st.integers(0, 287).map(lambda tick: time(tick // 12, tick % 12 * 5))
SPANS = st.tuples(CLOCKS, CLOCKS).filter(lambda span: span[0] < span[1])


@any_of(st.lists(SPANS, min_size=1, max_size=6), st.randoms())
@settings(max_examples=200, deadline=None)
def test_joined_hours_cover_the_same_minutes_whatever_the_order(
    spans: list[tuple[time, time]], chance: Any
) -> None:
    def minutes(parts: list[tuple[time, time]]) -> set[int]:
        return {m for a, b in parts for m in range(a.hour * 60 + a.minute, b.hour * 60 + b.minute)}

    mixed = list(spans)
    chance.shuffle(mixed)
    result = joined(mixed)
    assert minutes(result) == minutes(spans)
    assert result == joined(spans)
    assert all(a[1] < b[0] for a, b in pairwise(result))
