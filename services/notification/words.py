"""The facts of a message as its templates need them: names for codes, dates and counts in one language.

Promises: pure; a code without a word is a ``KeyError``, never a gap; of the person only the salutation.
Shown by ``tests/rules/notification/test_writer.py`` and ``test_document_words.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from . import texts
from .facts import BookingFacts, Facts, InvitationFacts, ItemFacts, LockerFacts, WeekFacts, WishFacts

REASONS: Mapping[str, Mapping[str, str]] = {
    "citizen_wish": {
        "de": "auf Ihren Wunsch",
        "de-leicht": "Sie wollten das so",
        "en": "at your request",
        "da": "efter dit ønske",
    },
    "closure": {
        "de": "Die Stelle ist zu dieser Zeit geschlossen",
        "de-leicht": "Das Bürgerbüro ist dann geschlossen",
        "en": "The office is closed at that time",
        "da": "Kontoret er lukket på det tidspunkt",
    },
    "no_answer": {
        "de": "Auf unsere Frage kam keine Antwort",
        "de-leicht": "Sie haben auf unsere Frage nicht geantwortet",
        "en": "We got no answer to our question",
        "da": "Vi fik ikke svar på vores spørgsmål",
    },
    "document_gone": {
        "de": "Das Dokument liegt hier nicht mehr bereit",
        "de-leicht": "Das Dokument ist nicht mehr hier",
        "en": "The document is no longer here",
        "da": "Dokumentet ligger ikke længere her",
    },
    "booked_twice": {
        "de": "Der Termin war doppelt gebucht",
        "de-leicht": "Der Termin war 2-mal gebucht",
        "en": "The appointment was booked twice",
        "da": "Aftalen var bestilt to gange",
    },
    "not_responsible": {
        "de": "Wir sind für dieses Anliegen nicht zuständig",
        "de-leicht": "Das macht eine andere Stelle",
        "en": "We are not responsible for this matter",
        "da": "Det hører ikke under os",
    },
    "office_fault": {
        "de": "Ein Fehler auf unserer Seite",
        "de-leicht": "Wir haben einen Fehler gemacht",
        "en": "A mistake on our side",
        "da": "En fejl fra vores side",
    },
}
"""Why a booking was cancelled → words."""
KINDS: Mapping[str, Mapping[str, str]] = {
    "id_card": {
        "de": "Personalausweis",
        "de-leicht": "Personalausweis",
        "en": "ID card",
        "da": "id-kort",
    },
    "passport": {"de": "Reisepass", "de-leicht": "Reisepass", "en": "passport", "da": "pas"},
    "driving_licence": {
        "de": "Führerschein",
        "de-leicht": "Führerschein",
        "en": "driving licence",
        "da": "kørekort",
    },
}
"""Kind of document → word."""


@dataclass(frozen=True, slots=True)
class Office:
    """One site, in one language. ``links`` are label and address, such as imprint and privacy."""

    name: str
    address: str
    phone: str
    links: Sequence[tuple[str, str]] = ()


class Catalogue(Protocol):
    """Names that events only carry as codes, and what the office decided about its messages."""

    @property
    def name_documents(self) -> bool:
        """Whether a message says which document waits, or just that one does."""

    def service(self, code: str, language: str) -> str:
        """The name of a service. Raises ``KeyError`` for a code nobody knows."""

    def papers(self, code: str, language: str) -> Sequence[str]:
        """What to bring for it."""

    def paper(self, code: str, language: str) -> str:
        """The name of a paper that may be asked for. Raises ``KeyError`` for a code nobody knows."""

    def office(self, site: str | None, language: str) -> Office:
        """The site, or the office's first. Raises ``KeyError`` for a code nobody knows."""


def words_of(facts: Facts, catalogue: Catalogue, language: str, *, cancelled: bool) -> dict[str, Any]:
    """What the templates may say. ``cancelled``: nobody needs to bring anything."""
    match facts:
        case BookingFacts():
            return _booking(facts, catalogue, language, cancelled=cancelled)
        case InvitationFacts():
            return _invitation(facts, catalogue, language)
        case LockerFacts():
            return _locker(facts, catalogue, language)
        case ItemFacts():
            return _item(facts, catalogue, language)
        case WishFacts():
            return _wish(facts, catalogue, language)
        case WeekFacts():
            return _week(facts, language)


