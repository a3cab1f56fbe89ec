"""Limits that span streams: as data, and as guards and uses of one append. Pure.

Promises: keys are keyed hashes computed outside, never the things themselves; a subject never
counts against itself; staff bookings have no device or network and so no such limits. The log counts
the uses under its lock (``servicekit/log.py``). Shown by ``tests/rules/booking/test_limits.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from buergerbuero_contracts.envelope import Item
from servicekit.decider import Refused
from servicekit.log import Effects, Guard, Use

from .settings import ProtectionLevel

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NETWORK, MAILBOX = "hold-network", "hold-mailbox"
"""What is held or unconfirmed: per network, or per mailbox if that was the hold's proof."""
OPEN_KINDS = (NETWORK, MAILBOX)
MISSED, ONLINE = "missed", "online"
"""Appointments that somebody did not come to; appointments made online and still to come. Per contact."""
MISSED_MOST, MISSED_FOR = 2, timedelta(days=30)
"""After so many in so many days only one may be made online. The telephone and the desk stay free."""
_NONE = Effects()


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at most. ``None``: no such limit."""

    holds_per_device: int
    holds_per_network: int
    open_per_contact: int | None
    attempts_per_device_hour: int
    unconfirmed_per_contact: int
    confirmed_per_contact: int
    wishes_per_contact: int = 1
    mails_per_address_hour: int = 2
    mails_per_address_day: int = 5
    mails_per_network_hour: int = 20


LIMITS: Mapping[ProtectionLevel, Limits] = {
    ProtectionLevel.NORMAL: Limits(2, 8, None, 10, 2, 3),
    ProtectionLevel.RAISED: Limits(1, 1, 1, 5, 1, 2),
}
"""Per contact means per contact and service group, except ``open_per_contact``."""


class Origin(msgspec.Struct, frozen=True):
    """Where a citizen's command comes from, as keyed hashes; None for staff, whom no such limit holds."""

    device: str | None = None
    network: str | None = None

    @property
    def public(self) -> bool:
        """True for everybody but staff."""
        return self != Origin()


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom a booking is for, as the limits know them: keyed hash of the contact, service groups."""

    contact: str | None
    groups: tuple[str, ...]

    def per_group(self) -> Iterable[str]:
        """One key per service group."""
        return () if self.contact is None else (f"{self.contact}:{group}" for group in self.groups)


def hold(limits: Limits, origin: Origin, booking_id: UUID, at: datetime, until: datetime) -> Effects:
    """A new hold: open holds per device and network, attempts per device and hour."""
    counted = (
        ("hold-device", origin.device, limits.holds_per_device, until),
        (NETWORK, origin.network, limits.holds_per_network, until),
        ("hold-attempt", origin.device, limits.attempts_per_device_hour, at + HOUR),
    )
    return _effects(booking_id, "too-many-holds", counted)


def hold_until(origin: Origin, booking_id: UUID, until: datetime | None) -> Effects:
    """An open hold lasts until another moment, or has ended (None)."""
    kinds = (("hold-device", origin.device), (NETWORK, origin.network))
    return Effects(uses=tuple(Use(kind, key, booking_id, until) for kind, key in kinds if key))


def still_open(counted: Mapping[str, str], booking_id: UUID, until: datetime | None) -> Effects:
    """What is held or unconfirmed counts until another moment, or no more (None), for what it counted before.

    A hold that has its contact is free for the device, but not for its network or mailbox: otherwise invented
    contacts would let one of them keep as many places as it may ask for mails.
    """
    return Effects(uses=tuple(Use(kind, key, booking_id, until) for kind, key in counted.items()))


def open_again(limits: Limits, origin: Origin, booking_id: UUID, until: datetime) -> Effects:
    """A hold that had ended gets its contact: it counts for the network that asks, like a new one."""
    counted = ((NETWORK, origin.network, limits.holds_per_network, until),)
    return _effects(booking_id, "too-many-holds", counted)


def contact_given(
    limits: Limits, reached: Reached, booking_id: UUID, until: datetime, origin: Origin
) -> Effects:
    """A contact is named: unconfirmed and confirmed bookings of the contact and service group.

    Whoever names a mailbox from outside has not proven it, and learns nothing of what it has: they are
    refused when they confirm (``booked_at_once``). Here only staff are.
    """
    if origin.public:
        return confirm_until(reached, booking_id, until)
    unconfirmed = tuple(
        ("unconfirmed", key, limits.unconfirmed_per_contact, until) for key in reached.per_group()
    )
    standing = tuple(("confirmed", key, limits.confirmed_per_contact, None) for key in reached.per_group())
    open_now = (
        (("open-contact", reached.contact, limits.open_per_contact, until),)
        if limits.open_per_contact is not None
        else ()
    )
    return _effects(booking_id, "too-many-bookings", (*unconfirmed, *standing, *open_now))


def confirm_until(reached: Reached, booking_id: UUID, until: datetime | None) -> Effects:
    """An unconfirmed booking lasts until another moment, or is unconfirmed no more (None)."""
    uses = tuple(Use("unconfirmed", key, booking_id, until) for key in reached.per_group())
    one = (Use("open-contact", reached.contact, booking_id, until),) if reached.contact else ()
    return Effects(uses=(*uses, *one))


def stands_until(
    reached: Reached, booking_id: UUID, until: datetime | None, *, online: bool = False
) -> Effects:
    """A confirmed booking counts until its start, or no more (None); what was made online also as that."""
    uses = [Use("confirmed", key, booking_id, until) for key in reached.per_group()]
    if online and reached.contact:
        uses.append(Use(ONLINE, reached.contact, booking_id, until))
    return Effects(uses=tuple(uses))


def booked_online(reached: Reached, booking_id: UUID, starts_at: datetime, *, once: bool) -> Effects:
    """A booking made online by whoever has the mailbox. Who did not come too often is asked ``once`` more:
    then it must be the only one."""
    if reached.contact is None:
        return _NONE
    if once:
        return _effects(booking_id, "too-many-bookings", ((ONLINE, reached.contact, 1, starts_at),))
    came = _effects(booking_id, "too-many-bookings", ((MISSED, reached.contact, MISSED_MOST, None),))
    return together(came, Effects(uses=(Use(ONLINE, reached.contact, booking_id, starts_at),)))


def missed_too_often(refused: Refused) -> bool:
    """Whether a booking was refused for this reason, and may be the only one all the same."""
    return refused.details.get("limit") == MISSED


def missed(contact: str | None, booking_id: UUID, at: datetime | None) -> Effects:
    """Somebody did not come, or came after all (None)."""
    until = at + MISSED_FOR if at else None
    return Effects(uses=(Use(MISSED, contact, booking_id, until),)) if contact else _NONE


def booked_at_once(limits: Limits, reached: Reached, booking_id: UUID, starts_at: datetime) -> Effects:
    """A booking is confirmed by whoever has the mailbox, or by staff: confirmed ones of contact and group."""
    counted = tuple(
        ("confirmed", key, limits.confirmed_per_contact, starts_at) for key in reached.per_group()
    )
    return _effects(booking_id, "too-many-bookings", counted)


def mail(limits: Limits, address: str | None, origin: Origin, mail_id: UUID, at: datetime) -> Effects:
    """One confirmation mail more: per address and hour, address and day, network and hour."""
    counted = (
        ("mail-hour", address, limits.mails_per_address_hour, at + HOUR),
        ("mail-day", address, limits.mails_per_address_day, at + DAY),
        ("mail-network", origin.network, limits.mails_per_network_hour, at + HOUR),
    )
    return _effects(mail_id, "mail-limit", counted)


def mails_asked(limits: Limits, own: str, mail_id: UUID, at: datetime) -> Effects:
    """One mail more that a booking asked for at one address, sent or withheld: as many as it may get."""
    counted = (
        ("asked-hour", own, limits.mails_per_address_hour, at + HOUR),
        ("asked-day", own, limits.mails_per_address_day, at + DAY),
    )
    return _effects(mail_id, "mail-limit", counted)


def of_address(refused: Refused) -> bool:
    """Whether a refusal tells something of the mailbox that was typed, and not of who typed it."""
    return refused.code == "mail-limit" and refused.details.get("limit") in ("mail-hour", "mail-day")


def wish(limits: Limits, reached: Reached, items: Iterable[Item], wish_id: UUID, until: datetime) -> Effects:
    """A proven wish waits: one per contact and service, and so many per contact and service group."""
    counted = (
        *(("wish", key, 1, until) for key in _per_service(reached, items)),
        *(("wish-group", key, limits.wishes_per_contact, until) for key in reached.per_group()),
    )
    return _effects(wish_id, "wish-exists", counted)


def wish_over(reached: Reached, items: Iterable[Item], wish_id: UUID) -> Effects:
    """A wish waits no more."""
    kinds = (("wish", _per_service(reached, items)), ("wish-group", reached.per_group()))
    return Effects(uses=tuple(Use(kind, key, wish_id, None) for kind, keys in kinds for key in keys))


def _per_service(reached: Reached, items: Iterable[Item]) -> Iterable[str]:
    return () if reached.contact is None else [f"{reached.contact}:{item.service}" for item in items]


def _effects(
    subject: UUID, code: str, counted: Iterable[tuple[str, str | None, int, datetime | None]]
) -> Effects:
    """Guards and uses of (kind, key, maximum, until); without ``until`` only the guard."""
    guards, uses = [], []
    for kind, key, most, until in counted:
        if key is not None:
            guards.append(Guard(kind, key, most, code, subject))
            if until is not None:
                uses.append(Use(kind, key, subject, until))
    return Effects(tuple(guards), tuple(uses))


def together(*parts: Effects) -> Effects:
    """Several effects of one append."""
    parts = tuple([part for part in parts if part != _NONE])
    if len(parts) == 1:
        return parts[0]
    return Effects(
        guards=tuple(guard for part in parts for guard in part.guards),
        uses=tuple(use for part in parts for use in part.uses),
        timers=tuple(timer for part in parts for timer in part.timers),
        people=tuple(person for part in parts for person in part.people),
    )
