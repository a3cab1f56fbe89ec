"""Pick-ups on real processes and a real log: many at once, on two servers, and each invitation books once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg

from servicekit.testing.databases import Database
from servicekit.tokens import Purpose, Tokens
from services.booking.projections import INVITATIONS
from services.booking.projections.invitations import INVITE, INVITE_FOR, KIND
from services.booking.rules.pickup import pickup_booking_id
from tests.way.citizen import API, Answer, ask, post
from tests.way.platform import Platform

AT_ONCE = 12
"""Calls for each invitation, half of them on either server, each for a time of its own or the same."""


async def told(database: Database, invitation: UUID, person: UUID, document: UUID) -> None:
    """What the read model would hold after the documents' topic told of it."""
    connection = await asyncpg.connect(database.app_url)
    try:
        await connection.execute("SELECT set_config('search_path', $1, false)", INVITATIONS.schema(1))
        await connection.execute(INVITE, [invitation], [person], [1], ["flensburg"], ["de"])
        await connection.execute(INVITE_FOR, [invitation], [0], [document])
        await connection.execute(KIND, [document], ["passport"])
    finally:
        await connection.close()


async def counted(database: Database) -> Counter[str]:
    """How many events of each type the log has."""
    connection = await asyncpg.connect(database.app_url)
    try:
        rows = await connection.fetch("SELECT type, count(*) AS n FROM event GROUP BY type")
        return Counter({row["type"]: row["n"] for row in rows})
    finally:
        await connection.close()


async def test_posts_at_once_on_two_servers_book_once_per_document(office: Callable[[], Platform]) -> None:
    platform = office()
    servers = [platform.start("booking", "api") for _ in range(2)]
    for server in servers:
        server.ready()
    database, tokens = platform.databases["booking"], Tokens(platform.home.link_keys())
    person, document = uuid4(), uuid4()
    first, second = uuid4(), uuid4()
    for invitation in (first, second):  # two calls for one document
        await told(database, invitation, person, document)
    until = platform.clock.now() + timedelta(minutes=30)
    grants = {one: tokens.sign(Purpose.GRANT, one, until) for one in (first, second)}
    free = await ask(servers[0].url, "GET", f"{API}/pickups/free-slots?grant={grants[first]}", {})
    starts = [time["starts_at"] for day in free.json()["days"] for time in day["times"]]

    async def book(nr: int, invitation: UUID) -> Answer:
        body = {"grant": grants[invitation], "starts_at": starts[nr % (AT_ONCE // 2)]}
        return await post(servers[nr % 2].url, "/pickups", body, {})

    answers = await asyncio.gather(
        *(book(nr, invitation) for nr in range(AT_ONCE) for invitation in (first, second))
    )
    assert sorted({answer.status for answer in answers}) == [200, 201], [one.body for one in answers]
    assert [answer.status for answer in answers].count(201) == 1
    told_of = {answer.json()["booking_id"] for answer in answers}
    assert len(told_of) == 1 and told_of <= {str(pickup_booking_id(one)) for one in (first, second)}
    log = await counted(database)
    wanted = ("SlotReserved", "BookingOpened", "BookingConfirmed", "DocumentsBooked")
    assert [log[kind] for kind in wanted] == [1, 1, 1, 1]
    unknown = tokens.sign(Purpose.GRANT, uuid4(), until)
    later = await ask(servers[0].url, "GET", f"{API}/pickups/free-slots?grant={unknown}", {})
    assert (later.status, later.json()["code"]) == (503, "invitation-on-its-way")
