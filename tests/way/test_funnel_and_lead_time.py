"""Funnel and lead time on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.reporting.projections import (
    FUNNEL,
    LEAD_TIME,
    funnel,
    lead_time,
)
from services.reporting.weeks import Week
from tests.conftest import Databases
from tests.rules.reporting.story import (
    mailed,
    of_booking,
    reserved,
    sampled,
)
from tests.way.book import MONDAY, THIS, W47, Book, later, open_book


@pytest.fixture
async def book(database: Databases) -> AsyncIterator[Book]:
    async with open_book(database("reporting")) as book:
        yield book


async def stages(book: Book, week: Week = W47) -> funnel.Stages | None:
    async with book.read(FUNNEL.name) as connection:
        return (await funnel.stages(connection, {"this": (week,)})).get("this")


async def test_each_booking_counts_once_in_each_stage(book: Book) -> None:
    await book.tell(
        [
            reserved("b", later(0), starts_at=later(60 * 24 * 14)),
            of_booking("BookingOpened", "b", later(0)),
            of_booking("ConfirmationRequested", "b", later(3)),
            mailed("b", later(4)),
            of_booking("ConfirmationRequested", "b", later(5), attempt=2),
            mailed("b", later(6)),
            of_booking("BookingConfirmed", "b", later(9)),
            reserved("b", later(60), "move"),
            of_booking("BookingRescheduled", "b", later(60)),
            of_booking("BookingCancelled", "b", later(90)),
            reserved("b", later(95), "undo"),
            of_booking("CancellationUndone", "b", later(95)),
        ]
    )
    assert await stages(book) == funnel.Stages(1, 1, 1, 1, 0, 0, 0, 1)


async def test_an_expired_hold_that_was_taken_up_again_is_not_expired(book: Book) -> None:
    await book.tell(
        [
            reserved("b", later(0), starts_at=later(60 * 24 * 15)),
            of_booking("BookingOpened", "b", later(0)),
            of_booking("HoldExpired", "b", later(10)),
            reserved("b", later(12)),
            of_booking("ConfirmationRequested", "b", later(12)),
            of_booking("BookingConfirmed", "b", later(20)),
        ]
    )
    assert await stages(book) == funnel.Stages(1, 1, 0, 1, 0, 0, 0, 0)


async def test_whose_confirmation_mail_was_withheld_had_given_a_contact_all_the_same(book: Book) -> None:
    """``ConfirmationWithheld`` is told to nobody; the end without a confirmation is."""
    await book.tell(
        [
            reserved("b", later(0), starts_at=later(60 * 24 * 14)),
            of_booking("BookingOpened", "b", later(0)),
            of_booking("HoldExpired", "b", later(70), stage="unconfirmed"),
        ]
    )
    assert await stages(book) == funnel.Stages(1, 1, 0, 0, 0, 1, 0, 1)


async def test_a_booking_stays_in_the_week_of_its_reservation(book: Book) -> None:
    next_week = MONDAY + timedelta(days=7)
    await book.tell(
        [
            reserved("b", later(0)),
            of_booking("BookingOpened", "b", later(0)),
            of_booking("ConfirmationRequested", "b", later(1)),
            mailed("b", next_week),
            of_booking("HoldExpired", "b", next_week, stage="unconfirmed"),
        ]
    )
    assert await stages(book) == funnel.Stages(1, 1, 1, 0, 0, 1, 0, 1)
    assert await stages(book, W47.plus(1)) is None


@pytest.mark.parametrize("purpose", ["move", "offer", "pickup", "staff", "undo"])
async def test_only_holds_are_reservations(book: Book, purpose: str) -> None:
    await book.tell([reserved("b", later(0), purpose), of_booking("BookingConfirmed", "b", later(0))])
    assert await stages(book) is None


async def test_mails_of_other_kinds_accept_nothing(book: Book) -> None:
    await book.tell([reserved("b", later(0)), mailed("b", later(1), "reminder")])
    found = await stages(book)
    assert found is not None
    assert found.mail_accepted == 0


async def test_no_place_at_all_is_longer_than_every_number(book: Book) -> None:
    looks = [("2026-12-01", 11), ("2026-11-18", 2), (None, None), (None, None), (None, None)]
    await book.tell(
        [
            sampled(later(60 * n), ("registration", day, days), ("passport_apply", "2026-11-17", n))
            for n, (day, days) in enumerate(looks)
        ]
    )
    async with book.read(LEAD_TIME.name) as connection:
        found = (await lead_time.by_service(connection, THIS))["this"]
    assert found["registration"] == lead_time.LeadTime(5, 2, None, None, 2, 2, 15)
    assert found["passport_apply"] == lead_time.LeadTime(5, 5, 2, 4, 2, 1, 1)


async def test_a_median_with_places_counts_looks_without(book: Book) -> None:
    await book.tell(
        [
            sampled(later(0), ("registration", "2026-11-17", 1)),
            sampled(later(60), ("registration", "2026-11-20", 4)),
            sampled(later(120), ("registration", None, None)),
        ]
    )
    async with book.read(LEAD_TIME.name) as connection:
        found = (await lead_time.by_service(connection, THIS))["this"]["registration"]
    assert (found.median, found.worst) == (4, None)
