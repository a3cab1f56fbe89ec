"""Setting up a site: the checks before hours are stored, repeats, the past, the site's fold."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from buergerbuero_contracts.booking import Pool, ServiceDescribed
from buergerbuero_contracts.envelope import Event
from servicekit.testing.rules import given, like
from services.booking.rules.events import (
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
from services.booking.rules.opening import (
    DECIDER,
    AddException,
    AddHours,
    ArrangeCounter,
    ConfigureSite,
    EndHours,
    RemoveException,
    SetProtectionLevel,
    SetReleasePolicy,
)
from services.booking.rules.settings import ProtectionLevel, ReleasePolicy, SiteSettings
from services.booking.rules.site import apply
from tests.rules.booking.office import THURSDAY, at

SITE = "flensburg"
NOON = datetime(2026, 12, 2, 11, tzinfo=UTC)
WEDNESDAY = date(2026, 12, 9)
SETUP = CounterSetup(counter="c1", skills=("identity",))
COUNTER = CounterArranged(site=SITE, setup=SETUP)


def pattern(name: str = "r", hours: str = "07:30-12:00", **more: Any) -> PatternRow:
    from_, until = (time.fromisoformat(part) for part in hours.split("-"))
    fields: dict[str, Any] = {
        "weekdays": (1, 2, 3, 4, 5),
        "counters": ("c1",),
        "pool": Pool.ONLINE,
        "valid_from": THURSDAY,
    }
    return PatternRow(row=name, from_=from_, until=until, **fields | more)


def add(row: PatternRow) -> AddHours:
    return AddHours(site=SITE, row=row, at=at("09:00"))


def added(row: PatternRow) -> HoursAdded:
    return HoursAdded(site=SITE, pattern=row)


def exception(
    name: str, *hours: str, mode: ExceptionMode = ExceptionMode.REPLACES, day: date = WEDNESDAY
) -> AddException:
    blocks = []
    for part in hours:
        from_, until = (time.fromisoformat(clock) for clock in part.split("-"))
        blocks.append(DayBlock(from_=from_, until=until, counters=("c1",), pool=Pool.ONLINE))
    return AddException(site=SITE, exception=name, day=day, mode=mode, blocks=tuple(blocks), at=at("09:00"))


@pytest.mark.parametrize(
    ("command", "event"),
    [
        (ConfigureSite(site=SITE, settings=SiteSettings()), SiteConfigured),
        (SetReleasePolicy(site=SITE, policy=ReleasePolicy(same_day_share=0.2)), ReleasePolicySet),
        (SetProtectionLevel(site=SITE, level=ProtectionLevel.RAISED), ProtectionLevelSet),
        (SetProtectionLevel(site=SITE, level=ProtectionLevel.RAISED, calm_from=NOON), ProtectionLevelSet),
        (ArrangeCounter(site=SITE, setup=CounterSetup(counter="c2", skills=())), CounterArranged),
        (add(pattern()), HoursAdded),
        (exception("x", "09:00-11:00"), ExceptionAdded),
    ],
)
def test_what_is_set_is_set_once(command: Any, event: type[Event]) -> None:
    so_far = given(DECIDER, COUNTER)
    first = so_far.when(command).then(like(event, site=SITE))
    so_far.and_given(*first.events).when(command).nothing()


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (pattern(hours="12:00-07:30"), "end-before-start"),
        (pattern(hours="12:00-12:00"), "end-before-start"),
        (pattern(hours="07:32-12:00"), "off-grid"),
        (pattern(counters=("c9",)), "unknown-counter"),
        (pattern(counters=()), "unknown-counter"),
        (pattern(valid_from=date(2026, 12, 2)), "past-read-only"),
        (pattern(weekdays=(6,), valid_until=date(2026, 12, 4)), "weekday-never"),
        (pattern(weekdays=(1,), nth=5, valid_until=date(2026, 12, 20)), "weekday-never"),
    ],
)
def test_hours_are_checked_before_they_are_stored(row: PatternRow, code: str) -> None:
    given(DECIDER, COUNTER).when(add(row)).refused(code)


def test_the_telephone_line_needs_no_counter() -> None:
    given(DECIDER, COUNTER).when(add(pattern(pool=Pool.PHONE_LINE, counters=()))).then(like(HoursAdded))


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (pattern("s", "11:55-13:00"), "counter-twice"),
        (pattern("s", "11:55-13:00", pool=Pool.PHONE), "counter-twice"),
        (pattern("s", "12:00-13:00"), None),
        (pattern("s", "11:55-13:00", weekdays=(6,)), None),
        (pattern("s", "11:55-13:00", counters=("c2",)), None),
        (pattern("r", "11:55-13:00"), "row-exists"),
    ],
)
def test_one_counter_is_never_used_twice_at_a_time(other: PatternRow, code: str | None) -> None:
    second = CounterArranged(site=SITE, setup=CounterSetup(counter="c2", skills=()))
    then = given(DECIDER, COUNTER, second, added(pattern())).when(add(other))
    then.refused(code) if code else then.then(added(other))


def test_every_other_week_leaves_the_other_weeks_free() -> None:
    even = pattern("even", weekdays=(1,), every_weeks=2, anchor=date(2026, 12, 7))
    odd = pattern("odd", weekdays=(1,), every_weeks=2, anchor=date(2026, 12, 14))
    last = pattern("last", weekdays=(1,), nth=5)
    given(DECIDER, COUNTER, added(even)).when(add(odd)).then(added(odd))
    given(DECIDER, COUNTER, added(even)).when(add(last)).refused("counter-twice")


def test_a_row_that_has_ended_leaves_its_hours_to_others() -> None:
    ended = HoursEnded(site=SITE, row="r", valid_until=date(2026, 12, 31))
    later = pattern("s", valid_from=date(2027, 1, 1))
    given(DECIDER, COUNTER, added(pattern()), ended).when(add(later)).then(added(later))


@pytest.mark.parametrize(
    ("until", "code"),
    [
        (date(2026, 12, 31), None),
        (date(2026, 12, 2), None),
        (date(2026, 12, 1), "past-read-only"),
    ],
)
def test_a_row_ends_with_yesterday_at_the_earliest(until: date, code: str | None) -> None:
    command = EndHours(site=SITE, row="r", valid_until=until, at=at("09:00"))
    then = given(DECIDER, COUNTER, added(pattern(valid_from=date(2026, 1, 1)))).when(command)
    then.refused(code) if code else then.then(HoursEnded(site=SITE, row="r", valid_until=until))


def test_a_row_is_never_made_longer_and_an_unknown_one_not_ended() -> None:
    ended = HoursEnded(site=SITE, row="r", valid_until=date(2026, 12, 31))
    so_far = given(DECIDER, COUNTER, added(pattern()), ended)
    longer = EndHours(site=SITE, row="r", valid_until=date(2027, 1, 31), at=at("09:00"))
    so_far.when(longer).refused("wrong-state")
    so_far.when(EndHours(site=SITE, row="q", valid_until=THURSDAY, at=at("09:00"))).refused("unknown-row")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (exception("x", "09:00-08:00"), "end-before-start"),
        (exception("x", "09:01-11:00"), "off-grid"),
        (exception("x", "09:00-11:00", day=date(2026, 12, 2)), "past-read-only"),
        (exception("x", "11:00-13:00", mode=ExceptionMode.ADDS), "counter-twice"),
        (exception("x", "09:00-11:00", "10:00-12:00"), "counter-twice"),
        (exception("x", "11:00-13:00"), None),
        (exception("x", "12:00-13:00", mode=ExceptionMode.ADDS), None),
        (exception("x"), None),
    ],
)
def test_an_exception_is_checked_against_its_own_day(command: AddException, code: str | None) -> None:
    then = given(DECIDER, COUNTER, added(pattern())).when(command)
    then.refused(code) if code else then.then(like(ExceptionAdded, date=WEDNESDAY))


def test_an_exception_goes_unless_the_pattern_then_uses_a_counter_twice() -> None:
    so_far = given(DECIDER, COUNTER, added(pattern()))
    remove = RemoveException(site=SITE, exception="x", at=at("09:00"))
    so_far.when(remove).refused("unknown-row")
    closed = so_far.when(exception("x")).events
    so_far.and_given(*closed).when(remove).then(like(ExceptionRemoved, date=WEDNESDAY))
    evening = so_far.and_given(*closed).when(exception("y", "09:00-11:00", mode=ExceptionMode.ADDS)).events
    so_far.and_given(*closed, *evening).when(remove).refused("counter-twice")


def test_a_site_is_the_fold_of_its_hours_and_its_catalogue() -> None:
    card = ServiceDescribed(
        site=SITE,
        service_="id_card_apply",
        group="identity",
        minutes=15,
        channels=("visit",),  # type: ignore[arg-type]
        presence="self",  # type: ignore[arg-type]
    )
    elsewhere = CounterArranged(site="moers", setup=SETUP)
    sites = apply({}, [COUNTER, card, elsewhere])
    assert sites[SITE].catalogue["id_card_apply"].minutes == 15
    assert set(sites[SITE].opening.counters) == {"c1"}
    assert sites["moers"].catalogue == {}
    assert sites[SITE].limits.holds_per_device == 2
