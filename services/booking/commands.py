"""What can be asked of booking: the commands that API, pages, timers and reactions hand to ``Handlers``.

Promises: a command carries no time and no chance (the context and the handlers supply them) and of a
person only what goes into the person's row. ``handlers.py`` carries them out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

import msgspec

from buergerbuero_contracts.booking import By, CancelReason, Channel, Pool, ReplanReason
from buergerbuero_contracts.documents import DocumentKind
from buergerbuero_contracts.envelope import Item
from servicekit.decider import Refused

from .contact import ContactData
from .floor_commands import MarkMissed, OfFloor
from .rules import catalogue, limits, opening
from .rules.events import EmergencyReason, Leaving
from .rules.hold_proof import Proof
from .rules.limits import Origin
from .wish_commands import OfWaitingList

STAFF = Origin()
"""No device and no network: the limits of citizens do not apply."""


class ReserveSlot(msgspec.Struct, frozen=True, kw_only=True):
    """A place from ``starts_at`` on, held until the contact is given.

    ``pool`` is the channel's own if absent. Staff may name the person at once: ``contact`` with e-mail
    is asked to confirm within a day, without it the booking is confirmed at once (``by_letter``: the
    person gave a postal address). ``proof`` is needed online while the level is raised.
    """

    site: str
    starts_at: datetime
    items: tuple[Item, ...]
    persons: int = 1
    language: str = "de"
    channel: Channel = Channel.ONLINE
    pool: Pool | None = None
    origin: Origin = STAFF
    emergency: EmergencyReason | None = None
    contact: ContactData | None = None
    by_letter: bool = False
    proof: Proof | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendHold:
    """More time to type, at most ten times."""

    booking_id: UUID
    origin: Origin = STAFF


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveContact:
    """Who comes. The person then confirms by a mailed link, in ``language`` or the booking's own.

    ``mailbox_proven``: a mailed link has proven this very address already; the booking is confirmed at once.
    ``withheld``, here and below, is set by the handlers: the mailbox had its mails, and no mail goes out yet.
    ``once`` likewise: the person did not come too often, and may have this appointment alone.
    """

    booking_id: UUID
    contact: ContactData
    language: str | None = None
    origin: Origin = STAFF
    by_letter: bool = False
    mailbox_proven: bool = False
    withheld: bool = False
    once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendConfirmation:
    """Mail the link again."""

    booking_id: UUID
    origin: Origin = STAFF
    withheld: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectAddress:
    """Mail the link to another address; older links are dead. ``email`` is in its normal form."""

    booking_id: UUID
    email: str
    origin: Origin = STAFF
    withheld: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmBooking:
    """The button behind the mailed link of an attempt."""

    booking_id: UUID
    attempt: int = 1
    once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportUndeliverable:
    """The mail of an attempt came back."""

    booking_id: UUID
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteUnreachable:
    """Another mail to the person came back."""

    booking_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaffirmAttendance:
    """The person will come."""

    booking_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireHold:
    """End what was not confirmed in time."""

    booking_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelBooking:
    """End a booking. A citizen types the code (``code_matches``) or the day of the appointment."""

    booking_id: UUID
    by: By = By.CITIZEN
    reason: CancelReason = CancelReason.CITIZEN_WISH
    code_matches: bool = False
    typed_day: date | None = None
    origin: Origin = STAFF


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoCancel:
    """Take a cancellation back."""

    booking_id: UUID
    once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RescheduleBooking:
    """Another time for the same booking. ``pool``: from which staff take the new place."""

    booking_id: UUID
    starts_at: datetime
    by: By = By.CITIZEN
    pool: Pool = Pool.ONLINE
    origin: Origin = STAFF


@dataclass(frozen=True, slots=True, kw_only=True)
class BookPickup:
    """A time at the secured window for the documents of an invitation; its grant was verified.

    Or staff book for somebody who calls or stands there: then ``channel`` says which.

    Refused: ``invitation-on-its-way`` before the documents' topic told of it, ``invitation-ended``,
    ``document-booked`` (with ``booking_id``, if it is the same person's), and the codes of a place.
    """

    invitation_id: UUID
    starts_at: datetime
    channel: Channel = Channel.ONLINE


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitDocuments:
    """Documents of a person were ordered, or called for, at ``since``: the row is kept for them."""

    person_id: UUID
    document_ids: tuple[UUID, ...]
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDocumentLeft:
    """A document of a person left the office at ``at``: what had booked it ends, or has done its work."""

    person_id: UUID
    document_id: UUID
    kind: DocumentKind
    leaving: Leaving
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanHorizon:
    """Plan every date of the site's horizon that has no plan."""

    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLeadTimes:
    """Look how long one would wait for a place, per service."""

    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewProtection:
    """Look what became of the latest holds, and set the protection level that follows."""

    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplanHorizon:
    """Bring all planned dates from today on to the present hours and counters."""

    site: str
    reason: ReplanReason


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """Change what is set for a site: several steps in one append; steps that hold already do nothing."""

    site: str
    steps: tuple[opening.Command, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Describe:
    """Change the catalogue: one service."""

    site: str
    service: str
    step: catalogue.Command


OfBooking = (
    ExtendHold
    | GiveContact
    | ResendConfirmation
    | CorrectAddress
    | ConfirmBooking
    | ReportUndeliverable
    | NoteUnreachable
    | ReaffirmAttendance
    | ExpireHold
    | CancelBooking
    | UndoCancel
    | RescheduleBooking
    | MarkMissed
)
"""Commands on a booking that is there already."""
MAILING = (GiveContact, ResendConfirmation, CorrectAddress)
"""Those that ask for a mail with the link."""


def instead(command: OfBooking, refused: Refused) -> OfBooking | None:
    """What is asked for instead of a command that a limit refused; None where the refusal stands."""
    if isinstance(command, MAILING) and command.origin.public and limits.of_address(refused):
        return replace(command, withheld=True)  # nobody outside learns what the mailbox had
    if isinstance(command, (ConfirmBooking, GiveContact, UndoCancel)) and limits.missed_too_often(refused):
        return replace(command, once=True)
    return None


OfSite = PlanHorizon | ReplanHorizon | ReviewProtection | SampleLeadTimes | SetUp | Describe
"""Commands on a site."""

OfDocuments = BookPickup | AwaitDocuments | NoteDocumentLeft
"""Commands about documents that wait, or waited, for their holder."""

Command = ReserveSlot | OfBooking | OfSite | OfDocuments | OfFloor | OfWaitingList
