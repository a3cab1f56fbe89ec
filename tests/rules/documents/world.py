"""Documents in one hand, without a database, a broker or an event loop: rules, handlers, reactions, timers.

Fast and exact: the same ``Handlers`` as in production run over a log in memory; since nothing ever waits,
a coroutine is driven to its end by one step. ``hear`` takes an event of booking as the reaction's consumer
would, with ids derived from the event, so a repeat is recognised; ``public`` is what the topic would carry.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
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
    Answer,
    Arm,
    Context,
    Decision,
    Due,
    Meta,
    Person,
    Recorded,
    Request,
    Status,
    Stream,
    Undecided,
)
from services.documents.commands import Command
from services.documents.deciders import DECIDERS
from services.documents.draft import document_stream, invitation_stream
from services.documents.handlers import Handlers
from services.documents.post_room_config import PostRoomConfig
from services.documents.publish import PUBLISH
from services.documents.reactions import BOOKING
from services.documents.rules.document_commands import DocumentCase
from services.documents.rules.document_state import Document
from services.documents.rules.invitation import Invitation
from services.documents.rules.settings import SiteSettings
from services.documents.timers import timers
from tests.rules.documents.post_room_office import CONFIG, MemoryItemCases

SITE = "flensburg"
MONDAY_AT_NINE = datetime.fromisoformat("2026-11-23T08:00Z")
LONG_AGO = datetime.fromisoformat("1970-01-01T00:00Z")
T = TypeVar("T")


def now(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return cast(T, done.value)
    raise AssertionError("something waited in a world without input and output")


@dataclass
class Log:
    """Store and committer in one. ``meanwhile`` runs once, between the decision and its append."""

    events: list[Recorded] = field(default_factory=list)
    streams: dict[Stream, list[Recorded]] = field(default_factory=dict)
    ids: set[UUID] = field(default_factory=set)
    uses: dict[tuple[str, str, UUID], datetime] = field(default_factory=dict)
    armed: dict[tuple[str, UUID], datetime] = field(default_factory=dict)
    people: dict[UUID, Person] = field(default_factory=dict)
    meanwhile: Callable[[], object] | None = None

    async def load(self, streams: Iterable[Stream]) -> dict[Stream, list[Recorded]]:
        """All events of each stream."""
        return {stream: list(self.streams.get(stream, ())) for stream in streams}

    async def person(self, person_id: UUID) -> Person | None:
        """The present row."""
        return self.people.get(person_id)

    async def __call__(self, work: Request | Undecided) -> tuple[Answer, Decision]:
        """Judge and store one request."""
        assert isinstance(work, Request)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        decision = work.decision
        ids = [uuid5(work.context.command_id, str(n)) for n in range(len(decision.events))]
        if ids and ids[0] in self.ids:
            return Answer(Status.REPEATED), decision
        if any(len(self.streams.get(one, ())) != version for one, version in work.expected.items()):
            return Answer(Status.CONFLICT), decision
        for guard in decision.effects.guards:
            others = sum(
                (kind, key) == (guard.kind, guard.key)
                and subject != guard.subject
                and until > work.context.at
                for (kind, key, subject), until in self.uses.items()
            )
            if others >= guard.maximum:
                return Answer(Status.LIMITED, guard=guard), decision
        self._store(work.context, decision, ids)
        return Answer(Status.APPENDED, len(self.events)), decision

    def users(self, kind: str, start: str, at: datetime, *, exactly: bool = False) -> set[UUID]:
        """Who uses something with this key, or one that starts so."""
        live = ((key, who) for (one, key, who), until in self.uses.items() if one == kind and until > at)
        return {who for key, who in live if key == start or (not exactly and key.startswith(start))}

    def _store(self, context: Context, decision: Decision, ids: Sequence[UUID]) -> None:
        actor = {"kind": context.actor.kind, "id": context.actor.id}
        meta = Meta(context.at, context.command_id, context.correlation_id, actor)
        for event_id, (stream, event) in zip(ids, decision.events, strict=True):
            before = self.streams.setdefault(stream, [])
            one = Recorded(len(self.events) + 1, stream, len(before) + 1, event_id, event, meta)
            self.events.append(one)
            before.append(one)
            self.ids.add(event_id)
        for use in decision.effects.uses:
            self.uses[use.kind, use.key, use.subject] = use.until or LONG_AGO
        for timer in decision.effects.timers:
            if isinstance(timer, Arm):
                self.armed[timer.kind, timer.subject] = timer.due_at
            elif timer.due_at in (None, self.armed.get((timer.kind, timer.subject))):
                self.armed.pop((timer.kind, timer.subject), None)
        for person in decision.effects.people:
            held = self.people.get(person.person_id)
            if held is None or held.revision < person.revision:
                self.people[person.person_id] = person


@dataclass
class Cases:
    """The side table as a dict."""

    rows: dict[UUID, DocumentCase] = field(default_factory=dict)

    async def of(self, document_id: UUID) -> DocumentCase | None:
        """The row of a document."""
        return self.rows.get(document_id)

    async def by_number(self, number: str) -> UUID | None:
        """The document with this number."""
        return next((one.document_id for one in self.rows.values() if one.number == number), None)

    async def by_numbers(self, numbers: Sequence[str]) -> dict[str, UUID]:
        """Those that are known."""
        return {one.number: key for key, one in self.rows.items() if one.number in numbers and one.number}

    async def enter(self, case: DocumentCase) -> bool:
        """As the table does it."""
        held = self.rows.get(case.document_id, DocumentCase(case.document_id))
        owner = await self.by_number(case.number) if case.number else None
        if owner not in (None, case.document_id) or (held.number and case.number not in (None, held.number)):
            return False
        self.rows[case.document_id] = DocumentCase(
            case.document_id,
            held.number or case.number,
            case.born_on or held.born_on,
            case.holder or held.holder,
        )
        return True

    async def erase(self, document_id: UUID) -> None:
        """Forget it."""
        self.rows.pop(document_id, None)


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
    post_room: PostRoomConfig = CONFIG
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
        received = cast(Received, SimpleNamespace(event=event))
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
