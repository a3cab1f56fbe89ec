"""Looks at an appointment when a reminder is due, and asks for the message.

Promises: a booking that moved on, was cancelled or was used is not reminded of; the next step is armed in the
same append, so none is forgotten and none comes twice; what the message says is decided when it is sent.
Shown by ``tests/way/test_reminders.py``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from servicekit.log import Arm, Due

from .handlers import Handlers
from .looks import Look, Looks
from .rules.reminders import REMIND, next_step, reminder
from .rules.templates import PersonLook, SourceLook


class Now(Protocol):
    """The platform's clock."""

    def now(self) -> datetime:
        """The present moment in UTC."""


class Reminders:
    """``fire`` is what the timer runner calls for each due ``remind``."""

    def __init__(self, handlers: Handlers, looks: Looks, clock: Now) -> None:
        self._handlers, self._looks, self._clock = handlers, looks, clock

    async def fire(self, due: Due) -> None:
        """Ask for the reminder that is due, if one is, and look again at the next step."""
        context = due.context(self._clock.now())
        look = await self._looks.look(due.subject, context.at)
        context = replace(context, correlation_id=look.correlation_id)
        if _over(look):
            await self._handlers.later(None, context, due)
            return
        again = next_step(look.state.sourced, context.at)
        command = reminder(look.state, context.at)
        if command is None:
            await self._handlers.later(again, context, due)
            return
        also = (Arm(REMIND, due.subject, again),) if again else ()
        await self._handlers.execute(command, context, fired=due, also=also)


def _over(look: Look) -> bool:
    return look.source == SourceLook.LEFT or look.person == PersonLook.ERASED
