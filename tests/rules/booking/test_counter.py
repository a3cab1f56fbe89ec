"""A counter's day: open, pause, close, and one visit at a time."""

from __future__ import annotations

import pytest

from buergerbuero_contracts.booking import (
    CounterClosed,
    CounterOpened,
    CounterPaused,
    CounterResumed,
    PauseReason,
)
from buergerbuero_contracts.envelope import Event
from servicekit.testing.rules import Given, given, like
from services.booking.rules import counter
from services.booking.rules.counter import CounterDay
from services.booking.rules.floor_events import CounterFreed, CounterOccupied
from tests.rules.booking.office import THURSDAY, at, uid

NAMED = {"site": "flensburg", "counter": "counter_1"}
NOW = {**NAMED, "at": at("08:00")}
OPENED = CounterOpened.model_validate(NOW)
PAUSED = CounterPaused.model_validate({**NOW, "reason": "break"})
OCCUPIED = CounterOccupied.model_validate({**NAMED, "date": THURSDAY, "visit_id": uid("v")})
DAYS: dict[str, tuple[Event, ...]] = {
    "closed": (),
    "open": (OPENED,),
    "paused": (OPENED, PAUSED),
    "serving": (OPENED, OCCUPIED),
}
OPEN = counter.Open(site="flensburg", counter="counter_1", at=at("08:00"))
RESUME = counter.Resume(site="flensburg", counter="counter_1", at=at("08:00"))
CLOSE = counter.Close(site="flensburg", counter="counter_1", at=at("08:00"))
BREAK = counter.Pause(site="flensburg", counter="counter_1", at=at("08:00"), reason=PauseReason.BREAK)
CLEAN = counter.Pause(site="flensburg", counter="counter_1", at=at("08:00"), reason=PauseReason.CLEANING)
TAKE = counter.Occupy(site="flensburg", counter="counter_1", day=THURSDAY, visit_id=uid("w"))
FREE = counter.Free(site="flensburg", counter="counter_1", day=THURSDAY, visit_id=uid("v"))


def is_(state: str) -> Given[CounterDay, counter.Command]:
    return given(counter.DECIDER, *DAYS[state])


@pytest.mark.parametrize(
    ("state", "command", "event"),
    [
        ("closed", OPEN, CounterOpened),
        ("open", BREAK, CounterPaused),
        ("paused", CLEAN, CounterPaused),
        ("serving", BREAK, CounterPaused),
        ("paused", RESUME, CounterResumed),
        ("open", CLOSE, CounterClosed),
        ("paused", CLOSE, CounterClosed),
        ("open", TAKE, CounterOccupied),
        ("serving", FREE, CounterFreed),
    ],
)
def test_a_step_of_a_counter(state: str, command: counter.Command, event: type[Event]) -> None:
    is_(state).when(command).then(like(event))


@pytest.mark.parametrize(
    ("state", "command"),
    [("open", OPEN), ("open", RESUME), ("paused", BREAK), ("closed", CLOSE), ("open", FREE)],
)
def test_a_repeat_whose_effect_holds_gives_nothing(state: str, command: counter.Command) -> None:
    is_(state).when(command).nothing()


@pytest.mark.parametrize(
    ("state", "command", "code"),
    [
        ("closed", RESUME, "wrong-state"),
        ("closed", BREAK, "wrong-state"),
        ("paused", OPEN, "wrong-state"),
        ("closed", TAKE, "counter-busy"),
        ("paused", TAKE, "counter-busy"),
        ("serving", TAKE, "counter-busy"),
        ("serving", CLOSE, "counter-busy"),
    ],
)
def test_what_a_counter_refuses(state: str, command: counter.Command, code: str) -> None:
    refused = is_(state).when(command).refused(code)
    assert refused.details["state"] == state


def test_another_visits_end_does_not_free_the_counter() -> None:
    other = counter.Free(site="flensburg", counter="counter_1", day=THURSDAY, visit_id=uid("x"))
    is_("serving").when(other).nothing()
