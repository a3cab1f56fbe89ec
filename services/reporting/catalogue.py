"""German words for the codes in the figures, and the groups of services that nobody described yet.

Promises: an unknown code is shown as it is, and counts under ``other``; nothing is dropped.
Shown by ``tests/rules/reporting/test_figures.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

CHANNELS: Mapping[str, str] = {
    "personal": "Persönlich",
    "phone": "Telefon",
    "email": "E-Mail und online",
    "post": "Brief und Fax",
    "handover": "Ausgabe am Schalter",
}
"""Channels of the figures in the order of the page."""

GROUPS: Mapping[str, str] = {
    "identity": "Ausweise und Pässe",
    "registration": "Meldewesen",
    "certificates": "Zeugnisse und Beglaubigungen",
    "permits": "Berechtigungen",
    "pickup": "Abholung",
    "other": "Sonstiges",
    "unassigned": "ohne Zuordnung",
}
"""Service groups in the order of the page. A call names no service: ``unassigned``."""

SERVICES: Mapping[str, tuple[str, str]] = {
    "id_card_apply": ("Personalausweis beantragen", "identity"),
    "id_card_provisional": ("Vorläufiger Personalausweis", "identity"),
    "id_card_loss": ("Ausweis verloren oder gefunden", "identity"),
    "id_card_pin": ("PIN des Ausweises neu setzen", "identity"),
    "passport_apply": ("Reisepass beantragen", "identity"),
    "passport_express": ("Express-Reisepass", "identity"),
    "passport_provisional": ("Vorläufiger Reisepass", "identity"),
    "child_document_apply": ("Ausweis oder Reisepass für ein Kind", "identity"),
    "photo_in_office": ("Digitales Foto im Amt", "identity"),
    "id_card_pickup": ("Personalausweis abholen", "pickup"),
    "passport_pickup": ("Reisepass abholen", "pickup"),
    "driving_licence_pickup": ("Führerschein abholen", "pickup"),
    "driving_licence_exchange": ("Führerschein umtauschen", "identity"),
    "registration": ("Wohnsitz anmelden", "registration"),
    "move_within_city": ("Umzug in Flensburg melden", "registration"),
    "document_address": ("Adresse auf Ausweis oder Pass ändern", "registration"),
    "registration_confirmation": ("Amtliche Meldebestätigung", "registration"),
    "registration_certificate": ("Meldebescheinigung", "registration"),
    "register_inquiry": ("Einfache Melderegisterauskunft", "registration"),
    "data_block": ("Auskunftssperre, Übermittlungssperre", "registration"),
    "certificate_of_conduct": ("Führungszeugnis", "certificates"),
    "certified_copy": ("Beglaubigung", "certificates"),
    "housing_entitlement": ("Wohnberechtigungsschein", "permits"),
    "resident_parking": ("Bewohnerparkausweis", "permits"),
    "fishing_licence": ("Fischereischein", "permits"),
    "fishing_levy": ("Fischereiabgabe", "permits"),
}
"""Service → (name, group) of the first catalogue; ServiceDescribed on the topic wins."""


BY_VISIT = frozenset(SERVICES) - {
    *("id_card_pickup", "passport_pickup", "driving_licence_pickup"),
    *("register_inquiry", "housing_entitlement", "resident_parking", "fishing_licence"),
}
"""Services of the first catalogue that can be had by a visit; ServiceDescribed on the topic wins."""

DOCUMENT_KINDS: Mapping[str, str] = {
    "id_card": "Personalausweis",
    "passport": "Reisepass",
    "driving_licence": "Führerschein",
}
REFUSALS: Mapping[str, str] = {
    "unknown-code": "Code unbekannt",
    "wrong-site": "anderer Standort",
    "wrong-day": "anderer Tag",
    "not-confirmed": "nicht bestätigt",
    "already-admitted": "schon eingelassen",
    "too-early": "zu früh",
    "too-late": "zu spät",
    "too-many-people": "zu viele Personen",
    "house-full": "Haus voll",
}
"""Reasons of the door in the order of its checks."""
CLOSURES: Mapping[str, str] = {
    "holiday": "Feiertag",
    "staff_absence": "Personalausfall",
    "staff_meeting": "Personalversammlung",
    "training": "Fortbildung",
    "technical_fault": "technische Störung",
    "building": "Bauarbeiten",
    "emergency": "Notfall",
}
"""Why the office was closed."""
CLOSED: Mapping[str, str] = {
    "counter": "ein Schalter",
    "part_of_day": "für Stunden",
    "days": "ganze Tage",
    "site": "der ganze Standort",
}
"""How much of it."""
MESSAGE_CHANNELS: Mapping[str, str] = {"email": "E-Mail", "letter": "Brief"}
OUTCOMES: Mapping[str, str] = {
    "sent": "versandt",
    "printed": "gedruckt",
    "bounced": "zurückgekommen",
    "failed": "gescheitert",
    "skipped": "entfallen",
}


def service_name(service: str) -> str:
    """The German name, or the code itself."""
    return SERVICES.get(service, (service, ""))[0]


def group_of(service: str | None, described: Mapping[str, str]) -> str:
    """The group under which a service counts."""
    if service is None:
        return "unassigned"
    return described.get(service) or SERVICES.get(service, ("", "other"))[1]
