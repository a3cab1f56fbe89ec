"""Read models of reporting on a real PostgreSQL: figures from events, however they are batched."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

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
    Book,
    Told,
    admitted,
    answered,
    called,
    closed_call,
    corrected,
    finished,
    handed_over,
    mailed,
    of_booking,
    open_book,
    opened,
    recorded_call,
    reserved,
    returned,
    sampled,
    seen_by,
    tell,
    utc,
)

W47 = Week(2026, 47)
THIS: Periods = {"this": (W47,)}
MONDAY = utc("2026-11-16T08:00")


def later(minutes: float) -> datetime:
    """So many minutes after Monday 9 o'clock in Berlin."""
    return MONDAY + timedelta(minutes=minutes)


def minutes(count: int) -> Decimal:
    """So many minutes as a wait, which is in seconds."""
    return Decimal(60 * count)


@pytest.fixture
async def book(database: Databases) -> AsyncIterator[Book]:
    async with open_book(database("reporting")) as book:
        yield book


async def counts(
    book: Book, periods: Periods = THIS, label: str = "this"
) -> dict[tuple[str, str | None], int]:
    async with book.read(CONTACT_VOLUME.name) as connection:
        return (await contacts.counts(connection, periods))[label]


# Contacts


async def test_each_channel_counts_what_was_finished_on_it(book: Book) -> None:
    await book.tell(
        [
            opened("a", later(0), "passport_apply"),
            called("a", later(5)),
            finished("a", later(20), "passport_apply"),
            closed_call("c", later(3)),
            answered("i1", later(4), "email"),
            answered("i2", later(4), "online", "register_inquiry"),
            answered("i3", later(4), "letter"),
            tell("ItemForwarded", later(5), item_id="0" * 32, channel="fax", service="fishing_levy"),
            handed_over("d", later(6), "passport"),
        ]
    )
    assert await counts(book) == {
        ("personal", "passport_apply"): 1,
        ("phone", None): 1,
        ("email", "resident_parking"): 1,
        ("email", "register_inquiry"): 1,
        ("post", "resident_parking"): 1,
        ("post", "fishing_levy"): 1,
        ("handover", "passport_pickup"): 1,
    }


@pytest.mark.parametrize(
    "story",
    [
        [opened("a", MONDAY, "passport_apply"), called("a", MONDAY)],
        [opened("a", MONDAY, "id_card_pickup"), finished("a", MONDAY, "id_card_pickup")],
        [opened("a", MONDAY, "id_card_pickup"), finished("a", MONDAY)],
        [admitted("a", MONDAY, "pickup"), finished("a", MONDAY)],
        [finished("a", MONDAY, "passport_pickup")],
        [recorded_call("c", MONDAY, "lost"), recorded_call("d", MONDAY, "after_hours")],
        [reserved("b", MONDAY), of_booking("HoldExpired", "b", MONDAY)],
        [reserved("b", MONDAY), of_booking("AppointmentMissed", "b", MONDAY)],
    ],
    ids=[
        "not yet served",
        "pick-up",
        "pick-up without documents",
        "pick-up of unknown services",
        "pick-up of unknown opening",
        "lost calls",
        "expired",
        "no-show",
    ],
)
async def test_what_is_no_contact_counts_nothing(book: Book, story: list[Told]) -> None:
    await book.tell(story)
    assert await counts(book) == {}


async def test_a_visit_counts_under_what_was_delivered_else_under_what_was_asked(book: Book) -> None:
    await book.tell(
        [
            opened("a", later(0), "id_card_apply"),
            opened("b", later(0), "id_card_apply"),
            opened("c", later(0), "id_card_apply"),
            finished("a", later(9), "registration", "id_card_apply"),
            finished("b", later(9)),
            finished("c", later(9), "registration"),
            corrected("c", later(12), "certified_copy"),
            finished("unknown", later(9)),
            finished("both", later(9), "id_card_pickup", "document_address"),
        ]
    )
    assert await counts(book) == {
        ("personal", "registration"): 1,
        ("personal", "id_card_apply"): 1,
        ("personal", "certified_copy"): 1,
        ("personal", None): 1,
        ("personal", "document_address"): 1,
    }


async def test_hand_log_and_telephone_system_are_never_added(book: Book) -> None:
    before = MONDAY - timedelta(days=7)
    await book.tell(
        [
            *(closed_call(("log", n), before) for n in range(3)),
            *(closed_call(("log", n), MONDAY) for n in range(3, 8)),
            recorded_call("r1", MONDAY),
            recorded_call("r2", MONDAY),
            recorded_call("r3", MONDAY, "lost"),
            closed_call("elsewhere", MONDAY, site="north"),
        ]
    )
    periods = {"this": (W47,), "before": (W47.plus(-1),)}
    assert await counts(book, periods) == {("phone", None): 2 + 1}, "north has no import and keeps its log"
    assert await counts(book, periods, "before") == {("phone", None): 3}


