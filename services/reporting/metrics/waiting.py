"""Metrics of waiting in the office, from raw durations of the week."""

from __future__ import annotations

from functools import partial

from services.reporting.figures import Unit, minutes

from .metric import Definition, Direction, Metric, Names, Section

_Waiting = partial(Metric, section=Section.WAITING, query="waiting", feeds=("visits",))
_Minutes = partial(_Waiting, unit=Unit.MINUTES, direction=Direction.DOWN)

_FIRST_CALL = Definition(
    "Vom Einlass bis zum ersten Aufruf, aus den Einzelzeiten der Woche; erneute Aufrufe ändern nichts.",
    "From admission to the first call, from raw durations of the week; later calls change nothing.",
)
_DELAY = Definition(
    "Vom geplanten Beginn bis zum ersten Aufruf; wer vor der Zeit aufgerufen wird, wartet 0.",
    "From the planned start to the first call; whoever is called before it waits 0.",
)
_LATE = Definition(
    "Vom geplanten Beginn bis zum Einlass; wer früher kommt, zählt 0.",
    "From the planned start to admission; whoever comes early counts 0.",
)

WAITING: tuple[Metric, ...] = (
    _Waiting(
        id="visits.arrivals",
        unit=Unit.COUNT,
        names=Names("Eingelassene Besuche", "Visits admitted", "Besøg lukket ind"),
        definition=Definition("Besuche nach Woche des Einlasses.", "Visits by the week of admission."),
        value=lambda facts: facts.waits.arrivals,
    ),
    _Waiting(
        id="visits.called",
        unit=Unit.COUNT,
        names=Names("Aufgerufene Besuche", "Visits called", "Besøg kaldt frem"),
        definition=Definition(
            "Besuche nach Woche des ersten Aufrufs, auch solche ohne bekannten Einlass.",
            "Visits by the week of the first call, those of unknown admission included.",
        ),
        value=lambda facts: facts.called,
    ),
    _Minutes(
        id="wait.p50",
        names=Names(
            "Wartezeit ab Einlass, Median", "Wait from admission, median", "Ventetid fra indgang, median"
        ),
        definition=_FIRST_CALL,
        value=lambda facts: minutes(facts.waits.wait_p50),
    ),
    _Minutes(
        id="wait.p90",
        names=Names("Wartezeit ab Einlass, 90 %", "Wait from admission, 90 %", "Ventetid fra indgang, 90 %"),
        definition=_FIRST_CALL,
        value=lambda facts: minutes(facts.waits.wait_p90),
    ),
    _Minutes(
        id="walkin.wait.p50",
        names=Names("Ohne Termin, Median", "Walk-ins, median", "Uden aftale, median"),
        definition=_FIRST_CALL,
        value=lambda facts: minutes(facts.waits.walkin_p50),
    ),
    _Minutes(
        id="walkin.wait.p90",
        names=Names("Ohne Termin, 90 %", "Walk-ins, 90 %", "Uden aftale, 90 %"),
        definition=_FIRST_CALL,
        value=lambda facts: minutes(facts.waits.walkin_p90),
    ),
    _Minutes(
        id="appt.delay.p50",
        names=Names("Verzug bei Terminen, Median", "Delay of appointments, median", "Forsinkelse, median"),
        definition=_DELAY,
        value=lambda facts: minutes(facts.waits.delay_p50),
    ),
    _Minutes(
        id="appt.delay.p90",
        names=Names("Verzug bei Terminen, 90 %", "Delay of appointments, 90 %", "Forsinkelse, 90 %"),
        definition=_DELAY,
        value=lambda facts: minutes(facts.waits.delay_p90),
    ),
    _Minutes(
        id="lateness.p50",
        names=Names("Verspätung der Besucher, Median", "Lateness, median", "Borgernes forsinkelse, median"),
        definition=_LATE,
        value=lambda facts: minutes(facts.waits.lateness_p50),
    ),
    _Minutes(
        id="lateness.p90",
        names=Names("Verspätung der Besucher, 90 %", "Lateness, 90 %", "Borgernes forsinkelse, 90 %"),
        definition=_LATE,
        value=lambda facts: minutes(facts.waits.lateness_p90),
    ),
)
