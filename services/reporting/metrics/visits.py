"""Metrics of the door and the counters: who was let in, who did not come, how long a service takes, and how
much of the counters' time was booked and used."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from services.reporting.figures import Facts, Unit, minutes, rate
from services.reporting.projections.visit_queries import ADMITTED, Durations

from .metric import Definition, Direction, Metric, Names, Section

_Visits = partial(Metric, section=Section.VISITS, query="visits", feeds=("door",))
_Service = partial(
    _Visits,
    unit=Unit.MINUTES,
    feeds=("service",),
    definition=Definition(
        "Zeit am Schalter vom Beginn bis zum Ende, ohne Zwischenzeiten und vergessene Enden; nur Besuche mit"
        " genau einer Dienstleistung, nach Woche des Endes.",
        "Time at the counter from start to finish, without parked times and forgotten ends; only visits with"
        " exactly one service, by the week of the finish.",
    ),
)


def _all(facts: Facts) -> Durations:
    return facts.durations.get("", Durations())


VISITS: tuple[Metric, ...] = (
    _Visits(
        id="door.admitted",
        unit=Unit.COUNT,
        names=Names("Eingelassen", "Admitted", "Lukket ind"),
        definition=Definition(
            "Besuche, die an der Tür eingelassen wurden, nach Woche des Einlasses.",
            "Visits let in at the door, by the week of admission.",
        ),
        value=lambda facts: facts.entries.get(ADMITTED, 0),
    ),
    _Visits(
        id="door.refused",
        unit=Unit.COUNT,
        names=Names("An der Tür abgewiesen", "Refused at the door", "Afvist ved døren"),
        definition=Definition(
            "Abgewiesene Versuche; wer später eingelassen wird, zählt auch dort.",
            "Attempts that were refused; whoever is let in later counts there too.",
        ),
        value=lambda facts: sum(facts.entries.values()) - facts.entries.get(ADMITTED, 0),
        direction=Direction.DOWN,
    ),
    _Visits(
        id="no_shows",
        unit=Unit.COUNT,
        names=Names("Nicht erschienen", "No-shows", "Udeblevet"),
        definition=Definition(
            "Bestätigte Termine der Woche, deren Person nicht kam oder beim Aufruf fehlte."
            " Abgesagt, verschoben, durch Schließung entfallen oder spät eingelassen zählt nicht.",
            "Confirmed starts of the week whose person did not come or did not answer the calls. Cancelled,"
            " moved, displaced or admitted late does not count.",
        ),
        value=lambda facts: facts.starts.no_shows,
        direction=Direction.DOWN,
    ),
    _Visits(
        id="no_show_rate",
        unit=Unit.PERCENT,
        names=Names("Anteil nicht erschienen", "No-show rate", "Andel udeblevet"),
        definition=Definition(
            "Nicht Erschienene ÷ bestätigte Termine der Woche, deren Beginn vorbei ist.",
            "No-shows ÷ confirmed starts of the week that have passed.",
        ),
        value=lambda facts: rate(facts.starts.no_shows, facts.starts.starts),
        target=Decimal(10),
        direction=Direction.DOWN,
    ),
    _Visits(
        id="late_cancel_rate",
        unit=Unit.PERCENT,
        names=Names("Anteil kurzfristig abgesagt", "Late cancellations", "Andel sent aflyst"),
        definition=Definition(
            "Von der Person weniger als 24 Stunden vorher abgesagte Termine ÷ diese und die bestätigten"
            " Termine der Woche, deren Beginn vorbei ist. Absagen des Amtes zählen nicht.",
            "Appointments cancelled by the person less than 24 hours before ÷ these and the confirmed starts"
            " of the week that have passed. Cancellations by the office do not count.",
        ),
        feeds=("bookings",),
        value=lambda facts: rate(facts.starts.late, facts.starts.starts + facts.starts.late),
        direction=Direction.DOWN,
    ),
    _Visits(
        id="utilisation.booked",
        unit=Unit.PERCENT,
        names=Names("Auslastung, gebucht", "Utilisation, booked", "Udnyttelse, bestilt"),
        definition=Definition(
            "Geplante Minuten der bestätigten Termine, deren Beginn vorbei ist ÷ Minuten, die die Schalter"
            " nach Schließungen geöffnet waren, für alle Wege zusammen. Pufferzeiten zählen nicht.",
            "Planned minutes of the confirmed starts that have passed ÷ minutes for which the counters were"
            " open after closures, all ways together. Buffers do not count.",
        ),
        feeds=("frames",),
        value=lambda facts: rate(facts.starts.booked, facts.offered),
        direction=Direction.UP,
    ),
    _Visits(
        id="utilisation.served",
        unit=Unit.PERCENT,
        names=Names("Auslastung, bedient", "Utilisation, served", "Udnyttelse, ekspederet"),
        definition=Definition(
            "Minuten, in denen bedient wurde, ohne Zwischenzeiten und vergessene Enden, nach Woche des Endes"
            " ÷ dieselben Schalterminuten.",
            "Minutes of service, without parked times and forgotten ends, by the week of the finish ÷ the"
            " same counter minutes.",
        ),
        feeds=("service",),
        value=lambda facts: rate(facts.served, facts.offered),
        direction=Direction.UP,
    ),
    _Service(
        id="service.duration.p50",
        names=Names("Dauer der Bedienung, Median", "Service, median", "Ekspedition, median"),
        value=lambda facts: minutes(_all(facts).p50),
    ),
    _Service(
        id="service.duration.p90",
        names=Names("Dauer der Bedienung, 90 %", "Service, 90 %", "Ekspedition, 90 %"),
        value=lambda facts: minutes(_all(facts).p90),
    ),
)
