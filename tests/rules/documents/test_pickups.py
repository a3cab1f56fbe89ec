"""The window's day: who collects what when, and what was left lying."""

from __future__ import annotations

import asyncio
from datetime import date, datetime

from services.documents.pickups import bounds, waiting
from tests.rules.documents.desk import ID_CARD, PASSPORT, PICKUP, Desk
from tests.rules.documents.world import SITE, World
from tests.way.memory_documents import MemoryLists


def test_what_is_collected_together_stands_together_and_what_was_left_is_never_forgotten() -> None:
    world = World()
    eva = Desk(world)
    card, passport = eva.at_window(ID_CARD, PASSPORT)
    lists = MemoryLists(world)
    at_window = asyncio.run(lists.at(SITE, "window"))
    today = waiting(asyncio.run(lists.of_day(SITE, *bounds(date(2026, 11, 24)))), at_window)
    (pickup,) = today.pickups
    assert pickup.booking_id == PICKUP and {one.document_id for one in pickup.documents} == {card, passport}
    assert pickup.admitted_at == world.at and pickup.person_id == eva.person
    assert today.at_window == ()
    another_day = waiting((), at_window)
    assert {one.document_id for one in another_day.at_window} == {card, passport}


def test_a_day_is_local_also_when_the_clocks_change() -> None:
    first, last = bounds(date(2026, 10, 25))
    assert (first, last) == (
        datetime.fromisoformat("2026-10-24T22:00Z"),
        datetime.fromisoformat("2026-10-25T23:00Z"),
    )
