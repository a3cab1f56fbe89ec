"""How much of the counters' time was booked and used, what was cancelled too late, on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal

import pytest

from services.reporting.figures import Facts
from services.reporting.metrics import BY_ID
from services.reporting.metrics.metric import figure
from services.reporting.projections import FRAMES, VISITS, frames
from services.reporting.projections import visit_queries as visits
from services.reporting.projections.read import Span
from services.reporting.projections.visit_queries import Starts
from services.reporting.weeks import Week
from tests.conftest import Databases
from tests.rules.reporting.story import Told, confirmed, finished, of_booking, of_visit, tell, utc
from tests.way.book import MONDAY, THIS, W47, Book, later, open_book

LONG_AFTER = utc("2026-11-25T12:00")
B = ("booking of", "b")


@pytest.fixture
async def book(database: Databases) -> AsyncIterator[Book]:
    async with open_book(database("reporting")) as book:
        yield book


def block(counter: str, begins: datetime, ends: datetime, pool: str = "online") -> dict[str, object]:
    return {"counter": counter, "from": begins, "until": ends, "pool": pool}


def planned(day: str, *blocks: dict[str, object], site: str = "flensburg") -> Told:
    return tell("DayPlanned", later(-9000), site=site, date=day, counters=[], blocks=list(blocks))


def replanned(day: str, *blocks: dict[str, object]) -> Told:
    fields = {"site": "flensburg", "date": day, "counters": [], "blocks": list(blocks)}
    return tell("DayReplanned", later(-8000), **fields, reason="closure")


MORNING = [block("c1", later(0), later(180)), block("c2", later(0), later(240), "walk_in")]


async def offered(book: Book, story: list[Told], now: datetime = LONG_AFTER, site: str | None = None) -> int:
    await book.tell(story)
    async with book.read(FRAMES.name) as connection:
        return (await frames.offered(connection, THIS, now, site)).get("this", 0)


async def test_every_counter_of_every_pool_offers_its_time(book: Book) -> None:
    story = [planned("2026-11-16", *MORNING), planned("2026-11-23", *MORNING), planned("2026-11-17")]
    assert await offered(book, story) == 7 * 3600
    async with book.read(FRAMES.name) as connection:
        assert await frames.feeds(connection) == {"frames": Span(W47.monday, W47.plus(1).monday)}


async def test_a_closed_afternoon_is_not_offered_and_a_closed_day_offers_nothing(book: Book) -> None:
    story = [planned("2026-11-16", *MORNING), replanned("2026-11-16", block("c1", later(0), later(60)))]
    assert await offered(book, story) == 3600
    assert await offered(book, [replanned("2026-11-16")]) == 0


async def test_a_day_that_goes_on_has_offered_what_has_passed(book: Book) -> None:
    story = [planned("2026-11-16", *MORNING)]
    assert await offered(book, story, later(200)) == (180 + 200) * 60
    assert await offered(book, [], later(-1)) == 0


async def test_each_site_offers_its_own_time(book: Book) -> None:
    story = [planned("2026-11-16", *MORNING), planned("2026-11-16", MORNING[0], site="north")]
    assert await offered(book, story, site="north") == 3 * 3600


async def starts(book: Book, story: list[Told], now: datetime = LONG_AFTER) -> Starts:
    await book.tell(story)
    async with book.read(VISITS.name) as connection:
        return (await visits.starts(connection, THIS, now)).get("this", Starts())


def booked(*then: Told) -> list[Told]:
    return [confirmed(B, later(-6000), later(0), ends_at=later(15)), *then]


def cancelled(at: float, **more: object) -> Told:
    return of_booking("BookingCancelled", B, later(at), **{"starts_at": later(0), **more})


HOURS = 60


@pytest.mark.parametrize(
    ("story", "late"),
    [
        (booked(), 0),
        (booked(cancelled(-24 * HOURS)), 0),
        (booked(cancelled(-24 * HOURS + 1)), 1),
        (booked(cancelled(-HOURS, by="office", reason="citizen_wish")), 1),
        (booked(cancelled(-HOURS, by="office", reason="office_fault")), 0),
        (
            booked(
                cancelled(-HOURS), of_booking("CancellationUndone", B, later(-HOURS + 5), starts_at=later(0))
            ),
            0,
        ),
        ([cancelled(-HOURS, was_confirmed=False)], 0),
    ],
    ids=["stands", "a day before", "later", "by phone", "by the office", "taken back", "never confirmed"],
)
async def test_late_is_what_a_person_cancelled_less_than_a_day_before(
    book: Book, story: list[Told], late: int
) -> None:
    assert (await starts(book, story)).late == late


async def test_booked_is_the_planned_time_of_what_stood_and_began(book: Book) -> None:
    moved = of_booking("BookingRescheduled", B, later(-5000), starts_at=later(30), ends_at=later(50))
    other = ("booking of", "c")
    story = booked(moved, confirmed(other, later(-900), later(60), ends_at=later(75)))
    assert (await starts(book, story)).booked == (20 + 15) * 60
    assert (await starts(book, [], later(65))).booked == (20 + 5) * 60
    assert (await starts(book, [], later(40))).booked == 10 * 60


async def test_served_is_the_time_at_counters_of_all_visits_but_forgotten_ends(book: Book) -> None:
    await book.tell(
        [
            of_visit("ServiceStarted", "a", later(0)),
            of_visit("VisitParked", "a", later(4)),
            of_visit("ServiceStarted", "a", later(20)),
            finished("a", later(25), "registration", "certified_copy"),
            of_visit("ServiceStarted", "b", later(0)),
            finished("b", later(3)),
            of_visit("ServiceStarted", "c", later(0)),
            finished("c", later(300), "registration", inaccurate=True),
            of_visit("ServiceStarted", "d", MONDAY),
        ]
    )
    async with book.read(VISITS.name) as connection:
        assert await visits.served(connection, THIS) == {"this": (9 + 3) * 60}
        assert await visits.served(connection, THIS, "north") == {}
        assert await visits.served(connection, {"other": (Week(2026, 48),)}) == {}


def test_the_shares_are_of_the_time_that_was_offered_and_of_nothing_there_is_none() -> None:
    recorded = frozenset({"frames", "service", "bookings"})
    facts = Facts(
        recorded=recorded,
        starts=Starts(starts=3, late=1, booked=Decimal(2700)),
        offered=3600,
        served=Decimal(1800),
    )
    told = {name: figure(BY_ID[name], facts).value for name in BY_ID}
    assert (told["utilisation.booked"], told["utilisation.served"]) == (75, 50)
    assert told["late_cancel_rate"] == 25
    nothing = Facts(recorded=recorded)
    for name in ("utilisation.booked", "utilisation.served", "late_cancel_rate"):
        assert figure(BY_ID[name], nothing).value is None
