"""The event log as the rest of the code sees it: shapes, ids, and what an append carries.

Promises: a request is stored whole or not at all and gets an answer of its own (appended,
conflict, repeated, limited); positions are 1..n without holes, in the order in which they became
visible. ``committer.py`` sends the requests, ``migrations/log`` holds the SQL that judges them.
Shown by ``tests/log/test_append.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha1
from typing import Any, Protocol
from uuid import UUID, uuid5

import msgspec

from buergerbuero_contracts.envelope import Event

NAMESPACE = UUID("6f1d3c1e-5a0b-5c55-9d0e-1b6f0c1f8a10")
"""Root of all derived ids of the platform."""


_KEPT, _FIFTH = 0xFFFFFFFF_FFFF_0FFF_3FFF_FFFFFFFFFFFF, 0x00000000_0000_5000_8000_000000000000


def derived(root: UUID, name: str) -> UUID:
    """``uuid5(root, name)`` in half the time: each command derives four ids."""
    digest = sha1(root.bytes + name.encode(), usedforsecurity=False).digest()
    return UUID(int=int.from_bytes(digest[:16], "big") & _KEPT | _FIFTH)


def event_id(command_id: UUID, index: int) -> UUID:
    """The id of a command's event, the first being 0: a repeat is recognised by it."""
    return derived(command_id, str(index))


class Stream(msgspec.Struct, frozen=True, order=True, cache_hash=True):
    """One thing with a history. ``id`` is the thing's own id, or derived from its name."""

    category: str
    id: UUID

    @classmethod
    def named(cls, category: str, *parts: object) -> Stream:
        """The stream of a keyed thing, such as ``day_plan:flensburg:2026-11-23``."""
        return cls(category, derived(NAMESPACE, ":".join([category, *map(str, parts)])))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asked: ``citizen``, ``staff``, ``timer``, ``reaction``, ``seed``; an opaque id. Never published."""

    kind: str
    id: str = "-"


@dataclass(frozen=True, slots=True)
class Context:
    """What surrounds one command. ``at`` is the only time that rules and figures use, in UTC."""

    command_id: UUID
    at: datetime
    actor: Actor
    correlation_id: UUID
    causation_id: UUID | None = None
    traceparent: str | None = None

    def new_id(self, kind: str) -> UUID:
        """The id of a thing that this command creates; a repeat of the command meets it again."""
        return derived(self.command_id, kind)


class Guard(msgspec.Struct, frozen=True):
    """A limit that spans streams: at most ``maximum`` live uses of (kind, key) by other subjects.

    ``key`` is a keyed hash, never the thing itself. A failed guard refuses the request with ``code``.
    """

    kind: str
    key: str
    maximum: int
    code: str
    subject: UUID


class Use(msgspec.Struct, frozen=True):
    """One live use that guards count while ``until`` is in the future; ``None`` ends it."""

    kind: str
    key: str
    subject: UUID
    until: datetime | None


class Arm(msgspec.Struct, frozen=True):
    """Fire ``kind`` for ``subject`` at ``due_at``; an earlier arming of the pair is replaced."""

    kind: str
    subject: UUID
    due_at: datetime


class Disarm(msgspec.Struct, frozen=True):
    """Forget the timer (kind, subject); with ``due_at`` only if it is still armed for that moment."""

    kind: str
    subject: UUID
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A timer whose moment has come."""

    kind: str
    subject: UUID
    due_at: datetime
    attempts: int = 1

    def context(self, now: datetime) -> Context:
        """Who asks, and when: decides with the later of now and due."""
        command_id = uuid5(NAMESPACE, f"timer:{self.kind}:{self.subject}:{self.due_at.isoformat()}")
        return Context(command_id, max(now, self.due_at), Actor("timer", self.kind), command_id)


@dataclass(frozen=True, slots=True)
class Person:
    """A row of the side table ``person``: all that is known about one person for one reason.

    ``revision`` rises with each change and stands in the events that name the person. ``needs``
    and ``note`` never leave the service that asked for them. An ``erased`` row has no contents.
    """

    person_id: UUID
    revision: int
    keep_until: datetime
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str = "de"
    needs: tuple[str, ...] = ()
    erased: bool = False


