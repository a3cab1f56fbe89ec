"""The post room in German: channels, states, outcomes, ages. Pure.

Promises: every code that an item can have has a word. Shown by ``tests/way/test_post_room_pages.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

CHANNELS: Mapping[str, str] = {
    "letter": "Brief",
    "email": "E-Mail",
    "online": "Online-Formular",
    "fax": "Fax",
}
STATES: Mapping[str, str] = {
    "open": "alle offenen",
    "received": "eingegangen",
    "assigned": "in Arbeit",
    "waiting": "wartet auf Unterlagen",
    "answered": "beantwortet",
    "closed": "weitergeleitet",
}
OUTCOMES: Mapping[str, str] = {
    "done": "erledigt",
    "information": "Auskunft gegeben",
    "visit_needed": "Termin nötig",
    "document_ordered": "Dokument bestellt",
    "refused": "abgelehnt",
    "withdrawn": "zurückgezogen",
}
REPLIES: Mapping[str, str] = {
    "email": "E-Mail",
    "letter": "Brief",
    "phone": "Telefon",
    "online": "Online",
}
AGES: Mapping[str, str] = {
    "0-1": "0 bis 1 Arbeitstag",
    "2-3": "2 bis 3 Arbeitstage",
    "4-5": "4 bis 5 Arbeitstage",
    "over-5": "mehr als 5 Arbeitstage",
}
LANGUAGES: Mapping[str, str] = {
    "de": "Deutsch",
    "de-leicht": "Einfaches Deutsch",
    "en": "Englisch",
    "da": "Dänisch",
}
DONE: Mapping[str, str] = {
    "answered": "Der Eingang ist beantwortet.",
    "assigned": "Der Eingang ist zugewiesen.",
    "forwarded": "Der Eingang ist weitergeleitet.",
    "requested": "Die Unterlagen sind nachgefordert.",
    "recorded": "Die Unterlagen sind vermerkt.",
    "reopened": "Der Eingang ist wieder offen.",
}
"""What an item's page may say on top, after a button was pressed."""


def counted(number: int) -> str:
    """``1 Eingang``, ``3 Eingänge``."""
    return "1 Eingang" if number == 1 else f"{number} Eingänge"


def days(number: int) -> str:
    """``1 Arbeitstag``, ``3 Arbeitstage``."""
    return "1 Arbeitstag" if number == 1 else f"{number} Arbeitstage"
