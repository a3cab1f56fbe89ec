"""The commands of a day plan. What they need (time, ids, chance) is in them. See ``day_plan.py``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from buergerbuero_contracts.booking import Channel, Pool, Purpose, ReleaseReason, ReplanReason
from buergerbuero_contracts.envelope import Item

from .hours import Frame
from .places import Wanted
from .settings import DEFAULTS, PUBLISHED_POLICY, ReleasePolicy, SiteSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDay:
    """Give a date its frame. ``seed`` draws the release moments."""

    site: str
    day: date
    frame: Frame
    seed: int
    at: datetime
    policy: ReleasePolicy = PUBLISHED_POLICY
    settings: SiteSettings = DEFAULTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplanDay:
    """Change the frame of a planned date. Slots outside it stay recorded."""

    frame: Frame
    reason: ReplanReason
    seed: int
    policy: ReleasePolicy = PUBLISHED_POLICY
    settings: SiteSettings = DEFAULTS
    closure_id: UUID | None = None


class ReserveSlot(msgspec.Struct, frozen=True, kw_only=True):
    """Give a booking the place that begins at ``starts_at``."""

    booking_id: UUID
    slot_id: UUID
    starts_at: datetime
    ticks: int
    needs: tuple[frozenset[str], ...]
    pool: Pool
    items: tuple[Item, ...]
    persons: int
    channel: Channel
    purpose: Purpose
    at: datetime
    hold_until: datetime | None = None
    own_is_far: bool = False
    settings: SiteSettings = DEFAULTS

    @property
    def wanted(self) -> Wanted:
        """What the place rule looks for."""
        return Wanted(self.ticks, self.needs, self.pool, self.own_is_far, self.booking_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSlot:
    """Take a booking's place back. ``public_from`` keeps it from the public until then.

    From ``offer_from`` on the waiting list may have it; without, it is never asked.
    """

    booking_id: UUID
    reason: ReleaseReason
    public_from: datetime | None = None
    offer_from: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRest:
    """Give back what is left of a missed appointment's place, if that is at least ``least`` minutes.

    It begins at once, which is too soon to offer it to anybody.
    """

    booking_id: UUID
    public_from: datetime
    at: datetime
    least: int
    offer_from: None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveSlot:
    """Give a booking another place of the same day; its own place counts as free."""

    reserve: ReserveSlot
    public_from: datetime
    offer_from: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReclaimSlot:
    """Give a booking the very place back that it gave up, as long as that is set aside."""

    booking_id: UUID
    slot_id: UUID
    starts_at: datetime
    ends_at: datetime
    items: tuple[Item, ...]
    persons: int
    channel: Channel
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A wish that suits, and what it needs of a place."""

    wish_id: UUID
    wanted: Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSlot:
    """Offer a place that came back to the first of the candidates that fit. They come oldest first."""

    place_id: UUID
    offer_id: UUID
    candidates: tuple[Candidate, ...]
    at: datetime
    settings: SiteSettings = DEFAULTS


@dataclass(frozen=True, slots=True, kw_only=True)
class LapseOffer:
    """End an offer that nobody took."""

    offer_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOffer:
    """Give the place of an offer to a booking."""

    offer_id: UUID
    booking_id: UUID
    slot_id: UUID
    wanted: Wanted
    items: tuple[Item, ...]
    persons: int
    channel: Channel
    at: datetime


OfOffer = OfferSlot | LapseOffer | TakeOffer
Command = PlanDay | ReplanDay | ReserveSlot | ReleaseSlot | ReleaseRest | MoveSlot | ReclaimSlot | OfOffer
