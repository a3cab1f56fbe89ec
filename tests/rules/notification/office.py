"""A small office whose mails the tests read: names, a key ring, an appointment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from buergerbuero_contracts.notification import Template
from servicekit.tokens import Tokens, new_key
from servicekit.web.door_code import DoorCodes
from services.notification.facts import BookingFacts, Facts
from services.notification.words import Office
from services.notification.writer import Ask, Mail, Recipient, Sender, Writer

BOOKING = UUID("018f6a3c-0000-7000-8000-000000000003")
STARTS = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
ASKED = datetime(2026, 11, 24, 13, 25, tzinfo=UTC)
CODES = b"c" * 32
DOOR = DoorCodes(Ed25519PrivateKey.from_private_bytes(b"d" * 32))
SENDER = Sender(
    "buergerbuero@flensburg.example",
    "post@flensburg.example",
    "https://termin.flensburg.example",
    "https://ausweis.flensburg.example",
    "http://127.0.0.1:8003",
)

APPOINTMENT = BookingFacts(
    booking_id=BOOKING,
    site="flensburg",
    items=[("passport_apply", 1), ("registration", 2)],
    persons=2,
    starts_at=STARTS,
    ends_at=STARTS + timedelta(minutes=45),
    sequence=1,
    confirm_until=ASKED + timedelta(minutes=60),
)

NAMES = {
    "passport_apply": ("Reisepass beantragen", "Apply for a passport"),
    "registration": ("Wohnsitz anmelden", "Register a residence"),
    "id_card_pickup": ("Personalausweis abholen", "Collect an ID card"),
    "passport_pickup": ("Reisepass abholen", "Collect a passport"),
}
TO_BRING = {
    "passport_apply": ["Ausweis", "Foto-Code"],
    "registration": ["Ausweis"],
    "id_card_pickup": ["alter Personalausweis", "für andere: Vollmacht und eigener Ausweis"],
    "passport_pickup": ["alter Reisepass", "für andere: Vollmacht und eigener Ausweis"],
}
PAPERS = {"form": ("Formular", "form"), "id_copy": ("Kopie des Ausweises", "copy of the ID")}


class Names:
    """A few services and one site."""

    def __init__(self, *, name_documents: bool = True) -> None:
        self.name_documents = name_documents

    def service(self, code: str, language: str) -> str:
        return NAMES[code][language == "en"]

    def papers(self, code: str, language: str) -> Sequence[str]:
        return TO_BRING[code]

    def paper(self, code: str, language: str) -> str:
        return PAPERS[code][language == "en"]

    def office(self, site: str | None, language: str) -> Office:
        if site not in (None, "flensburg"):
            raise KeyError(site)
        return Office("Bürgerbüro Flensburg", "Rathausplatz 1, 24937 Flensburg", "0461 85-0")


def tokens(folder: Path) -> Tokens:
    """A fresh key ring."""
    ring = folder / "links"
    ring.write_text(new_key(1))
    return Tokens(ring)


def write(
    folder: Path,
    template: Template,
    facts: Facts = APPOINTMENT,
    *,
    language: str = "de",
    name: str | None = "Erika Mustermann",
    attempt: int = 1,
    names: Names | None = None,
) -> Mail:
    """One mail of this office."""
    ask = Ask(template, language, attempt, ASKED)
    writer = Writer(names or Names(), tokens(folder), SENDER, CODES, DOOR)
    return writer.write(ask, Recipient(name, "erika@example.org"), facts)
