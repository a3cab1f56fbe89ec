"""A site's configuration file as the steps that set the site up. Pure; reading the file is the caller's.

Promises: every value is checked by the models and rules that later use it, before anything is stored;
setting up again does nothing, and leaves alone what the office has changed meanwhile.
Shown by ``tests/rules/booking/test_config.py``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from buergerbuero_contracts.booking import Presence, ServiceChannel

from .commands import Describe, SetUp
from .rules.calendar import local_date
from .rules.catalogue import DescribeService, Service
from .rules.events import CounterSetup, PatternRow
from .rules.opening import AddHours, ArrangeCounter, Command, ConfigureSite, SetReleasePolicy
from .rules.settings import ReleasePolicy, SiteSettings
from .rules.site import Site


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """What the file of one site says. ``info`` is for pages: name, address, phone, e-mail."""

    code: str
    info: Mapping[str, str]
    settings: SiteSettings
    policy: ReleasePolicy
    counters: tuple[CounterSetup, ...]
    hours: tuple[Mapping[str, Any], ...]
    services: tuple[Service, ...]

    def pattern(self, valid_from: date) -> tuple[PatternRow, ...]:
        """The rows of regular hours, from a date on unless the file names one."""
        return tuple(PatternRow.model_validate({"valid_from": valid_from, **row}) for row in self.hours)


def read(text: str) -> SiteConfig:
    """The configuration in a TOML text. Raises ValueError or KeyError naming what is wrong."""
    table = tomllib.loads(text)
    config = SiteConfig(
        code=table["site"]["code"],
        info=table["site"],
        settings=SiteSettings.model_validate(table.get("settings", {})),
        policy=ReleasePolicy.model_validate(table.get("release", {})),
        counters=tuple(
            CounterSetup.model_validate({"counter": code, **row}) for code, row in table["counters"].items()
        ),
        hours=tuple({"row": code, **row} for code, row in table["hours"].items()),
        services=tuple(_service(table["site"]["code"], code, row) for code, row in table["services"].items()),
    )
    config.pattern(date.min)
    return config


def _service(site: str, code: str, row: Mapping[str, Any]) -> Service:
    return Service(
        site=site,
        code=code,
        group=row["group"],
        minutes=row["minutes"],
        channels=tuple(ServiceChannel(channel) for channel in row["channels"]),
        presence=Presence(row["presence"]),
        fee_cents=row.get("fee_cents"),
        leika=tuple(row.get("leika", ())),
        sets=frozenset(row["sets"]),
        on_offer=True,
    )


def seed(config: SiteConfig, present: Site, at: datetime) -> tuple[SetUp | Describe, ...]:
    """The commands that bring a site from what is set to what the file says.

    What exists already stays as the office has it; only what is missing is added.
    """
    opening = present.opening
    steps: list[Command] = []
    if opening.site != config.code:
        steps.append(ConfigureSite(site=config.code, settings=config.settings))
        steps.append(SetReleasePolicy(site=config.code, policy=config.policy))
    steps += [
        ArrangeCounter(site=config.code, setup=setup)
        for setup in config.counters
        if setup.counter not in opening.counters
    ]
    steps += [
        AddHours(site=config.code, row=row, at=at)
        for row in config.pattern(local_date(at))
        if row.row not in opening.rows
    ]
    set_up = (SetUp(site=config.code, steps=tuple(steps)),) if steps else ()
    return (*set_up, *_describe(config, present))


def _describe(config: SiteConfig, present: Site) -> Iterable[Describe]:
    return (
        Describe(site=config.code, service=service.code, step=DescribeService(service=service))
        for service in config.services
        if service.code not in present.catalogue
    )
