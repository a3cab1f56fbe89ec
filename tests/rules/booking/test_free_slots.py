"""Answers about free places: true for a whole tick, nothing drawn shows, days in order."""

from datetime import date, datetime, timedelta

import pytest
from msgspec import structs

from buergerbuero_contracts.booking import Pool
from buergerbuero_contracts.envelope import Event
from servicekit.decider import Refused
from services.booking.rules import day_plan, free_slots
from services.booking.rules.calendar import TICK, local_date
from services.booking.rules.day_state import DayPlan
from services.booking.rules.events import ReleaseDraw, ReleaseDrawn
from services.booking.rules.settings import DEFAULTS
from tests.rules.booking.office import (
    THURSDAY,
    at,
    block,
    on,
    plan,
    planned,
    reserve,
    set_aside,
    slot,
    wanted,
)

FRIDAY = date(2026, 12, 4)
ONLINE = wanted(15, Pool.ONLINE)
SEVEN = free_slots.FreeMasks().of(ONLINE, at("07:00"))
"""The free starts of a day as they are shown at seven."""


def drawn(moment: datetime, start: str = "10:00") -> ReleaseDrawn:
    return ReleaseDrawn(
        site="flensburg",
        date=THURSDAY,
        draws=(ReleaseDraw(counter="c1", starts_at=at(start), bookable_from=moment),),
    )


def online_day(*events: Event, hours: str = "08:00-12:00", day: date = THURSDAY) -> DayPlan:
    return plan(planned(block("c1", hours, Pool.ONLINE, day), day=day), *events)


def starts(day: DayPlan, now: datetime) -> list[datetime]:
    return [start for start, _end in free_slots.times(day, ONLINE, now)]


def accepted(day: DayPlan, start: datetime, now: datetime) -> bool:
    try:
        return bool(day_plan.decide(reserve(start, "new", pool=Pool.ONLINE, now=now), day))
    except Refused:
        return False


def test_a_time_has_its_start_and_its_end() -> None:
    first = free_slots.times(online_day(), ONLINE, at("07:00"))[0]
    assert first == (at("08:00"), at("08:15"))


def test_nothing_is_shown_of_a_day_without_plan_or_without_hours() -> None:
    assert free_slots.times(DayPlan(), ONLINE, at("07:00")) == ()
    assert free_slots.times(plan(planned()), ONLINE, at("07:00")) == ()


@pytest.mark.parametrize("seconds", [0, 1, 150, 299])
def test_an_answer_is_true_during_its_whole_tick(seconds: int) -> None:
    day = online_day(
        drawn(at("09:02")), set_aside("11:00", "11:20", "09:03"), slot("08:40-08:55", "x", pool=Pool.ONLINE)
    )
    asked = starts(day, at("09:00"))
    later = at("09:00") + timedelta(seconds=seconds)
    assert starts(day, later) == asked
    assert asked[0] == at("09:10")
    assert all(accepted(day, start, later) for start in asked)


def test_a_place_released_in_a_tick_is_shown_from_the_next_one_on() -> None:
    day = online_day(drawn(at("09:02")))
    assert at("10:10") not in starts(day, at("09:04"))
    assert at("10:10") in starts(day, at("09:05"))


def test_the_rest_of_a_running_long_appointment_is_not_shown() -> None:
    """F39, first half: nothing is listed before its end and buffer."""
    day = plan(planned(block("c1", "08:00-16:00", Pool.ONLINE)), slot("10:00-12:00", "x", pool=Pool.ONLINE))
    for now in ("10:04", "10:06", "10:30"):
        assert starts(day, at(now))[0] == at("12:05")


def test_the_overview_counts_the_days_and_names_the_next_time() -> None:
    friday = THURSDAY + timedelta(days=1)
    full = online_day(slot("08:00-12:00", "x", pool=Pool.ONLINE))
    days = free_slots.overview([full, online_day(day=friday)], ONLINE, at("07:00"))
    assert [(day.date, day.count) for day in days] == [(THURSDAY, 0), (friday, 24)]
    assert free_slots.next_at(days) == days[1].first_at == on(friday, "08:00")
    assert free_slots.next_at(days[:1]) is None


