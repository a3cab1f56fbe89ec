"""From a booking's facts to the words of one mail: subject, text, HTML, calendar entry.

Promises: a pure function; text and HTML say the same words; every mail names all services, people, time
and address, a cancellation also why; the same message rendered twice is the same, so that a repeated try
cannot differ. Shown by ``tests/rules/notification/test_letter.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from buergerbuero_contracts.notification import Template
from servicekit.tokens import Purpose, Tokens
from servicekit.web.calendar_entry import Entry, calendar
from servicekit.web.codes import spoken_code

from . import texts
from .facts import BookingFacts

LINK_LIFE = timedelta(days=60)
"""A link works this long after the start; what it may still do, the booking's state says."""
METHODS = {
    Template.CONFIRMED: "REQUEST",
    Template.MOVED: "REQUEST",
    Template.CANCELLED_BY_CITIZEN: "CANCEL",
    Template.CANCELLED_BY_OFFICE: "CANCEL",
}
"""Template → METHOD of its calendar entry; the unconfirmed mail has none."""
SUMMARY = {"de": "Termin", "en": "Appointment"}
REASONS: Mapping[str, Mapping[str, str]] = {
    "citizen_wish": {"de": "auf Ihren Wunsch", "en": "at your request"},
    "closure": {"de": "Die Stelle ist zu dieser Zeit geschlossen", "en": "The office is closed at that time"},
    "no_answer": {"de": "Auf unsere Frage kam keine Antwort", "en": "We got no answer to our question"},
    "document_gone": {
        "de": "Das Dokument liegt hier nicht mehr bereit",
        "en": "The document is no longer here",
    },
    "booked_twice": {"de": "Der Termin war doppelt gebucht", "en": "The appointment was booked twice"},
    "not_responsible": {
        "de": "Wir sind für dieses Anliegen nicht zuständig",
        "en": "We are not responsible for this matter",
    },
    "office_fault": {"de": "Ein Fehler auf unserer Seite", "en": "A mistake on our side"},
}
"""Why a booking was cancelled → words."""


@dataclass(frozen=True, slots=True)
class Office:
    """One site, in one language. ``links`` are label and address, such as imprint and privacy."""

    name: str
    address: str
    phone: str
    links: Sequence[tuple[str, str]] = ()


class Catalogue(Protocol):
    """Names that events only carry as codes."""

    def service(self, code: str, language: str) -> str:
        """The name of a service. Raises ``KeyError`` for a code nobody knows."""

    def papers(self, code: str, language: str) -> Sequence[str]:
        """What to bring for it."""

    def office(self, site: str, language: str) -> Office:
        """The site. Raises ``KeyError`` for a code nobody knows."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom the mail is for; from the person's copy."""

    name: str | None
    address: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Which mail is wanted. ``asked_at`` is the time of the event that asked for it."""

    template: Template
    language: str
    attempt: int
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Sender:
    """The office as a mail sender: addresses without names, and where its links lead."""

    address: str
    reply_to: str
    booking_url: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Letter:
    """A rendered mail. ``language`` is the one it is written in."""

    subject: str
    text: str
    html: str
    language: str
    office: str
    method: str | None = None
    ics: bytes | None = None


class Writer:
    """Renders mails. ``codes`` is the key of the spoken codes.

    Raises ``KeyError``, ``LookupError`` or Jinja's errors for what cannot be written.
    """

    def __init__(self, catalogue: Catalogue, tokens: Tokens, sender: Sender, codes: bytes) -> None:
        self._catalogue, self._tokens, self._sender, self._codes = catalogue, tokens, sender, codes
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates" / "mail"),
            autoescape=select_autoescape(("html.jinja",)),
            undefined=StrictUndefined,
            keep_trailing_newline=False,
        )
        self._inliner = css_inline.CSSInliner(
            keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False
        )

    def write(self, ask: Ask, to: Recipient, booking: BookingFacts) -> Letter:
        """The mail ``ask`` for this booking."""
        language = texts.LANGUAGES.get(ask.language, "de")
        office = self._catalogue.office(booking.site, language)
        link = self._link(ask, booking, language)
        services = [self._asked(code, quantity, language) for code, quantity in booking.items]
        words = self._words(ask, to, booking, language) | {
            "office": office,
            "services": services,
            "link": link,
        }
        source = self._templates.get_template(f"{ask.template}.{language}.txt").render(words)
        subject, parts = texts.blocks(source)
        page = self._templates.get_template("layout.html.jinja")
        html = self._inliner.inline(page.render(subject=subject, blocks=parts, language=language))
        letter = Letter(subject, texts.as_text(parts), html, language, office.name)
        method = METHODS.get(ask.template)
        if method is None:
            return letter
        entry = self._entry(ask, to, booking, office, ", ".join(services), link, language)
        return replace(letter, method=method, ics=calendar(entry, method, self._sender.domain))

    def _asked(self, code: str, quantity: int, language: str) -> str:
        name = self._catalogue.service(code, language)
        return name if quantity == 1 else f"{name} ({texts.people(quantity, language)})"

    def _words(self, ask: Ask, to: Recipient, booking: BookingFacts, language: str) -> dict[str, object]:
        cancelled = METHODS.get(ask.template) == "CANCEL"
        papers = (
            dict.fromkeys(
                paper for code, _ in booking.items for paper in self._catalogue.papers(code, language)
            )
            if not cancelled
            else ()
        )
        return {
            "greeting": texts.salutation(to.name, language),
            "when": texts.when(booking.starts_at, language),
            "who": texts.people(booking.persons, language),
            "papers": list(papers),
            "until": booking.confirm_until and texts.when(booking.confirm_until, language),
            "undo_until": booking.undo_until and texts.when(booking.undo_until, language),
            "reason": REASONS[booking.reason][language] if cancelled and booking.reason else None,
            "restored": booking.restored,
            "code": spoken_code(self._codes, booking.booking_id),
        }

    def _link(self, ask: Ask, booking: BookingFacts, language: str) -> str:
        purpose = Purpose.CONFIRM if ask.template == Template.CONFIRM_REQUEST else Purpose.TICKET
        token = self._tokens.sign(purpose, booking.booking_id, booking.starts_at + LINK_LIFE, ask.attempt)
        return f"{self._sender.booking_url.rstrip('/')}/{language}/t/{token}"

    def _entry(
        self,
        ask: Ask,
        to: Recipient,
        booking: BookingFacts,
        office: Office,
        services: str,
        link: str,
        language: str,
    ) -> Entry:
        if booking.ends_at is None:
            raise LookupError("an appointment without an end has no calendar entry")
        return Entry(
            booking_id=booking.booking_id,
            sequence=booking.sequence,
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            summary=f"{SUMMARY[language]} {office.name}: {services}",
            location=f"{office.name}, {office.address}",
            description=f"{services}\n{texts.people(booking.persons, language)}\n{link}",
            url=link,
            stamped_at=ask.asked_at,
            organizer=self._sender.address,
            organizer_name=office.name,
            attendee=to.address,
        )
