"""The day plan: the only place where a slot is decided. One stream per site and date.

Promises: no two slots of a counter overlap, hygiene buffers included, whatever the order of
commands; a place is given only inside the frame, after its release and by the place rule; a move
gives the old place back only together with the new one. A date without a plan is ``beyond-horizon``
past the site's horizon and ``day-closed`` inside it, like a planned one without hours.
Shown by ``tests/rules/booking/test_day_plan.py`` and ``test_day_model.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID

from buergerbuero_contracts.booking import (
    DayPlanned,
    DayReplanned,
    Purpose,
    ReleaseReason,
    SlotReleased,
    SlotReserved,
)
from buergerbuero_contracts.envelope import Event
from servicekit.decider import Decider, Refused

from . import offers, release
from .calendar import TICK, TICK_MINUTES, grid_tick, local_date, midnight
from .day_commands import (
    Command,
    LapseOffer,
    MoveSlot,
    OfferSlot,
    PlanDay,
    ReclaimSlot,
    ReleaseRest,
    ReleaseSlot,
    ReplanDay,
    ReserveSlot,
    TakeOffer,
)
from .day_state import DayPlan, Slot, evolve, span, without
from .events import PlaceSetAside, ReleaseDraw, ReleaseDrawn
from .places import Place, best_place, inside_frame, withheld
from .settings import SiteSettings


def decide(command: Command, state: DayPlan) -> Sequence[Event]:
    """The events of one command on the day. Raises ``Refused`` with the codes of the table."""
    match command:
        case PlanDay():
            return _plan(command, state)
        case ReplanDay():
            return _replan(command, state)
        case ReserveSlot():
            if command.booking_id in state.slots:
                raise Refused("wrong-state")
            return [_reserve(command, state)]
        case ReleaseSlot():
            return _release(command, state)
        case ReleaseRest():
            return _release_rest(command, state)
        case MoveSlot():
            return _move(command, state)
        case ReclaimSlot():
            return [_reclaim(command, state)]
        case OfferSlot() | LapseOffer() | TakeOffer():
            return offers.decide(command, state)
        case _:
            assert_never(command)


def _plan(command: PlanDay, state: DayPlan) -> Sequence[Event]:
    if state.day is not None:
        return []
    if command.day > local_date(command.at) + timedelta(days=command.settings.horizon_days):
        raise Refused("beyond-horizon")
    planned = DayPlanned(
        site=command.site, date=command.day, counters=command.frame.counters, blocks=command.frame.blocks
    )
    return [planned, *_draws(evolve(state, planned), command)]


def _replan(command: ReplanDay, state: DayPlan) -> Sequence[Event]:
    if state.day is None:
        raise Refused("wrong-state")
    frame = command.frame
    if (frame.counters, frame.blocks) == (state.frame_counters, state.frame_blocks):
        return []
    replanned = DayReplanned(
        site=state.site,
        date=state.day,
        counters=frame.counters,
        blocks=frame.blocks,
        reason=command.reason,
        closure_id=command.closure_id,
    )
    return [replanned, *_draws(evolve(state, replanned), command)]


def _draws(state: DayPlan, command: PlanDay | ReplanDay) -> Sequence[Event]:
    """Release moments for the half hours that have none yet."""
    new = [part for part in state.online_parts() if part not in state.drawn]
    if not new or state.day is None:
        return []
    drawn = release.draw(new, state.day, command.policy, command.settings.horizon_days, command.seed)
    return [
        ReleaseDrawn(
            site=state.site,
            date=state.day,
            draws=tuple(
                ReleaseDraw(counter=code, starts_at=state.instant(part), bookable_from=moment)
                for (code, part), moment in sorted(drawn.items())
            ),
        )
    ]


def _reserve(command: ReserveSlot, state: DayPlan) -> SlotReserved:
    first = state.midnight if state.day else midnight(local_date(command.starts_at))
    start = grid_tick(first, command.starts_at)
    if start is None:
        raise Refused("off-grid")
    if command.starts_at < command.at + timedelta(minutes=command.settings.lead_minutes):
        raise Refused("too-soon")
    if state.day is None:
        raise Refused(outside(command.starts_at, command.at, command.settings) or "day-closed")
    place = best_place(state, command.wanted, command.at, start, command.settings)
    if place is not None:
        return _reserved(state, command, place)
    if not inside_frame(state, start, command.ticks):
        raise Refused("day-closed")
    if withheld(state, command.wanted, command.at, start):
        raise Refused("not-released")
    raise Refused("slot-taken")


def outside(starts_at: datetime, at: datetime, settings: SiteSettings) -> str | None:
    """Why nobody can book on the date of ``starts_at``, whatever its plan: it is past or too far away."""
    day, today = local_date(starts_at), local_date(at)
    if day < today:
        return "too-soon"
    return "beyond-horizon" if day > today + timedelta(days=settings.horizon_days) else None


def _reserved(state: DayPlan, command: ReserveSlot, place: Place) -> SlotReserved:
    return SlotReserved(
        booking_id=command.booking_id,
        slot_id=command.slot_id,
        site=state.site,
        date=state.day or local_date(command.starts_at),
        counter=place.counter,
        pool=place.pool,
        lent_by=place.lent_by,
        starts_at=state.instant(place.start),
        ends_at=state.instant(place.end),
        occupied_until=state.instant(place.busy),
        items=command.items,
        persons=command.persons,
        channel=command.channel,
        purpose=command.purpose,
        hold_until=command.hold_until,
    )


def _release(command: ReleaseSlot, state: DayPlan) -> Sequence[Event]:
    slot = _slot(state, command.booking_id)
    released = _released(state, slot, command.reason, slot.start, slot.end)
    return [released, *_aside(state, slot, slot.start, slot.busy, command)]


def _release_rest(command: ReleaseRest, state: DayPlan) -> Sequence[Event]:
    """SlotReleased from the next grid tick on; what has passed stays with the booking."""
    slot = state.slots.get(command.booking_id)
    if slot is None:
        return []
    rest = max(slot.start, -((state.midnight - command.at) // TICK))
    if (slot.end - rest) * TICK_MINUTES < command.least:
        return []
    released = _released(state, slot, ReleaseReason.MISSED, rest, slot.end)
    return [released, *_aside(state, slot, rest, slot.busy, command)]


def _move(command: MoveSlot, state: DayPlan) -> Sequence[Event]:
    """SlotReleased, PlaceSetAside for what the new place does not cover, SlotReserved."""
    slot = _slot(state, command.reserve.booking_id)
    if command.reserve.starts_at == state.instant(slot.start) and slot not in outside_frame(state):
        return []
    reserved = _reserve(command.reserve, without(state, slot.booking_id))
    new_start, new_end = state.tick(reserved.starts_at), state.tick(reserved.ends_at)
    new_busy = state.tick(reserved.occupied_until)
    if reserved.counter != slot.counter:
        new_start = new_end = new_busy = slot.busy
    freed = _outside(slot.start, slot.end, new_start, new_end)
    kept = [
        event
        for start, busy in _outside(slot.start, slot.busy, new_start, new_busy)
        for event in _aside(state, slot, start, busy, command)
    ]
    return [
        *(_released(state, slot, ReleaseReason.MOVED, start, end) for start, end in freed[:1]),
        *kept,
        reserved,
    ]


def _outside(start: int, end: int, other_start: int, other_end: int) -> list[tuple[int, int]]:
    """The parts of an interval that another one does not cover."""
    parts = [(start, min(end, other_start)), (max(start, other_end), end)]
    whole = [(start, end)] if other_end <= start or other_start >= end else parts
    return [part for part in whole if part[0] < part[1]]


def _reclaim(command: ReclaimSlot, state: DayPlan) -> Event:
    if command.booking_id in state.slots:
        raise Refused("wrong-state")
    for code, counter in state.counters.items():
        for aside in counter.asides:
            mine = aside.booking_id == command.booking_id and not aside.offered
            if (
                mine
                and aside.public_from > command.at
                and state.instant(aside.start) == command.starts_at
                and counter.free & aside.mask == aside.mask
            ):
                return SlotReserved(
                    booking_id=command.booking_id,
                    slot_id=command.slot_id,
                    site=state.site,
                    date=local_date(command.starts_at),
                    counter=code,
                    pool=aside.pool,
                    lent_by=aside.lent_by,
                    starts_at=command.starts_at,
                    ends_at=command.ends_at,
                    occupied_until=state.instant(aside.busy),
                    items=command.items,
                    persons=command.persons,
                    channel=command.channel,
                    purpose=Purpose.UNDO,
                )
    raise Refused("undo-over")


def _slot(state: DayPlan, booking_id: UUID) -> Slot:
    if booking_id not in state.slots:
        raise Refused("wrong-state")
    return state.slots[booking_id]


def _released(state: DayPlan, slot: Slot, reason: ReleaseReason, start: int, end: int) -> Event:
    return SlotReleased(
        booking_id=slot.booking_id,
        slot_id=slot.slot_id,
        site=state.site,
        date=local_date(state.instant(slot.start)),
        counter=slot.counter,
        starts_at=state.instant(start),
        ends_at=state.instant(end),
        reason=reason,
    )


def _aside(
    state: DayPlan, slot: Slot, start: int, busy: int, command: ReleaseSlot | ReleaseRest | MoveSlot
) -> Sequence[Event]:
    if command.public_from is None:
        return []
    return [
        PlaceSetAside(
            site=state.site,
            date=local_date(state.instant(slot.start)),
            booking_id=slot.booking_id,
            slot_id=slot.slot_id,
            counter=slot.counter,
            pool=slot.pool,
            lent_by=slot.lent_by,
            starts_at=state.instant(start),
            occupied_until=state.instant(busy),
            public_from=command.public_from,
            offer_from=command.offer_from,
        )
    ]


def outside_frame(state: DayPlan) -> list[Slot]:
    """Slots that the present frame no longer covers, in order of time."""
    lost = [
        slot
        for slot in state.slots.values()
        if (visit := span(slot.start, slot.end)) & state.counters[slot.counter].frame != visit
    ]
    return sorted(lost, key=lambda slot: (slot.start, slot.counter))


DECIDER: Decider[DayPlan, Command] = Decider("day_plan", DayPlan(), evolve, decide)
