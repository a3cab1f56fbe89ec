"""A wish for an earlier place: made, proven, offered, fulfilled or closed. One stream per wish.

Promises: a wish has at most one open offer; what is offered is taken by one POST before the offer's end
and by none after it; a proven wish ends when it is fulfilled, withdrawn, unanswered for the third time in
a row, or when its time or its appointment is over; a repeat whose effect already holds gives no events.
Whether a place is still there is decided by the day plan in the same append.
Shown by ``tests/rules/booking/test_waiting_list.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID

from buergerbuero_contracts.booking import (
    WishClosed,
    WishConfirmed,
    WishEnd,
    WishFulfilled,
    WishMade,
    WishOffered,
)
from buergerbuero_contracts.envelope import Event, Item
from servicekit.decider import Decider, Refused

from .calendar import local_date, midnight
from .waiting_events import PassReason, Window, WishDescribed, WishPassed
from .wish_state import Wish, WishStatus, described, evolve

CATEGORY = "waiting_list"
DAYS_AHEAD = 60
PROVE_WITHIN = timedelta(minutes=60)
"""How long an unproven wish waits for its link to be used; the mail says the same."""
UNANSWERED = 3
"""So many offers in a row without an answer end a wish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Make:
    """A new wish. With the booking of a ticket it is proven at once; ``starts_at`` is that one's start."""

    wish_id: UUID
    person_id: UUID
    person_revision: int
    site: str
    items: tuple[Item, ...]
    persons: int
    minutes: int
    language: str
    window: Window
    at: datetime
    booking_id: UUID | None = None
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """The button behind the mailed link."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Offer a place that came back."""

    offer_id: UUID
    starts_at: datetime
    offered_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """Take the offer: the person then has ``booking_id``."""

    offer_id: UUID
    booking_id: UUID
    person_revision: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """The offer came to nothing. ``person_revision`` is that of the row if the wish closes by it."""

    offer_id: UUID
    reason: PassReason
    person_revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """End the wish. ``person_revision`` is that of the row, whose time ends with it."""

    reason: WishEnd
    person_revision: int | None = None


Command = Make | Confirm | Offer | Accept | Pass | Close


def decide(command: Command, state: Wish) -> Sequence[Event]:
    """The events of one command on the wish. Raises ``Refused`` with the codes of the table."""
    match command:
        case Make():
            return _make(command, state)
        case Confirm():
            return _confirm(command, state)
        case Offer():
            if state.status is not WishStatus.ACTIVE:
                raise Refused("wrong-state", state=state.status.value)
            return [
                WishOffered(
                    offer_id=command.offer_id,
                    starts_at=command.starts_at,
                    offered_until=command.offered_until,
                    **described(state),
                )
            ]
        case Accept():
            return _accept(command, state)
        case Pass():
            return _pass(command, state)
        case Close():
            if state.status is WishStatus.NONE:
                raise Refused("wrong-state", state=state.status.value)
            return [_closed(state, command.reason, command.person_revision)] if state.is_open else []
        case _:
            assert_never(command)


def _make(command: Make, state: Wish) -> Sequence[Event]:
    if state.status is not WishStatus.NONE:
        raise Refused("wrong-state", state=state.status.value)
    window, today = command.window, local_date(command.at)
    last = today + timedelta(days=DAYS_AHEAD)
    if command.starts_at is not None:
        last = min(last, local_date(command.starts_at))
    if not (today <= window.latest <= last):
        raise Refused("invalid-input", errors={"latest": "range"})
    first = max(window.earliest, today)
    if first > window.latest:
        raise Refused("invalid-input", errors={"earliest": "range"})
    if window.until is not None and window.until <= window.from_:
        raise Refused("invalid-input", errors={"until": "range"})
    days = (first + timedelta(days=n) for n in range((window.latest - first).days + 1))
    if not any(day.isoweekday() in window.weekdays for day in days):
        raise Refused("invalid-input", errors={"weekdays": "range"})
    over_at = midnight(window.latest + timedelta(days=1))
    made = WishMade(
        wish_id=command.wish_id,
        person_id=command.person_id,
        person_revision=command.person_revision,
        site=command.site,
        items=command.items,
        language=command.language,
        booking_id=command.booking_id,
    )
    told = WishDescribed(
        wish_id=command.wish_id,
        persons=command.persons,
        minutes=command.minutes,
        window=window,
        over_at=min(over_at, command.starts_at) if command.starts_at else over_at,
        confirm_until=command.at + PROVE_WITHIN if command.booking_id is None else None,
    )
    return [made, told]


def _confirm(command: Confirm, state: Wish) -> Sequence[Event]:
    if state.status in (WishStatus.ACTIVE, WishStatus.OFFERED):
        return []
    if state.end is WishEnd.UNPROVEN:
        raise Refused("hold-expired")
    if state.status is not WishStatus.UNPROVEN:
        raise Refused("wrong-state", state=state.status.value)
    if state.confirm_until is not None and command.at > state.confirm_until:
        raise Refused("hold-expired")
    return [WishConfirmed(**described(state))]


def _accept(command: Accept, state: Wish) -> Sequence[Event]:
    if state.fulfilled_by == command.offer_id:
        return []
    if state.passed.get(command.offer_id) is PassReason.TAKEN:
        raise Refused("offer-taken")
    offer = state.offer
    if offer is None or not state.offered(command.offer_id) or command.at >= offer.offered_until:
        raise Refused("offer-over")
    return [
        WishFulfilled(
            offer_id=offer.offer_id,
            starts_at=offer.starts_at,
            **described(state)
            | {"booking_id": command.booking_id, "person_revision": command.person_revision},
        )
    ]


def _pass(command: Pass, state: Wish) -> Sequence[Event]:
    """An answer that comes when the offer is over already changes nothing; only its taker cannot pass."""
    if not state.offered(command.offer_id):
        if state.fulfilled_by is not None and command.reason is PassReason.DECLINED:
            raise Refused("wrong-state", state=state.status.value)
        return []
    if command.reason is PassReason.LAPSED and state.unanswered + 1 >= UNANSWERED:
        return [_closed(state, WishEnd.UNANSWERED, command.person_revision)]
    return [WishPassed(wish_id=state.wish_id, offer_id=command.offer_id, reason=command.reason)]


def _closed(state: Wish, reason: WishEnd, revision: int | None) -> Event:
    told = described(state) | ({"person_revision": revision} if revision else {})
    return WishClosed(reason=reason, **told)


def last_moment(state: Wish) -> datetime | None:
    """The end of its last day."""
    return midnight(state.window.latest + timedelta(days=1)) if state.window else None


def end_by_time(state: Wish, at: datetime) -> WishEnd | None:
    """Why the wish is over at a moment, as far as its own limits tell; None while it goes on."""
    if state.status is WishStatus.UNPROVEN and state.confirm_until is not None and at >= state.confirm_until:
        return WishEnd.UNPROVEN
    last = last_moment(state)
    return WishEnd.LAST_DAY_PASSED if last is not None and at >= last else None


DECIDER: Decider[Wish, Command] = Decider(CATEGORY, Wish(), evolve, decide)
