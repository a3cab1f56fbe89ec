"""The table of messages: which there are, in which version, and when one has lost its sense.

Promises: a message is *stale* if the booking has moved on from what the message says; it *waits* while
what we know of the booking is older than the event that asked for it. Both are decided here and only
here. Shown by ``tests/rules/notification/test_stale.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from buergerbuero_contracts.notification import Template

VERSIONS = {
    Template.CONFIRM_REQUEST: 1,
    Template.CONFIRMED: 1,
    Template.MOVED: 1,
    Template.CANCELLED_BY_CITIZEN: 1,
    Template.CANCELLED_BY_OFFICE: 1,
}
"""Template → version. The version rises with the words, and stands in event and Message-ID."""


class BookingPhase(StrEnum):
    """Where a booking stands, as far as messages care."""

    HELD = "held"
    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    DISPLACED = "displaced"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    ADMITTED = "admitted"
    MISSED = "missed"


SPEAKS_OF = {
    Template.CONFIRM_REQUEST: BookingPhase.UNCONFIRMED,
    Template.CONFIRMED: BookingPhase.CONFIRMED,
    Template.MOVED: BookingPhase.CONFIRMED,
    Template.CANCELLED_BY_CITIZEN: BookingPhase.CANCELLED,
    Template.CANCELLED_BY_OFFICE: BookingPhase.CANCELLED,
}
"""Template → the phase that makes it true."""


class SourceLook(StrEnum):
    """What a look at the booking says about a message."""

    BEHIND = "behind"
    HOLDS = "holds"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class BookingNow:
    """What a stale check needs of the read model. ``position`` is that of the booking's last event seen.

    ``changed_at_position`` is the position of its last confirmation request, confirmation, move, undo or
    cancellation, so the event that the present times and phase come from.
    """

    position: int
    changed_at_position: int
    phase: BookingPhase


def look_at_source(template: Template, source_position: int, booking: BookingNow | None) -> SourceLook:
    """Whether the booking is still what the message says.

    A later change of the same phase (another attempt, another move) has a message of its own, so the
    older message is left too.
    """
    if booking is None or booking.position < source_position:
        return SourceLook.BEHIND
    if booking.phase != SPEAKS_OF[template] or booking.changed_at_position != source_position:
        return SourceLook.LEFT
    return SourceLook.HOLDS


class PersonLook(StrEnum):
    """What a look at the person's copy says."""

    BEHIND = "behind"
    ERASED = "erased"
    NO_ADDRESS = "no_address"
    SUPPRESSED = "suppressed"
    HERE = "here"


@dataclass(frozen=True, slots=True)
class PersonNow:
    """What a delivery needs to know of the person's copy before it uses it."""

    revision: int
    keep_until: datetime | None
    erased: bool
    has_address: bool
    suppressed: bool


def look_at_person(revision: int, person: PersonNow | None, at: datetime) -> PersonLook:
    """Whether there is an address to use that is at least as new as the event that asked for the mail.

    An erasure counts whatever its revision, and so does a copy whose time is over.
    """
    if person is not None and (person.erased or person.keep_until is None or person.keep_until <= at):
        return PersonLook.ERASED
    if person is None or person.revision < revision:
        return PersonLook.BEHIND
    if not person.has_address:
        return PersonLook.NO_ADDRESS
    return PersonLook.SUPPRESSED if person.suppressed else PersonLook.HERE
