"""The door, no-shows and durations on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from services.reporting.projections import CONTACT_VOLUME, VISITS, WAITING, waiting
from services.reporting.projections import contact_queries as contacts
from services.reporting.projections import visit_queries as visits
from services.reporting.projections.visit_queries import Durations, Starts
from tests.conftest import Databases
from tests.rules.reporting.story import (
    Told,
    admitted,
    called,
    confirmed,
    corrected,
    finished,
    of_booking,
    of_visit,
    opened,
    refused,
    returned,
    utc,
)
from tests.way.book import MONDAY, THIS, W47, Book, later, open_book

NOW = utc("2026-11-25T12:00")


@pytest.fixture
async def book(database: Databases) -> AsyncIterator[Book]:
    async with open_book(database("reporting")) as book:
        yield book


async def starts(book: Book, story: list[Told], now: datetime = NOW) -> Starts:
    await book.tell(story)
    async with book.read(VISITS.name) as connection:
        return (await visits.starts(connection, THIS, now)).get("this", Starts())


async def durations(book: Book, story: list[Told]) -> dict[str, Durations]:
    await book.tell(story)
    async with book.read(VISITS.name) as connection:
        return (await visits.durations(connection, THIS))["this"]


async def test_f40_a_second_round_of_calls_changes_neither_wait_nor_presence(book: Book) -> None:
    """F40: planned 9:05, admitted 9:00, called 9:10, 9:12, 9:14, not found, back at 9:20, called 9:30."""
    await book.tell(
        [
            confirmed(("booking of", "a"), later(-100), later(5)),
            admitted("a", later(0), "appointment"),
            opened("a", later(0), "registration", planned_at=later(5)),
            called("a", later(10)),
            called("a", later(12), 2),
            called("a", later(14), 3),
            of_visit("CitizenNotFound", "a", later(16)),
            returned("a", later(20)),
            called("a", later(30), 4),
            of_visit("ServiceStarted", "a", later(31)),
            finished("a", later(40), "registration"),
        ]
    )
    async with book.read(WAITING.name) as connection:
        waits = (await waiting.waits(connection, THIS))["this"]
    assert waits.arrivals == 1
    assert (waits.wait_p50, waits.delay_p50, waits.lateness_p50) == (Decimal(600), Decimal(300), Decimal(0))
    async with book.read(VISITS.name) as connection:
        served = (await visits.durations(connection, THIS))["this"]
        present = (await visits.starts(connection, THIS, NOW))["this"]
    assert served == {"": Durations(1, Decimal(540), Decimal(540)), "registration": served[""]}
    assert (present.starts, present.no_shows) == (1, 0)
    async with book.read(CONTACT_VOLUME.name) as connection:
        assert sum((await contacts.counts(connection, THIS))["this"].values()) == 1


B = ("booking of", "b")


def booked(*then: Told) -> list[Told]:
    return [confirmed(B, later(-600), later(0)), *then]


@pytest.mark.parametrize(
    ("story", "found"),
    [
        (booked(), (1, 0)),
        (booked(of_booking("AppointmentMissed", B, later(16))), (1, 1)),
        (booked(of_booking("AppointmentMissed", B, later(16)), admitted("b", later(20), "pickup")), (1, 0)),
        (booked(of_visit("CitizenNotFound", "b", later(20))), (1, 1)),
        (booked(of_visit("CitizenNotFound", "b", later(20)), returned("b", later(25))), (1, 0)),
        (booked(of_booking("BookingCancelled", B, later(-60))), (0, 0)),
        (
            booked(
                of_booking("BookingCancelled", B, later(-60)),
                of_booking("CancellationUndone", B, later(-55), starts_at=later(0)),
                of_booking("AppointmentMissed", B, later(16)),
            ),
            (1, 1),
        ),
        (booked(of_booking("BookingDisplaced", B, later(-60))), (0, 0)),
        (
            booked(
                of_booking("BookingDisplaced", B, later(-60)),
                of_booking("BookingRestored", B, later(-50), starts_at=later(0)),
            ),
            (1, 0),
        ),
        (
            booked(
                of_booking("BookingDisplaced", B, later(-60)),
                of_booking("BookingCancelled", B, later(-50)),
                of_booking("CancellationUndone", B, later(-45), starts_at=later(0)),
            ),
            (0, 0),
        ),
        (booked(of_booking("BookingRescheduled", B, later(-60), starts_at=later(7 * 24 * 60))), (0, 0)),
        (
            [
                of_booking("BookingRescheduled", B, later(-60), starts_at=later(0)),
                of_booking("HoldExpired", B, later(-50)),
            ],
            (0, 0),
        ),
        ([of_visit("CitizenNotFound", "walk-in", later(3))], (0, 0)),
    ],
    ids=[
        "confirmed",
        "missed",
        "admitted late",
        "not found",
        "returned",
        "cancelled",
        "undone and missed",
        "displaced",
        "restored",
        "undone but still displaced",
        "moved to another week",
        "a hold that moved",
        "walk-in",
    ],
)
async def test_who_did_not_come_among_the_starts_that_stood(
    book: Book, story: list[Told], found: tuple[int, int]
) -> None:
    assert (await starts(book, story))[:2] == found


async def test_a_week_that_goes_on_is_not_measured_by_starts_to_come(book: Book) -> None:
    story = [confirmed(n, later(-600), later(60 * n)) for n in range(5)]
    assert (await starts(book, story, later(120)))[:2] == (3, 0)


async def test_a_duration_is_the_time_at_counters_only(book: Book) -> None:
    found = await durations(
        book,
        [
            of_visit("ServiceStarted", "a", later(0)),
            of_visit("VisitParked", "a", later(4)),
            of_visit("VisitResumed", "a", later(30)),
            of_visit("ServiceStarted", "a", later(50)),
            of_visit("VisitTransferred", "a", later(52)),
            of_visit("ServiceStarted", "a", later(70)),
            finished("a", later(73), "passport_apply"),
        ],
    )
    assert found["passport_apply"] == Durations(1, Decimal(540), Decimal(540))


@pytest.mark.parametrize(
    "story",
    [
        [of_visit("ServiceStarted", "a", MONDAY), finished("a", later(9), "passport_apply", inaccurate=True)],
        [of_visit("ServiceStarted", "a", MONDAY), finished("a", later(9), "passport_apply", "registration")],
        [of_visit("ServiceStarted", "a", MONDAY), finished("a", later(9))],
        [
            of_visit("ServiceStarted", "a", MONDAY),
            finished("a", later(9), "registration"),
            corrected("a", later(12), "registration", "certified_copy"),
        ],
        [finished("a", later(9), "id_card_pickup")],
        [of_visit("ServiceStarted", "a", MONDAY)],
    ],
    ids=["end forgotten", "two services", "none", "corrected to two", "handed over at once", "not finished"],
)
async def test_what_has_no_duration(book: Book, story: list[Told]) -> None:
    assert await durations(book, story) == {}


async def test_a_corrected_visit_counts_under_what_it_delivered(book: Book) -> None:
    found = await durations(
        book,
        [
            of_visit("ServiceStarted", "a", MONDAY),
            finished("a", later(9), "registration", "certified_copy"),
            corrected("a", later(12), "certified_copy"),
        ],
    )
    assert set(found) == {"", "certified_copy"}


async def test_the_door_counts_attempts_by_reason(book: Book) -> None:
    await book.tell(
        [
            refused("a", later(-20), "too-early"),
            refused("a", later(-15), "too-early"),
            admitted("a", later(-8), "appointment"),
            refused("b", later(0), "not-confirmed"),
            refused("c", later(0), "unknown-code", site="north"),
            refused("d", MONDAY - timedelta(days=7), "house-full"),
        ]
    )
    async with book.read(VISITS.name) as connection:
        assert await visits.entries(connection, THIS, "flensburg") == {
            "this": {"too-early": 2, "admitted": 1, "not-confirmed": 1}
        }
        both = await visits.entries(connection, {"two": (W47.plus(-1), W47)})
        spans = await visits.feeds(connection)
    assert sum(both["two"].values()) == 6
    assert spans["door"] == (W47.plus(-1).monday, W47.monday)
