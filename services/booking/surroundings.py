"""What booking's commands see of the running service besides the log: a port that ``wiring.py`` fills.

Promises: everything that a decision needs and that is not in its streams comes through here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from servicekit.decider import Refused
from servicekit.log import Stream

from .rules.day_state import DayPlan
from .rules.pickup import Invitation
from .rules.protection import Holds
from .rules.queue import Line
from .rules.site import Site
from .rules.wish_state import Waiting


class Surroundings(Protocol):
    """What the handlers see of the running service besides the log."""

    def sites(self) -> Sequence[str]:
        """The codes of all sites."""

    def site(self, code: str) -> Site:
        """A site as last set; raises KeyError for an unknown one."""

    async def plans(self, site: str, first: date, last: date) -> Sequence[DayPlan]:
        """The day plans of these dates, planned or not, in order; they may be a moment old."""

    def plan(self, stream: Stream) -> DayPlan:
        """A day's plan as it is in memory."""

    async def stands(self, day: Stream, still: Callable[[DayPlan], bool], command_id: UUID) -> bool:
        """Whether the log, looked at from now on, shows that of the day's plan, and not this command."""

    async def expire_due(self, site: str, day: date, at: datetime) -> int:
        """Fire the hold-expiry timers of the day's bookings that are due; gives how many."""

    async def holds(self, site: str, first: datetime, last: datetime) -> Holds:
        """The online holds taken after ``first`` and until ``last``, and what became of them."""

    async def invitation(self, invitation_id: UUID) -> Invitation | None:
        """An invitation as the documents' topic told it; None while it, or a document of it, is unknown."""

    async def holder(self, kind: str, keys: Sequence[str], at: datetime) -> UUID | None:
        """Who counts for a limit at a moment: the open pick-up of a document, the wish of a contact."""

    async def counted(self, subject: UUID, at: datetime) -> Mapping[str, str]:
        """For which network or mailbox (``limits.OPEN_KINDS``) an open booking counts at a moment."""

    async def queue(self, site: str, day: date) -> Line:
        """The people who wait, as the read model knows them: it may be a moment old."""

    async def wishes(self, site: str, day: date) -> Sequence[Waiting]:
        """The active wishes for places on a date, oldest first; they may be a moment old."""

    async def wishes_of(self, booking_id: UUID) -> Sequence[UUID]:
        """The open wishes for an earlier place than this booking's; they may be a moment old."""

    def hashed(self, kind: str, value: str) -> str:
        """A keyed hash for limits; never the thing itself."""

    def chance(self) -> float:
        """A draw in [0, 1) that nobody outside can guess."""


def site_of(around: Surroundings, code: str) -> Site:
    """A site as last set. Refuses ``unknown-site``."""
    try:
        return around.site(code)
    except KeyError:
        raise Refused("unknown-site") from None
