"""Copies of contact data in a real table: what ends one, what fills it again, what it never takes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY

from buergerbuero_contracts.people import MOST, person_headers
from buergerbuero_contracts.topics import PEOPLE
from servicekit.people import erase, keep_copies
from servicekit.postgres import Connection, connect
from tests.conftest import Databases

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=90)


def record(person_id: UUID, revision: int, keep_until: datetime | None, epoch: int = 1, **more: Any) -> Any:
    """A record as the owner sends it; a tombstone without ``keep_until``."""
    person = {
        "person_id": str(person_id),
        "owner": "booking",
        "revision": revision,
        "keep_until": keep_until and keep_until.isoformat(),
        "name": f"Erika {revision}",
        "email": "erika@example.org",
        "language": "de",
    }
    return SimpleNamespace(
        topic=PEOPLE,
        offset=revision,
        key=str(person_id).encode(),
        value=json.dumps(person | more).encode() if keep_until else None,
        headers=person_headers(service="booking", city="flensburg", epoch=epoch, revision=revision),
    )


@pytest.fixture
async def there(database: Databases) -> AsyncIterator[Connection]:
    """The database of a service that keeps copies."""
    connection = await connect(database("notification").app_url, application="copies")
    yield connection
    await connection.close()


async def names(there: Connection, *people: UUID) -> list[str | None]:
    """What the copies of these people say."""
    return [await there.fetchval("SELECT name FROM person_copy WHERE person_id = $1", one) for one in people]


async def test_a_copy_that_ended_by_its_own_time_is_filled_again_by_a_revision_that_is_kept_longer(
    there: Connection,
) -> None:
    person = uuid4()
    await keep_copies(there, [record(person, 1, NOW)])
    await erase(there, NOW)  # the owner's own erasure is still to come when it keeps the person longer
    await keep_copies(there, [record(person, 2, LATER)])
    assert await names(there, person) == ["Erika 2"]
    assert await keep_copies(there, [record(person, 1, LATER), record(person, 2, LATER)]) == 0
    await erase(there, LATER)
    await keep_copies(there, [record(person, 2, LATER)])  # the hourly repeat
    assert await names(there, person) == [None]


async def test_a_copy_that_a_tombstone_ended_is_never_filled_again(there: Connection) -> None:
    at_once, ended_before = uuid4(), uuid4()
    for person, keep_until in ((at_once, LATER), (ended_before, NOW)):
        await keep_copies(there, [record(person, 1, keep_until)])
    await erase(there, NOW)
    for person in (at_once, ended_before):
        await keep_copies(there, [record(person, 3, None)])
        for late in (record(person, 2, LATER), record(person, 4, LATER), record(person, 1, LATER, epoch=2)):
            assert await keep_copies(there, [late]) == 0
    assert await names(there, at_once, ended_before) == [None, None]


@pytest.mark.parametrize(
    ("records", "after"),
    [
        ([{"revision": 1}], 0),
        ([{"revision": 3}], 0),  # what was before was never seen
        ([{"revision": 1}, {"revision": 2, "keep_until": LATER}], 0),
        ([{"revision": 1}, {"revision": 2, "email": "e@example.org"}], 1),
        ([{"revision": 1}, {"revision": 4, "email": "e@example.org"}], 1),  # two and three may have had it
        ([{"revision": 1}, {"revision": 2, "email": "e@example.org"}, {"revision": 3}], 2),
        ([{"revision": 1}, *({"revision": one, "email": "e@example.org"} for one in (2, 3))], 1),
        ([{"revision": 1, "email": None}, {"revision": 2}], 1),
        # a restored owner counts on from an older row
        ([{"revision": 7}, {"revision": 3, "epoch": 2, "email": "e@example.org"}], 2),
        ([{"revision": MOST}, {"revision": MOST, "epoch": 2, "email": "e@example.org"}], MOST - 1),
    ],
)
async def test_a_copy_tells_the_last_revision_that_had_another_address(
    there: Connection, records: list[dict[str, Any]], after: int
) -> None:
    """Another end of the row is a revision too, and leaves the address as old as it is."""
    person = uuid4()
    for one in records:
        assert await keep_copies(there, [record(person, **{"keep_until": NOW, **one})]) == 1
    told = await there.fetchval("SELECT email_after FROM person_copy WHERE person_id = $1", person)
    assert told == after


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"name": "Eri\x00ka"}, "a text that no table can hold"),
        ({"email": "erika\x00@example.org"}, "a text that no table can hold"),
        ({"phone": "+49\x00461"}, "a text that no table can hold"),
        ({"revision": MOST + 1}, "header malformed"),
        ({"epoch": MOST + 1}, "header malformed"),
    ],
)
async def test_what_no_table_can_hold_is_counted_and_hurts_nobody_else(
    there: Connection, wrong: dict[str, Any], reason: str
) -> None:
    def counted() -> float:
        return REGISTRY.get_sample_value("people_invalid_total", {"reason": reason}) or 0

    good, bad, before = uuid4(), uuid4(), counted()
    asked: dict[str, Any] = {"person_id": bad, "revision": 1, "keep_until": LATER}
    bad_one = record(**asked | wrong)
    await keep_copies(there, [bad_one, record(good, 1, LATER)])
    assert await names(there, good, bad) == ["Erika 1", None]
    assert counted() == before + 1


async def test_the_highest_numbers_and_the_farthest_moments_are_kept(there: Connection) -> None:
    for moment in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        highest = record(uuid4(), MOST, moment, epoch=MOST)
        assert await keep_copies(there, [highest]) == 1