class Effects(msgspec.Struct, frozen=True):
    """What goes into the same transaction as the events of an append."""

    guards: tuple[Guard, ...] = ()
    uses: tuple[Use, ...] = ()
    timers: tuple[Arm | Disarm, ...] = ()
    people: tuple[Person, ...] = ()


class Decision(msgspec.Struct, frozen=True):
    """What a command leads to: events in the order of their positions, and their side rows."""

    events: tuple[tuple[Stream, Event], ...]
    effects: Effects = Effects()


class Meta(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the log keeps beside an event. Never published, except as headers where noted."""

    at: datetime
    command_id: UUID
    correlation_id: UUID
    actor: dict[str, str]
    causation_id: UUID | None = None
    traceparent: str | None = None
    key: str | None = None


class Recorded(msgspec.Struct, frozen=True):
    """One stored event, decoded."""

    position: int
    stream: Stream
    version: int
    event_id: UUID
    event: Event
    meta: Meta


class Status(StrEnum):
    """How a request ended."""

    APPENDED = "appended"
    CONFLICT = "conflict"
    REPEATED = "repeated"
    LIMITED = "limited"


class Request(msgspec.Struct, frozen=True):
    """One command's append: expected versions of its streams, events, side rows; texts of events, if made."""

    context: Context
    expected: Mapping[Stream, int]
    decision: Decision
    texts: tuple[str, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """The log's word on one request. ``position``: its last event's; ``guard``: the failed one.

    ``retry_at`` is when that guard may let it pass, as far as it can be told.
    """

    status: Status
    position: int = 0
    guard: Guard | None = None
    retry_at: datetime | None = None


class EventTypes:
    """The types that a service's log may hold: its public ones and its private ones."""

    def __init__(self, types: Iterable[type[Event]]) -> None:
        self._types = {kind.__name__: kind for kind in types}

    def __iter__(self) -> Iterator[type[Event]]:
        return iter(self._types.values())

    def decode(self, name: str, version: int, data: str | bytes) -> Event:
        """The event as today's model, upcast from ``version`` where needed."""
        kind = self._types[name]
        if version != kind.schema_version:
            from buergerbuero_contracts.upcast import upcast

            return kind.model_validate(upcast(name, version, msgspec.json.decode(data)))
        return kind.model_validate_json(data)


class Store(Protocol):
    """The log's reading side as a port: PostgreSQL in production, memory in the simulation."""

    async def load(self, streams: Iterable[Stream]) -> dict[Stream, list[Recorded]]:
        """All events of each stream by version; an unknown stream is empty."""

    async def carried_out(self, command_id: UUID) -> list[Recorded]:
        """All events of a command in their order, whatever their streams; none if it stored nothing."""

    async def person(self, person_id: UUID) -> Person | None:
        """The present row of a person, or None."""


class States(Protocol):
    """The folded states of the streams that a command named."""

    def __getitem__(self, stream: Stream) -> Any:
        """The state of one of them; the initial one for a stream without events."""


Decide = Callable[[States], Decision]
"""A pure function; it raises ``Refused`` and may run more than once."""


class Undecided(msgspec.Struct, frozen=True):
    """A command on streams that are decided inside the round, on certainly current states.

    ``settled`` holds the versions of the streams that were loaded before, ``seen`` the last position in
    them; ``planned`` names those whose states the round supplies.
    """

    context: Context
    settled: Mapping[Stream, int]
    planned: Sequence[Stream]
    decide: Decide
    seen: int = 0

    def refusable(self, cursor: int) -> bool:
        """Whether states as of ``cursor``, which may be a moment old, are good enough to refuse it.

        They are for people, who can ask again, if nothing that was loaded is newer. A timer or a reaction
        takes a refusal for good: that needs the log's lock.
        """
        return self.context.actor.kind in ("citizen", "staff") and cursor >= self.seen


class Submit(Protocol):
    """The committer as a port."""

    async def __call__(self, work: Request | Undecided) -> tuple[Answer, Decision]:
        """Store one command. Raises ``Refused`` from a decision inside the round, ``Busy`` if unsure."""


class Busy(Exception):
    """Nobody can say whether it was stored: the same command again tells. HTTP 503."""
