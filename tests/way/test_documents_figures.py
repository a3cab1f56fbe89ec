"""What became of identity documents, and what lay where at the end of any week; on a real PostgreSQL."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.reporting.projections import DOCUMENTS, documents
from services.reporting.projections.documents import Lying, Moves
from services.reporting.weeks import Week
from tests.conftest import Databases
from tests.rules.reporting.story import Told, custody, handed_over, uid, utc
from tests.way.book import MONDAY, THIS, W47, Book, later, open_book

NOW = utc("2027-02-01T12:00")


@pytest.fixture
async def book(database: Databases) -> AsyncIterator[Book]:
    async with open_book(database("reporting")) as book:
        yield book


async def lay(book: Book, week: Week = W47, now: datetime = NOW, site: str | None = None) -> dict[Lying, int]:
    async with book.read(DOCUMENTS.name) as connection:
        return dict((await documents.stock(connection, {"end": (week,)}, now, site))["end"])


async def places(book: Book, week: Week = W47) -> Counter[str]:
    found = Counter[str]()
    for one, count in (await lay(book, week)).items():
        found[one.place] += count
    return found


def days(count: float) -> datetime:
    return MONDAY + timedelta(days=count)


async def test_documents_count_in_the_week_of_each_step(book: Book) -> None:
    pick_up = uid("pick-up")
    await book.tell(
        [
            *(custody("DocumentOrdered", n, days(-14)) for n in range(3)),
            *(custody("DocumentReady", n, days(n)) for n in range(3)),
            *(custody("DocumentStored", n, days(n)) for n in range(3)),
            handed_over(0, days(4), booking_id=pick_up),
            handed_over(1, days(4), "passport", booking_id=pick_up),
            handed_over(2, days(8)),
        ]
    )
    async with book.read(DOCUMENTS.name) as connection:
        found = await documents.moves(connection, {"a": (W47.plus(-2),), "b": (W47,), "c": (W47.plus(1),)})
    assert found == {"a": Moves(ordered=3), "b": Moves(0, 3, 2, 1), "c": Moves(handed_over=1)}


async def test_a_past_week_s_end_is_told_by_its_events_not_by_today(book: Book) -> None:
    await book.tell(
        [
            custody("DocumentReady", "a", days(0)),
            custody("DocumentReady", "b", days(2), "passport"),
            custody("DocumentReady", "next week", days(7)),
            handed_over("a", days(10)),
            custody("DocumentReturned", "b", days(17), "passport"),
        ]
    )
    assert await lay(book) == {Lying("id_card", "office", 6): 1, Lying("passport", "office", 4): 1}
    assert await lay(book, W47.plus(1)) == {
        Lying("id_card", "office", 6): 1,
        Lying("passport", "office", 11): 1,
    }
    assert await lay(book, W47.plus(-1)) == {}
    assert await lay(book, W47.plus(2)) == {Lying("id_card", "office", 13): 1}


async def test_what_was_fetched_and_put_back_still_waits(book: Book) -> None:
    await book.tell(
        [
            custody("DocumentReady", "a", days(0)),
            custody("DocumentStored", "a", days(0)),
            custody("DocumentStored", "a", days(3), **{"from": "window"}),
        ]
    )
    assert await lay(book) == {Lying("id_card", "office", 6): 1}


@pytest.mark.parametrize("end", ["DocumentReturned", "DocumentDestroyed"])
async def test_what_left_for_good_waits_no_more(book: Book, end: str) -> None:
    await book.tell([custody("DocumentReady", "a", days(0)), custody(end, "a", days(3))])
    assert await lay(book) == {}


async def test_a_shipment_is_apart_until_it_comes_back(book: Book) -> None:
    await book.tell(
        [
            custody("DocumentShipped", "delivered", days(-3)),
            custody("ShipmentDelivered", "delivered", days(1)),
            custody("DocumentShipped", "back", days(-3)),
            custody("DocumentStored", "back", days(9), **{"from": "carrier"}),
            custody("DocumentShipped", "under way", days(4)),
        ]
    )
    assert await places(book, W47.plus(-1)) == {"carrier": 2}
    assert await places(book) == {"carrier": 2}
    assert await lay(book, W47.plus(1)) == {
        Lying("id_card", "carrier", None): 1,
        Lying("id_card", "office", 4): 1,
    }


async def test_a_locker_is_apart_and_its_age_goes_on_after_it(book: Book) -> None:
    await book.tell(
        [
            custody("DocumentReady", "a", days(0)),
            custody("DocumentPlacedInLocker", "a", days(1)),
            custody("DocumentStored", "a", days(8), **{"from": "locker"}),
            custody("DocumentPlacedInLocker", "a", days(15)),
            handed_over("a", days(25)),
        ]
    )
    ends = [await lay(book, W47.plus(n)) for n in range(4)]
    assert ends == [
        {Lying("id_card", "locker", 6): 1},
        {Lying("id_card", "office", 13): 1},
        {Lying("id_card", "locker", 20): 1},
        {},
    ]


async def test_a_week_that_goes_on_is_looked_at_now(book: Book) -> None:
    await book.tell([custody("DocumentReady", "a", later(0)), custody("DocumentReady", "b", later(1))])
    assert await lay(book, now=days(2)) == {Lying("id_card", "office", 2): 2}


async def test_a_week_ends_at_midnight_in_berlin(book: Book) -> None:
    """Sunday 22:59 UTC is in the week, 23:00 UTC is the next week's Monday; days are Berlin's too."""
    await book.tell(
        [
            custody("DocumentReady", "in", utc("2026-11-22T22:59")),
            custody("DocumentReady", "after", utc("2026-11-22T23:00")),
            custody("DocumentReady", "gone after", utc("2026-11-20T23:30")),
            handed_over("gone after", utc("2026-11-22T23:00")),
        ]
    )
    assert await lay(book) == {Lying("id_card", "office", 0): 1, Lying("id_card", "office", 1): 1}


async def test_two_week_ends_pooled_and_one_site(book: Book) -> None:
    await book.tell(
        [
            custody("DocumentReady", "a", days(0)),
            custody("DocumentReady", "n", days(0), site="north"),
        ]
    )
    async with book.read(DOCUMENTS.name) as connection:
        pooled = (await documents.stock(connection, {"two": (W47, W47.plus(1))}, NOW))["two"]
        moved = await documents.moves(connection, THIS, "north")
    assert pooled == {Lying("id_card", "office", 6): 2, Lying("id_card", "office", 13): 2}
    assert moved == {"this": Moves(ready=1)}
    assert await lay(book, site="north") == {Lying("id_card", "office", 6): 1}


@pytest.mark.parametrize("seed", range(2))
async def test_stocks_equal_a_walk_along_each_document_s_life(book: Book, seed: int) -> None:
    """Counted anew, document by document: the newest place before the end of the week."""
    lives = _lives(seed)
    await book.tell(sorted((one for life in lives for one in life), key=lambda one: one.at))
    for n in range(-1, 6):
        week, expected = W47.plus(n), Counter[tuple[str, int | None]]()
        for life in lives:
            expected.update(_state(life, week.sunday))
        found = await lay(book, week)
        assert {(one.place, one.days): count for one, count in found.items()} == expected, week


def _lives(seed: int) -> list[list[Told]]:
    draw = random.Random(seed)  # noqa: S311
    lives = []
    for n in range(150):
        at, name, life = days(draw.uniform(-10, 20)), (seed, n), []

        def step(type_name: str, name: object = name, **more: Any) -> Told:
            nonlocal at
            at += timedelta(days=draw.expovariate(0.2), microseconds=1)
            return custody(type_name, name, at, **more)

        if draw.random() < 0.2:
            life = [step("DocumentShipped")]
            life.append(
                step("ShipmentDelivered")
                if draw.random() < 0.5
                else step("DocumentStored", **{"from": "carrier"})
            )
        else:
            life = [step("DocumentReady"), step("DocumentStored")]
            while draw.random() < 0.4:
                life += [step("DocumentPlacedInLocker"), step("DocumentStored", **{"from": "locker"})]
        if life[-1].event.to == "safe" and draw.random() < 0.7:  # type: ignore[attr-defined]
            life.append(
                step(draw.choice(["DocumentReturned", "DocumentDestroyed", "DocumentPlacedInLocker"]))
            )
        lives.append(life[: draw.randint(1, len(life))])
    return lives


def _state(life: list[Told], sunday: date) -> list[tuple[str, int | None]]:
    """Where the document is on that evening, and for how long; nowhere before it moves and after its end."""

    def day(one: Told) -> date:
        return one.at.astimezone(ZoneInfo("Europe/Berlin")).date()

    past = [one for one in life if day(one) <= sunday]
    if not past:
        return []
    newest: str = past[-1].event.to.value  # type: ignore[attr-defined]
    if newest in ("holder", "producer", "destroyed"):
        return []
    if newest == "carrier":
        return [("carrier", None)]
    arrived = next(day(one) for one in past if one.event.to != "carrier")  # type: ignore[attr-defined]
    return [("locker" if newest == "locker" else "office", (sunday - arrived).days)]