async def test_an_item_answered_again_after_reopening_is_a_second_contact(book: Book) -> None:
    await book.tell([answered("i", later(0), "email"), answered("i", later(10_080), "email")])
    assert await counts(book, {"this": (W47, W47.plus(1))}) == {("email", "resident_parking"): 2}


async def test_calls_have_rates_and_waits_of_their_own(book: Book) -> None:
    waits = [12, 30, 31, 240]
    await book.tell(
        [
            *(recorded_call(n, MONDAY, answered_at=MONDAY + timedelta(seconds=n)) for n in waits),
            recorded_call("lost", MONDAY, "lost"),
            recorded_call("night", MONDAY, "after_hours"),
        ]
    )
    async with book.read(CONTACT_VOLUME.name) as connection:
        calls = (await contacts.calls(connection, THIS))["this"]
    assert calls == contacts.Calls(5, 4, 1, 2, Decimal(30), Decimal(240))


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


# Waits


async def test_only_the_first_call_ends_a_wait(book: Book) -> None:
    await book.tell(
        [
            opened("a", later(0)),
            called("a", later(10)),
            called("a", later(12), 2),
            returned("a", later(13)),
            called("a", later(40)),
            opened("b", later(0)),
            called("unknown", later(3)),
        ]
    )
    async with book.read(WAITING.name) as connection:
        assert await waiting.total(connection) == (2, 2, 1, Decimal(600), Decimal(600))
        assert await waiting.called(connection, THIS) == {"this": 2}


async def test_coming_early_is_neither_delay_nor_lateness(book: Book) -> None:
    await book.tell(
        [
            opened("early", later(-10), planned_at=later(0)),
            called("early", later(-2)),
            opened("late", later(4), planned_at=later(0)),
            called("late", later(9)),
            opened("walk-in", later(0)),
            called("walk-in", later(30)),
        ]
    )
    async with book.read(WAITING.name) as connection:
        waits = (await waiting.waits(connection, THIS))["this"]
    assert waits == waiting.Waits(
        arrivals=3,
        waits=3,
        wait_p50=minutes(8),
        wait_p90=minutes(30),
        walkin_p50=minutes(30),
        walkin_p90=minutes(30),
        delay_p50=minutes(0),
        delay_p90=minutes(9),
        lateness_p50=minutes(0),
        lateness_p90=minutes(4),
    )


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
async def test_on_clock_change_days_waits_are_elapsed_time_and_hours_are_the_clocks(
    book: Book, day: str
) -> None:
    start = utc(f"{day}T00:30")
    story = [
        one
        for n in range(4)
        for one in (
            opened(n, start + timedelta(hours=n)),
            called(n, start + timedelta(hours=n, minutes=90)),
        )
    ]
    await book.tell(story)
    async with book.read(WAITING.name) as connection:
        hours = await waiting.by_hour(connection, date.fromisoformat(day), date.fromisoformat(day))
        total = await waiting.total(connection)
    arrivals = {hour.hour: hour.arrivals for hour in hours if hour.arrivals}
    assert arrivals == ({1: 1, 3: 1, 4: 1, 5: 1} if day == "2026-03-29" else {2: 2, 3: 1, 4: 1})
    assert total.wait_p50 == total.wait_p90 == 90 * 60
    assert sum(hour.calls for hour in hours) == 4


async def test_hours_give_back_the_means_of_their_hour(book: Book) -> None:
    """Twelve visits an hour, the k-th waiting mean × (10 k + 5) seconds, have that mean in minutes."""
    means = {8: 7, 9: 22, 10: 65}
    story = []
    for hour, mean in means.items():
        for k in range(12):
            at = utc(f"2026-11-16T{hour - 1:02}:00") + timedelta(minutes=5 * k)
            story += [opened((hour, k), at), called((hour, k), at + timedelta(seconds=mean * (10 * k + 5)))]
    await book.tell(story)
    async with book.read(WAITING.name) as connection:
        hours = await waiting.by_hour(connection, date(2026, 11, 16), date(2026, 11, 16), "flensburg")
    found = {one.hour: one.sum_seconds / one.waits / 60 for one in hours if one.waits and one.sum_seconds}
    assert found == means


