"""What documents' commands see of the running service besides the log: a port that ``wiring.py`` fills.

Promises: everything that a decision needs and that is not in its streams comes through here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from .item_cases import ItemCases
from .post_room_config import PostRoomConfig
from .rules.document_commands import DocumentCase
from .rules.ordering import readings
from .rules.settings import SiteSettings


class Cases(Protocol):
    """The side table ``document_case``: what is known of a document and must not be in an event."""

    async def of(self, document_id: UUID) -> DocumentCase | None:
        """What is kept of a document; None if nothing is, or no longer."""

    async def by_numbers(self, numbers: Sequence[str]) -> dict[str, UUID]:
        """Those of the numbers, in their normal form, that are known, and whose they are."""

    async def enter(self, case: DocumentCase) -> bool:
        """Keep what is given; a number that is there stays. May be repeated.

        False, and nothing changed, if the number is another document's or this one has another.
        """

    async def erase(self, document_id: UUID) -> None:
        """Forget all of it. May be repeated."""


async def known(cases: Cases, scanned: str) -> tuple[str, UUID | None]:
    """A number as it is kept, and whose it is, if anybody's. Refuses ``invalid-input`` for what is none."""
    forms = readings(scanned)
    found = await cases.by_numbers(forms)
    number = _kept(forms, found)
    return number, found.get(number)


async def owners(cases: Cases, scanned: Iterable[str]) -> tuple[frozenset[UUID], int]:
    """Whose these numbers are, and how many are nobody's. Refuses ``invalid-input``."""
    scans = {readings(one) for one in scanned}
    found = await cases.by_numbers([form for forms in scans for form in forms])
    mine = [found.get(_kept(forms, found)) for forms in scans]
    return frozenset(one for one in mine if one is not None), mine.count(None)


def _kept(forms: Sequence[str], found: Mapping[str, UUID]) -> str:
    """Two numbers may differ by Y and Z alone: what was scanned comes before how else it can be read."""
    return next((one for one in forms if one in found), forms[0])


class Surroundings(Protocol):
    """What the handlers see of the running service besides the log."""

    @property
    def cases(self) -> Cases:
        """The side table."""

    @property
    def item_cases(self) -> ItemCases:
        """The side table of the post room."""

    @property
    def post_room(self) -> PostRoomConfig:
        """Teams, offices and papers of the post room."""

    def settings(self, site: str) -> SiteSettings:
        """The settings of a site; raises KeyError for an unknown one."""

    async def language(self, person_id: UUID) -> str:
        """The language of a person whose row another service owns; German until the copy is here."""

    async def in_safe(self, site: str) -> Sequence[UUID]:
        """The documents that have a bin of the site's safe."""
