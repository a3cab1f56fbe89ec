"""The simulated log answers as the real ``append_events`` does, for rounds of requests drawn at random."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from servicekit.append_sql import APPEND, columns
from servicekit.log import (
    Actor,
    Arm,
    Context,
    Decision,
    Disarm,
    Effects,
    Guard,
    Request,
    Stream,
    Use,
    event_id,
)
from servicekit.postgres import _CARRIED_OUT, connect, fetch_one
from servicekit.testing.simulation.database import Server, Session
from servicekit.testing.simulation.faults import Faults
from servicekit.testing.simulation.log_tables import LogTables
from servicekit.testing.simulation.loop import SimulatedLoop, WorldClock
from servicekit.testing.simulation.story import Story
from tests.conftest import Databases
from tests.log.desk import TicketMarked

NOW = datetime.now(UTC).replace(microsecond=0)
ROUNDS = 120


def uid(number: int) -> UUID:
    return UUID(int=number)


def drawn(draw: Random) -> Request:
    """One request on few streams, commands, timers and limits, so that all of them meet."""
    streams = [Stream("ticket", uid(one)) for one in draw.sample(range(1, 4), draw.choice((1, 1, 2)))]
    moment = NOW + timedelta(minutes=draw.randrange(-5, 30))
    kind, key, subject = "hold", draw.choice("ab"), uid(draw.randrange(1, 6))
    timer = draw.choice((Arm("end", subject, moment), Disarm("end", subject), Disarm("end", subject, moment)))
    effects = Effects(
        guards=(Guard(kind, key, draw.choice((1, 2, 3)), "too-many", subject),) * draw.choice((0, 1)),
        uses=(Use(kind, key, subject, draw.choice((moment, moment, None))),) * draw.choice((0, 1)),
        timers=(timer,) * draw.choice((0, 1)),
    )
    events = tuple(
        (stream, TicketMarked(note=draw.randrange(9)))
        for stream in streams
        for _ in range(draw.choice((0, 1, 2)))
    )
    context = Context(uid(draw.randrange(1, 150)), NOW, Actor("test"), uid(1))
    return Request(context, {stream: draw.randrange(0, 3) for stream in streams}, Decision(events, effects))


def nearly(draw: Random, request: Request, tables: LogTables) -> Request:
    """Mostly on versions that are right."""
    right = {stream: len(tables.streams.get(stream.id, ())) for stream in request.expected}
    return Request(request.context, right, request.decision) if draw.random() < 0.8 else request


async def test_rounds_of_requests_are_judged_alike(fresh_database: Databases) -> None:
    draw = Random(7)  # noqa: S311 - a repeatable list of requests
    loop = SimulatedLoop(draw)
    server = Server(loop, WorldClock(loop, NOW), Story(loop), Faults(()), "booking")
    tables, session = LogTables(server), Session(server, None)
    connection = await connect(fresh_database("booking").app_url, application="twin")
    seen: set[Any] = set()
    try:
        for _ in range(ROUNDS):
            requests = [nearly(draw, drawn(draw), tables) for _ in range(draw.choice((1, 2, 4)))]
            arguments = (False, NOW, *columns(requests))
            real = await fetch_one(connection, APPEND, *arguments)
            (twin,) = tables.append(session, *arguments)  # type: ignore[misc]
            for name in ("head", "status", "guard", "retry"):
                assert twin[name] == real[name]
            seen.update(real["status"])
        assert seen == {"appended", "repeated", "conflict", "limited"}
        timers = await connection.fetch("SELECT kind, subject, due_at FROM timer")
        assert {(kind, subject): due for kind, subject, due in timers} == {
            key: row.due_at for key, row in tables.timers.items()
        }
        events = await connection.fetch("SELECT position, stream_id, version, event_id FROM event ORDER BY 1")
        assert [tuple(row) for row in events] == [
            (one.position, one.stream_id, one.version, one.event_id) for one in tables.events
        ]
        for first in (event_id(uid(number), 0) for number in range(1, 150)):
            own = [row["position"] for row in await connection.fetch(_CARRIED_OUT, first)]
            assert own == [row["position"] for row in tables.carried_out(session, first)]
    finally:
        loop.bury()
        await connection.close()
