"""The place rule: pools and borrowing, best fit, times shown, what may be decided."""

from datetime import datetime, timedelta

import pytest

from buergerbuero_contracts.booking import Pool
from services.booking.rules.calendar import local_time
from services.booking.rules.day_state import DayPlan
from services.booking.rules.places import best_place, bits, fits, runs, shown, starts
from tests.rules.booking.office import at, block, plan, planned, slot, wanted

LONG_AGO = datetime.fromisoformat("2026-12-01T06:00Z")


def clocks(day: DayPlan, mask: int) -> list[str]:
    return [local_time(day.instant(tick)).strftime("%H:%M") for tick in bits(mask)]


def times(day: DayPlan, minutes: int = 15, now: datetime = LONG_AGO) -> list[str]:
    return clocks(day, shown(day, wanted(minutes), now, now))


def test_runs_are_the_starts_of_n_ticks_in_a_row() -> None:
    assert [runs(0b1101110111, n) for n in (1, 2, 3, 4)] == [0b1101110111, 0b0100110011, 0b0000010001, 0]


def test_a_visit_needs_its_ticks_and_the_buffer_behind_it() -> None:
    day = plan(planned(block("c1", "10:00-11:00")), slot("10:30-10:45", "other"))
    found = fits(day.counters["c1"], Pool.DESK, wanted(15), LONG_AGO)
    assert clocks(day, found) == ["10:00", "10:05", "10:10"]


def test_the_buffer_may_pass_closing_time_but_no_other_slot() -> None:
    day = plan(planned(block("c1", "10:00-10:30")))
    assert clocks(day, starts(day, wanted(15), LONG_AGO, LONG_AGO))[-1] == "10:15"
    place = best_place(day, wanted(15), LONG_AGO, day.tick(at("10:15")))
    assert place is not None
    assert (day.instant(place.end), day.instant(place.busy)) == (at("10:30"), at("10:35"))


def test_a_pause_is_a_gap_that_no_visit_crosses() -> None:
    day = plan(planned(block("c1", "11:00-12:00"), block("c1", "13:00-14:00")))
    assert not [clock for clock in times(day, 30) if "11:30" < clock < "13:00"]


def test_adjoining_blocks_of_a_counter_join() -> None:
    day = plan(planned(block("c1", "10:00-10:30"), block("c1", "10:30-11:00")))
    assert times(day, 30) == ["10:00", "10:10", "10:25", "10:30"]


def test_every_service_needs_a_counter_that_can_do_it() -> None:
    day = plan(planned(block("c1", "10:00-12:00"), skills=("pickup",)))
    assert times(day) == []


# --- pools


POOLS = planned(
    block("c1", "08:00-12:00", Pool.ONLINE),
    block("c2", "08:00-12:00", Pool.PHONE),
    block("c3", "08:00-12:00", Pool.DESK),
    block("c4", "08:00-12:00", Pool.EMERGENCY),
    block("w1", "08:00-12:00", Pool.PICKUP_WINDOW),
    block("q1", "08:00-12:00", Pool.WALK_IN),
)


@pytest.mark.parametrize(
    ("pool", "far", "before", "counters"),
    [
        (Pool.ONLINE, False, timedelta(days=5), ["c1"]),
        (Pool.ONLINE, False, timedelta(hours=48), ["c1", "c2"]),
        (Pool.ONLINE, False, timedelta(hours=24), ["c1", "c2", "c3"]),
        (Pool.ONLINE, False, timedelta(hours=48, seconds=1), ["c1"]),
        (Pool.PHONE, False, timedelta(days=5), ["c2", "c3"]),
        (Pool.PHONE, True, timedelta(days=5), ["c2", "c3", "c1"]),
        (Pool.DESK, False, timedelta(days=1), ["c3"]),
        (Pool.DESK, False, timedelta(hours=2), ["c3", "c2", "c1"]),
        (Pool.DESK, False, timedelta(minutes=60), ["c3", "c2", "c1", "c4"]),
        (Pool.EMERGENCY, False, timedelta(minutes=30), ["c4"]),
        (Pool.PICKUP_WINDOW, False, timedelta(minutes=30), ["w1"]),
    ],
)
def test_own_pool_first_then_the_borrow_rules_in_order(
    pool: Pool, far: bool, before: timedelta, counters: list[str]
) -> None:
    """Each place found is taken, until there is none: the order of pools shows."""
    start, day, found = at("10:00"), plan(POOLS), []
    look = wanted(15, pool)
    look = type(look)(look.ticks, look.needs, pool, own_is_far=far)
    while place := best_place(day, look, start - before, day.tick(start)):
        found.append(place.counter)
        assert place.pool is pool
        assert (place.lent_by is None) == (place.counter == counters[0])
        day = plan(POOLS, *(slot("10:00-10:15", code, code) for code in found))
    assert found == counters


