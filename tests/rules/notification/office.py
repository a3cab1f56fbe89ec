"""A small office whose mails the tests read: names, a key ring, an appointment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from buergerbuero_contracts.notification import Template
from servicekit.tokens import Tokens, new_key
from services.notification.facts import BookingFacts
from services.notification.letter import Ask, Letter, Office, Recipient, Sender, Writer

BOOKING = UUID("018f6a3c-0000-7000-8000-000000000003")
STARTS = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
ASKED = datetime(2026, 11, 24, 13, 25, tzinfo=UTC)
CODES = b"c" * 32
SENDER = Sender(
    "buergerbuero@flensburg.example", "post@flensburg.example", "https://termin.flensburg.example"
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
}


class Names:
    """Two services and one site."""

    def service(self, code: str, language: str) -> str:
        return NAMES[code][language == "en"]

    def papers(self, code: str, language: str) -> Sequence[str]:
        return {"passport_apply": ["Ausweis", "Foto-Code"], "registration": ["Ausweis"]}[code]

    def office(self, site: str, language: str) -> Office:
        if site != "flensburg":
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
    booking: BookingFacts = APPOINTMENT,
    *,
    language: str = "de",
    name: str | None = "Erika Mustermann",
    attempt: int = 1,
) -> Letter:
    """One letter of this office."""
    ask = Ask(template, language, attempt, ASKED)
    return Writer(Names(), tokens(folder), SENDER, CODES).write(
        ask, Recipient(name, "erika@example.org"), booking
    )
