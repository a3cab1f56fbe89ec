"""How people behave: every share that the generator draws from, and the scenarios that change some of them.

Shares are of those who come so far. What is measured elsewhere is marked; the rest is a planning value.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

SERVICES = {
    "id_card_apply": 30,
    "passport_apply": 20,
    "registration": 14,
    "child_document_apply": 6,
    "certificate_of_conduct": 6,
    "driving_licence_exchange": 6,
    "registration_certificate": 5,
    "certified_copy": 5,
    "document_address": 4,
    "id_card_pin": 2,
    "passport_express": 2,
}
"""Weights of what online bookings are for."""
WORDS = {"id_card_apply": "Perso", "passport_apply": "Reisepass", "registration": "anmelden"}
"""What some people type into the search."""
GROUPS = {
    "id_card_apply": "identity",
    "passport_apply": "identity",
    "passport_express": "identity",
    "child_document_apply": "identity",
    "driving_licence_exchange": "identity",
    "id_card_pin": "identity",
    "registration": "registration",
    "registration_certificate": "registration",
    "document_address": "registration",
    "certificate_of_conduct": "certificates",
    "certified_copy": "certificates",
}
"""Service to the group under which the figures count it."""
DOCUMENTS = (
    "id_card_apply",
    "passport_apply",
    "passport_express",
    "child_document_apply",
    "driving_licence_exchange",
)
"""Services that order a document, one for each person."""
MINUTES = {"identity": 9.5, "registration": 12.0, "certificates": 5.0}
"""Mean minutes at the counter by group."""
WEEKDAYS = (19, 17, 16, 16, 16, 7, 9)
"""Bookings by weekday from Monday, in percent; measured."""
HOURS = (1, 0, 0, 0, 0, 1, 2, 4, 7, 8, 8, 8, 6, 5, 6, 6, 6, 5, 5, 5, 5, 5, 5, 2)
"""Bookings by hour of the day; measured."""
HOLIDAYS = (date(2026, 12, 25), date(2027, 1, 1))
"""On working days, in the weeks that are simulated."""
LANGUAGES = {"de": 80, "en": 10, "da": 5, "de-leicht": 5}


@dataclass(frozen=True)
class Habits:
    """Shares between 0 and 1, and numbers of people."""

    people: int = 492
    """Online bookings a week: 60 % of 820 reservations."""
    services: dict[str, int] = field(default_factory=lambda: dict(SERVICES))
    searches: float = 0.5
    """Come by the search; the others by a link to the times."""
    only_looks: float = 0.06
    leaves_held: float = 0.07
    leaves_unconfirmed: float = 0.07
    """Together 14 % expire."""
    extends: float = 0.04
    forgets_tab: float = 0.03
    """Sends the form long after the hold's end."""
    goes_back: float = 0.05
    changes_matter: float = 0.02
    """Goes back and takes another service."""
    wrong_address: float = 0.015
    full_mailbox: float = 0.015
    sends_again: float = 0.03
    scanned: float = 0.30
    double_clicks: float = 0.03
    reopens: float = 0.10
    """Opens the confirmation link once more later."""
    cancels: float = 0.09
    undoes: float = 0.20
    mistypes: float = 0.20
    books_again: float = 0.5
    moves: float = 0.08
    no_show: float = 0.10
    wrong_day: float = 0.005
    misses_call: float = 0.01
    lacks_papers: float = 0.03
    needs_photo: float = 0.03
    forgets_finish: float = 0.02
    counters: int = 4
    burst: float = 0.0
    """Come in the first minutes of a release, on Monday from 7:30."""
    bots: int = 0
    begins_on: date = date(2026, 11, 30)
    """A Monday."""


SCENARIOS = {
    "normal": Habits(),
    "passport-rush": Habits(
        people=700,
        services={**SERVICES, "passport_apply": 150, "passport_express": 20, "child_document_apply": 30},
    ),
    "release-burst": Habits(burst=0.5),
    "bot-attack": Habits(bots=200),
    "holiday-week": replace(Habits(), begins_on=date(2026, 12, 21)),
}
"""Name to habits."""
