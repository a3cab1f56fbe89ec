"""F18: read models of reporting give equal tables, however their events are batched."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting.projections import (
    CONTACT_VOLUME,
    FUNNEL,
    LEAD_TIME,
    PROJECTIONS,
    WAITING,
    funnel,
    lead_time,
    waiting,
)
from services.reporting.projections import contact_queries as contacts
from services.reporting.projections.read import Periods
from services.reporting.weeks import Week
from tests.conftest import Databases
from tests.rules.reporting.story import (
    answered,
    called,
    closed_call,
    finished,
    handed_over,
    of_booking,
    opened,
    reserved,
    sampled,
    seen_by,
    utc,
)
from tests.way.book import THIS, W47, Book, later, open_book
from tests.way.long_story import long_story


@pytest.fixture
async def book(database: Databases) -> AsyncIterator[Book]:
    async with open_book(database("reporting")) as book:
        yield book


async def counts(
    book: Book, periods: Periods = THIS, label: str = "this"
) -> dict[tuple[str, str | None], int]:
    async with book.read(CONTACT_VOLUME.name) as connection:
        return (await contacts.counts(connection, periods))[label]


async def stages(book: Book, week: Week = W47) -> funnel.Stages | None:
    async with book.read(FUNNEL.name) as connection:
        return (await funnel.stages(connection, {"this": (week,)})).get("this")


@pytest.mark.parametrize(
    ("at", "week"),
    [
        ("2027-01-03T22:59", Week(2026, 53)),
        ("2027-01-03T23:30", Week(2027, 1)),
        ("2026-03-29T21:59", Week(2026, 13)),
        ("2026-03-29T22:00", Week(2026, 14)),
        ("2026-10-25T22:59", Week(2026, 43)),
        ("2026-10-25T23:00", Week(2026, 44)),
    ],
)
async def test_weeks_begin_at_midnight_in_berlin(book: Book, at: str, week: Week) -> None:
    at_ = utc(at)
    await book.tell(
        [
            opened("a", at_, "registration"),
            called("a", at_),
            finished("a", at_, "registration"),
            closed_call("c", at_),
            answered("i", at_, "letter"),
            handed_over("d", at_),
            reserved("b", at_),
            sampled(at_, ("registration", None, None)),
        ]
    )
    there, around = {"this": (week,)}, {"this": (week.plus(-1), week.plus(1))}
    assert sum((await counts(book, there)).values()) == 4
    assert await counts(book, around) == {}
    async with book.read(WAITING.name) as connection:
        assert set(await waiting.waits(connection, there)) == {"this"}
        assert await waiting.called(connection, around) == {}
    async with book.read(FUNNEL.name) as connection:
        assert await funnel.stages(connection, around) == {}
    async with book.read(LEAD_TIME.name) as connection:
        assert await lead_time.by_service(connection, around) == {"this": {}}


async def equal_in_pieces(book: Book, cuts: Iterable[int]) -> None:
    """Tables filled by one batch equal those filled by the pieces between the cuts."""
    story = long_story()
    for projection in PROJECTIONS:
        seen = seen_by(projection, story)
        await book.empty(projection)
        await book.apply(projection, seen)
        whole = await book.tables(projection)
        assert all(whole.values()), f"every table of {projection.name} has rows"
        await book.empty(projection)
        for start, end in pairwise([0, *sorted(cut for cut in cuts if cut < len(seen)), len(seen)]):
            await book.apply(projection, seen[start:end])
        assert await book.tables(projection) == whole


async def test_one_by_one_or_all_at_once_gives_equal_tables(book: Book) -> None:
    await equal_in_pieces(book, range(1, 1000))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.sets(st.integers(1, 300), min_size=1, max_size=9))
async def test_a_list_split_at_any_place_gives_equal_tables(book: Book, cuts: set[int]) -> None:
    """F18: counters count each event once, whatever a batch holds."""
    await equal_in_pieces(book, cuts)


async def test_a_batch_seen_twice_changes_nothing(book: Book) -> None:
    """Checkpoints drop repeats; a figure would survive one anyway."""
    story = long_story()
    await book.tell(story)
    whole = [await book.tables(projection) for projection in PROJECTIONS]
    await book.tell(story)
    assert [await book.tables(projection) for projection in PROJECTIONS] == whole


async def test_order_between_keys_does_not_matter(book: Book) -> None:
    story = long_story()
    await book.tell(story)
    whole = [await book.tables(projection) for projection in PROJECTIONS]
    await book.empty()
    for projection in PROJECTIONS:
        seen = seen_by(projection, story)
        await book.apply(projection, sorted(seen, key=lambda one: one.key))
    assert [await book.tables(projection) for projection in PROJECTIONS] == whole


async def test_five_events_of_one_booking_in_one_batch(book: Book) -> None:
    """F18: one upsert statement must not meet a row twice."""
    await book.tell(
        [
            reserved("b", later(0)),
            of_booking("BookingOpened", "b", later(0)),
            of_booking("ConfirmationRequested", "b", later(1)),
            of_booking("BookingConfirmed", "b", later(2)),
            of_booking("BookingRescheduled", "b", later(3)),
            of_booking("BookingCancelled", "b", later(4)),
        ]
    )
    assert await stages(book) == funnel.Stages(1, 1, 0, 1, 0, 0, 1, 1)


async def test_the_days_of_a_week_add_up_to_the_week(book: Book) -> None:
    await book.tell(long_story())
    async with book.read(CONTACT_VOLUME.name) as connection:
        days = await contacts.by_day(connection, W47.monday)
        week = (await contacts.counts(connection, THIS))["this"]
    by_channel = Counter[str]()
    for (channel, _service), count in week.items():
        by_channel[channel] += count
    from_days = Counter[str]()
    for (_day, channel), count in days.items():
        from_days[channel] += count
    assert from_days == by_channel
