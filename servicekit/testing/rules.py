"""Given, when, then for pure rules: events that happened, a command, the events or the refusal.

    given(DECIDER, planned, reserved).when(command).then(like(SlotReleased, reason="cancelled"))
    given(DECIDER).when(command).refused("day-closed")

Promises: ``when`` calls ``decide`` once on the fold of the given events; a wrong expectation fails with
both sides printed. Shown by every test in ``tests/rules``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from buergerbuero_contracts.envelope import Event
from servicekit.decider import Decider, Refused

S = TypeVar("S")
C = TypeVar("C")
E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Like:
    """An event of a type with at least these field values."""

    kind: type[Event]
    fields: dict[str, Any]

    def matches(self, event: Event) -> bool:
        """Whether the event is of the type and has the values."""
        return type(event) is self.kind and all(
            getattr(event, name) == value for name, value in self.fields.items()
        )


def like(kind: type[Event], /, **fields: Any) -> Like:
    """What an event must at least be."""
    return Like(kind, fields)


@dataclass(frozen=True)
class Then(Generic[S]):
    """What a command led to: events, or a refusal."""

    before: S
    after: S
    events: Sequence[Event]
    refusal: Refused | None = None

    def then(self, *expected: Event | Like) -> Then[S]:
        """Exactly these events, in this order."""
        assert self.refusal is None, f"refused: {self.refusal}"  # noqa: S101
        same = len(expected) == len(self.events) and all(
            wanted.matches(event) if isinstance(wanted, Like) else wanted == event
            for wanted, event in zip(expected, self.events, strict=True)
        )
        assert same, f"expected {list(expected)}\ngot {list(self.events)}"  # noqa: S101
        return self

    def nothing(self) -> Then[S]:
        """No events: the effect holds already."""
        return self.then()

    def refused(self, code: str) -> Refused:
        """Refused with this code; gives the refusal, for its details."""
        assert self.refusal is not None, f"not refused: {list(self.events)}"  # noqa: S101
        assert self.refusal.code == code, f"refused with {self.refusal.code}"  # noqa: S101
        return self.refusal

    def of(self, kind: type[E]) -> E:
        """The one event of a type."""
        (event,) = (event for event in self.events if isinstance(event, kind))
        return event


@dataclass(frozen=True)
class Given(Generic[S, C]):
    """A decider and what happened before."""

    decider: Decider[S, C]
    events: tuple[Event, ...] = field(default_factory=tuple)

    @property
    def state(self) -> S:
        """The fold of the given events."""
        return self.decider.fold(self.events)

    def and_given(self, *events: Event) -> Given[S, C]:
        """The same, and then these."""
        return Given(self.decider, (*self.events, *events))

    def when(self, command: C) -> Then[S]:
        """Decide once."""
        state = self.state
        try:
            events = list(self.decider.decide(command, state))
        except Refused as refused:
            return Then(state, state, [], refused)
        return Then(state, self.decider.fold(events, state), events)


def given(decider: Decider[S, C], *events: Event) -> Given[S, C]:
    """What happened before the command."""
    return Given(decider, events)
