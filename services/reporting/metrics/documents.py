"""Metrics of identity documents: ordered, arrived, waiting, handed over."""

from __future__ import annotations

from functools import partial

from services.reporting.ages import nearest_rank, older_than
from services.reporting.figures import Unit

from .metric import Definition, Direction, Metric, Names, Section

_Documents = partial(
    Metric, section=Section.DOCUMENTS, unit=Unit.COUNT, query="documents", feeds=("documents",)
)
_Waiting = partial(_Documents, stock=True, direction=Direction.DOWN)
_Age = partial(
    _Waiting,
    unit=Unit.DAYS,
    definition=Definition(
        "Kalendertage seit dem Eintreffen, Dokumente im Amt am Ende der Woche.",
        "Calendar days since the arrival, documents at the office at the end of the week.",
    ),
)

DOCUMENTS: tuple[Metric, ...] = (
    _Documents(
        id="docs.ordered",
        names=Names("Bestellt", "Ordered", "Bestilt"),
        definition=Definition(
            "Beim Hersteller bestellte Ausweisdokumente.", "Documents ordered from their producer."
        ),
        value=lambda facts: facts.moves.ordered,
    ),
    _Documents(
        id="docs.ready",
        names=Names("Eingetroffen", "Arrived", "Ankommet"),
        definition=Definition(
            "Dokumente, die in der Lieferung gescannt wurden.", "Documents scanned in a delivery."
        ),
        value=lambda facts: facts.moves.ready,
    ),
    _Documents(
        id="docs.handed_over",
        names=Names("Ausgegeben", "Handed over", "Udleveret"),
        definition=Definition(
            "Am Schalter oder im Abholfach ausgehändigte Dokumente.",
            "Documents handed over at the window or by locker.",
        ),
        value=lambda facts: facts.moves.handed_over,
    ),
    _Documents(
        id="docs.pickups",
        names=Names("Abholtermine mit Ausgabe", "Pick-ups", "Afhentninger"),
        definition=Definition(
            "Abholtermine, bei denen ein Dokument ausgegeben wurde; mehrere zählen als eine Abholung.",
            "Pick-up appointments with at least one document handed over; several are one pick-up.",
        ),
        value=lambda facts: facts.moves.pickups,
    ),
    _Waiting(
        id="docs.waiting",
        names=Names("Warten auf Abholung", "Waiting to be collected", "Venter på afhentning"),
        definition=Definition(
            "Noch nicht ausgegebene Dokumente im Amt am Ende der Woche, ohne Abholfach und Versand.",
            "Documents at the office, not yet handed over at the end of the week; locker and shipping apart.",
        ),
        value=lambda facts: sum(facts.document_ages().values()),
    ),
    _Waiting(
        id="docs.over_30",
        names=Names("Davon länger als 30 Tage", "Of these, over 30 days", "Heraf over 30 dage"),
        definition=Definition(
            "Davon seit mehr als 30 Kalendertagen da.", "Of these, here for more than 30 calendar days."
        ),
        value=lambda facts: older_than(facts.document_ages(), 30),
    ),
    _Age(
        id="docs.age.p50",
        names=Names("Liegezeit in Tagen, Median", "Days waiting, median", "Liggetid i dage, median"),
        value=lambda facts: nearest_rank(facts.document_ages(), 50),
    ),
    _Age(
        id="docs.age.max",
        names=Names("Liegezeit in Tagen, längste", "Days waiting, longest", "Liggetid i dage, længste"),
        value=lambda facts: nearest_rank(facts.document_ages(), 100),
    ),
    _Waiting(
        id="docs.locker",
        names=Names("Im Abholfach", "In the locker", "I afhentningsboks"),
        definition=Definition(
            "Dokumente im Abholfach am Ende der Woche.", "Documents in a locker at the end of the week."
        ),
        value=lambda facts: facts.documents_at("locker"),
    ),
    _Waiting(
        id="docs.shipping",
        names=Names("Im Versand", "With the carrier", "Under forsendelse"),
        definition=Definition(
            "Vom Hersteller versandte, am Ende der Woche noch nicht zugestellte Dokumente.",
            "Documents sent by the producer and not delivered at the end of the week.",
        ),
        value=lambda facts: facts.documents_at("carrier"),
    ),
)