def test_the_next_release_is_the_published_morning_never_a_drawn_moment() -> None:
    monday = date(2026, 12, 7)
    days = [
        online_day(drawn(at("09:00"))),
        plan(planned(block("c1", "08:00-12:00", Pool.PHONE, date(2026, 12, 4)), day=date(2026, 12, 4))),
        online_day(day=monday),
    ]
    assert free_slots.next_release_at(days, at("07:00")) == at("07:30")
    assert free_slots.next_release_at(days, at("07:30")) == on(monday, "07:30")
    assert free_slots.next_release_at(days[:2], at("08:00")) is None


def test_the_nearest_free_times_stand_in_for_a_taken_one() -> None:
    day = online_day(slot("09:40-10:20", "x", pool=Pool.ONLINE))
    found = free_slots.alternatives([day, online_day(day=FRIDAY)], SEVEN, at("10:00"))
    assert found == (at("09:20"), at("10:25"), at("10:40"))
    assert all(accepted(day, start, at("07:00")) for start in found)


def test_on_a_full_day_the_earliest_times_of_the_following_days_stand_in() -> None:
    full = online_day(slot("08:00-11:50", "x", pool=Pool.ONLINE))
    closed = plan(planned(day=FRIDAY))
    monday = online_day(day=date(2026, 12, 7))
    found = free_slots.alternatives([full, closed, monday], SEVEN, at("10:00"))
    assert found == tuple(on(date(2026, 12, 7), clock) for clock in ("08:00", "08:10", "08:20"))
    almost = online_day(slot("08:20-11:50", "x", pool=Pool.ONLINE))
    found = free_slots.alternatives([almost, closed, monday], SEVEN, at("10:00"))
    assert found == (at("08:00"), *(on(date(2026, 12, 7), clock) for clock in ("08:00", "08:10")))
    assert free_slots.alternatives([full, closed], SEVEN, at("10:00")) == ()


def test_what_is_kept_of_a_day_ends_with_its_plan_its_settings_and_the_tick() -> None:
    masks, open_day = free_slots.FreeMasks(), online_day()
    taken = online_day(slot("08:00-09:00", "x", pool=Pool.ONLINE))
    coarse = DEFAULTS.model_copy(update={"offer_step": 60})
    for now, day, settings in (
        ("07:00", open_day, DEFAULTS),
        ("07:04", taken, DEFAULTS),
        ("07:04", open_day, coarse),
        ("07:05", open_day, coarse),
        ("09:30", open_day, DEFAULTS),
        ("09:30", taken, DEFAULTS),
    ):
        for _ in range(2):
            look = masks.of(ONLINE, at(now), settings)
            assert look(day) == free_slots.free_mask(day, ONLINE, at(now), settings)


@pytest.mark.parametrize(
    ("next_own", "far"),
    [(date(2026, 12, 4), False), (date(2026, 12, 10), False), (date(2026, 12, 11), True), (None, True)],
)
def test_own_places_are_far_beyond_five_working_days(next_own: date | None, far: bool) -> None:
    empty = [plan(planned(day=THURSDAY + timedelta(days=n))) for n in range(3)]
    phone = (
        [plan(planned(block("c1", "08:00-12:00", Pool.PHONE, next_own), day=next_own))] if next_own else []
    )
    look = structs.replace(ONLINE, pool=Pool.PHONE)
    assert free_slots.own_is_far([*empty, *phone], look, at("08:00")) is far


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31)])
def test_every_day_lists_its_wall_clock_hours(day: date) -> None:
    open_all_day = online_day(hours="00:00-24:00", day=day)
    found = starts(open_all_day, on(day - timedelta(days=3), "12:00"))
    assert found[0] == on(day, "00:00")
    assert all(local_date(start) == day for start in found)
    assert len(found) == len(set(found)) == (open_all_day.ticks // 2)
    assert found[-1] + 3 * TICK == on(day + timedelta(days=1), "00:00")
