"""The post room on a real PostgreSQL: in, done, first reactions, and what lay open at any week's end."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.reporting.backlog import PostRoom, post_room
from services.reporting.gather import Ask, facts_of
from services.reporting.projections import POST_ROOM
from services.reporting.projections import post_room_queries as post
from services.reporting.weeks import Week
from tests.conftest import Databases
from tests.rules.reporting.story import Told, of_item, papers, tell, utc
from tests.way.book import MONDAY, W47, Book, open_book

NOW = utc("2027-02-01T12:00")
BERLIN = ZoneInfo("Europe/Berlin")
HOLIDAYS = {date(2026, 12, 25), date(2027, 1, 1)}
"""Those between Monday and Friday in the weeks of these tests, written down by hand."""


@pytest.fixture
async def book(database: Databases) -> AsyncIterator[Book]:
    async with open_book(database("reporting")) as book:
        yield book


async def figures(book: Book, *weeks: Week, now: datetime = NOW) -> PostRoom:
    """Of a period of these weeks, the present one if none is named."""
    periods = {"this": weeks or (W47,)}
    facts = await facts_of(Ask(book.read, periods, periods, now, None))
    return facts["this"].post


def days(count: float) -> datetime:
    return MONDAY + timedelta(days=count)


async def test_items_come_in_by_their_stamp_and_every_one_of_a_batch_counts(book: Book) -> None:
    await book.tell(
        [
            *(of_item("ItemReceived", ("batch", n), days(0)) for n in range(50)),
            of_item("ItemReceived", "sunday", days(0), "2026-11-15", channel="email"),
            of_item("ItemReceived", "late", days(9), "2026-11-20"),
        ]
    )
    assert (await figures(book)).received == 51
    assert (await figures(book, W47.plus(-1))).received == 1


async def test_done_counts_answers_and_forwardings_and_again_after_reopening(book: Book) -> None:
    await book.tell(
        [
            *(of_item("ItemReceived", name, days(0)) for name in "abc"),
            of_item("ItemAnswered", "a", days(1)),
            of_item("ItemForwarded", "b", days(1)),
            of_item("ItemReopened", "a", days(2)),
            of_item("ItemAnswered", "a", days(3), outcome="refused"),
        ]
    )
    assert (await figures(book)).closed == 3


async def test_a_first_reaction_is_answer_forwarding_or_request_and_reopening_undoes_none(book: Book) -> None:
    """Three working days: Thursday the 19th is in time for Monday the 16th, Friday is not."""
    await book.tell(
        [
            *(of_item("ItemReceived", name, days(0)) for name in "abcdef"),
            of_item("ItemAssigned", "a", days(0)),
            of_item("ItemAnswered", "b", days(3)),
            of_item("ItemReopened", "b", days(10)),
            of_item("ItemForwarded", "c", days(2)),
            papers("PapersRequested", "d", days(1)),
            of_item("ItemAnswered", "d", days(12)),
            of_item("ItemAnswered", "e", days(4)),
        ]
    )
    found = await figures(book)
    assert (found.in_time, found.decided) == (3, 6), "assigning is no reaction, f has none yet"
    soon = await figures(book, now=days(3))
    assert (soon.in_time, soon.decided) == (3, 4), "on Thursday a and f may still be in time; e is told"


async def test_the_backlog_of_a_past_week_is_told_by_its_events(book: Book) -> None:
    await book.tell(
        [
            of_item("ItemReceived", "a", days(0)),
            of_item("ItemReceived", "b", days(4), "2026-11-20"),
            of_item("ItemAnswered", "a", days(8)),
            of_item("ItemReopened", "a", days(15)),
            of_item("ItemForwarded", "b", days(9)),
            of_item("ItemAnswered", "a", days(24)),
        ]
    )
    found = [dict((await figures(book, W47.plus(n))).ages) for n in range(-1, 5)]
    assert found == [{}, {4: 1, 0: 1}, {}, {14: 1}, {}, {}]


async def test_own_age_leaves_out_waiting_for_papers_and_the_time_after_an_answer(book: Book) -> None:
    await book.tell(
        [
            *(of_item("ItemReceived", name, days(0)) for name in ("all", "rest", "overdue", "open", "again")),
            papers("PapersRequested", "all", days(1)),
            papers("PapersReceived", "all", days(3), complete=True),
            papers("PapersRequested", "rest", days(1)),
            papers("PapersReceived", "rest", days(3), complete=False, due_on="2026-12-01"),
            papers("PapersRequested", "overdue", days(1)),
            papers("PapersOverdue", "overdue", days(2), due_on="2026-12-01"),
            papers("PapersOverdue", "overdue", days(3), due_on="2026-11-18"),
            of_item("ItemAnswered", "again", days(1)),
            of_item("ItemReopened", "again", days(4)),
        ]
    )
    found = await figures(book)
    assert (found.ages, found.own_ages) == ({4: 5}, {4: 1, 2: 2, 1: 2})


async def test_assigning_a_waiting_item_ends_the_waiting(book: Book) -> None:
    await book.tell(
        [
            of_item("ItemReceived", "a", days(0)),
            papers("PapersRequested", "a", days(1)),
            of_item("ItemAssigned", "a", days(2)),
        ]
    )
    assert (await figures(book)).own_ages == {3: 1}


async def test_a_described_service_says_whether_a_visit_was_possible(book: Book) -> None:
    await book.tell(
        [
            tell(
                "ServiceDescribed", days(0), service="dog_tax", group="permits", channels=["visit", "email"]
            ),
            tell("ServiceDescribed", days(0), service="certified_copy", group="permits", channels=["post"]),
            of_item("ItemAnswered", 1, days(1), service="dog_tax"),
            of_item("ItemAnswered", 2, days(1), service="certified_copy"),
            of_item("ItemAnswered", 3, days(1), service="registration"),
            of_item("ItemAnswered", 4, days(1), service="resident_parking"),
            of_item("ItemAnswered", 5, days(1), service="registration", outcome="visit_needed"),
        ]
    )
    assert (await figures(book)).avoided == 2


async def test_the_feed_begins_when_the_post_room_begins_to_tell_not_with_an_old_stamp(book: Book) -> None:
    await book.tell([of_item("ItemReceived", "old", days(0), "2026-09-01")])
    async with book.read(POST_ROOM.name) as connection:
        assert await post.feeds(connection) == {"post_room": (W47.monday, W47.monday)}


def test_the_figures_are_pure() -> None:
    assert post_room((), (), (), date(2026, 11, 20), lambda _service: True) == PostRoom()


@pytest.mark.parametrize("seed", range(2))
async def test_figures_equal_a_walk_along_each_item_s_life(book: Book, seed: int) -> None:
    """Counted anew, item by item and day by day."""
    lives = _lives(seed)
    await book.tell(sorted((one for life in lives for one in life), key=lambda one: one.at))
    for n in range(7):
        week = W47.plus(n)
        found = await figures(book, week)
        ages, own = Counter[int](), Counter[int]()
        received = [life for life in lives if week.monday <= _stamp(life) <= week.sunday]
        for life in lives:
            if (turns := _turns(life, week.sunday)) is not None:
                ages[len(turns)] += 1
                own[sum(turns)] += 1
        closed = [one for life in lives for one in life if _closes(one) and _week(one) == week]
        assert (found.ages, found.own_ages) == (ages, own), week
        assert (found.received, found.closed) == (len(received), len(closed)), week
        assert found.in_time == sum(_in_time(life) for life in received), week


def _lives(seed: int) -> list[list[Told]]:
    draw = random.Random(seed)  # noqa: S311
    lives = []
    for n in range(120):
        name, at = (seed, n), days(draw.uniform(-3, 25))
        stamp = at.astimezone(BERLIN).date() - timedelta(days=draw.choice((0, 0, 1, 2)))
        life = [of_item("ItemReceived", name, at, str(stamp))]
        steps = draw.choices(
            ("ItemAssigned", "ItemAnswered", "ItemReopened", "PapersRequested", "PapersReceived"), k=8
        )
        state = "open"
        for kind in steps[: draw.randint(0, 8)]:
            allowed = {"open": "ItemAssigned ItemAnswered PapersRequested", "answered": "ItemReopened"}
            if kind not in allowed.get(state, "ItemAssigned ItemAnswered PapersReceived"):
                continue
            at += timedelta(days=draw.expovariate(0.25), microseconds=1)
            complete = draw.random() < 0.6
            if kind.startswith("Item"):
                life.append(of_item(kind, name, at, str(stamp)))
                state = "answered" if kind == "ItemAnswered" else "open"
            elif kind == "PapersRequested":
                life.append(papers(kind, name, at))
                state = "waiting"
            else:
                life.append(papers(kind, name, at, complete=complete))
                state = "open" if complete else "waiting"
        lives.append(life)
    return lives


def _stamp(life: Sequence[Told]) -> date:
    stamp: date = life[0].event.received_on  # type: ignore[attr-defined]
    return stamp


def _day(one: Told) -> date:
    return one.at.astimezone(BERLIN).date()


def _week(one: Told) -> Week:
    return Week.of_day(_day(one))


def _closes(one: Told) -> bool:
    return type(one.event).__name__ in ("ItemAnswered", "ItemForwarded")


def _worked(first: date, last: date) -> list[date]:
    """Working days after the one on which the clock starts, up to ``last``."""
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in span if day.isoweekday() <= 5 and day not in HOLIDAYS][1:]


def _turns(life: Sequence[Told], sunday: date) -> list[bool] | None:
    """For each working day of an item that is open that evening, whether it was the office's; else None.

    A day is the office's if the office had it when the day began.
    """
    if _stamp(life) > sunday:
        return None
    changes = [(_day(one), type(one.event).__name__, one.event) for one in life if _day(one) <= sunday]
    if _office_has(changes, sunday + timedelta(days=1)) == "answered":
        return None
    return [_office_has(changes, day) == "office" for day in _worked(_stamp(life), sunday)]


def _office_has(changes: Sequence[tuple[date, str, object]], morning: date) -> str:
    """Who has it when the day begins."""
    who = "office"
    for day, kind, event in changes:
        if day >= morning:
            break
        if kind == "ItemAnswered":
            who = "answered"
        elif kind == "PapersRequested":
            who = "citizen"
        elif kind != "PapersReceived" or event.complete:  # type: ignore[attr-defined]
            who = "office"
    return who


def _in_time(life: Sequence[Told]) -> bool:
    reactions = [_day(one) for one in life if _closes(one) or type(one.event).__name__ == "PapersRequested"]
    return bool(reactions) and len(_worked(_stamp(life), reactions[0])) <= 3
