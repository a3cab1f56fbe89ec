"""What a decision on documents knows besides the streams: gathered before it, the same in each try. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from buergerbuero_contracts.documents import DocumentKind
from servicekit.decider import Refused
from servicekit.log import Context, Person

from .draft import Draft, office_stream
from .rules.calendar import local_date, midnight
from .rules.document_commands import DocumentCase, Facts
from .rules.open_days import OpenDays
from .rules.settings import SiteSettings

WHILE_WAITING = timedelta(days=365)
"""How long a person row of documents is kept while a document is on its way or waits."""
DAYS_AFTER_END = 2
"""Days after its last document ended until a person row ends, and a document's case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """A command's surroundings.

    ``target``: the document that an order or a scan is about, ``kind`` and ``number_known`` what the number
    says; ``case`` and ``anothers`` as in ``Facts``. ``people`` are rows that documents owns; ``languages``
    are known for those and for copies.
    """

    context: Context
    settings_of: Callable[[str], SiteSettings]
    case: DocumentCase | None = None
    anothers: bool = False
    people: Mapping[UUID, Person] = field(default_factory=dict)
    languages: Mapping[UUID, str] = field(default_factory=dict)
    target: UUID | None = None
    kind: DocumentKind | None = None
    number_known: bool = False
    in_safe: frozenset[UUID] = frozenset()
    counted: frozenset[UUID] = frozenset()
    strange: int = 0

    @property
    def at(self) -> datetime:
        """The time of the decision."""
        return self.context.at

    def settings(self, site: str) -> SiteSettings:
        """The settings of a site. Refuses ``unknown-site``."""
        try:
            return self.settings_of(site)
        except KeyError:
            raise Refused("unknown-site") from None

    def facts(self, draft: Draft, site: str) -> Facts:
        """What the rules of documents may look at."""
        settings = self.settings(site)
        return Facts(
            at=self.at,
            by=self.context.actor.id,
            settings=settings,
            days=OpenDays(draft[office_stream(site)], settings),
            case=self.case,
            anothers=self.anothers,
        )

    def new_invitation(self, draft: Draft) -> UUID:
        """The id of the next invitation of this command; the first one is the usual derived id."""
        draft.invitations += 1
        suffix = "" if draft.invitations == 1 else f":{draft.invitations}"
        return self.context.new_id(f"invitation{suffix}")

    def language(self, person_id: UUID) -> str:
        """The person's language; German until it is known."""
        return self.languages.get(person_id, "de")

    def speaking(self, person_id: UUID, language: str) -> Around:
        """The same, where this language is known of a person whose row is not there yet."""
        return replace(self, languages={person_id: language, **self.languages})

    def kept(self, person_id: UUID | None, until: datetime) -> Person | None:
        """The person's own row with another end, one revision up; None if there is nothing to change."""
        person = self.people.get(person_id) if person_id else None
        if person is None or person.erased or person.keep_until == until:
            return None
        return replace(person, revision=person.revision + 1, keep_until=until)


def end_of_retention(at: datetime) -> datetime:
    """The end of the second day after the one on which a document ended."""
    return midnight(local_date(at) + timedelta(days=DAYS_AFTER_END + 1))
