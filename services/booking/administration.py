"""Planning days and setting up sites: the commands of office management and of the morning timer.

Promises: each date is planned in an append of its own, from the hours as they stand in that append;
a repeat plans nothing twice; steps that hold already do nothing.
Shown by ``tests/rules/booking/test_handlers.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid5

from buergerbuero_contracts.envelope import Event
from servicekit.decider import Decider
from servicekit.handle import Handler, Outcome
from servicekit.log import Context, Decision, Due, Effects, States, Stream

from . import commands as ask
from .rules import (
    admission,
    booking,
    catalogue,
    counter,
    day_plan,
    lead_time,
    opening,
    person_documents,
    protection,
    visit,
    waiting_list,
)
from .rules.calendar import local_date
from .rules.day_commands import Command as DayCommand
from .rules.day_commands import PlanDay, ReplanDay
from .rules.opening import Opening
from .surroundings import Surroundings, site_of
from .timers import next_lead_sample, next_plan_day, next_protection_review

DECIDERS: dict[str, Decider[Any, Any]] = {
    decider.category: decider
    for decider in (
        *(booking.DECIDER, catalogue.DECIDER, day_plan.DECIDER),
        *(lead_time.DECIDER, opening.DECIDER, person_documents.DECIDER),
        *(admission.DECIDER, counter.DECIDER, visit.DECIDER),
        waiting_list.DECIDER,
    )
}
"""Booking's deciders by category."""
PLANNED = frozenset({"day_plan"})
"""Categories that are decided inside the committer's round."""
SEEDS = 2**53
"""Seeds for release draws: as many as a draw in [0, 1) can tell apart."""


async def plan_horizon(
    handler: Handler, around: Surroundings, command: ask.PlanHorizon, context: Context, fired: Due | None
) -> Outcome:
    """Plan what has no plan yet; the last step arms the next morning."""
    days = horizon(around, command.site, context)
    plans = await around.plans(command.site, days[0], days[-1])
    for day, plan in zip(days, plans, strict=True):
        if plan.day is None:
            seed = int(around.chance() * SEEDS)

            def ask_for(site: Opening, day: date = day, seed: int = seed) -> DayCommand:
                return PlanDay(
                    site=command.site,
                    day=day,
                    frame=site.frame(day),
                    seed=seed,
                    at=context.at,
                    policy=site.policy,
                    settings=site.settings,
                )

            await _on_day(handler, command.site, day, context, ask_for)
    again = Decision((), Effects(timers=(next_plan_day(command.site, context.at),)))
    return await handler.run(context, (), lambda _states: again, fired=fired)


async def replan_horizon(
    handler: Handler, around: Surroundings, command: ask.ReplanHorizon, context: Context
) -> Outcome:
    """Bring every planned date to the present hours. Gives the outcome of the last changed one."""
    days, outcome = horizon(around, command.site, context), Outcome()
    for plan in await around.plans(command.site, days[0], days[-1]):
        if plan.day is None:
            continue
        seed = int(around.chance() * SEEDS)

        def ask_for(site: Opening, day: date = plan.day, seed: int = seed) -> DayCommand:
            return ReplanDay(
                frame=site.frame(day),
                reason=command.reason,
                seed=seed,
                policy=site.policy,
                settings=site.settings,
            )

        changed = await _on_day(handler, command.site, plan.day, context, ask_for)
        outcome = changed if changed.events else outcome
    return outcome


async def sample_lead_times(
    handler: Handler, around: Surroundings, command: ask.SampleLeadTimes, context: Context, fired: Due | None
) -> Outcome:
    """One sample of all services; its append arms the next hour's."""
    days, site = horizon(around, command.site, context), site_of(around, command.site)
    plans = await around.plans(command.site, days[0], days[-1])
    settings = site.opening.settings
    event = lead_time.sample(command.site, site.catalogue, plans, context.at, settings)
    stream = Stream.named("lead_time", command.site, days[0])
    again = Effects(timers=(next_lead_sample(command.site, context.at),))
    decision = Decision(((stream, event),), again)
    return await handler.run(context, (stream,), lambda _states: decision, fired=fired)


async def review_protection(
    handler: Handler, around: Surroundings, command: ask.ReviewProtection, context: Context, fired: Due | None
) -> Outcome:
    """Raise the level, or lower what was raised by itself; its append arms the next look."""
    settings = site_of(around, command.site).opening.settings
    holds = await around.holds(command.site, *protection.judged(context.at, settings))
    stream = Stream.named("opening", command.site)
    again = Effects(timers=(next_protection_review(command.site, context.at),))

    def decide(states: States) -> Decision:
        step = protection.review(command.site, states[stream], holds, context.at)
        events = opening.decide(step, states[stream]) if step else ()
        return Decision(tuple((stream, event) for event in events), again)

    return await handler.run(context, (stream,), decide, fired=fired)


def horizon(around: Surroundings, site: str, context: Context) -> list[date]:
    """Today and the days that can be booked."""
    days = site_of(around, site).opening.settings.horizon_days
    return [local_date(context.at) + timedelta(days=n) for n in range(days + 1)]


async def _on_day(
    handler: Handler, site: str, day: date, context: Context, ask_for: Callable[[Opening], DayCommand]
) -> Outcome:
    """One date in an append of its own, with a command id of its own; hours must not change meanwhile."""
    hours, stream = Stream.named("opening", site), Stream.named("day_plan", site, day)
    own = replace(context, command_id=uuid5(context.command_id, day.isoformat()))

    def decide(states: States) -> Decision:
        events = day_plan.decide(ask_for(states[hours]), states[stream])
        return Decision(tuple((stream, event) for event in events))

    return await handler.run(own, (hours, stream), decide)


async def set_up(handler: Handler, command: ask.SetUp, context: Context) -> Outcome:
    """Several steps on a site's settings and hours, in one append."""
    stream = Stream.named("opening", command.site)
    return await _steps(handler, stream, opening.DECIDER, command.steps, context)


async def describe(handler: Handler, command: ask.Describe, context: Context) -> Outcome:
    """One step on a service of the catalogue."""
    stream = Stream.named("catalogue", command.site, command.service)
    return await _steps(handler, stream, catalogue.DECIDER, (command.step,), context)


async def _steps(
    handler: Handler, stream: Stream, decider: Decider[Any, Any], steps: Sequence[Any], context: Context
) -> Outcome:
    def decide(states: States) -> Decision:
        state, events = states[stream], list[Event]()
        for step in steps:
            new = decider.decide(step, state)
            state = decider.fold(new, state)
            events += new
        return Decision(tuple((stream, event) for event in events))

    return await handler.run(context, (stream,), decide)
