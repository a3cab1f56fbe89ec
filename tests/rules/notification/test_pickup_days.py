"""On which days documents can be collected: the last plan of a date counts, and only its window for that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from buergerbuero_contracts.booking import DayPlanned, DayReplanned
from buergerbuero_contracts.envelope import Event
from servicekit.projection import Seen
from services.notification.projections import pickup_days as model
from tests.rules.notification.given import NOW

WINDOW, DESK = "pickup_window", "online"


def stretch(day: date, pool: str, begin: int, end: int) -> dict[str, Any]:
    """A stretch of one counter, in full hours UTC."""
    from_, until = (datetime(day.year, day.month, day.day, hour, tzinfo=UTC) for hour in (begin, end))
    return {"counter": "a1", "from_": from_, "until": until, "pool": pool}


def planned(day: date, *stretches: tuple[str, int, int], again: bool = False) -> Event:
    """The frame of a date, or its change."""
    told: dict[str, Any] = {"site": "flensburg", "date": day, "counters": []}
    told["blocks"] = [stretch(day, *one) for one in stretches]
    if again:
        return DayReplanned.model_validate(told | {"reason": "closure"})
    return DayPlanned.model_validate(told)


def seen(*events: Event) -> list[Seen]:
    """Events as the projector hands them over."""
    return [
        Seen(
            type(event).__name__,
            msgspec.json.decode(event.to_json(), type=model.READS[type(event).__name__]),
            UUID(int=n),
            NOW,
            event.partition_key(),
            model.PICKUP_DAYS.topics[0],
            n,
        )
        for n, event in enumerate(events)
    ]


def table(*batches: Sequence[Seen]) -> dict[Any, Any]:
    """What the upsert makes of several batches."""
    return {row[:2]: row[2] for batch in batches for row in model.rows(batch)}


MONDAY, TUESDAY = date(2027, 1, 4), date(2027, 1, 5)
LIFE = [
    planned(MONDAY, (DESK, 7, 16), (WINDOW, 8, 10), (WINDOW, 13, 15)),
    planned(TUESDAY, (DESK, 7, 16)),
    planned(MONDAY, again=True),
    planned(TUESDAY, (WINDOW, 8, 12), again=True),
]


def test_a_day_counts_until_its_last_stretch_for_collecting_ends() -> None:
    rows = table(seen(*LIFE[:2]))
    assert rows["flensburg", MONDAY] == datetime(2027, 1, 4, 15, tzinfo=UTC)
    assert rows["flensburg", TUESDAY] is None, "open for other matters only"


def test_a_closure_takes_the_day_away_and_another_plan_gives_one() -> None:
    rows = table(seen(*LIFE))
    assert rows["flensburg", MONDAY] is None
    assert rows["flensburg", TUESDAY] == datetime(2027, 1, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize("cut", range(len(LIFE) + 1))
def test_the_same_events_split_anywhere_give_the_same_rows(cut: int) -> None:
    events = seen(*LIFE)
    assert table(events[:cut], events[cut:]) == table(events)
