"""Metrics of contacts: finished matters on all channels."""

from __future__ import annotations

from functools import partial

from services.reporting.catalogue import CHANNELS
from services.reporting.figures import Facts, Unit

from .metric import Definition, Metric, Names, Section

_Contacts = partial(Metric, section=Section.CONTACTS, unit=Unit.COUNT, query="contact_volume")


def _all_contacts(facts: Facts) -> int:
    return sum(facts.channel(channel) for channel in CHANNELS if channel in facts.recorded)


CONTACTS: tuple[Metric, ...] = (
    _Contacts(
        id="contacts.total",
        names=Names("Kontakte gesamt", "Contacts in all", "Kontakter i alt"),
        definition=Definition(
            "Summe der in der Woche erfassten Kanäle; verglichen wird nur mit Summen derselben Kanäle.",
            "Sum of the channels recorded in the week; compared only with sums of the same channels.",
        ),
        feeds=tuple(CHANNELS),
        counted_by=("phone_import",),
        value=_all_contacts,
        sums=True,
    ),
    _Contacts(
        id="contacts.personal",
        names=Names("Persönlich", "In person", "Personligt"),
        definition=Definition(
            "Beendete Besuche ohne Abholungen. Wer nicht erscheint oder nicht bestätigt, ist kein Kontakt.",
            "Finished visits without pick-ups. No-shows and unconfirmed bookings are no contacts.",
        ),
        feeds=("personal",),
        value=lambda facts: facts.channel("personal"),
    ),
    _Contacts(
        id="contacts.phone",
        names=Names("Telefon", "Phone", "Telefon"),
        definition=Definition(
            "Angenommene Anrufe: aus der Telefonanlage, in Wochen ohne sie aus der Handliste; nie beides.",
            "Answered calls: from the telephone system, in weeks without it from the hand log; never both.",
        ),
        feeds=("phone",),
        counted_by=("phone_import",),
        value=lambda facts: facts.channel("phone"),
    ),
    _Contacts(
        id="contacts.email",
        names=Names("E-Mail und online", "E-mail and online", "E-mail og online"),
        definition=Definition(
            "Beantwortete oder weitergeleitete Eingänge per E-Mail und Online-Formular.",
            "Items by e-mail and online form that were answered or forwarded.",
        ),
        feeds=("email",),
        value=lambda facts: facts.channel("email"),
    ),
    _Contacts(
        id="contacts.post",
        names=Names("Brief und Fax", "Letter and fax", "Brev og fax"),
        definition=Definition(
            "Beantwortete oder weitergeleitete Eingänge per Brief und Fax.",
            "Items by letter and fax that were answered or forwarded.",
        ),
        feeds=("post",),
        value=lambda facts: facts.channel("post"),
    ),
    _Contacts(
        id="contacts.handover",
        names=Names("Ausgabe von Dokumenten", "Documents handed over", "Udlevering af dokumenter"),
        definition=Definition(
            "Ausgehändigte Ausweisdokumente, am Schalter und im Abholfach. Eine Abholung zählt nur hier.",
            "Documents handed over at the window or by locker. A pick-up counts only here.",
        ),
        feeds=("handover",),
        value=lambda facts: facts.channel("handover"),
    ),
)
