"""Documents' log and side table in memory: what the real ones would store, one request after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from servicekit.log import (
    Answer,
    Arm,
    Context,
    Decision,
    Meta,
    Person,
    Recorded,
    Request,
    Status,
    Stream,
    Undecided,
)
from services.documents.rules.document_commands import DocumentCase

LONG_AGO = datetime.fromisoformat("1970-01-01T00:00Z")


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

    async def carried_out(self, command_id: UUID) -> list[Recorded]:
        """All events of a command."""
        return [one for one in self.events if one.meta.command_id == command_id]

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

    async def by_numbers(self, numbers: Sequence[str]) -> dict[str, UUID]:
        """Those that are known."""
        return {one.number: key for key, one in self.rows.items() if one.number in numbers and one.number}

    async def enter(self, case: DocumentCase) -> bool:
        """As the table does it."""
        held = self.rows.get(case.document_id, DocumentCase(case.document_id))
        owner = (await self.by_numbers([case.number])).get(case.number) if case.number else None
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
