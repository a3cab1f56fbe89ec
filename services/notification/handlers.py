"""Commands of notification on their streams: one way for reactions, timers, the mailer and people.

Promises: a repeat of a command gets its first answer; a look that changes nothing keeps the message's
timer armed, so that no message is ever forgotten. Shown by ``tests/way/test_mail.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from servicekit.handle import Handler, Outcome
from servicekit.log import Arm, Context, Decision, Due, Effects, States, Stream

from .rules.commands import Command, QueueMessage, StartSending
from .rules.message import MESSAGE, letter_look, wait_until
from .rules.state import DUE, Message, Phase
from .timers import SEND

LanguageOf = Callable[[UUID], Awaitable[str | None]]
"""Booking → the language it was made in, if known."""


class Handlers:
    """Composition of the rules with the log."""

    def __init__(self, handler: Handler, language_of: LanguageOf) -> None:
        self._handler, self._language_of = handler, language_of

    async def execute(
        self, command: Command, context: Context, fired: Due | None = None, *, also: tuple[Arm, ...] = ()
    ) -> Outcome:
        """Carry out one command; ``also`` is armed with it. Raises ``Refused`` or ``Busy``."""
        if isinstance(command, QueueMessage) and command.language is None and command.booking_id:
            command = replace(command, language=await self._language_of(command.booking_id))
        stream = Stream(MESSAGE.category, command.message_id)

        def decide(states: States) -> Decision:
            state = states[stream]
            events = tuple((stream, event) for event in MESSAGE.decide(command, state))
            if events or not isinstance(command, StartSending):
                return Decision(events, Effects(timers=also))
            again = next_look(state, command.at)
            return Decision((), Effects(timers=(Arm(SEND, stream.id, again),) if again else ()))

        return await self._handler.run(context, (stream,), decide, fired=fired)

    async def later(self, at: datetime | None, context: Context, fired: Due) -> None:
        """Look again at ``at``, or not: nothing was to be done now, and no event is worth telling that."""
        stream = Stream(MESSAGE.category, fired.subject)
        look = Decision((), Effects(timers=(Arm(fired.kind, fired.subject, at),) if at else ()))
        await self._handler.run(context, (stream,), lambda _states: look, fired=fired)

    async def load_all(self, messages: Sequence[UUID]) -> dict[UUID, Message]:
        """The present states of several messages, read at once."""
        streams = [Stream(MESSAGE.category, one) for one in messages]
        recorded = await self._handler.store.load(streams)
        return {one.id: MESSAGE.fold(row.event for row in recorded[one]) for one in streams}

    async def load(self, message: UUID) -> tuple[Message, UUID | None]:
        """A message's present state, and the correlation id it travels under."""
        stream = Stream(MESSAGE.category, message)
        recorded = (await self._handler.store.load((stream,)))[stream]
        state = MESSAGE.fold(one.event for one in recorded)
        return state, recorded[0].meta.correlation_id if recorded else None


def next_look(state: Message, at: datetime) -> datetime | None:
    """When to look again after a look that led to no event; None for a message at its end."""
    if state.phase in DUE:
        return wait_until(state.sourced, at)
    if state.phase == Phase.LETTER:
        return letter_look(state.sourced, at)
    if state.phase == Phase.SENDING:
        return state.claimed_until
    return state.sourced.useful_until if state.phase == Phase.TECHNICAL_FAILURE else None
