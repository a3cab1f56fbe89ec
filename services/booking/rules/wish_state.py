"""A wish's state: how far it has come, and what its next steps are judged by. Pure.

Promises: a fold of the wish's stream alone. Shown by ``tests/rules/booking/test_waiting_list.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from buergerbuero_contracts.booking import (
    WishClosed,
    WishConfirmed,
    WishEnd,
    WishFulfilled,
    WishMade,
    WishOffered,
)
from buergerbuero_contracts.envelope import NIL, Event, Item

from .waiting_events import PassReason, Window, WishDescribed, WishPassed


class WishStatus(StrEnum):
    """How far a wish has come."""

    NONE = "none"
    UNPROVEN = "unproven"
    ACTIVE = "active"
    OFFERED = "offered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish. ``booking_id`` is the person's present booking, at the end the one that was got.

    ``offer`` is the latest offer; ``passed`` tells what became of each; ``unanswered`` how many in a row
    had no answer. ``end`` is why it closed, None if it was fulfilled.
    """

    status: WishStatus = WishStatus.NONE
    wish_id: UUID = NIL
    person_id: UUID = NIL
    person_revision: int = 1
    site: str = ""
    items: tuple[Item, ...] = ()
    language: str = "de"
    booking_id: UUID | None = None
    persons: int = 1
    minutes: int = 0
    window: Window | None = None
    over_at: datetime | None = None
    confirm_until: datetime | None = None
    offer: WishOffered | None = None
    passed: Mapping[UUID, PassReason] = field(default_factory=dict)
    unanswered: int = 0
    fulfilled_by: UUID | None = None
    end: WishEnd | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still waits for something."""
        return self.status in OPEN

    def offered(self, offer_id: UUID) -> bool:
        """Whether this very offer is open."""
        return (
            self.status is WishStatus.OFFERED and self.offer is not None and self.offer.offer_id == offer_id
        )


OPEN = frozenset({WishStatus.UNPROVEN, WishStatus.ACTIVE, WishStatus.OFFERED})


def evolve(state: Wish, event: Event) -> Wish:
    """The wish after an event of its stream."""
    match event:
        case WishMade():
            return Wish(
                status=WishStatus.UNPROVEN if event.booking_id is None else WishStatus.ACTIVE,
                wish_id=event.wish_id,
                person_id=event.person_id,
                person_revision=event.person_revision,
                site=event.site,
                items=event.items,
                language=event.language,
                booking_id=event.booking_id,
            )
        case WishDescribed():
            return replace(
                state,
                persons=event.persons,
                minutes=event.minutes,
                window=event.window,
                over_at=event.over_at,
                confirm_until=event.confirm_until,
            )
        case WishConfirmed():
            return replace(state, status=WishStatus.ACTIVE, confirm_until=None)
        case WishOffered():
            return replace(state, status=WishStatus.OFFERED, offer=event)
        case WishPassed():
            return _passed(state, event)
        case WishFulfilled():
            return replace(
                state,
                status=WishStatus.CLOSED,
                person_revision=event.person_revision,
                booking_id=event.booking_id,
                fulfilled_by=event.offer_id,
            )
        case WishClosed():
            revision = event.person_revision
            return replace(state, status=WishStatus.CLOSED, person_revision=revision, end=event.reason)
    return state


def _passed(state: Wish, event: WishPassed) -> Wish:
    count = {PassReason.DECLINED: 0, PassReason.LAPSED: state.unanswered + 1}
    return replace(
        state,
        status=WishStatus.ACTIVE,
        passed={**state.passed, event.offer_id: event.reason},
        unanswered=count.get(event.reason, state.unanswered),
    )


def described(state: Wish) -> dict[str, Any]:
    """What all events of a wish carry."""
    return {
        "wish_id": state.wish_id,
        "person_id": state.person_id,
        "person_revision": state.person_revision,
        "site": state.site,
        "items": state.items,
        "language": state.language,
        "booking_id": state.booking_id,
    }


@dataclass(frozen=True, slots=True)
class Waiting:
    """A wish that may be offered a place, as the list of active wishes knows it."""

    wish_id: UUID
    booking_id: UUID | None
    items: tuple[Item, ...]
    minutes: int
    window: Window
