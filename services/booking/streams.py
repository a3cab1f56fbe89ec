"""How the streams of the floor are named. Pure. A visit's stream has the visit's own id."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from servicekit.log import Stream


def door_stream(site: str, day: date) -> Stream:
    """The room of a site on a date."""
    return Stream.named("door", site, day)


def counter_stream(site: str, counter: str, day: date) -> Stream:
    """A counter on a date."""
    return Stream.named("counter", site, counter, day)


def visit_stream(visit_id: UUID) -> Stream:
    """A visit."""
    return Stream("visit", visit_id)
