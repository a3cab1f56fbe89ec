"""The days that are kept in memory: as true as the plans, whatever changes them."""

from datetime import date, timedelta
from uuid import uuid4

from buergerbuero_contracts.booking import Pool
from servicekit.plans import Plans, TailRow
from services.booking.administration import DECIDERS
from services.booking.case import day_plan_stream
from services.booking.horizon import Horizons
from tests.rules.booking.office import THURSDAY, block, planned

FRIDAY = THURSDAY + timedelta(days=1)


def row(position: int, day: date, hours: str = "08:00-12:00") -> TailRow:
    event = planned(block("c1", hours, Pool.ONLINE, day), day=day)
    return TailRow(position, day_plan_stream("flensburg", day), 1, event, uuid4())


def test_a_day_is_there_as_soon_as_its_plan_is_loaded_or_the_tail_brings_it() -> None:
    plans = Plans({"day_plan": DECIDERS["day_plan"]})
    horizons = Horizons(plans)

    def seen(today: date = THURSDAY) -> tuple[list[date], int]:
        found = horizons.of("flensburg", today, 1)
        return list(found.plans), found.position

    assert seen() == ([], 0)
    plans.loaded([day_plan_stream("flensburg", THURSDAY)], [row(5, THURSDAY)])
    assert seen() == ([THURSDAY], 5)
    plans.loaded([day_plan_stream("flensburg", FRIDAY)], [])
    plans.apply([row(7, FRIDAY)], 7)
    assert seen() == ([THURSDAY, FRIDAY], 7)
    assert seen(FRIDAY) == ([FRIDAY], 7)
    plans.restart(9)
    plans.loaded([], [])
    assert seen() == ([], 0)


def test_nothing_is_looked_up_again_while_nothing_changes() -> None:
    plans = Plans({"day_plan": DECIDERS["day_plan"]})
    plans.loaded([day_plan_stream("flensburg", THURSDAY)], [row(5, THURSDAY)])
    horizons = Horizons(plans)
    first = horizons.of("flensburg", THURSDAY, 1)
    plans.apply([], 8)  # others wrote what is none of ours
    assert horizons.of("flensburg", THURSDAY, 1) is first
