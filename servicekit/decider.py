"""Rules as pure functions: a decider is an initial state, ``evolve`` and ``decide``.

Promises: nothing here or in any decider reads a clock, draws a number or does I/O; what a command
needs (time, ids, randomness) is a field of the command. The only domain error is ``Refused``.
Shown by ``tests/rules``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from buergerbuero_contracts.envelope import Event

S = TypeVar("S")
C = TypeVar("C")


class Refused(Exception):
    """A command that the rules do not allow. ``code`` is a refusal of the domain's tables.

    ``details`` carry what the answer may tell, such as ``alternatives`` or ``retry_at``; never
    anything about a person.
    """

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


@dataclass(frozen=True)
class Decider(Generic[S, C]):
    """The rules of one kind of stream.

    ``decide`` gives the events that follow, an empty sequence for a repeat whose effect already
    holds, or raises ``Refused``. ``evolve`` accepts every event of its category ever stored.
    """

    category: str
    initial: S
    evolve: Callable[[S, Event], S]
    decide: Callable[[C, S], Sequence[Event]]

    def fold(self, events: Iterable[Event], state: S | None = None) -> S:
        """The state after ``events``, from ``state`` or from the beginning."""
        result = self.initial if state is None else state
        for event in events:
            result = self.evolve(result, event)
        return result
