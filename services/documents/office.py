"""What the API and the pages need of the rest of documents. ``wiring.py`` supplies it.

Promises: the thin ends know nothing else, neither pools nor brokers nor the log. Times are aware
UTC. ``servicekit.handle.Outcome`` is what a command led to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from servicekit.handle import Outcome
from servicekit.log import Context, Recorded
from servicekit.staff import Staff
from servicekit.tokens import Tokens

from .commands import Command, HandOverDocument
from .post_room_commands import OfPostRoom
from .projections.document_queries import DocumentRow
from .rules.batch import Batch
from .rules.document_commands import DocumentCase
from .rules.document_state import Document
from .rules.invitation import Invitation

if TYPE_CHECKING:
    from servicekit.web.requests import AnyRequest


class Clock(Protocol):
    """The platform's time."""

    def now(self) -> datetime:
        """The present moment, UTC."""


@dataclass(frozen=True, slots=True)
class SiteInfo:
    """An office as people find it; from the site's configuration file. ``windows`` are its secured ones."""

    code: str
    name: str
    address: str
    phone: str
    email: str
    windows: tuple[str, ...] = ("window_1",)


class Lists(Protocol):
    """The read model of documents. Every list is of one site."""

    async def by_id(self, documents: Iterable[UUID]) -> Sequence[DocumentRow]:
        """These documents, as far as they are known."""

    async def of_booking(self, booking_id: UUID) -> Sequence[DocumentRow]:
        """What a pick-up booking collects."""

    async def of_person(self, person_id: UUID, site: str) -> Sequence[DocumentRow]:
        """A person's documents whose way has not ended."""

    async def of_day(self, site: str, first: datetime, last: datetime) -> Sequence[DocumentRow]:
        """What is collected from ``first`` on and before ``last``, by time."""

    async def at(self, site: str, place: str) -> Sequence[DocumentRow]:
        """What lies at a place, longest first."""

    async def ordered(self, site: str, kind: str | None) -> Sequence[DocumentRow]:
        """What was ordered and did not come yet, of one kind or of all, newest order first."""

    async def booked(self, site: str) -> Sequence[UUID]:
        """The pick-up bookings that are open, the next ones first."""

    async def bins(self, site: str) -> Mapping[str, int]:
        """The bins in use, and how many documents each holds."""


class Deliveries(Protocol):
    """The read model of deliveries."""

    async def open(self, site: str) -> Sequence[UUID]:
        """The deliveries that are being unpacked at a site, newest first."""


class Names(Protocol):
    """Who waits for which document, by name, and who was shown it."""

    async def of(self, people: Iterable[UUID], at: datetime) -> Mapping[UUID, str]:
        """The names that may be known at this moment; who is erased or unknown is missing."""

    async def record(
        self, who: Staff, reason: str, seen: Sequence[tuple[UUID, UUID | None]], at: datetime
    ) -> None:
        """Write down who sees whom: ``seen`` is pairs of person and document."""


class Office(Protocol):
    """The ends' view of the service."""

    @property
    def clock(self) -> Clock:
        """The platform's time."""

    @property
    def tokens(self) -> Tokens:
        """Signs and verifies links."""

    @property
    def code_key(self) -> bytes:
        """Derives the codes of bookings; not rotated with the links' keys."""

    @property
    def sites(self) -> Mapping[str, SiteInfo]:
        """All offices by code."""

    @property
    def booking_url(self) -> str:
        """Where citizens find the pick-up slots, without a slash at its end."""

    @property
    def documents(self) -> Lists:
        """Lists of documents, a moment old at most."""

    @property
    def deliveries(self) -> Deliveries:
        """Deliveries, likewise."""

    @property
    def names(self) -> Names:
        """Names, for pages alone."""

    def position(self) -> int:
        """The log position up to which this process has seen everything."""

    async def caught_up(self, position: int) -> None:
        """Return when this process has seen ``position``. Refuses one that the log does not have."""

    async def shown(self, position: int) -> None:
        """Return when the lists hold everything up to ``position``, or after a second at most."""

    async def execute(self, command: Command | OfPostRoom, context: Context) -> Outcome:
        """Carry out one command. Raises ``Refused`` or ``Busy``."""

    async def check(self, command: HandOverDocument, context: Context) -> None:
        """Decide and store nothing. Raises ``Refused`` as :meth:`execute` would now."""

    async def history(self, document_id: UUID) -> Sequence[Recorded]:
        """A document's events with their meta, in order; empty if there is none."""

    async def document(self, document_id: UUID, upto: int = 0) -> Document:
        """The fold of its stream, up to a log position or to the end; the initial one if there is none."""

    async def batch(self, batch_id: UUID, upto: int = 0) -> Batch:
        """A delivery, likewise."""

    async def invitation(self, invitation_id: UUID) -> Invitation:
        """An invitation, likewise."""

    async def case(self, document_id: UUID) -> DocumentCase | None:
        """What the side table knows of a document."""

    async def numbered(self, number: str) -> UUID | None:
        """The document with this number. Refuses ``invalid-input`` for what cannot be one."""


def office_of(request: AnyRequest) -> Office:
    """The service behind this application."""
    office: Office = request.app.state.office
    return office
