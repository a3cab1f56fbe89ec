"""Confirmation and expiry within the same second: each booking ends in exactly one of the two."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from servicekit.testing.databases import Database
from servicekit.testing.postgres import finish
from servicekit.tokens import Purpose, Tokens
from tests.way.citizen import API, LEAD, Answer, ask, body_of, device, key, post
from tests.way.platform import Platform
from tests.way.program import Program, eventually

TODAY = "2026-11-30"
BOOKINGS, AT_ONCE = 100, 50
"""Fewer at once than a process has under way: of the others it turns away who has waited for a second."""
COUNTERS = [f"counter_{number}" for number in range(1, 7)]
WHOLE_DAY = {
    "exception": "all_counters",
    "date": TODAY,
    "mode": "replaces",
    "blocks": [{"from": "08:00", "until": "16:00", "pool": "online", "counters": COUNTERS}],
}
EARLIER, LATER = -1.0, 0.6
"""Seconds around the limit at which people press the button."""
_LIVES = """
SELECT stream_id, array_agg(type ORDER BY version) AS life FROM event
WHERE category = 'booking' GROUP BY stream_id"""


async def asked(api: Program, number: int) -> tuple[UUID, datetime]:
    """A booking that waits for its confirmation: its id, and until when."""
    minute = 20 * (number // len(COUNTERS))
    starts_at = f"{TODAY}T{9 + minute // 60:02}:{minute % 60:02}:00+01:00"
    held = await ask(api.url, "POST", f"{API}/bookings", key() | device(number), body_of(starts_at))
    assert held.status == 201, held.body
    booking_id = held.json()["booking_id"]
    contact = {"name": "Erika Mustermann", "email": f"erika.{number}@example.org"}
    proof = {"Authorization": f"Bearer {held.json()['access']}"}
    given = await post(api.url, f"/bookings/{booking_id}/give-contact", contact, device(number) | proof)
    assert given.status == 202, given.body
    return UUID(booking_id), datetime.fromisoformat(given.json()["confirm_until"])


async def lives(database: Database) -> dict[UUID, Sequence[str]]:
    """Each booking's events in order; nothing while one still waits for its end."""
    connection = await asyncpg.connect(database.app_url)
    try:
        found = {row["stream_id"]: row["life"] for row in await connection.fetch(_LIVES)}
        return {} if any(len(life) < 3 for life in found.values()) else found
    finally:
        await connection.close()


async def test_no_confirmed_booking_expires(office: Callable[[], Platform]) -> None:
    platform = office()
    api, timers = platform.start("booking", "api"), platform.start("booking", "timers")
    for one in (api, timers):
        one.ready()
    assert (await post(api.url, "/sites/flensburg/exceptions", WHOLE_DAY, LEAD)).status == 201
    with platform.clock.standing():
        waiting = list[tuple[UUID, datetime]]()
        for first in range(0, BOOKINGS, AT_ONCE):
            numbers = range(first, first + AT_ONCE)
            waiting += await asyncio.gather(*(asked(api, number) for number in numbers))
    limit = max(until for _booking, until in waiting)
    assert {until for _booking, until in waiting} == {limit}
    tokens = Tokens(platform.home.link_keys())
    chance = random.Random(7)  # noqa: S311 - a test repeats itself

    async def confirm(booking_id: UUID, at: datetime) -> Answer:
        await asyncio.sleep((at - platform.clock.now()).total_seconds())
        token = tokens.sign(Purpose.CONFIRM, booking_id, limit + timedelta(days=1), 1)
        return await post(api.url, f"/bookings/{booking_id}/confirm", {"token": token}, {})

    platform.clock.forward(seconds=(limit - platform.clock.now()).total_seconds() - 2)
    moments = [limit + timedelta(seconds=chance.uniform(EARLIER, LATER)) for _ in waiting]
    told = await asyncio.gather(
        *(confirm(booking, at) for (booking, _until), at in zip(waiting, moments, strict=True))
    )

    found = eventually(lambda: finish(lives(platform.databases["booking"])), 60)
    beginning = ["BookingOpened", "ConfirmationRequested"]
    for (booking, _until), answer in zip(waiting, told, strict=True):
        ends = {200: "BookingConfirmed", 410: "HoldExpired"}
        assert answer.status in ends, answer.body
        assert found[booking] == [*beginning, ends[answer.status]], answer.body
    outcomes = Counter(answer.status for answer in told)
    assert outcomes[200] and outcomes[410], f"no race: {outcomes}"
    for one in (api, timers):
        assert one.stop() == 0
        assert not [line for line in one.lines() if line["level"] == "error"]
