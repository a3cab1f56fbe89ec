"""Contact volume on a real PostgreSQL: what counts as a contact, and what does not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest

from services.reporting.projections import (
    CONTACT_VOLUME,
)
from services.reporting.projections import contact_queries as contacts
from services.reporting.projections.read import Periods
from tests.conftest import Databases
from tests.rules.reporting.story import (
    Told,
    admitted,
    answered,
    called,
    closed_call,
    corrected,
    finished,
    handed_over,
    of_booking,
    opened,
    recorded_call,
    reserved,
    tell,
)
from tests.way.book import MONDAY, THIS, W47, Book, later, open_book


@pytest.fixture
async def book(database: Databases) -> AsyncIterator[Book]:
    async with open_book(database("reporting")) as book:
        yield book


async def counts(
    book: Book, periods: Periods = THIS, label: str = "this"
) -> dict[tuple[str, str | None], int]:
    async with book.read(CONTACT_VOLUME.name) as connection:
        return (await contacts.counts(connection, periods))[label]


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


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_visit_corrected_to_nothing_counts_under_what_was_asked(book: Book, at_once: bool) -> None:
    story = [
        opened("a", later(0), "registration"),
        finished("a", later(5), "id_card_pickup"),
        corrected("a", later(9)),
    ]
    for part in [story] if at_once else [[one] for one in story]:
        await book.tell(part)
    assert await counts(book) == {("personal", "registration"): 1}


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
