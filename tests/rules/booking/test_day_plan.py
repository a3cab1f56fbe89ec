"""Every row of the table "Day plan": planning, reserving, releasing, moving, taking back."""

from datetime import date, timedelta

import pytest

from buergerbuero_contracts.booking import (
    AppointmentMissed,
    Block,
    DayPlanned,
    DayReplanned,
    Pool,
    ReleaseReason,
    ReplanReason,
    SlotReleased,
    SlotReserved,
)
from servicekit.testing.rules import given, like
from services.booking.rules.day_commands import PlanDay, ReleaseSlot, ReplanDay
from services.booking.rules.day_plan import DECIDER, outside_frame
from services.booking.rules.day_state import span
from services.booking.rules.events import ReleaseDraw, ReleaseDrawn
from services.booking.rules.hours import Frame
from tests.rules.booking.office import (
    THURSDAY,
    at,
    block,
    frame,
    on,
    plan,
    planned,
    reserve,
    set_aside,
    slot,
    uid,
)

MORNING = planned(block("c1", "08:00-12:00"))
OPEN_AT_NINE = ReleaseDrawn(
    site="flensburg",
    date=THURSDAY,
    draws=(ReleaseDraw(counter="c1", starts_at=at("10:00"), bookable_from=at("09:00")),),
)


def plan_day(of: Frame, day: date = THURSDAY, now: str = "03:00") -> PlanDay:
    return PlanDay(site="flensburg", day=day, frame=of, seed=7, at=at(now))


def replan(of: Frame) -> ReplanDay:
    return ReplanDay(frame=of, reason=ReplanReason.HOURS, seed=8)


# --- planning


def test_a_day_gets_its_frame_and_a_private_draw_for_online_places() -> None:
    then = given(DECIDER).when(plan_day(frame(block("c1", "08:00-09:00", Pool.ONLINE))))
    then.then(like(DayPlanned, site="flensburg", date=THURSDAY), like(ReleaseDrawn, date=THURSDAY))
    drawn = [(draw.counter, draw.starts_at) for draw in then.of(ReleaseDrawn).draws]
    assert drawn == [("c1", at("08:00")), ("c1", at("08:30"))]


def test_staff_places_need_no_draw_and_a_closed_day_is_planned_too() -> None:
    given(DECIDER).when(plan_day(frame(block("c1", "08:00-09:00")))).then(like(DayPlanned))
    given(DECIDER).when(plan_day(Frame())).then(like(DayPlanned, counters=(), blocks=()))


def test_planning_again_changes_nothing() -> None:
    given(DECIDER, MORNING).when(plan_day(frame(block("c1", "08:00-09:00")))).nothing()


def test_only_dates_of_the_horizon_are_planned() -> None:
    last = THURSDAY + timedelta(days=28)
    given(DECIDER).when(plan_day(Frame(), last)).then(like(DayPlanned, date=last))
    given(DECIDER).when(plan_day(Frame(), last + timedelta(days=1))).refused("beyond-horizon")


def test_a_changed_frame_draws_for_new_parts_only() -> None:
    first = given(DECIDER).when(plan_day(frame(block("c1", "08:00-09:00", Pool.ONLINE))))
    longer = frame(block("c1", "08:00-10:00", Pool.ONLINE))
    then = given(DECIDER, *first.events).when(replan(longer))
    then.then(like(DayReplanned, reason=ReplanReason.HOURS), like(ReleaseDrawn))
    assert [draw.starts_at for draw in then.of(ReleaseDrawn).draws] == [at("09:00"), at("09:30")]
    old = {(d.counter, d.starts_at): d.bookable_from for d in first.of(ReleaseDrawn).draws}
    kept = {("c1", then.after.instant(part)): moment for (_c, part), moment in then.after.drawn.items()}
    assert old.items() <= kept.items()


def test_the_same_frame_again_changes_nothing_and_an_unplanned_day_has_none() -> None:
    given(DECIDER, MORNING).when(replan(frame(block("c1", "08:00-12:00")))).nothing()
    given(DECIDER).when(replan(Frame())).refused("wrong-state")


def test_slots_outside_the_new_frame_stay_recorded_and_are_listed() -> None:
    closed = given(DECIDER, MORNING, slot("10:00-10:15", "a"), slot("11:00-11:15", "b")).when(
        replan(frame(block("c1", "08:00-10:30")))
    )
    assert set(closed.after.slots) == {uid("a"), uid("b")}
    assert [lost.booking_id for lost in outside_frame(closed.after)] == [uid("b")]


def test_a_counter_that_is_gone_keeps_its_slots_and_nothing_else() -> None:
    gone = given(DECIDER, MORNING, slot("10:00-10:15", "a")).when(replan(frame(block("c2", "08:00-12:00"))))
    again = given(DECIDER, MORNING, slot("10:00-10:15", "a"), *gone.events)
    assert again.when(reserve(at("10:00"), "b")).of(SlotReserved).counter == "c2"
    again.when(ReleaseSlot(booking_id=uid("a"), reason=ReleaseReason.CANCELLED)).then(
        like(SlotReleased, counter="c1")
    )


# --- reserving: the refusals in their order


def test_a_free_place_is_reserved_with_its_buffer() -> None:
    given(DECIDER, MORNING).when(reserve(at("10:00"))).then(
        like(
            SlotReserved,
            counter="c1",
            starts_at=at("10:00"),
            ends_at=at("10:15"),
            occupied_until=at("10:20"),
            pool=Pool.DESK,
            lent_by=None,
            date=THURSDAY,
        )
    )


