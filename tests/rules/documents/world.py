"""Documents in one hand, without a database, a broker or an event loop: rules, handlers, reactions, timers.

Fast and exact: the same ``Handlers`` as in production run over a log in memory; since nothing ever waits,
a coroutine is driven to its end by one step. ``hear`` takes an event of booking as the reaction's consumer
would, with ids derived from the event, so a repeat is recognised; ``public`` is what the topic would carry.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar, cast
from uuid import UUID, uuid5

from buergerbuero_contracts.documents.custody import CustodyEvent
from buergerbuero_contracts.envelope import NIL, Event
from buergerbuero_contracts.parse import Received
from servicekit.decider import Refused
from servicekit.handle import Handler
from servicekit.log import (
    Actor,
    Context,
    Due,
    Recorded,
    Stream,
)
from services.documents.commands import Command
from services.documents.deciders import DECIDERS
from services.documents.draft import document_stream, invitation_stream
from services.documents.handlers import Handlers
from services.documents.post_room_config import PostRoomConfig
from services.documents.publish import PUBLISH
from services.documents.reactions import BOOKING
from services.documents.rules.document_state import Document
from services.documents.rules.invitation import Invitation
from services.documents.rules.settings import SiteSettings
from services.documents.timers import timers
from tests.rules.documents.memory import Cases, Log
from tests.rules.documents.post_room_office import CONFIG, MemoryItemCases

SITE = "flensburg"
MONDAY_AT_NINE = datetime.fromisoformat("2026-11-23T08:00Z")
T = TypeVar("T")


def now(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return cast(T, done.value)
    raise AssertionError("something waited in a world without input and output")


@dataclass
class World:
    """Documents' whole write side, at a moment that moves by hand."""

    at: datetime = MONDAY_AT_NINE
    settings_of: dict[str, SiteSettings] = field(default_factory=lambda: {SITE: SiteSettings()})
    log: Log = field(default_factory=Log)
    cases: Cases = field(default_factory=Cases)
    spoken: dict[UUID, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    count: int = 0
    epoch: int = 1
    post_room: PostRoomConfig = CONFIG
    positions: dict[Event | UUID, int] = field(default_factory=dict)
    item_cases: MemoryItemCases = field(default_factory=MemoryItemCases)

    def __post_init__(self) -> None:
        """Wire the handlers to the log."""
        self.handlers = self._process()

    def _process(self) -> Handlers:
        return Handlers(Handler(self.log, self.log, DECIDERS, timers=timers), self)

    # --- what drives it

    def ask(self, command: Command, name: object = None, by: str = "clerk") -> list[Event]:
        """Carry out a command of staff; its events. Raises ``Refused``. The same name is the same command."""
        self.count += 1
        command_id = uuid5(NIL, f"command {self.count if name is None else name}")
        context = Context(command_id, self.at, Actor("staff", by), command_id)
        outcome = now(self.handlers.execute(command, context))
        return [event for _stream, event in outcome.events]

    def meanwhile(self, command: Command, by: str = "faster clerk") -> None:
        """Another process carries this out between the next decision and its append."""

        def elsewhere() -> None:
            mine, self.handlers = self.handlers, self._process()
            try:
                self.ask(command, by=by)
            finally:
                self.handlers = mine

        self.log.meanwhile = elsewhere

    def hear(self, event: Event, event_id: UUID | None = None) -> list[Event]:
        """React to an event of booking; what followed. What the rules refuse is counted, as in production."""
        self.count += 1
        source = event_id or uuid5(NIL, f"heard {self.count}")
        followed: list[Event] = []
        position = self.positions.setdefault(event_id or event, self.count)
        received = cast(Received, SimpleNamespace(event=event, epoch=self.epoch, position=position))
        for number, command in enumerate(BOOKING.react(received)):
            command_id = uuid5(source, f"{BOOKING.name}:{number}")
            context = Context(command_id, self.at, Actor("reaction", BOOKING.name), command_id)
            try:
                outcome = now(self.handlers.execute(command, context))
            except Refused as refused:
                self.refused.append(refused.code)
            else:
                followed += [one for _stream, one in outcome.events if not outcome.replayed]
        return followed

    def fire_due(self) -> list[Event]:
        """Fire every timer that is due, the earliest first, also those that this arms; their events."""
        fired: list[Event] = []
        while ready := sorted((at, *key) for key, at in self.log.armed.items() if at <= self.at):
            due_at, kind, subject = ready[0]
            try:
                outcome = now(self.handlers.fire(Due(kind, subject, due_at), self.at))
                fired += [event for _stream, event in outcome.events]
            except Refused as refused:
                self.refused.append(refused.code)
                self.log.armed.pop((kind, subject), None)
        return fired

    def passes(self, **time: float) -> list[Event]:
        """Time goes by, and then what is due fires."""
        self.at += timedelta(**time)
        return self.fire_due()

    def until(self, moment: str) -> list[Event]:
        """The clock is moved forward to a moment, and then what is due fires."""
        self.at = datetime.fromisoformat(moment)
        return self.fire_due()

    # --- what it looks like

    def document(self, document_id: UUID) -> Document:
        """A document as it is now."""
        return cast(Document, self._state(document_stream(document_id)))

    def invitation(self, invitation_id: UUID | None) -> Invitation:
        """An invitation as it is now."""
        assert invitation_id is not None
        return cast(Invitation, self._state(invitation_stream(invitation_id)))

    def _state(self, stream: Stream) -> Any:
        return DECIDERS[stream.category].fold(one.event for one in self.log.streams.get(stream, ()))

    def custody(self, document_id: UUID) -> list[CustodyEvent]:
        """The chain of custody of a document."""
        events = (one.event for one in self.log.streams.get(document_stream(document_id), ()))
        return [event for event in events if isinstance(event, CustodyEvent)]

    def public(self) -> list[Recorded]:
        """What the topic carries, in the order of the log."""
        return [one for one in self.log.events if type(one.event).__name__ in PUBLISH]

    def timer(self, kind: str, subject: UUID | None) -> datetime | None:
        """When a timer is due; None if it is not armed."""
        assert subject is not None
        return self.log.armed.get((kind, subject))

    def timer_kinds(self, subject: UUID) -> set[str]:
        """Which timers are armed for a subject."""
        return {kind for kind, one in self.log.armed if one == subject}

    # --- the surroundings

    def settings(self, site: str) -> SiteSettings:
        """The settings of a site."""
        return self.settings_of[site]

    def set(self, **changed: Any) -> None:
        """Other settings from now on."""
        self.settings_of[SITE] = self.settings_of[SITE].model_copy(update=changed)

    async def language(self, person_id: UUID) -> str:
        """The language in a copy."""
        return self.spoken.get(person_id, "de")

    async def in_safe(self, site: str) -> Sequence[UUID]:
        """Who has a bin."""
        uses = self.log.uses.items()
        return [
            one
            for (kind, key, one), until in uses
            if kind == "bin" and key.startswith(f"{site}:") and until > self.at
        ]
