"""From the facts to the words of one message: a mail (text, HTML, calendar entry) or a page.

Promises: a pure function; text, HTML and paper say the same words, but for the way to answer; every message
names what it is about, time, place and office, a cancellation also why; the same message rendered twice is
the same, so that a repeated try cannot differ.
Shown by ``tests/rules/notification/test_writer.py`` and ``test_document_words.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from buergerbuero_contracts.notification import Template
from servicekit.tokens import Purpose, Tokens
from servicekit.web.calendar_entry import Entry, calendar
from servicekit.web.codes import spoken_code
from servicekit.web.door_code import DoorCodes
from servicekit.web.problems import LANGUAGES
from servicekit.web.words import DRAFTS, HTML_LANG

from . import texts
from .facts import BookingFacts, Facts, InvitationFacts, WeekFacts, WishFacts
from .rules.templates import PICKUP_LINK, WISH_LINK
from .rules.weekly import week_name
from .square import Square, Squares
from .words import Catalogue, Office, services, words_of

LINK_LIFE = timedelta(days=60)
"""A link works this long after the start; what it may still do, the booking's state says."""
METHODS = {
    Template.CONFIRMED: "REQUEST",
    Template.PICKUP_BOOKED: "REQUEST",
    Template.MOVED: "REQUEST",
    Template.CANCELLED_BY_CITIZEN: "CANCEL",
    Template.CANCELLED_BY_OFFICE: "CANCEL",
}
"""Template → METHOD of its calendar entry; the others have none."""
AT_THE_DOOR = frozenset({Template.CONFIRMED, Template.PICKUP_BOOKED, Template.MOVED, Template.REMINDER})
"""What is shown at the door, and so has the square of the ticket."""
SUMMARY = {"de": "Termin", "de-leicht": "Termin", "en": "Appointment", "da": "Aftale"}


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom the message is for; from the person's copy. A page needs no address."""

    name: str | None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """Which message is wanted. ``asked_at`` is the time of the event that asked for it."""

    template: Template
    language: str
    attempt: int
    asked_at: datetime
    reaffirm: bool = False
    """Ask whether the person still comes."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The office as a mail sender: addresses without names, and where its links lead."""

    address: str
    reply_to: str
    booking_url: str
    documents_url: str
    reporting_url: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Mail:
    """A rendered mail. ``language`` is the one it is written in, as mail programs know it."""

    subject: str
    text: str
    html: str
    language: str
    office: str
    method: str | None = None
    ics: bytes | None = None
    square: Square | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The same for paper: ``paper.py`` makes it a letter. ``name`` is None if a hand must write it."""

    subject: str
    blocks: Sequence[texts.Block]
    language: str
    office: Office
    name: str | None


class Writer:
    """Renders messages. ``codes`` is the key of the spoken codes, ``door`` signs those of the squares.

    Raises ``KeyError``, ``LookupError`` or Jinja's errors for what cannot be written.
    """

    def __init__(
        self, catalogue: Catalogue, tokens: Tokens, sender: Sender, codes: bytes, door: DoorCodes
    ) -> None:
        self._catalogue, self._tokens, self._codes = catalogue, tokens, codes
        self.sender, self._squares = sender, Squares(door, sender.domain)
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates" / "mail"),
            autoescape=select_autoescape(("html.jinja",)),
            undefined=StrictUndefined,
            keep_trailing_newline=False,
        )
        self._inliner = css_inline.CSSInliner(
            keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False
        )

    def write(self, ask: Ask, to: Recipient, facts: Facts) -> Mail:
        """The mail ``ask`` about ``facts``."""
        page = self.page(ask, to, facts, paper=False)
        layout = self._templates.get_template("layout.html.jinja")
        square = self._square(ask, facts)
        html = layout.render(
            subject=page.subject,
            blocks=page.blocks,
            language=HTML_LANG[page.language],
            cid=square and square.cid,
        )
        html, text = self._inliner.inline(html), texts.as_text(page.blocks)
        mail = Mail(page.subject, text, html, HTML_LANG[page.language], page.office.name, square=square)
        method = METHODS.get(ask.template)
        if method is None or not isinstance(facts, BookingFacts):
            return mail
        entry = self._entry(ask, to, facts, page.office, page.language)
        return replace(mail, method=method, ics=calendar(entry, method, self.sender.domain))

    def page(self, ask: Ask, to: Recipient, facts: Facts, *, paper: bool = True) -> Page:
        """Subject and blocks, in words for paper or for a mail."""
        language = ask.language if ask.language in LANGUAGES else "de"
        office = self._office(facts.site, language)
        words = words_of(facts, self._catalogue, language, cancelled=METHODS.get(ask.template) == "CANCEL")
        name = texts.printable(to.name) if paper else to.name
        words |= {
            "greeting": texts.salutation(name, language),
            "office": office,
            "link": self._link(ask, facts, language),
            "paper": paper,
            "reaffirm": ask.reaffirm,
            "unapproved": language in DRAFTS,
        }
        if isinstance(facts, BookingFacts):
            words["code"] = spoken_code(self._codes, facts.booking_id)
        source = self._templates.get_template(f"{ask.template}.{language}.txt").render(words)
        subject, blocks = texts.blocks(source)
        return Page(subject, blocks, language, office, name)

    def _office(self, site: str | None, language: str) -> Office:
        """The site; a page of the platform itself is given by its path, and booking shows it."""
        office = self._catalogue.office(site, language)
        home = self.sender.booking_url.rstrip("/")
        links = [(label, home + at if at.startswith("/") else at) for label, at in office.links]
        return replace(office, links=links)

    def _link(self, ask: Ask, facts: Facts, language: str) -> str | None:
        """Where the message leads; papers are sent, not clicked."""
        if isinstance(facts, InvitationFacts):
            until = ask.asked_at + PICKUP_LINK
            token = self._tokens.sign(Purpose.PICKUP, facts.invitation_id, until, ask.attempt)
            return f"{self.sender.documents_url.rstrip('/')}/{language}/abholung/{token}"
        if isinstance(facts, BookingFacts):
            purpose = Purpose.CONFIRM if ask.template == Template.CONFIRM_REQUEST else Purpose.TICKET
            token = self._tokens.sign(purpose, facts.booking_id, facts.starts_at + LINK_LIFE, ask.attempt)
            return f"{self.sender.booking_url.rstrip('/')}/{language}/t/{token}"
        if isinstance(facts, WishFacts):
            token = self._tokens.sign(Purpose.WISH, facts.wish_id, ask.asked_at + WISH_LINK, ask.attempt)
            return f"{self.sender.booking_url.rstrip('/')}/{language}/frueher/{token}"
        if isinstance(facts, WeekFacts):
            return f"{self.sender.reporting_url.rstrip('/')}/berichte/woche/{week_name(facts.monday)}"
        return None

    def _square(self, ask: Ask, facts: Facts) -> Square | None:
        if ask.template not in AT_THE_DOOR or not isinstance(facts, BookingFacts):
            return None
        return self._squares.of(facts.booking_id, facts.site, facts.starts_at, facts.sequence)

    def _entry(self, ask: Ask, to: Recipient, booking: BookingFacts, office: Office, language: str) -> Entry:
        if booking.ends_at is None:
            raise LookupError("an appointment without an end has no calendar entry")
        named = ", ".join(services(booking, self._catalogue, language))
        link = self._link(ask, booking, language)
        return Entry(
            booking_id=booking.booking_id,
            sequence=booking.sequence,
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            summary=f"{SUMMARY[language]} {office.name}: {named}",
            location=f"{office.name}, {office.address}",
            description=f"{named}\n{texts.people(booking.persons, language)}\n{link}",
            url=link or "",
            stamped_at=ask.asked_at,
            organizer=self.sender.address,
            organizer_name=office.name,
            attendee=to.address,
            attendee_name=texts.speakable(to.name) or "",
        )
