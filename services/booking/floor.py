"""The floor carried out: counters, who is called next, and the end of the day.

Promises: CallNext claims a person by the version of the visit, so two counters that call at once never
get the same one, and whom another counter was faster to call costs only the next look down the line; a
repeat meets the person it called; a day can be closed again and again. The door is in
``admitting.py``, visits in ``visiting.py``.
Shown by ``tests/rules/booking/test_floor.py`` and ``tests/log/test_call_next.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from servicekit.decider import Refused
from servicekit.handle import Handler, Outcome
from servicekit.log import Context, Decision, Due, Effects, Recorded, States

from . import floor_commands as f
from .admitting import at_door, count
from .rules import admission, counter, queue
from .rules.calendar import local_date
from .rules.floor_events import CounterOccupied
from .rules.hours import closing_of
from .rules.site import Site
from .streams import counter_stream, door_stream
from .surroundings import Surroundings, site_of
from .timers import AFTER_CLOSING, close_day_after
from .visiting import CloseVisit, history, last_moment, must_exist, of_visit


async def on_floor(
    handler: Handler, around: Surroundings, command: f.OfFloor, context: Context, fired: Due | None = None
) -> Outcome:
    """Carry out one command of the floor. Raises ``Refused`` or ``Busy``."""
    match command:
        case f.AdmitCitizen() | f.RefuseUnknown():
            return await at_door(handler, around, command, context)
        case f.CountExit() | f.CorrectOccupancy():
            return await count(handler, around, command, context)
        case f.OpenCounter() | f.PauseCounter() | f.ResumeCounter() | f.CloseCounter():
            return await _counter(handler, around, command, context)
        case f.CallNext():
            return await _call_next(handler, around, command, context)
        case f.CallVisit(reason=None):
            await _must_be_head(handler, around, command, context)
            return await of_visit(handler, around, command, context)
        case f.CloseDay():
            return await _close_day(handler, around, command, context, fired)
        case _:
            return await of_visit(handler, around, command, context)


# --- counters


async def _counter(handler: Handler, around: Surroundings, command: f.OfCounter, context: Context) -> Outcome:
    site, day = site_of(around, command.site), local_date(context.at)
    must_exist(site, command.counter)
    step, effects = _step(command, context), Effects()
    if isinstance(command, f.OpenCounter):
        timer = close_day_after(command.site, site.opening.frame(day), day, context.at)
        effects = Effects(timers=(timer,))
    stream = counter_stream(command.site, command.counter, day)

    def decide(states: States) -> Decision:
        events = counter.decide(step, states[stream])
        return Decision(tuple((stream, event) for event in events), effects if events else Effects())

    return await handler.run(context, (stream,), decide)


def _step(command: f.OfCounter, context: Context) -> counter.Command:
    named: dict[str, Any] = {"site": command.site, "counter": command.counter, "at": context.at}
    match command:
        case f.OpenCounter():
            return counter.Open(**named)
        case f.PauseCounter(reason=reason):
            return counter.Pause(reason=reason, **named)
        case f.ResumeCounter():
            return counter.Resume(**named)
        case f.CloseCounter():
            return counter.Close(**named)


# --- who is next


async def _call_next(
    handler: Handler, around: Surroundings, command: f.CallNext, context: Context
) -> Outcome:
    """Down the line until somebody is still there to be called."""
    site = site_of(around, command.site)
    must_exist(site, command.counter)
    stream = counter_stream(command.site, command.counter, local_date(context.at))
    events = (await handler.store.load([stream]))[stream]
    called = _called_before(events, context)
    if called is None:
        counter.must_be_idle(counter.DECIDER.fold(one.event for one in events))
        line = await _line(around, site, command.site, command.counter, context)
    for visit_id in [called] if called else line:
        call = f.CallVisit(visit_id=visit_id, counter=command.counter)
        try:
            return await of_visit(handler, around, call, context)
        except Refused as refused:
            if refused.code != "wrong-state":
                raise
    raise Refused("queue-empty")


def _called_before(events: Sequence[Recorded], context: Context) -> UUID | None:
    """Whom this very command called already: a repeat must not call a second person."""
    for one in events:
        if one.meta.command_id == context.command_id and isinstance(one.event, CounterOccupied):
            return one.event.visit_id
    return None


async def _line(around: Surroundings, site: Site, code: str, at_counter: str, context: Context) -> list[UUID]:
    """The people whom a counter can serve, in the order of the queue."""
    line = await around.queue(code, local_date(context.at))
    people = queue.in_order(line, context.at, site.opening.settings)
    skills = site.opening.counters[at_counter].skills
    return [one.visit_id for one in queue.for_counter(people, at_counter, skills, site.catalogue)]


async def _must_be_head(
    handler: Handler, around: Surroundings, command: f.CallVisit, context: Context
) -> None:
    """Refuses ``reason-missing`` for a person who is not next, unless this command called already."""
    events = await history(handler, command.visit_id)
    if not events or any(one.meta.command_id == context.command_id for one in events):
        return
    code: str = getattr(events[0].event, "site")  # noqa: B009 - every event of a visit has it
    site = site_of(around, code)
    must_exist(site, command.counter)
    line = await _line(around, site, code, command.counter, context)
    if line[:1] != [command.visit_id]:
        raise Refused("reason-missing")


# --- the end of the day


async def _close_day(
    handler: Handler, around: Surroundings, command: f.CloseDay, context: Context, fired: Due | None
) -> Outcome:
    """Each visit and counter in an append of its own. A timer that came too early is armed again."""
    site, day = site_of(around, command.site), command.day
    frame = site.opening.frame(day)
    closing = closing_of(frame, day)
    if fired is not None and context.at < closing + AFTER_CLOSING:
        again = Effects(timers=(close_day_after(command.site, frame, day, closing),))
        return await handler.run(context, (), lambda _states: Decision((), again), fired=fired)
    if context.at < closing:
        raise Refused("day-open", closes_at=closing)
    door = door_stream(command.site, day)
    room = admission.DECIDER.fold(one.event for one in (await handler.store.load([door]))[door])
    outcomes = [
        await of_visit(handler, around, CloseVisit(visit_id=one), _own(context, one)) for one in room.visits
    ]
    outcomes += [await _close_counter(handler, command, code, context) for code in site.opening.counters]
    if fired is not None:
        await handler.run(context, (), lambda _states: Decision(()), fired=fired)
    events = tuple(part for outcome in outcomes for part in outcome.events)
    return Outcome(events, max((outcome.position for outcome in outcomes), default=0))


async def _close_counter(handler: Handler, command: f.CloseDay, code: str, context: Context) -> Outcome:
    stream = counter_stream(command.site, code, command.day)
    close = counter.Close(site=command.site, counter=code, at=min(context.at, last_moment(command.day)))

    def decide(states: States) -> Decision:
        return Decision(tuple((stream, event) for event in counter.decide(close, states[stream])))

    return await handler.run(_own(context, code), (stream,), decide)


def _own(context: Context, part: object) -> Context:
    """The same command for one part of what it does, repeatable by itself."""
    return replace(context, command_id=uuid5(context.command_id, str(part)))
