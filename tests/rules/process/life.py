"""One life of some documents: both services, one clock, two topics, and whoever acts.

Everything that happens goes through here: commands of people, deliveries, timers, and what processes do
at their worst. Events of one service reach the other by ``deliver`` alone. ``watch`` sees each append.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid5

from buergerbuero_contracts.booking import BookingKind, BookingOpened
from buergerbuero_contracts.documents import DocumentReady, DocumentStored, InvitationEnded, PickupInvited
from buergerbuero_contracts.envelope import NIL, Event
from buergerbuero_contracts.parse import Received
from servicekit.decider import Refused
from servicekit.handle import Outcome
from servicekit.log import Actor, Context, Due, Recorded
from servicekit.react import Reaction
from services.booking.reactions import DOCUMENTS
from services.documents import followed_commands as told
from services.documents.draft import document_stream
from services.documents.reactions import BOOKING
from services.documents.rules.document_state import Document, Status
from services.documents.rules.holder import Holder
from services.documents.rules.settings import SiteSettings
from tests.rules.documents.world import SITE, now
from tests.rules.process.logs import Killed, Log
from tests.rules.process.seed import Beginning, Piece, beginning
from tests.rules.process.sides import BookingSide, DocumentsSide
from tests.rules.process.topics import Consumer, Fact

Side = BookingSide | DocumentsSide
READ = (PickupInvited, InvitationEnded, DocumentReady, DocumentStored)
"""What booking's read model of invitations reads."""
Asked = tuple[Side, Any, UUID, str]


class Broken(AssertionError):
    """Something that must hold does not."""


