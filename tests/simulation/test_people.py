"""People in simulated runs: who is erased is gone everywhere, bugs about copies show, tables are like SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest

from servicekit import people
from servicekit.consumer_rule import Checkpoint
from servicekit.people import People, PeopleCopies
from servicekit.postgres import connect
from servicekit.testing.simulation.database import Record, Server, Session, Wait
from servicekit.testing.simulation.faults import Fault, Faults
from servicekit.testing.simulation.log_tables import LogTables
from servicekit.testing.simulation.loop import SimulatedLoop, WorldClock
from servicekit.testing.simulation.people_tables import PeopleTables
from servicekit.testing.simulation.story import Story
from tests.conftest import Databases
from tests.simulation.plans import Deed, Plan, planned
from tests.simulation.run import run, seldom_collected

SOON = 60
"""Plans within which a bug has to show."""
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
FIELDS = ("person_id", "owner", "epoch", "revision", "keep_until", "name", "email", "email_after", "erased")


def sent_before_it_is() -> AbstractContextManager[Any]:
    """A revision counts as sent before the topic has it."""
    send = People._send

    async def wrong(
        self: People, connection: Any, wire: Any, epoch: int, rows: list[Any], beat: bool
    ) -> None:
        ids, revisions = [row["person_id"] for row in rows], [row["revision"] for row in rows]
        await connection.execute(people._SENT, ids, revisions)
        await send(self, connection, wire, epoch, rows, beat)

    return patch.object(People, "_send", wrong)


def taken_before_it_is() -> AbstractContextManager[Any]:
    """A copy that failed counts as made."""
    apply = PeopleCopies.apply

    async def wrong(self: PeopleCopies, topic: str, partition: int, records: Sequence[Any]) -> Checkpoint:
        try:
            return await apply(self, topic, partition, records)
        except Exception:  # what the bug does
            return Checkpoint(next_offset=records[-1].offset + 1)

    return patch.object(PeopleCopies, "apply", wrong)


def aimed(seed: int) -> Plan:
    """Somebody gives a contact, while batches and questions get lost."""
    lost = [Fault("batch refused", "kafka", number) for number in (3, 6, 9)]
    lost += [Fault("request lost", "notification", 5 + 6 * number + seed % 6) for number in range(20)]
    plan = planned(seed)
    return replace(plan, deeds=(*plan.deeds, Deed("book", seed, 0.1)), faults=tuple(lost), mail=True)


@pytest.mark.parametrize("bug", [sent_before_it_is, taken_before_it_is])
def test_a_bug_about_copies_is_caught_and_its_plan_is_clean_without_it(
    bug: Callable[[], AbstractContextManager[Any]],
) -> None:
    def tells(seed: int) -> bool:
        return any("of person" in one for one in run(aimed(seed)).wrong)

    with seldom_collected():
        with bug():
            found = next(seed for seed in range(SOON) if tells(seed))
        assert not run(aimed(found)).wrong


def test_who_never_confirmed_is_erased_within_hours_with_all_copies() -> None:
    def left(seed: int) -> Plan:
        deeds = (Deed("leave", seed, 0.0), Deed("hours", seed, 0.6), Deed("hours", seed + 1, 1.0))
        return Plan(seed, deeds, (), fresh=False, mail=True)

    runs = (run(left(seed)) for seed in range(SOON))
    assert not next(one for one in runs if one.story.seen["people erased"]).wrong


async def test_copies_are_judged_as_by_sql(fresh_database: Databases) -> None:
    """Revisions in any order, of two owners and epochs, tombstones and ends, against the real statements."""
    draw = Random(11)  # noqa: S311 - a repeatable list of records
    loop = SimulatedLoop(draw)
    server = Server(loop, WorldClock(loop, NOW), Story(loop), Faults(()), "notification")
    tables, session = PeopleTables(LogTables(server)), Session(server, None)
    connection = await connect(fresh_database("notification").app_url, application="twin")
    try:
        for number in range(150):
            at = NOW + timedelta(minutes=number)
            if draw.random() < 0.1:
                await connection.execute(people._EXPIRE, at)
                tables.expire(session, at)
            rows = {row[0]: row for row in (drawn(draw, at) for _ in range(draw.choice((1, 3))))}
            columns = list(zip(*(rows[key] for key in sorted(rows)), strict=True))
            real = await connection.fetch(people._COPY, *columns)
            told = tables.copy(session, *columns)
            assert not isinstance(told, Wait)
            assert len(told) == len(real)
            session.end_transaction(commit=True)
        held = await connection.fetch("SELECT *, erased_at IS NOT NULL AS erased FROM person_copy")
        assert {row["person_id"]: [row[name] for name in FIELDS] for row in held} == {
            key: [row[name] for name in FIELDS] for key, row in tables.copies.items()
        }
        assert {row["erased"] for row in held} == {True, False}
        assert len({row["email_after"] for row in held}) > 2
    finally:
        loop.bury()
        await connection.close()


def test_a_copy_that_another_transaction_has_made_is_waited_for() -> None:
    loop = SimulatedLoop(Random(1))  # noqa: S311 - no secret
    server = Server(loop, WorldClock(loop, NOW), Story(loop), Faults(()), "notification")
    tables, first, second = PeopleTables(LogTables(server)), Session(server, None), Session(server, None)
    columns = list(zip(drawn(Random(2), NOW), strict=True))  # noqa: S311 - no secret
    assert tables.copy(first, *columns) == [Record(one=1)]
    assert isinstance(tables.copy(second, *columns), Wait)
    first.end_transaction(commit=False)
    assert tables.copy(second, *columns) == [Record(one=1)]
    loop.bury()


def drawn(draw: Random, at: datetime) -> tuple[Any, ...]:
    """One record of one of a few people; some are tombstones."""
    known = (UUID(int=draw.randrange(1, 12)), draw.choice(("booking", "booking", "documents")))
    version = (draw.choice((1, 1, 1, 2)), draw.randrange(1, 9))
    if draw.random() < 0.1:
        return (*known, *version, None, None, None, None, None)
    return (
        *known,
        *version,
        at + timedelta(minutes=draw.randrange(1, 200)),
        "Somebody",
        draw.choice(("a@example.org", "a@example.org", "b@example.org", None)),
        None,
        "de",
    )