@pytest.mark.parametrize(
    ("start", "now", "code"),
    [
        ("10:03", "09:00", "off-grid"),
        ("10:03", "11:00", "off-grid"),
        ("10:00", "11:00", "too-soon"),
        ("10:00", "09:56", "too-soon"),
        ("07:55", "06:00", "day-closed"),
        ("11:50", "06:00", "day-closed"),
        ("10:00", "08:59", "not-released"),
        ("10:30", "08:59", "slot-taken"),
    ],
)
def test_a_place_is_refused_with_the_first_reason(start: str, now: str, code: str) -> None:
    day = planned(block("c1", "08:00-12:00", Pool.ONLINE))
    taken = slot("10:30-10:45", "other", pool=Pool.ONLINE)
    command = reserve(at(start), pool=Pool.ONLINE, now=at(now))
    given(DECIDER, day, OPEN_AT_NINE, taken).when(command).refused(code)


def test_five_minutes_ahead_is_soon_enough() -> None:
    given(DECIDER, MORNING).when(reserve(at("10:00"), now=at("09:55"))).then(like(SlotReserved))


def test_a_day_without_a_plan_is_closed_inside_the_horizon_and_too_far_beyond_it() -> None:
    last = THURSDAY + timedelta(days=28)
    given(DECIDER).when(reserve(at("10:00"))).refused("day-closed")
    given(DECIDER).when(reserve(on(last, "10:00"), now=at("23:50"))).refused("day-closed")
    beyond = on(last + timedelta(days=1), "00:00")
    given(DECIDER).when(reserve(beyond, now=at("23:50"))).refused("beyond-horizon")


@pytest.mark.parametrize("now", ["10:04", "10:06", "10:30"])
def test_the_rest_of_a_running_long_appointment_is_taken(now: str) -> None:
    """F39, first half: its start has passed, its place has not."""
    day = given(DECIDER, planned(block("c1", "08:00-16:00")), slot("10:00-12:00", "x"))
    day.when(reserve(at("11:00"), now=at(now))).refused("slot-taken")
    day.when(reserve(at("12:00"), now=at(now))).refused("slot-taken")
    day.when(reserve(at("12:05"), now=at(now))).then(like(SlotReserved))


def test_places_open_at_their_drawn_moment() -> None:
    day = given(DECIDER, planned(block("c1", "08:00-12:00", Pool.ONLINE)), OPEN_AT_NINE)
    before = at("09:00") - timedelta(seconds=1)
    day.when(reserve(at("10:10"), pool=Pool.ONLINE, now=before)).refused("not-released")
    day.when(reserve(at("10:10"), pool=Pool.ONLINE, now=at("09:00"))).then(like(SlotReserved))
    day.when(reserve(at("10:30"), pool=Pool.ONLINE, now=before)).then(like(SlotReserved))


def test_no_room_at_any_counter_is_taken() -> None:
    two = planned(block("c1", "08:00-12:00"), block("c2", "08:00-12:00"))
    taken = [slot("10:00-10:15", "x", "c1"), slot("10:10-10:25", "y", "c2")]
    given(DECIDER, two, *taken).when(reserve(at("10:10"))).refused("slot-taken")
    given(DECIDER, two, *taken[:1]).when(reserve(at("10:10"))).then(like(SlotReserved, counter="c2"))


def test_a_long_appointment_under_way_blocks_its_rest() -> None:
    """The later half of a running appointment is not free, whatever the time."""
    running = slot("10:00-12:00", "long")
    day = given(DECIDER, planned(block("c1", "08:00-16:00")), running)
    for now in ("10:04", "10:06", "10:30"):
        day.when(reserve(at("11:00"), now=at(now))).refused("slot-taken")
    day.when(reserve(at("12:00"), now=at("10:30"))).refused("slot-taken")
    day.when(reserve(at("12:05"), now=at("10:30"))).then(like(SlotReserved, starts_at=at("12:05")))


def test_what_a_no_show_leaves_is_free_but_not_before_it_is_public() -> None:
    assert AppointmentMissed.category == "booking"
    running = slot("10:00-12:00", "long")
    rest = SlotReleased(
        booking_id=uid("long"),
        slot_id=running.slot_id,
        site="flensburg",
        date=THURSDAY,
        counter="c1",
        starts_at=at("10:20"),
        ends_at=at("12:00"),
        reason=ReleaseReason.MISSED,
    )
    aside = set_aside("10:20", "12:05", "10:31", "long")
    day = given(DECIDER, planned(block("c1", "08:00-16:00")), running, rest, aside)
    day.when(reserve(at("11:00"), now=at("10:30"))).refused("not-released")
    day.when(reserve(at("11:00"), now=at("10:31"))).then(like(SlotReserved))
    day.when(reserve(at("09:50"), now=at("09:00"))).refused("slot-taken")


# --- days when the clocks change


@pytest.mark.parametrize(
    ("day", "ticks"), [(date(2026, 3, 29), 276), (date(2026, 10, 25), 300), (date(2026, 12, 3), 288)]
)
def test_wall_clock_hours_stand_on_days_of_276_288_and_300_ticks(day: date, ticks: int) -> None:
    of_day = planned(block("c1", "07:30-12:00", day=day), day=day)
    state = plan(of_day)
    assert state.ticks == ticks
    assert state.counters["c1"].pools[Pool.DESK].bit_count() == 54
    early = reserve(on(day, "07:25"))
    given(DECIDER, of_day).when(early).refused("day-closed")
    given(DECIDER, of_day).when(reserve(on(day, "07:30"))).then(
        like(SlotReserved, starts_at=on(day, "07:30"), date=day)
    )


def test_a_night_that_repeats_an_hour_has_all_its_places() -> None:
    day = date(2026, 10, 25)
    whole: Block = block("c1", "00:00-24:00", day=day)
    state = plan(planned(whole, day=day))
    assert state.counters["c1"].pools[Pool.DESK] == span(0, 300)