class Life:
    """Where both services stand, and how anything reaches them."""

    def __init__(self, cast_: tuple[int, ...], *, locker: bool = False, telling: bool = False) -> None:
        begin = beginning(cast_)
        self.at = begin.at
        self.times = begin.times
        self.begun = len(begin.log.events)
        self.telling, self.lines = telling, list[str]()
        self.booking = BookingSide(log=Log(begin.log.deciders, begin.log), the_site=begin.site)
        self.documents = DocumentsSide(settings_of={SITE: SiteSettings(locker=locker)})
        self.to_documents, self.to_booking = Consumer(BOOKING.name), Consumer(DOCUMENTS.name)
        self.to_called = Consumer("booking.invitations.v1")
        self.pieces: list[Piece] = list(begin.pieces)
        self.pickups: list[UUID] = []
        self.scanned: set[str] = set()
        self.not_held: set[UUID] = set()  # pick-ups whose word came while others held the documents
        self.asked: list[Asked] = []
        self.doing: Any = None
        self.depth = self.count = 0
        self.refused: Counter[str] = Counter()
        self.watch: Callable[[Side, Sequence[Recorded]], None] = lambda _side, _new: None
        self.booking.log.stored = lambda new: self._stored(self.booking, new)
        self.documents.log.stored = lambda new: self._stored(self.documents, new)
        for fact in _told_before(begin):
            self.to_documents.publish(fact)
        self._set_clocks()

    def holder(self, document_id: UUID) -> Holder:
        """How old the holder of a document really is: what the clerk reads from it."""
        case = self.documents.cases.rows.get(document_id)
        number = case.number if case else None
        return next((one.holder for one in self.pieces if one.number == number), Holder.ADULT)

    @property
    def events(self) -> Iterator[Recorded]:
        """All that was stored since the beginning, of both services."""
        yield from self.booking.log.events[self.begun :]
        yield from self.documents.log.events

    # --- time

    def go(self, moment: datetime) -> None:
        """Let it be that moment, if it is not later already."""
        self.at = max(self.at, moment)
        self._set_clocks()
        self.tell(lambda: f"it is {self.at:%a %d %b %H:%M}")

    def passes(self, **span: float) -> None:
        """Time goes by."""
        self.go(self.at + timedelta(**span))

    def _set_clocks(self) -> None:
        self.booking.now = self.documents.at = self.at

    # --- commands

    def ask(self, side: Side, command: Any, by: str = "clerk") -> Outcome:
        """A person asks. Raises ``Refused``."""
        self.count += 1
        command_id = UUID(int=self.count)
        self.asked = [*self.asked[-9:], (side, command, command_id, by)]
        return self._of_person(side, command, command_id, by)

    def repeat(self, asked: Asked) -> Outcome:
        """The same call again, with its id: the answer was lost, or a button pressed twice."""
        return self._of_person(*asked)

    def _of_person(self, side: Side, command: Any, command_id: UUID, by: str) -> Outcome:
        self.tell(lambda: f"{by}: {_say(command)}")
        actor = Actor("citizen" if by == "citizen" else "staff", by)
        return self._carry_out(side, command, Context(command_id, self.at, actor, command_id))

    def _carry_out(self, side: Side, command: Any, context: Context) -> Outcome:
        before, self.doing = self.doing, command
        try:
            return now(side.processes[self.depth].execute(command, context))
        finally:
            self.doing = before

    # --- the topics

    def _stored(self, side: Side, new: Sequence[Recorded]) -> None:
        if side is self.booking:
            for one in new:
                _publish(self.to_documents, BOOKING, one)
                if isinstance(one.event, BookingOpened) and one.event.kind is BookingKind.PICKUP:
                    self.pickups.append(one.event.booking_id)
        else:
            for one in new:
                _publish(self.to_booking, DOCUMENTS, one)
                if isinstance(one.event, READ):
                    self.to_called.publish(Fact(one))
        if self.telling:
            for one in new:
                self.tell(lambda one=one: f"    → {_say(one.event)}")  # type: ignore[misc]
        self.watch(side, new)

    def deliver(self, consumer: Consumer, key: str) -> None:
        """The next event of a key reaches its consumer. What the rules refuse is done, as in production."""
        place = consumer.read.get(key, 0)
        fact = consumer.head(key)
        self.tell(lambda: f"{consumer.name} hears {_say(fact.event.event)}")
        if consumer is self.to_called:
            self.booking.called.apply(fact.event.event)
        side: Side = self.documents if consumer is self.to_documents else self.booking
        for number, command in enumerate(fact.commands):
            command_id = uuid5(fact.event.event_id, f"{consumer.name}:{number}")
            at = max(self.at, fact.event.meta.at)
            context = Context(command_id, at, Actor("reaction", consumer.name), command_id)
            try:
                self._carry_out(side, command, context)
            except Refused as refused:
                self._is_refused(refused)
            if isinstance(command, told.NotePickupBooked | told.NotePickupUndone):
                self._look_who_holds(command)
        if consumer.read.get(key, 0) == place:  # else another process has been here
            consumer.done(key)

    def _look_who_holds(self, command: told.NotePickupBooked | told.NotePickupUndone) -> None:
        """Another booking may still hold what this one names, as its end is not told yet, or a locker."""
        for document_id in command.document_ids:
            document: Document = self.documents.log.state(document_stream(document_id))
            other = document.status is Status.BOOKED and document.booking_id != command.booking_id
            if other or document.status is Status.IN_LOCKER:
                self.not_held.add(command.booking_id)

    # --- timers

    def due(self, side: Side) -> list[Due]:
        """The timers whose moment has come, the earliest first."""
        armed = side.log.armed.items()
        ready = sorted((at, kind, subject) for (kind, subject), at in armed if at <= self.at)
        return [Due(kind, subject, at) for at, kind, subject in ready]

    def fire(self, side: Side, timer: Due) -> None:
        """One timer. Raises ``Broken`` if it would fire for ever."""
        self.tell(lambda: f"timer {timer.kind} of {_name(timer.subject)}")
        key = (timer.kind, timer.subject)
        try:
            now(side.processes[self.depth].fire(timer, self.at))
        except Refused as refused:
            self._is_refused(refused)
            if side.log.armed.get(key) == timer.due_at:
                del side.log.armed[key]
        if side.log.armed.get(key) == timer.due_at:
            raise Broken(f"the timer {timer.kind} fires for ever")

    # --- processes at their worst

    @contextmanager
    def interrupted(self, side: Side, act: Callable[[], object]) -> Iterator[None]:
        """Another process does ``act`` while this one has decided and not yet stored."""
        if self.depth:
            yield
            return

        def elsewhere() -> None:
            doing, self.depth = self.doing, 1
            self.tell(lambda: "  meanwhile in another process:")
            try:
                act()
            except Refused as refused:
                self._is_refused(refused)
            finally:
                self.doing, self.depth = doing, 0
                self.tell(lambda: "  and now:")

        side.log.meanwhile = elsewhere
        try:
            yield
        finally:
            side.log.meanwhile = None

    @contextmanager
    def dying(self, side: Side, append: int, *, before: bool) -> Iterator[None]:
        """The process dies at one of its appends; another one takes over later."""
        side.log.dies_at = (append, before)
        try:
            yield
        except Killed:
            self.doing = None
            self.tell(lambda: "    the process is killed")
        finally:
            side.log.dies_at = None

    # --- the story

    def tell(self, text: Callable[[], str]) -> None:
        """One line, if somebody listens."""
        if self.telling:
            self.lines.append("  " * self.depth + text())

    def _is_refused(self, refused: Refused) -> None:
        self.refused[refused.code] += 1
        self.tell(lambda: f"    refused: {refused.code}")


def _publish(consumer: Consumer, reaction: Reaction, one: Recorded) -> None:
    """What the reaction ignores need not travel."""
    received = SimpleNamespace(
        event=one.event, time=one.meta.at, event_id=one.event_id, epoch=1, position=one.position
    )
    if commands := reaction.react(cast(Received, received)):
        consumer.publish(Fact(one, commands))


@cache
def _told_before(begin: Beginning) -> tuple[Fact, ...]:
    consumer = Consumer("-")
    for one in begin.log.events:
        _publish(consumer, BOOKING, one)
    return tuple(fact for facts in consumer.keys.values() for fact in facts)


def _name(one: UUID) -> str:
    return one.hex[:4]


def _say(thing: Any) -> str:
    """A command or an event in a line, ids shortened."""
    fields = (
        dict(thing)
        if isinstance(thing, Event)
        else {name: getattr(thing, name) for name in thing.__dataclass_fields__}
    )
    told = [f"{name}={_value(value)}" for name, value in fields.items() if value not in (None, (), False)]
    return f"{type(thing).__name__}({', '.join(told)})"


def _value(value: Any) -> str:
    if isinstance(value, UUID):
        return _name(value) if value != NIL else "-"
    if isinstance(value, datetime):
        return f"{value:%d.%m.%H:%M}"
    if isinstance(value, tuple):
        return "+".join(map(_value, value))
    return str(value)
