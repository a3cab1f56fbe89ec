"""Commands to streams: gathers what surrounds a command, and lets ``servicekit/handle.py`` run its decision.

Promises: API, pages, timers and reactions all come through ``Handlers.execute``; decisions are pure
(``decisions.py``) and may run more than once; what goes into ``document_case`` is written before the append,
so that no event is without it, and erased before the timer that asks for it is forgotten. Only how old the
holder of a document is that is here already follows after it, from whom the log let through; a repeat writes
it again. Two who want the same document are told apart by its version: the second decides on what the first
left, with people's rows as they are then. Shown by ``tests/rules/documents/test_handlers.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from buergerbuero_contracts.documents import DocumentOrdered
from servicekit.decider import Refused
from servicekit.handle import Handler, Outcome
from servicekit.log import Busy, Context, Decision, Due, Person, Recorded, States, Stream

from . import commands as ask
from . import followed_commands as told
from .around import Around
from .deciders import DECIDERS
from .decisions import decide
from .draft import Missing, document_stream, invitation_stream
from .needs import NEEDS_NOBODY, document_ids, first_streams
from .orders import ordered_ids
from .post_room import Outdated, PostRoom
from .post_room_commands import OfPostRoom
from .rules.document_commands import DocumentCase
from .rules.document_state import ENDED, Document, Status
from .rules.events import OrderJoined, OrderMerged
from .rules.holder import Holder
from .rules.ordering import document_id_of, kind_of, normal_number
from .surroundings import Surroundings, known, owners
from .timers import due

ROUNDS = 100
"""How often a decision may name streams that it needs (document, holder, others, their invitations), or find
that another command was faster."""


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
            case ask.ReceiveReturn() if command.number is not None:
                return await self._bring_back(command, command.number, around)
            case ask.JoinOrder():
                return await self._join(command, around)
            case ask.CountSafe():
                around = await self._counted(command, around)
            case ask.HandOverDocument():
                around = await self._at_window(command, around)
        return await self._run(command, around, fired)

    async def check(self, command: ask.HandOverDocument, context: Context) -> None:
        """Decide and keep nothing: the hand-over's first step. Raises ``Refused`` or ``Busy``."""
        around = Around(context=context, settings_of=self.around.settings)
        await self._possible(command, await self._at_window(command, around))

    async def fire(self, timer: Due, now: Any) -> Outcome:
        """Carry out what a due timer asks for, decided with the later of now and due."""
        command = due(timer)
        if command is None:
            raise LookupError(f"no command for the timer {timer.kind}")
        return await self.execute(command, timer.context(now), fired=timer)

    async def _run(self, command: ask.Command, around: Around, fired: Due | None = None) -> Outcome:
        """Decide with the streams that are sure, and again with each that the decision turns out to need.

        People's rows change with these streams alone: read after them, and again when one has moved on.
        """
        streams = dict.fromkeys(first_streams(command, around))
        for _ in range(ROUNDS):
            seen = {} if isinstance(command, NEEDS_NOBODY) else await self._states(streams)
            decided = partial(_decide_on, seen, command, await self._with_people(command, around))
            try:
                return await self.handler.run(around.context, tuple(streams), decided, fired=fired)
            except Missing as missing:
                streams |= dict.fromkeys(missing.streams)
            except Outdated:
                continue
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
        case = DocumentCase(target, number, command.born_on, command.holder)
        if await self._possible(command, around):
            (document,) = await self._documents([target])
            if document.status not in ENDED:
                await self._enter(DocumentCase(target, number) if document.known else case)
        outcome = await self._run(command, around)
        await self._say_age(case, outcome)
        return outcome

    async def _receive(self, command: ask.ReceiveDocument, around: Around) -> Outcome:
        number, owner, lost = await self._scanned(command.number, command.document_id)
        kind = command.kind or kind_of(number)
        target = owner or command.document_id
        if target is None and command.booking_id is not None:
            target = await self._piece(command, kind)
        target = target or around.context.new_id("document")
        if owner is None:
            await self._fits(number, target)
        around = replace(around, target=target, kind=kind)
        if await self._possible(command, around):
            await self._enter(DocumentCase(target, number), lost)
        return await self._run(command, around)

    async def _bring_back(self, command: ask.ReceiveReturn, scanned: str, around: Around) -> Outcome:
        number, owner, lost = await self._scanned(scanned, command.document_id)
        if owner is None:
            await self._fits(number, command.document_id)
        if await self._possible(command, around):
            await self._enter(DocumentCase(command.document_id, number), lost)
        return await self._run(command, around)

    async def _scanned(self, scanned: str, given: UUID | None) -> tuple[str, UUID | None, UUID | None]:
        """A scan's number, whose it is, and what has it but never came to be; for ``given``, if one is."""
        number, owner = await known(self.around.cases, scanned)
        if owner is None or given in (None, owner):
            return number, owner, None
        if not (await self._documents([owner]))[0].known:
            return number, None, owner  # its scan was refused by another's, or its append was lost
        if number == (exact := normal_number(scanned)):
            raise Refused("number-mismatch")
        return exact, None, None  # the other's differs by Y and Z: who names the document is believed

    async def _fits(self, number: str, document_id: UUID) -> None:
        """Refuse a number that is another kind's than the document's."""
        (document,) = await self._documents([document_id])
        if document.known and kind_of(number) not in (None, document.kind):
            raise Refused("number-mismatch")

    async def _join(self, command: ask.JoinOrder, around: Around) -> Outcome:
        """What the order's case says of the holder's age goes with it."""
        outcome = await self._run(command, around)
        case = await self.around.cases.of(outcome.of(OrderMerged).document_id)
        if case is not None:
            await self._say_age(replace(case, document_id=command.document_id), outcome)
        return outcome

    async def _say_age(self, case: DocumentCase, outcome: Outcome) -> None:
        """How old the holder of a document is that was here before this order: kept only now that it stands.

        An order that changed nothing may say more of the age, but not ``adult``: that is what a call says
        that says nothing. A new document's age was kept with its number.
        """
        (document,) = await self._documents([case.document_id])
        what = {type(event) for _stream, event in outcome.events}
        if DocumentOrdered in what or document.status in ENDED:
            return
        holder = case.holder if OrderJoined in what or case.holder is not Holder.ADULT else None
        await self._enter(replace(case, number=None, holder=holder))

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

    async def _enter(self, case: DocumentCase, lost: UUID | None = None) -> None:
        """Keep it, or refuse. ``lost`` had the number and never came to be."""
        if lost is not None:
            await self.around.cases.erase(lost)
        if case != DocumentCase(case.document_id) and not await self.around.cases.enter(case):
            raise Refused("number-mismatch")

    async def _possible(self, command: ask.Command, around: Around) -> bool:
        """Whether the command is new and allowed: refuse before anything is kept beside the log.

        False for a repeat: its case may have been erased since, and must not come back.
        """
        streams = dict.fromkeys(first_streams(command, around))
        for _ in range(ROUNDS):
            loaded = await self.handler.store.load(streams)
            recorded = [one for events in loaded.values() for one in events]
            if any(one.meta.command_id == around.context.command_id for one in recorded):
                return False
            try:
                decide(command, around, {stream: _fold(stream, events) for stream, events in loaded.items()})
                return True
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
        scanned, strange = await owners(self.around.cases, command.numbers)
        in_safe = frozenset(await self.around.in_safe(command.site))
        return replace(around, in_safe=in_safe, counted=scanned.union(command.document_ids), strange=strange)

    async def _at_window(self, command: ask.HandOverDocument, around: Around) -> Around:
        case = await self.around.cases.of(command.document_id)
        try:
            _number, owner = await known(self.around.cases, command.scan)
        except Refused:
            owner = None  # no document has it: the rules say so
        others = await self._documents([owner] if owner not in (None, command.document_id) else [])
        return replace(around, case=case, anothers=any(one.known for one in others))

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
                called = (await self._states([stream]))[stream]
                return [called.person_id] if called.known else []
            case _ if isinstance(command, NEEDS_NOBODY):
                return []
        documents = await self._documents(document_ids(command, around))
        if isinstance(command, ask.JoinOrder):
            documents += await self._documents(ordered_ids(command.booking_id, documents[0].kind))
        found = (one.person_id for one in documents)
        return [person_id for person_id in dict.fromkeys(found) if person_id]

    async def _documents(self, wanted: Iterable[UUID]) -> list[Document]:
        states = await self._states([document_stream(one) for one in wanted])
        return list(states.values())

    async def _states(self, streams: Iterable[Stream]) -> dict[Stream, Any]:
        loaded = await self.handler.store.load(streams)
        return {stream: _fold(stream, loaded[stream]) for stream in streams}


def _decide_on(seen: dict[Stream, Any], command: ask.Command, around: Around, states: States) -> Decision:
    """Decide, unless a stream is not as it was when what surrounds the command was read."""
    if any(states[stream] != state for stream, state in seen.items()):
        raise Outdated
    return decide(command, around, states)


def _fold(stream: Stream, events: Iterable[Recorded]) -> Any:
    return DECIDERS[stream.category].fold(one.event for one in events)
