"""The table of messages: which there are, in which version, on which way, and when one has lost its sense.

Promises: a message is *stale* if the booking, invitation or item has moved on from what the message says; it
*waits* while what we know of it is older than the event that asked for it. Both are decided here and only
here. So is whether the address is still the one that a message was meant for.
Shown by ``tests/rules/notification/test_stale.py`` and ``test_invitations.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from buergerbuero_contracts.notification import Template

VERSIONS = {
    Template.CONFIRM_REQUEST: 2,
    Template.CONFIRMED: 2,
    Template.PICKUP_BOOKED: 1,
    Template.MOVED: 2,
    Template.CANCELLED_BY_CITIZEN: 2,
    Template.CANCELLED_BY_OFFICE: 2,
    Template.REMINDER: 2,
    Template.DOCUMENT_READY: 2,
    Template.EARLIER_SLOT: 1,
    Template.PAPERS_MISSING: 1,
    Template.WEEKLY_REPORT: 1,
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


class InvitationPhase(StrEnum):
    """Where a call to collect documents stands."""

    OPEN = "open"
    BOOKED = "booked"
    GONE = "gone"
    """None of its documents waits any more, though nobody has ended it yet."""
    ENDED = "ended"


class LockerPhase(StrEnum):
    """Where a document is that was placed in a locker."""

    OPEN = "open"
    """It waits there; the same word as an invitation's, as the same message calls for it."""
    GONE = "gone"


class WeekPhase(StrEnum):
    """Where a week stands of which the office is told."""

    OVER = "over"


class ItemPhase(StrEnum):
    """Where an item of the post room stands."""

    OPEN = "open"
    """Nothing is asked of the person."""
    WAITING = "waiting"
    """For papers of the person."""
    CLOSED = "closed"


class WishPhase(StrEnum):
    """Where a wish for an earlier appointment stands."""

    UNCONFIRMED = "unconfirmed"
    """Not proven by the mailed link; the same word as a booking's, as the same message asks for it."""
    WAITING = "waiting"
    OFFERED = "offered"
    CLOSED = "closed"


Phase = BookingPhase | InvitationPhase | LockerPhase | ItemPhase | WishPhase | WeekPhase

SPEAKS_OF: Mapping[Template, Phase] = {
    Template.CONFIRM_REQUEST: BookingPhase.UNCONFIRMED,
    Template.CONFIRMED: BookingPhase.CONFIRMED,
    Template.PICKUP_BOOKED: BookingPhase.CONFIRMED,
    Template.MOVED: BookingPhase.CONFIRMED,
    Template.CANCELLED_BY_CITIZEN: BookingPhase.CANCELLED,
    Template.CANCELLED_BY_OFFICE: BookingPhase.CANCELLED,
    Template.REMINDER: BookingPhase.CONFIRMED,
    Template.DOCUMENT_READY: InvitationPhase.OPEN,
    Template.EARLIER_SLOT: WishPhase.OFFERED,
    Template.PAPERS_MISSING: ItemPhase.WAITING,
    Template.WEEKLY_REPORT: WeekPhase.OVER,
}
"""Template → the phase that makes it true."""

LETTERS = frozenset({Template.DOCUMENT_READY, Template.PICKUP_BOOKED, Template.PAPERS_MISSING})
"""What may go out on paper, if there is no e-mail address or the e-mail does not arrive: all about documents.
About another appointment only who asked for it gets a letter; anybody else who cannot be reached stands on
the call list, as post is too slow for that."""
PICKUP_LINK = timedelta(days=120)
"""How long the link to collect a document works, since its event; the message is of use as long."""
WISH_PROOF = timedelta(minutes=60)
"""How long the link that proves a wish works, since the wish."""
WISH_LINK = timedelta(days=67)
"""How long any link of a wish works: it ends 60 days after it was made, and the link a week after that."""
POST = timedelta(days=5)
"""From the decision for paper to the letter-box: the next printing, and two to three days of post."""
MAIL_FOR = timedelta(days=3)
"""How long an e-mail that could be a letter is tried, since its event; then paper is quicker."""


def may_be_letter(template: Template, useful_until: datetime, at: datetime, by_letter: bool = False) -> bool:
    """Whether the template allows paper, or the person asked for it, and the date allows it."""
    return (by_letter or template in LETTERS) and useful_until - at >= POST


def mail_until(template: Template, asked_at: datetime, useful_until: datetime) -> datetime:
    """When an e-mail is given up."""
    return min(useful_until, asked_at + MAIL_FOR) if template in LETTERS else useful_until


class SourceLook(StrEnum):
    """What a look at the booking, invitation or item says about a message."""

    BEHIND = "behind"
    HOLDS = "holds"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class SourceNow:
    """What a stale check needs of the read models. ``position`` is that of the thing's last event seen.

    ``changed_at_position`` is the position of the last event that a message may speak of: a booking's
    confirmation request, confirmation, move, undo or cancellation, an invitation or its reminder, a
    request for papers or its reminder. ``known`` is false while something that the message names has
    not been seen yet: events of a document come on another key than those of its invitation.
    """

    position: int
    changed_at_position: int
    phase: Phase
    known: bool = True


def look_at_source(template: Template, source_position: int, now: SourceNow | None) -> SourceLook:
    """Whether the booking, invitation or item is still what the message says.

    A later change of the same phase (another attempt, another move, a reminder) has a message of its
    own, so the older message is left too.
    """
    if now is None or now.position < source_position:
        return SourceLook.BEHIND
    if now.changed_at_position != source_position:
        return SourceLook.LEFT
    if not now.known:
        return SourceLook.BEHIND
    return SourceLook.HOLDS if now.phase == SPEAKS_OF[template] else SourceLook.LEFT


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
    address_after: int = 0
    """The address is newer than this revision."""


def look_at_person(revision: int, person: PersonNow | None, at: datetime) -> PersonLook:
    """Whether there is an address to use that is at least as new as the event that asked for the mail.

    A tombstone, which leaves no ``keep_until``, counts whatever its revision. A copy whose time is over
    counts as erased unless the event knows of a newer revision: that one may be kept longer.
    """
    if person is not None and person.keep_until is None:
        return PersonLook.ERASED
    if person is None or person.revision < revision:
        return PersonLook.BEHIND
    if person.erased or person.keep_until is None or person.keep_until <= at:
        return PersonLook.ERASED
    if not person.has_address:
        return PersonLook.NO_ADDRESS
    return PersonLook.SUPPRESSED if person.suppressed else PersonLook.HERE


def meant_for(revision: int, person: PersonNow | None) -> bool:
    """Whether a mail whose event knew this revision is for the address of today, as far as anybody can tell.

    The row's revision alone does not tell: it also rises with another end of the row.
    """
    return person is None or revision > person.address_after


def link_is_void(template: Template, revision: int, person: PersonNow | None) -> bool:
    """Whether the link of a request to confirm counts no more, since the address was corrected after it.

    No event need tell of that: the mail to the corrected address may be withheld.
    """
    return template is Template.CONFIRM_REQUEST and not meant_for(revision, person)
