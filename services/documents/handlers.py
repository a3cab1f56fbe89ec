"""Commands to streams: gathers what surrounds a command, and lets ``servicekit/handle.py`` run its decision.

Promises: API, pages, timers and reactions all come through ``Handlers.execute``; decisions are pure
(``decisions.py``) and may run more than once; what goes into ``document_case`` is written before the append,
so that no event is without it, and erased before the timer that asks for it is forgotten. Two who want the
same document are told apart by its version: the second decides on what the first left.
Shown by ``tests/rules/documents/test_handlers.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from servicekit.decider import Refused
from servicekit.handle import Handler, Outcome
from servicekit.log import Busy, Context, Decision, Due, Person, Recorded, States, Stream

from . import commands as ask
from . import followed_commands as told
from .around import Around
from .deciders import DECIDERS
from .decisions import decide
from .draft import Missing, document_stream, invitation_stream, office_stream
from .orders import joinable_ids, open_order, ordered_ids
from .post_room import PostRoom
from .post_room_commands import OfPostRoom
from .rules.document_commands import DocumentCase
from .rules.document_state import Document, Status
from .rules.ordering import document_id_of, kind_of, readings
from .surroundings import Surroundings, known
from .timers import due

ROUNDS = 12
"""How often a decision may name streams that it needs: document, holder, others, their invitations."""


@dataclass(frozen=True, slots=True)
class Handlers:
    """Documents' commands, carried out."""

    handler: Handler
    around: Surroundings

    async def execute(
        self, command: ask.Command | OfPostRoom, context: Context, *, fired: Due | None = None
    ) -> Outcome:
        """Carry out one command. Raises ``Refused`` or ``Busy``. ``fired`` is the timer that asks."""
        if isinstance(command, OfPostRoom):
            post_room = PostRoom(self.handler, self.around.post_room, self.around.item_cases)
            return await post_room.execute(command, context, fired)
        around = Around(context=context, settings_of=self.around.settings)
        match command:
            case told.EraseCase():
                return await self._erase(command, context, fired)
            case ask.OrderDocument():
                return await self._order(command, around)
            case ask.ReceiveDocument():
                return await self._receive(command, around)
            case ask.JoinOrder():
                await self._take_over(command, await self._with_people(command, around))
            case ask.CountSafe():
                around = await self._counted(command, around)
            case ask.HandOverDocument():
                around = replace(around, case=await self.around.cases.of(command.document_id))
        return await self._run(command, await self._with_people(command, around), fired)

    async def check(self, command: ask.HandOverDocument, context: Context) -> None:
        """Decide and keep nothing: the hand-over's first step. Raises ``Refused`` or ``Busy``."""
        case = await self.around.cases.of(command.document_id)
        around = Around(context=context, settings_of=self.around.settings, case=case)
        await self._possible(command, await self._with_people(command, around))

    async def fire(self, timer: Due, now: Any) -> Outcome:
        """Carry out what a due timer asks for, decided with the later of now and due."""
        command = due(timer)
        if command is None:
            raise LookupError(f"no command for the timer {timer.kind}")
        return await self.execute(command, timer.context(now), fired=timer)

    async def _run(self, command: ask.Command, around: Around, fired: Due | None = None) -> Outcome:
        """Decide with the streams that are sure, and again with each that the decision turns out to need."""
        streams = dict.fromkeys(_first_streams(command, around))
        for _ in range(ROUNDS):
            try:
                decided = partial(decide, command, around)
                return await self.handler.run(around.context, tuple(streams), decided, fired=fired)
            except Missing as missing:
                streams |= dict.fromkeys(missing.streams)
            except Refused as refused:
                if refused.code != "bin-full":
                    raise
                raise Refused("bin-full") from None  # nobody knows when the bin will have room
        raise Busy

    # --- orders and deliveries: the number is kept beside the log

    async def _order(self, command: ask.OrderDocument, around: Around) -> Outcome:
        number, owner = await known(self.around.cases, command.number) if command.number else (None, None)
        if command.booking_id is not None:
            target = document_id_of(command.booking_id, command.kind, command.piece)
        else:
            target = owner or around.context.new_id("document")
        around = replace(around, target=target, number_known=owner is not None)
        around = await self._with_people(command, around)
        case = DocumentCase(target, number, command.born_on, command.holder)
        if case != DocumentCase(target) and await self._possible(command, around, leads_on=True):
            await self._enter(case)
        return await self._run(command, around)

    async def _receive(self, command: ask.ReceiveDocument, around: Around) -> Outcome:
        number, owner = await known(self.around.cases, command.number)
        if owner and command.document_id not in (None, owner):
            raise Refused("number-mismatch")
        kind = command.kind or kind_of(number)
        target = owner or command.document_id
        if target is None and command.booking_id is not None:
            target = await self._piece(command, kind)
        around = replace(around, target=target or around.context.new_id("document"), kind=kind)
        if around.target is not None and await self._possible(command, around):
            await self._enter(DocumentCase(around.target, number))
        return await self._run(command, around)

    async def _take_over(self, command: ask.JoinOrder, around: Around) -> None:
        """What the order's case says of the holder's age goes with it, before the append."""
        if not await self._possible(command, around):
            return
        (late,) = await self._documents([command.document_id])
        fulfilled = open_order(await self._documents(joinable_ids(command, late.kind)))
        case = await self.around.cases.of(fulfilled.document_id) if fulfilled else None
        if case is not None:
            await self._enter(replace(case, document_id=command.document_id, number=None))

    async def _piece(self, command: ask.ReceiveDocument, kind: Any) -> UUID | None:
        """The first document of the booking and kind that nothing came for, ordered or not yet."""
        if command.booking_id is None or kind is None:
            return None
        ids = ordered_ids(command.booking_id, kind)
        for one, document in zip(ids, await self._documents(ids), strict=True):
            if document.status not in (Status.NONE, Status.ORDERED):
                continue
            case = await self.around.cases.of(one)
            if case is None or case.number is None:
                return one
        return None

    async def _enter(self, case: DocumentCase) -> None:
        if not await self.around.cases.enter(case):
            raise Refused("number-mismatch")

    async def _possible(self, command: ask.Command, around: Around, *, leads_on: bool = False) -> bool:
        """Whether the command is new and allowed: refuse before anything is kept beside the log.

        False for a repeat: its case may have been erased since, and must not come back.
        """
        streams = dict.fromkeys(_first_streams(command, around))
        for _ in range(ROUNDS):
            loaded = await self.handler.store.load(streams)
            recorded = [one for events in loaded.values() for one in events]
            if any(one.meta.command_id == around.context.command_id for one in recorded):
                return False
            try:
                states = {stream: _fold(stream, events) for stream, events in loaded.items()}
                decision = decide(command, around, states)
                return bool(decision.events) or not leads_on
            except Missing as missing:
                streams |= dict.fromkeys(missing.streams)
        raise Busy

    async def _erase(self, command: told.EraseCase, context: Context, fired: Due | None) -> Outcome:
        await self.around.cases.erase(command.document_id)

        def nothing(_states: States) -> Decision:
            return Decision(())

        return await self.handler.run(context, (), nothing, fired=fired)

    # --- what surrounds a command

    async def _counted(self, command: ask.CountSafe, around: Around) -> Around:
        scans = {readings(one) for one in command.numbers}
        known = await self.around.cases.by_numbers([number for scan in scans for number in scan])
        in_safe = frozenset(await self.around.in_safe(command.site))
        counted = frozenset((*command.document_ids, *known.values()))
        strange = sum(known.keys().isdisjoint(scan) for scan in scans)
        return replace(around, in_safe=in_safe, counted=counted, strange=strange)

    async def _with_people(self, command: ask.Command, around: Around) -> Around:
        """The people whose documents the command may call for or end: own rows, and the languages of all."""
        people: dict[UUID, Person] = {}
        languages: dict[UUID, str] = {}
        for person_id in await self._people(command, around):
            person = await self.handler.store.person(person_id)
            if person is not None:
                people[person_id] = person
            languages[person_id] = person.language if person else await self.around.language(person_id)
        return replace(around, people=people, languages=languages)

    async def _people(self, command: ask.Command, around: Around) -> list[UUID]:
        match command:
            case ask.OrderDocument():
                return [command.person_id] if command.person_id else []
            case told.Reinvite():
                stream = invitation_stream(command.invitation_id)
                called = _fold(stream, (await self.handler.store.load([stream]))[stream])
                return [called.person_id] if called.known else []
            case _ if isinstance(command, NEEDS_NOBODY):
                return []
        documents = await self._documents(_document_ids(command, around))
        if isinstance(command, ask.JoinOrder):
            documents += await self._documents(ordered_ids(command.booking_id, documents[0].kind))
        found = (one.person_id for one in documents)
        return [person_id for person_id in dict.fromkeys(found) if person_id]

    async def _documents(self, document_ids: Iterable[UUID]) -> list[Document]:
        streams = [document_stream(one) for one in document_ids]
        loaded = await self.handler.store.load(streams)
        return [_fold(stream, loaded[stream]) for stream in streams]