def services(facts: BookingFacts | WishFacts, catalogue: Catalogue, language: str) -> list[str]:
    """The services of a booking or wish, each with its number of people if there are several."""
    named = [(catalogue.service(code, language), quantity) for code, quantity in facts.items]
    return [name if many == 1 else f"{name} ({texts.people(many, language)})" for name, many in named]


def reference(item_id: UUID) -> str:
    """What a person quotes, and the post room finds the item by: the first eight signs of its id."""
    return item_id.hex[:8].upper()


def _booking(facts: BookingFacts, catalogue: Catalogue, language: str, *, cancelled: bool) -> dict[str, Any]:
    return {
        "matter": "document" if facts.pickup else "appointment",
        "pickup": facts.pickup,
        "services": services(facts, catalogue, language),
        "when": texts.when(facts.starts_at, language),
        "who": texts.people(facts.persons, language),
        "papers": [] if cancelled else _to_bring([code for code, _ in facts.items], catalogue, language),
        "until": facts.confirm_until and texts.when(facts.confirm_until, language),
        "undo_until": facts.undo_until and texts.when(facts.undo_until, language),
        "reason": REASONS[facts.reason][language] if cancelled and facts.reason else None,
        "gone": facts.reason == "document_gone",
        "restored": facts.restored,
    }


def _invitation(facts: InvitationFacts, catalogue: Catalogue, language: str) -> dict[str, Any]:
    named = catalogue.name_documents
    counted = Counter(KINDS[kind][language] for kind in facts.kinds)
    pickups = [f"{kind}_pickup" for kind in facts.kinds]
    return {
        "matter": "document",
        "locker": False,
        "count": len(facts.kinds),
        "document": KINDS[facts.kinds[0]][language] if named and len(facts.kinds) == 1 else None,
        "documents": [f"{name} ({many})" if many > 1 else name for name, many in counted.items()]
        if named and len(facts.kinds) > 1
        else [],
        "papers": _to_bring(pickups, catalogue, language) if named else [],
        "reminded": facts.reminded,
        "invited_on": texts.day(facts.invited_at, language),
        "first_day": facts.first_day and texts.day(facts.first_day, language),
    }


def _locker(facts: LockerFacts, catalogue: Catalogue, language: str) -> dict[str, Any]:
    return {
        "matter": "document",
        "locker": True,
        "document": KINDS[facts.kind][language] if catalogue.name_documents else None,
        "last_day": texts.day(facts.collect_until, language),
    }


def _item(facts: ItemFacts, catalogue: Catalogue, language: str) -> dict[str, Any]:
    return {
        "matter": "item",
        "service": catalogue.service(facts.service, language),
        "missing": [catalogue.paper(code, language) for code in facts.papers],
        "due_on": texts.day(facts.due_on, language),
        "reference": reference(facts.item_id),
        "reminded": facts.reminded,
    }


def _wish(facts: WishFacts, catalogue: Catalogue, language: str) -> dict[str, Any]:
    return {
        "matter": "wish",
        "services": services(facts, catalogue, language),
        "when": facts.starts_at and texts.when(facts.starts_at, language),
        "until": texts.when(facts.offered_until or facts.prove_until, language),
        "moves": facts.moves,
    }


def _week(facts: WeekFacts, language: str) -> dict[str, Any]:
    year, number, _ = facts.monday.isocalendar()
    return {
        "matter": "week",
        "week": f"KW {number}/{year}",
        "first_day": texts.day(facts.monday, language),
        "last_day": texts.day(facts.monday + timedelta(days=6), language),
    }


def _to_bring(codes: Sequence[str], catalogue: Catalogue, language: str) -> list[str]:
    return list(dict.fromkeys(paper for code in codes for paper in catalogue.papers(code, language)))