async def test_a_quarter_second_is_not_lost(book: Book) -> None:
    await book.tell([opened("a", MONDAY), called("a", MONDAY + timedelta(seconds=1428.75))])
    async with book.read(WAITING.name) as connection:
        assert (await waiting.total(connection)).wait_p50 == Decimal("1428.75")


def nearest_rank(values: list[int], percent: int) -> int:
    """The smallest value that at least ``percent`` % of all values do not exceed."""
    return sorted(values)[max(1, math.ceil(Decimal(percent) * len(values) / 100)) - 1]


@pytest.mark.parametrize("seed", range(3))
async def test_percentiles_are_nearest_rank(book: Book, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    for size in (1, 2, 3, 4, 9, 10, 11, 20, 99, 100, 101, 250):
        waits = [draw.randrange(0, 5000) for _ in range(size)]
        await book.empty()
        await book.tell(
            [
                one
                for n, wait in enumerate(waits)
                for one in (opened((size, n), MONDAY), called((size, n), MONDAY + timedelta(seconds=wait)))
            ]
        )
        async with book.read(WAITING.name) as connection:
            total = await waiting.total(connection)
        assert total.wait_p50 == nearest_rank(waits, 50)
        assert total.wait_p90 == nearest_rank(waits, 90)


def test_the_office_s_own_example_of_nearest_rank() -> None:
    assert nearest_rank([60, 120, 180, 240], 50) == 120


# Funnel


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


# Lead time


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


# Batches


def long_story() -> list[Told]:
    """Visits, bookings, calls, items and looks, each with several events, mixed up in time."""
    draw = random.Random(7)  # noqa: S311
    lives: list[list[Told]] = []
    for n in range(12):
        lives.append(
            [
                admitted(n, later(n), "pickup" if n % 4 == 0 else "appointment"),
                opened(n, later(n), "id_card_pickup" if n % 4 == 0 else "registration"),
                called(n, later(n + 5)),
                called(n, later(n + 7), 2),
                returned(n, later(n + 8)),
                called(n, later(n + 20)),
                finished(n, later(n + 30), *(["passport_apply"] if n % 3 else [])),
                corrected(n, later(n + 40), "certified_copy"),
            ][: 8 - n % 3]
        )
        booking = [
            reserved(n, later(n)),
            of_booking("BookingOpened", n, later(n)),
            of_booking("ConfirmationRequested", n, later(n + 1)),
            of_booking("HoldExpired", n, later(n + 2), stage="unconfirmed"),
            of_booking("ConfirmationRequested", n, later(n + 3), attempt=2),
            of_booking("BookingConfirmed", n, later(n + 4)),
            of_booking("BookingRescheduled", n, later(n + 5)),
            of_booking("BookingCancelled", n, later(n + 6)),
        ]
        lives += [booking[: 8 - n % 5], [mailed(n, later(n + 2))]]
        lives += [
            [recorded_call(n, later(n), ["answered", "lost", "after_hours"][n % 3])],
            [closed_call(n, later(n))],
        ]
        lives += [
            [answered(n, later(n), "email"), answered(n, later(n + 900), "email")],
            [handed_over(n, later(n))],
        ]
        lives += [[sampled(later(n), ("registration", None, None), ("passport_apply", "2026-12-01", n))]]
    lives.append(
        [tell("ServiceDescribed", later(n), service="registration", group=f"g{n}") for n in range(3)]
    )
    story = []
    while lives := [life for life in lives if life]:
        story.append(draw.choice(lives).pop(0))
    return story


Splitter = Callable[[int], list[int]]
SPLITS: dict[str, Splitter] = {
    "one by one": lambda size: list(range(1, size)),
    "in the middle": lambda size: [size // 2],
    "in sevens": lambda size: list(range(7, size, 7)),
    "anywhere": lambda size: sorted(random.Random(3).sample(range(1, size), size // 5)),  # noqa: S311
}


@pytest.mark.parametrize("split", SPLITS)
async def test_a_list_split_at_any_place_gives_equal_tables(book: Book, split: str) -> None:
    story = long_story()
    for projection in PROJECTIONS:
        seen = seen_by(projection, story)
        await book.apply(projection, seen)
        whole = await book.tables(projection)
        assert all(whole.values()), f"every table of {projection.name} has rows"
        await book.empty()
        cuts = [0, *SPLITS[split](len(seen)), len(seen)]
        for start, end in pairwise(cuts):
            await book.apply(projection, seen[start:end])
        assert await book.tables(projection) == whole


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
    """One upsert statement must not meet a row twice."""
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