NEEDS_NOBODY = (
    ask.OpenBatch,
    ask.CloseBatch,
    ask.ReceiveDocument,
    ask.CountSafe,
    ask.FetchDocument,
    ask.RecordShipment,
    ask.CorrectHandover,
    ask.DecideDestruction,
    told.MarkOverdue,
    told.NoteOrderLate,
    told.RemindPickup,
    told.NoteClosure,
    told.NoteClosureLifted,
)
"""Commands that neither call a person nor end what is kept of one."""


def _fold(stream: Stream, events: Iterable[Recorded]) -> Any:
    return DECIDERS[stream.category].fold(one.event for one in events)


def _document_ids(command: ask.Command, around: Around) -> list[UUID]:
    """The documents that a command names."""
    if isinstance(command, ask.CountSafe):
        return []
    one = around.target or getattr(command, "document_id", None)
    return [*([one] if one else []), *getattr(command, "document_ids", ())]


def _first_streams(command: ask.Command, around: Around) -> list[Stream]:
    """The streams that a command needs for sure: a repeat is recognised by them."""
    streams = [document_stream(one) for one in _document_ids(command, around)]
    if one := getattr(command, "invitation_id", None):
        streams.append(invitation_stream(one))
    if site := getattr(command, "site", None):
        streams.append(office_stream(site))
    match command:
        case ask.OpenBatch():
            streams.append(Stream("delivery_batch", around.context.new_id("batch")))
        case ask.ReceiveDocument() | ask.CloseBatch():
            streams.append(Stream("delivery_batch", command.batch_id))
    return streams
