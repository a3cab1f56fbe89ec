"""Invitations on PostgreSQL: known when all of it is known, and who holds a document; copies of people."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from buergerbuero_contracts.documents import DocumentKind
from buergerbuero_contracts.envelope import NIL
from servicekit.log import Decision, Effects, Request
from servicekit.projection import Seen
from services.booking.copies import Copies
from services.booking.projections.invitations import INVITATIONS, Arrived, Ended, Invitations, Invited
from services.booking.rules import pickup
from services.booking.rules.pickup import Invitation
from tests.conftest import Databases
from tests.log.desk import Desk, context, open_desk

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
ONE, EVA, CARD, PASS = uuid4(), uuid4(), uuid4(), uuid4()
CALLED = Invited(ONE, [CARD, PASS], EVA, 2, "flensburg", "en")
HERE = (Arrived(CARD, "id_card"), Arrived(PASS, "passport"))


@pytest.fixture
async def desk(fresh_database: Databases) -> AsyncIterator[Desk]:
    async with open_desk(fresh_database("booking").app_url) as desk:
        yield desk


async def told(desk: Desk, *data: Any) -> None:
    """The topic told of these things, in this order, each in a batch of its own."""
    async with desk.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('search_path', $1, true)", INVITATIONS.schema(1))
        for one in data:
            seen: Sequence[Seen] = [Seen("-", one, NIL, NOW, "-", "-", 1)]
            for step in INVITATIONS.steps:
                if rows := step.rows(seen):
                    await connection.execute(step.sql, *zip(*rows, strict=True))


async def test_an_invitation_is_known_when_all_its_documents_are(desk: Desk) -> None:
    model = Invitations(desk.pool)
    assert await model.invitation(ONE) is None
    await told(desk, CALLED, HERE[0])
    assert await model.invitation(ONE) is None
    await told(desk, HERE[1])
    kinds = ((CARD, DocumentKind.ID_CARD), (PASS, DocumentKind.PASSPORT))
    assert await model.invitation(ONE) == Invitation(ONE, EVA, 2, "flensburg", "en", kinds)


async def test_repeats_and_an_end_that_came_first_change_nothing_but_the_end(desk: Desk) -> None:
    await told(desk, Ended(ONE, "replaced"), *HERE, CALLED, CALLED, *HERE, Ended(ONE, "handed_over"))
    found = await Invitations(desk.pool).invitation(ONE)
    assert found is not None and found.ended and found.document_ids == (CARD, PASS)


async def test_a_sites_open_calls_are_those_that_did_not_end(desk: Desk) -> None:
    over, elsewhere = uuid4(), uuid4()
    others = (Invited(over, [CARD], EVA, 2, "flensburg", "de"), Ended(over, "gone"))
    await told(desk, CALLED, *others, Invited(elsewhere, [PASS], EVA, 2, "harrislee", "de"))
    assert await Invitations(desk.pool).open("flensburg") == {ONE: EVA}


async def test_the_holder_of_a_document_is_asked_of_the_guard_itself(desk: Desk) -> None:
    model, booking, other = Invitations(desk.pool), uuid4(), uuid4()
    until = datetime.now(UTC) + timedelta(hours=1)

    async def hold(subject: UUID, effects: Effects) -> str:
        answer, _decision = await desk.committer(Request(context(), {}, Decision((), effects)))
        return answer.guard.code if answer.guard else "held"

    assert await hold(booking, pickup.held(booking, [CARD, PASS], until)) == "held"
    assert await hold(other, pickup.held(other, [PASS], until)) == "document-booked"
    assert await model.holder(pickup.DOCUMENT, [str(PASS)], datetime.now(UTC)) == booking
    assert await model.holder(pickup.DOCUMENT, [str(PASS)], until) is None
    assert await hold(booking, pickup.held_until(booking, [CARD, PASS], None)) == "held"
    assert await model.holder(pickup.DOCUMENT, [str(PASS)], datetime.now(UTC)) is None
    assert await hold(other, pickup.held(other, [PASS], until)) == "held"


async def test_a_copy_shows_a_person_as_long_as_it_lives(desk: Desk) -> None:
    copies = Copies(desk.pool)
    insert = """
        INSERT INTO person_copy (person_id, owner, epoch, revision, keep_until, name, email, language)
        VALUES ($1, 'documents', 1, 4, $2, 'Eva', 'eva@example.org', NULL)"""
    await desk.pool.execute(insert, EVA, NOW + timedelta(days=1))
    person = await copies.person(EVA, NOW)
    assert person is not None
    assert (person.name, person.revision, person.language, person.needs) == ("Eva", 4, "de", ())
    assert await copies.names([EVA, uuid4()], NOW) == {EVA: "Eva"}
    assert await copies.person(EVA, NOW + timedelta(days=1)) is None
    await desk.pool.execute("UPDATE person_copy SET erased_at = clock_timestamp(), name = NULL")
    assert await copies.person(EVA, NOW) is None and await copies.names([EVA], NOW) == {}
    assert await copies.person(uuid4(), NOW) is None
