"""What the API and the pages need of the rest of documents. ``wiring.py`` supplies it.

Promises: the thin ends know nothing else, neither pools nor brokers nor the log. Times are aware
UTC. ``servicekit.handle.Outcome`` is what a command led to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from servicekit.handle import Outcome
from servicekit.log import Context
from servicekit.tokens import Tokens
from servicekit.web.requests import AnyRequest


class Clock(Protocol):
    """The platform's time."""

    def now(self) -> datetime:
        """The present moment, UTC."""


@dataclass(frozen=True, slots=True)
class SiteInfo:
    """An office as people find it; from the site's configuration file."""

    code: str
    name: str
    address: str
    phone: str
    email: str


class Office(Protocol):
    """The ends' view of the service."""

    @property
    def clock(self) -> Clock:
        """The platform's time."""

    @property
    def tokens(self) -> Tokens:
        """Signs and verifies links."""

    @property
    def sites(self) -> Mapping[str, SiteInfo]:
        """All offices by code."""

    @property
    def booking_url(self) -> str:
        """Where citizens find the pick-up slots, without a slash at its end."""

    def position(self) -> int:
        """The log position up to which this process has seen everything."""

    async def caught_up(self, position: int) -> None:
        """Return when the read models have seen ``position``: wait at most 250 ms.

        Refuses ``invalid-input`` for a position that the log does not have; raises ``Busy``.
        """

    async def execute(self, command: Any, context: Context) -> Outcome:
        """Carry out one command. Raises ``Refused`` or ``Busy``."""


def office_of(request: AnyRequest) -> Office:
    """The service behind this application."""
    office: Office = request.app.state.office
    return office
