"""Lead times: how long one would wait for a place, per service, as an hourly sample. Pure.

Promises: the answer is that of the page for one person and one service; a service without any free
public place in the horizon is told without a date, never left out. Working days are those after
today up to the day of the place. Shown by ``tests/rules/booking/test_lead_time.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from buergerbuero_contracts.booking import LeadTime, LeadTimesSampled, Pool
from buergerbuero_contracts.envelope import Event, Item
from servicekit.decider import Decider

from .calendar import local_date, working_days
from .catalogue import Catalogue, ask
from .day_state import DayPlan
from .free_slots import next_at, overview
from .places import Wanted
from .settings import DEFAULTS, SiteSettings


def sample(
    site: str,
    catalogue: Catalogue,
    plans: Sequence[DayPlan],
    at: datetime,
    settings: SiteSettings = DEFAULTS,
) -> LeadTimesSampled:
    """The first free public place of each service that can be booked."""
    bookable = [one for one in catalogue.values() if one.on_offer and one.by_visit]
    entries = []
    for service in sorted(bookable, key=lambda one: one.code):
        asked = ask(catalogue, (Item(service=service.code),), 1, settings)
        first = next_at(overview(plans, Wanted(asked.ticks, asked.needs, Pool.ONLINE), at, settings))
        free = local_date(first) if first else None
        days = working_days(local_date(at), free) if free else None
        entries.append(LeadTime(service=service.code, first_free_on=free, working_days=days))
    return LeadTimesSampled(site=site, sampled_at=at, entries=tuple(entries))


def _evolve(state: int, _event: Event) -> int:
    return state + 1


DECIDER: Decider[int, LeadTimesSampled] = Decider("lead_time", 0, _evolve, lambda sampled, _state: (sampled,))
"""A stream per site and date; nothing is decided on it but that samples are appended."""
