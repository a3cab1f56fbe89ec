"""The post room's commands, carried out: what is decided together, the person's row, timers, the side table.

Promises: items that come in together are stored together or not at all; an item that waits has exactly
one armed timer ``papers-due`` at its present deadline, any other none; whatever tells of people ends 30
days after the item, unless it is open again. Shown by ``tests/rules/documents/test_post_room.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, assert_never
from uuid import UUID

from buergerbuero_contracts.documents import ItemAnswered
from servicekit.decider import Refused
from servicekit.handle import Handler, Outcome
from servicekit.log import (
    Arm,
    Busy,
    Context,
    Decision,
    Disarm,
    Due,
    Effects,
    Person,
    Recorded,
    States,
    Stream,
)

from . import post_room_commands as ask
from .item_cases import ItemCase, ItemCases
from .post_room_config import PostRoomConfig
from .rules import item_commands as c
from .rules import item_retention as retention
from .rules.calendar import local_date
from .rules.item import DECIDER
from .rules.item_age import overdue_at
from .rules.item_state import OPEN, Item, Status

PAPERS_DUE = "papers-due"
FORGET_ITEM = "forget-item"
TRIES = 5
OLDEST = timedelta(days=366)
"""A stamp of arrival further back is a slip of the keyboard."""


class Outdated(Exception):
    """A stream changed between loading what surrounds it and deciding: load again. No caller sees it."""


@dataclass(frozen=True, slots=True)
class PostRoom:
    """The post room's commands, carried out."""

    handler: Handler
    config: PostRoomConfig
    cases: ItemCases

    async def execute(self, command: ask.OfPostRoom, context: Context, fired: Due | None = None) -> Outcome:
        """Carry out one command. Raises ``Refused`` or ``Busy``. ``fired`` is the timer that asks."""
        match command:
            case ask.ReceiveItems():
                return await self._receive(command, context)
            case ask.ForgetItem():
                return await self._forget(command, context, fired)
            case _:
                return await self._of_item(command, context, fired)

    async def _receive(self, command: ask.ReceiveItems, context: Context) -> Outcome:
        streams = items_of(command, context)

        def decide(states: States) -> Decision:
            return receive(command, context, self.config, streams, states)

        if not any((await self.handler.store.load(streams)).values()):  # else a repeat, whatever holds by now
            decide({stream: Item() for stream in streams})  # nothing is kept of what will be refused
            case = ItemCase(command.sender, command.note, command.file_number)
            if case != ItemCase():
                await self.cases.keep([stream.id for stream in streams], case)
        return await self.handler.run(context, streams, decide)

    async def _of_item(self, command: ask.OfItem, context: Context, fired: Due | None) -> Outcome:
        stream = Stream("item", command.item_id)
        for _ in range(TRIES):
            history = (await self.handler.store.load([stream]))[stream]
            known = DECIDER.fold(one.event for one in history)
            person = await self.handler.store.person(known.person_id) if known.person_id else None
            around = Around(context, self.config, known, person, answered_on(history))

            def decide(states: States, around: Around = around) -> Decision:
                return of_item(command, around, states[stream])

            try:
                return await self.handler.run(context, (stream,), decide, fired=fired)
            except Outdated:
                continue
        raise Busy

    async def _forget(self, command: ask.ForgetItem, context: Context, fired: Due | None) -> Outcome:
        stream = Stream("item", command.item_id)
        history = (await self.handler.store.load([stream]))[stream]
        if DECIDER.fold(one.event for one in history).status not in OPEN:
            await self.cases.forget(command.item_id)
        return await self.handler.run(context, (stream,), lambda _states: Decision(()), fired=fired)


@dataclass(frozen=True, slots=True)
class Around:
    """What a decision on an item knows besides its state. ``known`` is the item when this was gathered."""

    context: Context
    config: PostRoomConfig
    known: Item
    person: Person | None = None
    answered_on: date | None = None

    @property
    def alive(self) -> Person | None:
        """The person, unless erased."""
        return None if self.person is None or self.person.erased else self.person


def items_of(command: ask.ReceiveItems, context: Context) -> tuple[Stream, ...]:
    """The streams of new items; a repeat of the command meets them again. Refuses ``invalid-input``."""
    if not 1 <= command.count <= ask.MOST_ALIKE:
        raise Refused("invalid-input", errors={"count": "range"})
    return tuple(Stream("item", context.new_id(f"item:{nr}")) for nr in range(command.count))


def answered_on(history: Iterable[Recorded]) -> date | None:
    """The local date of the last answer."""
    answers = [local_date(one.meta.at) for one in history if isinstance(one.event, ItemAnswered)]
    return answers[-1] if answers else None


