"""What can be asked of the waiting list: by people, by timers, by what becomes of their appointments.

Promises: as ``commands.py``. ``wishing.py`` and ``offering.py`` carry them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from buergerbuero_contracts.booking import WishEnd
from buergerbuero_contracts.envelope import Item

from .contact import ContactData
from .rules.limits import Origin
from .rules.waiting_events import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeWish:
    """Wish for a place without having one. The contact's mailbox is asked to confirm."""

    site: str
    items: tuple[Item, ...]
    persons: int
    language: str
    window: Window
    contact: ContactData
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class WishEarlier:
    """Wish for an earlier place than the confirmed booking's. Its ticket proved the mailbox."""

    booking_id: UUID
    window: Window


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmWish:
    """The button behind the mailed link."""

    wish_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptOffer:
    """Take the offered place: for the present booking, or as a new one."""

    wish_id: UUID
    offer_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineOffer:
    """Not this place; the wish goes on waiting."""

    wish_id: UUID
    offer_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseWish:
    """No more offers."""

    wish_id: UUID
    reason: WishEnd = WishEnd.WITHDRAWN


@dataclass(frozen=True, slots=True, kw_only=True)
class EndWish:
    """A limit of the wish has come: end it if it is over by now."""

    wish_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EndWishesOf:
    """The present booking was used or cancelled: nothing earlier is wished any more, unless it comes back."""

    booking_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferReturned:
    """A place that came back may be offered now."""

    place_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LapseOffer:
    """An offer's time is over."""

    offer_id: UUID


OfWish = ConfirmWish | DeclineOffer | CloseWish | EndWish
"""Commands on one wish that is there already, and on nothing else."""

OfWaitingList = MakeWish | WishEarlier | OfWish | EndWishesOf | AcceptOffer | OfferReturned | LapseOffer
"""Every command of the waiting list."""