def test_nobody_books_walk_in_places() -> None:
    assert best_place(plan(POOLS), wanted(15, Pool.WALK_IN), at("09:00"), 0) is None
    for pool in (Pool.ONLINE, Pool.PHONE, Pool.DESK, Pool.EMERGENCY, Pool.PICKUP_WINDOW):
        place = best_place(plan(POOLS), wanted(15, pool), at("09:30"), plan(POOLS).tick(at("10:00")))
        assert place is not None
        assert place.counter != "q1"


# --- best fit


def fit(*given: object, start: str = "10:00", minutes: int = 15) -> str | None:
    day = plan(*given)  # type: ignore[arg-type]
    place = best_place(day, wanted(minutes), LONG_AGO, day.tick(at(start)))
    return place.counter if place else None


TWO = planned(block("c1", "09:00-12:00"), block("c2", "09:00-12:00"))


def test_fewest_unusable_rests_come_first() -> None:
    five_before = slot("09:30-09:50", "x", "c1")
    ten_before = slot("09:30-09:45", "y", "c2")
    assert fit(TWO, five_before, ten_before) == "c2"


def test_then_the_smallest_gap() -> None:
    assert fit(TWO, slot("11:00-11:15", "x", "c2")) == "c2"


def test_then_the_fewest_booked_minutes_then_the_code() -> None:
    day = planned(block("c1", "09:00-12:00"), block("c1", "13:00-15:00"), block("c2", "09:00-12:00"))
    assert fit(day, slot("13:00-13:15", "x", "c1")) == "c2"
    assert fit(TWO) == "c1"


# --- times shown


def test_times_are_shown_every_ten_minutes() -> None:
    assert times(plan(planned(block("c1", "10:00-11:00")))) == [
        "10:00",
        "10:10",
        "10:20",
        "10:30",
        "10:40",
        "10:45",
    ]


def test_and_beside_a_neighbour_where_no_rest_is_wasted() -> None:
    day = plan(planned(block("c1", "09:00-12:00")), slot("09:00-09:20", "x"), slot("11:05-11:25", "y"))
    assert times(day) == [
        "09:25",
        "09:40",
        "09:50",
        "10:00",
        "10:10",
        "10:20",
        "10:30",
        "10:45",
        "11:30",
        "11:40",
        "11:45",
    ]


def test_a_half_day_without_such_a_start_shows_every_start_that_fits() -> None:
    """Thirty free minutes for twenty and the buffer: whatever is taken leaves five minutes."""
    crowded: list[object] = [
        planned(block("c1", "10:05-11:00")),
        slot("10:35-11:00", "y"),
    ]
    day = plan(*crowded)  # type: ignore[arg-type]
    assert times(day, 20) == ["10:05", "10:10"]


def test_every_time_shown_can_be_decided() -> None:
    day = plan(POOLS, slot("09:00-09:35", "x", "c3"), slot("10:05-10:20", "y", "c2"))
    for pool in (Pool.ONLINE, Pool.PHONE, Pool.DESK):
        for minutes in (5, 15, 25, 60, 120):
            look, now = wanted(minutes, pool), at("08:20")
            listed = shown(day, look, now, now + timedelta(minutes=5))
            assert listed
            assert all(best_place(day, look, now, tick) for tick in bits(listed))


def test_eight_counters_of_ten_hours_list_each_start_once() -> None:
    day = plan(planned(*(block(f"c{n}", "07:30-17:30", Pool.ONLINE) for n in range(1, 9))))
    listed = list(bits(shown(day, wanted(15, Pool.ONLINE), LONG_AGO, LONG_AGO)))
    assert len(listed) == len(set(listed)) == 60
