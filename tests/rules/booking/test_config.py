"""The seed of Flensburg: the whole catalogue, the hours and the shares of its pools."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from buergerbuero_contracts.booking import Pool, ServiceChannel
from servicekit.decider import Decider
from services.booking import config
from services.booking.commands import Describe, SetUp
from services.booking.config import SiteConfig
from services.booking.rules import catalogue, opening
from services.booking.rules.settings import ReleasePolicy, SiteSettings
from services.booking.rules.site import Site, apply
from tests.rules.booking.office import THURSDAY, at

FILE = Path(__file__).parents[3] / "config" / "flensburg.toml"
CONFIG: SiteConfig = config.read(FILE.read_text("utf-8"))


def seeded(present: Site) -> Site:
    """The site after the seed's commands, through the deciders."""
    sites = {CONFIG.code: present}
    for command in config.seed(CONFIG, present, at("09:00")):
        site = sites[CONFIG.code]
        if isinstance(command, SetUp):
            state = site.opening
            for step in command.steps:
                new = opening.decide(step, state)
                state = opening.DECIDER.fold(new, state)
                sites = dict(apply(sites, new))
        else:
            assert isinstance(command, Describe)
            known = site.catalogue.get(command.service, catalogue.Service())
            sites = dict(apply(sites, catalogue.decide(command.step, known)))
    return sites[CONFIG.code]


SITE = seeded(Site())


def test_the_seed_sets_up_all_there_is() -> None:
    assert len(SITE.catalogue) == 26
    assert set(SITE.opening.counters) == {f"counter_{n}" for n in range(1, 7)} | {"window_1"}
    assert SITE.opening.settings == SiteSettings()
    assert SITE.opening.policy == ReleasePolicy()


def test_seeding_again_does_nothing() -> None:
    assert config.seed(CONFIG, SITE, at("10:00") + timedelta(days=30)) == ()


@pytest.mark.parametrize(
    ("pool", "share"),
    [(Pool.ONLINE, 59.6), (Pool.PHONE, 23.7), (Pool.DESK, 14.1), (Pool.EMERGENCY, 2.6)],
)
def test_the_pools_have_their_shares_of_192_counter_hours(pool: Pool, share: float) -> None:
    week = [SITE.opening.frame(date(2026, 12, 7) + timedelta(days=n)) for n in range(7)]
    hours = {
        each: sum(
            (
                (b.until - b.from_).total_seconds() / 3600
                for frame in week
                for b in frame.blocks
                if b.pool is each
            ),
            0.0,
        )
        for each in Pool
    }
    assert sum(hours.values()) - hours[Pool.PICKUP_WINDOW] == 192
    assert hours[Pool.PICKUP_WINDOW] == 32
    assert round(hours[pool] / 192 * 100, 1) == share


def test_the_line_is_open_when_it_answers() -> None:
    line = [(str(b.from_), str(b.until)) for b in SITE.opening.hours(THURSDAY) if b.pool is Pool.PHONE_LINE]
    assert line == [("08:00:00", "12:00:00"), ("14:00:00", "16:00:00")]


def test_groups_follow_the_codes() -> None:
    for service in CONFIG.services:
        pickup = service.code.endswith("_pickup")
        assert (service.group == "pickup") == pickup == (ServiceChannel.PICKUP in service.channels)
    assert {service.group for service in CONFIG.services} == {
        "pickup",
        "identity",
        "registration",
        "certificates",
        "permits",
    }


def test_every_service_that_can_be_had_by_visit_has_a_counter_that_does_it() -> None:
    for service in CONFIG.services:
        able = [setup.counter for setup in CONFIG.counters if service.sets & set(setup.skills)]
        assert able or not (service.by_visit or ServiceChannel.PICKUP in service.channels)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("minutes = 15", 'minutes = "many"'),
        ('presence = "self"', 'presence = "both"'),
        ('channels = ["visit"]', 'channels = ["fax"]'),
        ('pool = "online"', 'pool = "anyone"'),
        ("hold_minutes = 10", "hold_minutes = -1"),
        ("[site]", "[site"),
    ],
)
def test_a_broken_file_is_refused_before_anything_is_stored(old: str, new: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        _check(config.read(FILE.read_text("utf-8").replace(old, new, 1)))


def _check(broken: SiteConfig) -> None:
    decider: Decider[catalogue.Service, catalogue.Command] = catalogue.DECIDER
    for service in broken.services:
        decider.decide(catalogue.DescribeService(service=service), decider.initial)
