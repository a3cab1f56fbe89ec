"""The counts of a safe, one stream per site and date, and who has which bin. Pure.

Promises: a bin holds as many documents as the setting says, judged under the log's lock (a guard on the
bin, a use per document), so two clerks cannot fill the same place.
Shown by ``tests/rules/documents/test_safe.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from buergerbuero_contracts.envelope import Event
from servicekit.decider import Decider
from servicekit.log import Effects, Guard, Use

from .document_state import Document
from .events import SafeCounted
from .settings import SiteSettings

BIN = "bin"
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
"""A bin is used until the document leaves it, whenever that is."""


def bin_key(site: str, spot: str) -> str:
    """How guards and uses name a bin. Nothing personal, so not hashed."""
    return f"{site}:{spot}"


def taken(state: Document, spot: str, settings: SiteSettings) -> Effects:
    """The document gets this bin and gives its former one back. ``bin-full`` if it has no room."""
    key = bin_key(state.site, spot)
    guard = Guard(BIN, key, settings.bin_capacity, "bin-full", state.document_id)
    former = freed(state).uses if state.bin != spot else ()
    return Effects(guards=(guard,), uses=(*former, Use(BIN, key, state.document_id, FOREVER)))


def freed(state: Document) -> Effects:
    """The document needs its bin no more."""
    if state.bin is None:
        return Effects()
    return Effects(uses=(Use(BIN, bin_key(state.site, state.bin), state.document_id, None),))


@dataclass(frozen=True, slots=True)
class Safe:
    """The counts of one day."""

    counts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What a count led to."""

    site: str
    date: date
    at: datetime
    expected: int
    counted: int
    missing: int
    found: int
    strange: int


def evolve(state: Safe, event: Event) -> Safe:
    """One count more."""
    return replace(state, counts=state.counts + 1) if isinstance(event, SafeCounted) else state


def decide(command: Count, _state: Safe) -> Sequence[Event]:
    """Each count is recorded, also one without a difference."""
    return [
        SafeCounted(
            site=command.site,
            date=command.date,
            at=command.at,
            expected=command.expected,
            counted=command.counted,
            missing=command.missing,
            found=command.found,
            strange=command.strange,
        )
    ]


DECIDER: Decider[Safe, Count] = Decider("safe", Safe(), evolve, decide)
