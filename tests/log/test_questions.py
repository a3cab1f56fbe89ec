"""What booking asks its own log: its head, and what became of recent holds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import pytest

from buergerbuero_contracts.booking import (
    BookingConfirmed,
    BookingKind,
    BookingOpened,
    Channel,
    ConfirmationRequested,
)
from buergerbuero_contracts.envelope import Event, Item
from servicekit.decider import Refused
from servicekit.log import Actor, Context, Decision, Request, Stream
from servicekit.timers import TimerRunner
from servicekit.tokens import Tokens, new_key
from servicekit.web.door_code import DoorCodes
from services.booking.copies import Copies
from services.booking.expiry import Expiry
from services.booking.floor_reads import FloorReads
from services.booking.present import Around, Present, SitesInMemory
from services.booking.projections.invitations import Invitations
from services.booking.projections.wishes import Wishes
from services.booking.questions import Questions
from services.booking.rules.protection import Holds
from tests.conftest import Databases
from tests.log.desk import Desk, open_desk

NINE = datetime(2026, 12, 1, 8, tzinfo=UTC)
ITEMS = (Item(service="id_card_apply"),)


@pytest.fixture
async def desk(fresh_database: Databases) -> AsyncIterator[Desk]:
    async with open_desk(fresh_database("booking").app_url) as desk:
        yield desk


async def store(desk: Desk, minute: int, booking: UUID, version: int, event: Event) -> None:
    """Append one event as a command of that minute after nine would."""
    at, command, stream = NINE + timedelta(minutes=minute), uuid4(), Stream("booking", booking)
    request = Request(
        Context(command, at, Actor("citizen"), command), {stream: version}, Decision(((stream, event),))
    )
    await desk.committer(request)


async def hold(
    desk: Desk, minute: int, confirmed: int | None = None, channel: Channel = Channel.ONLINE, **fields: Any
) -> None:
    """A hold, its contact at once, and its confirmation some minutes later."""
    booking, starts_at = uuid4(), NINE + timedelta(days=1)
    opened = {
        "booking_id": booking,
        "kind": BookingKind.APPOINTMENT,
        "channel": channel,
        "site": "flensburg",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=15),
        "items": ITEMS,
        "persons": 1,
        "language": "de",
    }
    await store(desk, minute, booking, 0, BookingOpened.model_validate(opened | fields))
    person: dict[str, Any] = {"person_id": uuid4(), "person_revision": 1}
    asked = {name: opened[name] for name in ("booking_id", "kind", "starts_at", "language")} | person
    asked |= {"attempt": 1, "confirm_until": starts_at}
    await store(desk, minute, booking, 1, ConfirmationRequested.model_validate(asked))
    if confirmed is not None:
        stands = opened | fields | person | {"method": "link", "companions": 1, "sequence": 0}
        await store(desk, confirmed, booking, 2, BookingConfirmed.model_validate(stands))


async def test_holds_of_a_time_span_are_counted_with_those_that_were_confirmed(desk: Desk) -> None:
    """A contact alone proves nothing: it may be invented."""
    asked = Questions(desk.pool)
    assert await asked.holds("flensburg", NINE, NINE + timedelta(minutes=30)) == Holds(0, 0)
    await hold(desk, 0, 5)
    await hold(desk, 10, 15)
    await hold(desk, 20)
    await hold(desk, 20, channel=Channel.PHONE)
    await hold(desk, 20, site="moers")
    await hold(desk, 30, 35)
    await hold(desk, 40)
    assert await asked.holds("flensburg", NINE, NINE + timedelta(minutes=30)) == Holds(3, 2)
    assert await asked.holds("flensburg", NINE - timedelta(days=1), NINE) == Holds(1, 1)
    assert await asked.holds("flensburg", NINE + timedelta(minutes=30), NINE + timedelta(days=1)) == Holds(
        1, 0
    )
    assert await asked.holds("flensburg", NINE + timedelta(hours=1), NINE + timedelta(days=1)) == Holds(0, 0)


def present(desk: Desk, folder: Path) -> Present:
    """Booking's present on the desk's log, as far as reading one's writes needs it."""
    ring = folder / "link-keys"
    ring.write_text(new_key(1))

    async def unused(*_: object) -> Any:
        raise AssertionError("nothing is claimed here")

    expiry = Expiry(desk.pool, unused, TimerRunner(unused, desk.clock, unused))
    around = Around(
        desk.clock,
        desk.committer,
        SitesInMemory(),
        b"key",
        expiry,
        Questions(desk.pool),
        Invitations(desk.pool),
        Wishes(desk.pool),
    )
    return Present(
        clock=desk.clock,
        around=around,
        handler=desk.handler,
        tokens=Tokens(ring),
        door_codes=DoorCodes(None),
        sites={},
        texts={},
        domain="example.org",
        public_url="https://example.org",
        copies=Copies(desk.pool),
        floor=FloorReads(desk.pool, desk.handler.store, around),
    )


async def test_a_reader_waits_for_what_was_written_and_not_for_what_was_not(
    desk: Desk, tmp_path: Path
) -> None:
    office = present(desk, tmp_path)
    position = (await desk.take()).position
    await office.caught_up(position)
    assert office.position() >= position
    begin = monotonic()
    for _ in range(3):
        with pytest.raises(Refused, match="invalid-input") as refused:
            await office.caught_up(position + 1)
        assert refused.value.details["errors"] == {"min_log_position": "range"}
    assert monotonic() - begin < 3 * 1.0