def receive(
    command: ask.ReceiveItems,
    context: Context,
    config: PostRoomConfig,
    streams: Sequence[Stream],
    states: States,
) -> Decision:
    """One ItemReceived each, in one append."""
    config.matter(command.service)
    if command.received_on < local_date(context.at) - OLDEST:
        raise Refused("invalid-input", errors={"received_on": "range"})
    received = [
        (stream, event)
        for stream in streams
        for event in DECIDER.decide(
            c.ReceiveItem(
                item_id=stream.id,
                service=command.service,
                channel=command.channel,
                received_on=command.received_on,
                at=context.at,
            ),
            states[stream],
        )
    ]
    return Decision(tuple(received))


def of_item(command: ask.OfItem, around: Around, state: Item) -> Decision:
    """The events of one command, the person's row and the timers that follow from where the item is then."""
    if state != around.known:
        raise Outdated
    if state.status is Status.NONE:
        raise Refused("not-found")
    asked = _asked(command, around) if isinstance(command, ask.RequestPapers) else None
    events = DECIDER.decide(_rule(command, around, state, asked), state)
    if not events:
        return Decision(())
    after, stream = DECIDER.fold(events, state), Stream("item", command.item_id)
    people = (asked,) if asked else _kept(command, around)
    effects = Effects(timers=_timers(after, around.context), people=people)
    return Decision(tuple((stream, event) for event in events), effects)


def _rule(command: ask.OfItem, around: Around, state: Item, asked: Person | None) -> c.Command:
    """The rule's command: with time, and with what the office allows."""
    at = around.context.at
    match command:
        case ask.AssignItem():
            around.config.check_team(command.team)
            return c.AssignItem(team=command.team)
        case ask.ForwardItem():
            around.config.check_office(command.office)
            return c.ForwardItem(office=command.office)
        case ask.AnswerItem():
            return c.AnswerItem(outcome=command.outcome, reply_channel=command.reply_channel)
        case ask.ReopenItem():
            return c.ReopenItem(answered_on=around.answered_on, at=at)
        case ask.RequestPapers():
            return c.RequestPapers(
                papers=command.papers,
                allowed=around.config.matter(state.service).papers,
                person_id=asked.person_id if asked else None,
                person_revision=asked.revision if asked else None,
                language=asked.language if asked else state.language,
                at=at,
            )
        case ask.RecordPapers():
            return c.RecordPapers(papers=command.papers)
        case ask.NotePapersOverdue():
            return c.NotePapersOverdue(at=at)
        case _:
            assert_never(command)


def _asked(command: ask.RequestPapers, around: Around) -> Person | None:
    """The row of the person who is asked: a new one, or the one that was asked before, one revision up."""
    given, keep_until = command.contact, retention.of_open(around.context.at)
    known = around.alive
    if given is None:
        return replace(known, revision=known.revision + 1, keep_until=keep_until) if known else None
    return Person(
        person_id=known.person_id if known else around.context.new_id("person"),
        revision=known.revision + 1 if known else 1,
        keep_until=keep_until,
        name=given.name,
        email=given.email,
        phone=given.phone,
        language=given.language,
    )


def _kept(command: ask.OfItem, around: Around) -> tuple[Person, ...]:
    """The row of the person with another end, where the item ends or is open again."""
    known = around.alive
    if known is None:
        return ()
    match command:
        case ask.AnswerItem() | ask.ForwardItem():
            until = retention.of_ended(around.context.at)
        case ask.ReopenItem():
            until = retention.of_open(around.context.at)
        case _:
            return ()
    return (replace(known, revision=known.revision + 1, keep_until=until),)


def _timers(after: Item, context: Context) -> tuple[Arm | Disarm, ...]:
    """The timers of an item as it is now."""
    waits, ended = after.due_on, after.status not in OPEN
    return (
        Arm(PAPERS_DUE, after.item_id, overdue_at(waits)) if waits else Disarm(PAPERS_DUE, after.item_id),
        Arm(FORGET_ITEM, after.item_id, retention.of_ended(context.at))
        if ended
        else Disarm(FORGET_ITEM, after.item_id),
    )


def due(timer: Due) -> ask.OfPostRoom | None:
    """The command that a due timer of the post room asks for; None for another's."""
    commands: dict[str, Any] = {PAPERS_DUE: ask.NotePapersOverdue, FORGET_ITEM: ask.ForgetItem}
    return commands[timer.kind](item_id=timer.subject) if timer.kind in commands else None


def item_ids(outcome: Outcome) -> tuple[UUID, ...]:
    """Which items a command received."""
    return tuple(stream.id for stream, _event in outcome.events)
