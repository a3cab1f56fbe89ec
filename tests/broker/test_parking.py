"""What a read model cannot take is set aside with what follows of its key, listed, and taken back."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest
import pytest_asyncio

from servicekit.parking import parked
from servicekit.postgres import open_pool
from servicekit.testing.databases import Database
from tests.broker.tally import BOOKING, Chain, Model, booking, projection

Databases = Callable[[str], Database]


@pytest_asyncio.fixture
async def model(database: Databases) -> AsyncIterator[Model]:
    """An empty read model."""
    model = await Model(database("booking"), projection()).make()
    yield model
    await model.close()


async def test_poison_is_parked_with_later_events_of_its_key_and_the_others_go_on(model: Model) -> None:
    chain = Chain()
    records = chain.story(range(10))
    records.append(chain.tell("BookingOpened", 66, persons=100))
    records += chain.story(range(10, 20))
    records.append(chain.tell("BookingConfirmed", 66))
    records += chain.story(range(20, 30))
    await model.projector().apply(BOOKING, 0, records)
    assert await model.tallies() == {"BookingOpened": 30, "BookingConfirmed": 30}
    assert await model.position() == 62
    key = str(booking(66)).encode()
    assert await model.parked() == [(21, key, "failed"), (42, key, "behind")]


async def test_a_parked_key_stays_parked_in_later_batches_until_it_is_unparked_in_order(model: Model) -> None:
    chain = Chain()
    projector = model.projector()
    await projector.apply(BOOKING, 0, [chain.tell("BookingOpened", 1, persons=100)])
    await projector.apply(BOOKING, 0, [chain.tell("BookingConfirmed", 1), chain.tell("BookingOpened", 2)])
    assert await model.stories() == {booking(2): "BookingOpened"}
    with pytest.raises(asyncpg.CheckViolationError):
        await projector.unpark(str(booking(1)))
    assert len(await model.parked()) == 2
    owner = await asyncpg.connect(model.database.owner_url)
    await owner.execute("ALTER TABLE tally_v1_g1.story DROP CONSTRAINT story_persons_check")
    await owner.close()
    assert await projector.unpark(str(booking(1))) == 2
    assert await model.stories() == {booking(1): "BookingConfirmed", booking(2): "BookingOpened"}
    assert await model.parked() == []
    assert await model.position() == 3
    await projector.apply(BOOKING, 0, [chain.tell("BookingCancelled", 1)])
    assert (await model.stories())[booking(1)] == "BookingCancelled"


async def test_what_is_parked_can_be_listed_with_its_error(model: Model) -> None:
    chain = Chain()
    await model.projector().apply(BOOKING, 0, [chain.tell("BookingOpened", 1, persons=100)])
    pool = await open_pool(model.database.app_url, application="test", size=1)
    (one,) = await parked(pool, "booking.tally.v1")
    await pool.close()
    assert (one.topic, one.position, one.reason) == (BOOKING, 1, "failed")
    assert "story_persons_check" in one.error
    assert dict(one.headers)["ce_type"] == b"de.buergerbuero.booking.BookingOpened"


BAD_RECORDS = {
    "null header": lambda good: dataclasses.replace(good, headers=[*good.headers, ("x", None)]),
    "header that is not UTF-8": lambda good: dataclasses.replace(
        good, headers=[*good.headers, ("x", b"\xff")]
    ),
    "no headers": lambda good: dataclasses.replace(good, headers=[]),
    "foreign source": lambda good: dataclasses.replace(
        good, headers=Chain(service="documents").tell("BookingOpened", 1).headers
    ),
}


@pytest.mark.parametrize("what", BAD_RECORDS)
async def test_a_record_without_valid_headers_is_parked_by_offset_and_the_chain_goes_on(
    model: Model, what: str
) -> None:
    chain = Chain()
    first = chain.tell("BookingOpened", 1)
    bad = BAD_RECORDS[what](chain.again(first)[0])
    rest = [chain.tell("BookingConfirmed", 1), chain.tell("BookingOpened", 2)]
    projector = model.projector()
    for _ in range(2):  # the second time everything is a repeat
        await projector.apply(BOOKING, 0, [first, bad, *rest])
    assert await model.stories() == {booking(1): "BookingConfirmed", booking(2): "BookingOpened"}
    assert await model.parked() == [(None, None, "headers")]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"value": b"{broken"}, "data"),
        ({"value": None}, "data"),
        ({"value": b'{"booking_id": "not an id"}'}, "data"),
        ({"value": b"[]"}, "data"),
        ({"value": b'{"x": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"}, "data"),
        ({"key": b"\x00\xff", "value": b"{"}, "data"),
        ({"key": None, "value": b"{"}, "data"),
    ],
)
async def test_an_event_that_cannot_be_read_is_parked_with_its_key(
    model: Model, bad: dict[str, bytes | None], reason: str
) -> None:
    chain = Chain()
    poison = dataclasses.replace(chain.tell("BookingOpened", 1), **bad)  # type: ignore[arg-type]
    later = dataclasses.replace(chain.tell("BookingConfirmed", 1), key=poison.key)
    await model.projector().apply(BOOKING, 0, [poison, later, chain.tell("BookingOpened", 2)])
    assert await model.stories() == {booking(2): "BookingOpened"}
    assert [row[2] for row in await model.parked()] == [reason, "behind"]
    assert await model.position() == 3


async def test_an_unknown_version_of_a_type_that_is_read_is_parked(model: Model) -> None:
    chain = Chain()
    await model.projector().apply(
        BOOKING, 0, [chain.tell("BookingOpened", 1, version=7), chain.tell("BookingOpened", 2)]
    )
    assert [row[2] for row in await model.parked()] == ["version"]
    assert await model.stories() == {booking(2): "BookingOpened"}


async def test_a_reason_that_an_old_reader_does_not_know_parks_its_key_only(model: Model) -> None:
    chain = Chain()
    records = [chain.tell("BookingCancelled", 1, reason="staff_shortage"), chain.tell("BookingCancelled", 2)]
    await model.projector().apply(BOOKING, 0, records)
    assert await model.stories() == {booking(2): "BookingCancelled"}
    assert [row[2] for row in await model.parked()] == ["data"]
