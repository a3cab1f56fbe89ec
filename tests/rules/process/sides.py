"""The two services as the process drives them: their worlds in memory on the process's log.

Each has two processes of its own, so that one can be faster while the other decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from buergerbuero_contracts.documents import (
    DocumentKind,
    DocumentReady,
    DocumentStored,
    InvitationEnded,
    PickupInvited,
)
from buergerbuero_contracts.envelope import Event
from servicekit.log import Stream
from services.booking.administration import DECIDERS as OF_BOOKING
from services.booking.administration import PLANNED
from services.booking.handlers import Handlers as BookingHandlers
from services.booking.rules.day_state import DayPlan
from services.booking.rules.pickup import Invitation
from services.booking.rules.site import Site
from services.booking.timers import timers as booking_timers
from services.documents.deciders import DECIDERS as OF_DOCUMENTS
from services.documents.handlers import Handlers as DocumentsHandlers
from services.documents.timers import timers as documents_timers
from tests.rules.booking.memory import Office
from tests.rules.documents.world import SITE, World
from tests.rules.process.logs import Log, QuickHandler

PROCESSES = 2


@dataclass
class Called:
    """Booking's read model of invitations, as far as its consumer has come: what the tables would say."""

    invited: dict[UUID, PickupInvited] = field(default_factory=dict)
    ended: set[UUID] = field(default_factory=set)
    kinds: dict[UUID, DocumentKind] = field(default_factory=dict)

    def apply(self, event: Event) -> None:
        """One event of the documents' topic."""
        match event:
            case PickupInvited():
                self.invited[event.invitation_id] = event
            case InvitationEnded():
                self.ended.add(event.invitation_id)
            case DocumentReady() | DocumentStored():
                self.kinds[event.document_id] = event.kind

    def invitation(self, invitation_id: UUID) -> Invitation | None:
        """The call; None while it or the kind of one of its documents is not known."""
        told = self.invited.get(invitation_id)
        if told is None or any(one not in self.kinds for one in told.document_ids):
            return None
        return Invitation(
            invitation_id,
            told.person_id,
            told.person_revision,
            told.site,
            told.language,
            tuple((one, self.kinds[one]) for one in told.document_ids),
            invitation_id in self.ended,
        )


@dataclass
class BookingSide(Office):
    """Booking: its log, a site that does not change, its read model of invitations."""

    log: Log = field(default_factory=lambda: Log(OF_BOOKING))
    the_site: Site = field(default_factory=Site)
    called: Called = field(default_factory=Called)

    def __post_init__(self) -> None:
        """Wire the processes to the log."""
        self.processes = [
            BookingHandlers(
                QuickHandler(self.log, self.log, OF_BOOKING, planned=PLANNED, timers=booking_timers), self
            )
            for _ in range(PROCESSES)
        ]
        self.handlers = self.processes[0]

    def sites(self) -> Sequence[str]:
        """The one."""
        return [SITE]

    def site(self, code: str) -> Site:
        """As it was set up."""
        if code != SITE:
            raise KeyError(code)
        return self.the_site

    async def plans(self, site: str, first: date, last: date) -> Sequence[DayPlan]:
        """The plans of these dates."""
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return [self.log.state(Stream.named("day_plan", site, day)) for day in days]

    async def invitation(self, invitation_id: UUID) -> Invitation | None:
        """As far as the topic told."""
        return self.called.invitation(invitation_id)


@dataclass
class DocumentsSide(World):
    """Documents: its log, its cases, its settings."""

    log: Any = field(default_factory=lambda: Log(OF_DOCUMENTS))

    def __post_init__(self) -> None:
        """Wire the processes to the log."""
        self.processes = [
            DocumentsHandlers(QuickHandler(self.log, self.log, OF_DOCUMENTS, timers=documents_timers), self)
            for _ in range(PROCESSES)
        ]
        self.handlers = self.processes[0]

    def _state(self, stream: Stream) -> Any:
        return cast(Log, self.log).state(stream)

    @property
    def now(self) -> datetime:
        """The same clock as booking's."""
        return self.at
