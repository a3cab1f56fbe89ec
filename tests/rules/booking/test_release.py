"""Release and return: shares, moments, and what comes back when."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given as any_of
from hypothesis import settings
from hypothesis import strategies as st

from services.booking.rules import release
from services.booking.rules.calendar import instant, local_date, local_time, midnight
from services.booking.rules.settings import ProtectionLevel, ReleasePolicy, SiteSettings
from tests.rules.booking.office import THURSDAY, at

POLICY = ReleasePolicy()
EARLY = instant(THURSDAY - timedelta(days=28), time(7, 30))
ON_THE_DAY = instant(THURSDAY, time(7, 30))
PARTS = [(f"c{counter}", part) for counter in range(1, 5) for part in range(90, 210, 6)]
TICK = timedelta(minutes=5)


@pytest.mark.parametrize("seed", range(20))
def test_the_shares_hold_for_each_day_up_to_one_half_hour(seed: int) -> None:
    moments = list(release.draw(PARTS, THURSDAY, POLICY, 28, seed).values())
    assert len(moments) == len(PARTS) == 80
    assert abs(moments.count(ON_THE_DAY) - 8) <= 1
    assert abs(moments.count(EARLY) - 56) <= 2


@any_of(st.integers(0, 2**53), st.integers(0, len(PARTS)))
@settings(max_examples=100, deadline=None)
def test_random_moments_lie_between_two_weeks_and_a_day_before_by_daylight(seed: int, count: int) -> None:
    drawn = release.draw(PARTS[:count], THURSDAY, POLICY, 28, seed)
    assert set(drawn) == set(PARTS[:count])
    for (_counter, part), moment in drawn.items():
        start = midnight(THURSDAY) + part * TICK
        if moment == ON_THE_DAY:
            assert start - moment >= release.RELEASE_MARGIN
        elif moment != EARLY:
            assert 1 <= (THURSDAY - local_date(moment)).days <= 14
            assert time(8) <= local_time(moment) < time(20)


def test_the_same_seed_draws_the_same_and_another_another() -> None:
    draws = [release.draw(PARTS, THURSDAY, POLICY, 28, seed) for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]


def test_over_many_days_a_lone_half_hour_has_the_same_shares() -> None:
    part = [("c1", 120)]
    moments = [release.draw(part, THURSDAY, POLICY, 28, seed)[part[0]] for seed in range(2_000)]
    assert 0.07 < moments.count(ON_THE_DAY) / 2_000 < 0.13
    assert 0.66 < moments.count(EARLY) / 2_000 < 0.78


@pytest.mark.parametrize(
    ("starts_at", "chance", "minutes"),
    [
        (at("14:00"), 0.0, 15.0),
        (at("14:00"), 0.5, 37.5),
        (at("14:00"), 0.999_999, 60.0),
        (at("12:59"), 0.0, 11.0),
        (at("12:59"), 0.9, 11.0),
        (at("13:00"), 0.0, 15.0),
    ],
)
def test_a_returned_place_is_public_after_a_random_while(
    starts_at: datetime, chance: float, minutes: float
) -> None:
    assert release.public_from(at("09:00"), starts_at, chance) == at("09:00") + timedelta(minutes=minutes)


@any_of(st.floats(0, 1, exclude_max=True), st.integers(0, 40), st.integers(0, 1_000))
def test_it_is_always_public_after_the_undo_time(chance: float, undo: int, hours: int) -> None:
    of_site = SiteSettings(undo_minutes=undo)
    until = release.public_from(at("09:00"), at("09:00") + timedelta(hours=hours), chance, of_site)
    assert until > at("09:00") + timedelta(minutes=undo)


def test_an_expired_hold_returns_at_once_and_at_the_raised_level_after_some_minutes() -> None:
    assert release.public_after_expiry(at("09:00"), ProtectionLevel.NORMAL, 0.5) is None
    raised = [release.public_after_expiry(at("09:00"), ProtectionLevel.RAISED, draw) for draw in (0.0, 0.999)]
    assert raised == [at("09:01"), at("09:00") + timedelta(minutes=9.99)]
