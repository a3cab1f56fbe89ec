"""The post room in one hand: a log in memory, a clock that stands still, the office's own files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

from buergerbuero_contracts.documents import ItemChannel
from buergerbuero_contracts.envelope import NIL, Event
from servicekit.handle import Handler, Outcome
from servicekit.log import Actor, Context, Due, Person, Stream
from servicekit.staff import Staff
from services.documents import post_room_commands as ask
from services.documents.commands import Contact
from services.documents.item_cases import ItemCase
from services.documents.post_room import PostRoom, due, item_ids
from services.documents.post_room_config import PostRoomConfig
from services.documents.rules.item import DECIDER
from services.documents.rules.item_state import Item
from tests.rules.booking.memory import MemoryLog
from tests.rules.documents.items import MONDAY, noon

CONFIG = PostRoomConfig.read(Path(__file__).parents[3] / "config/flensburg.toml")
MONDAY_NOON = noon(MONDAY)
EVA = Contact(name="Eva Muster", email="eva@example.org")


@dataclass
class MemoryItemCases:
    """The side table as a dict; a forgotten row is empty and stays so."""

    rows: dict[UUID, ItemCase] = field(default_factory=dict)

    async def keep(self, item_ids: Sequence[UUID], case: ItemCase) -> None:
        for item_id in item_ids:
            self.rows.setdefault(item_id, case)

    async def forget(self, item_id: UUID) -> None:
        if item_id in self.rows:
            self.rows[item_id] = ItemCase()

    async def of(self, item_ids: Sequence[UUID]) -> Mapping[UUID, ItemCase]:
        return {item_id: self.rows[item_id] for item_id in item_ids if item_id in self.rows}

    async def record(self, who: Staff, item_id: UUID, person_id: UUID | None, at: datetime) -> None:
        raise AssertionError("commands show nothing to anybody")


@dataclass
class Office:
    """One office with a post room."""

    log: MemoryLog = field(default_factory=MemoryLog)
    cases: MemoryItemCases = field(default_factory=MemoryItemCases)
    now: datetime = MONDAY_NOON
    commands: int = 0

    def __post_init__(self) -> None:
        handler = Handler(self.log, self.log, {"item": DECIDER})
        self.post_room = PostRoom(handler, CONFIG, self.cases)

    async def ask(self, command: ask.OfPostRoom, name: object = None) -> Outcome:
        """Carry out a command; the same name is the same command."""
        self.commands += 1
        command_id = uuid5(NIL, f"command {self.commands if name is None else name}")
        return await self.post_room.execute(
            command, Context(command_id, self.now, Actor("staff", "post_room_1"), command_id)
        )

    async def receives(self, service: str = "move_within_city", name: object = None, **more: object) -> UUID:
        """One letter."""
        letter = {"channel": ItemChannel.LETTER, "received_on": MONDAY, **more}
        outcome = await self.ask(ask.ReceiveItems(service=service, **letter), name)  # type: ignore[arg-type]
        return item_ids(outcome)[0]

    async def fires(self) -> list[Event]:
        """Fire every timer that is due, the earliest first; their events."""
        before = len(self.log.events)
        ready = sorted(
            (at, kind, subject) for (kind, subject), at in self.log.armed.items() if at <= self.now
        )
        for at, kind, subject in ready:
            timer = Due(kind, subject, at)
            command = due(timer)
            assert command is not None
            await self.post_room.execute(command, timer.context(self.now), timer)
        return [one.event for one in self.log.events[before:]]

    async def days_pass(self, until: date) -> list[Event]:
        """Noon after noon, with timers firing, up to a day; what happened."""
        happened: list[Event] = []
        while self.now < noon(until):
            self.now += timedelta(days=1)
            self.now = noon((self.now + timedelta(hours=3)).date())
            happened += await self.fires()
        return happened

    def item(self, item_id: UUID) -> Item:
        """As it is now."""
        stream = Stream("item", item_id)
        return DECIDER.fold(one.event for one in self.log.streams.get(stream, ()))

    def person(self) -> Person:
        """The one person there is."""
        (person,) = self.log.people.values()
        return person
