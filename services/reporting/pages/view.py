"""The weekly page as words: what each cell says, from the report. Pure.

Promises: every number of the page is in the report; the headline is a sentence by rules.
Shown by ``tests/rules/reporting/test_view.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from services.reporting import words
from services.reporting.catalogue import CHANNELS, CLOSED, CLOSURES
from services.reporting.charts import LEAD_TIME_TARGET
from services.reporting.figures import Figure, Unit, rounded
from services.reporting.metrics.metric import Metric, on_target
from services.reporting.report import Line, WeekReport
from services.reporting.versions import Version
from services.reporting.weeks import BERLIN, State, Week
from services.reporting.working_days import is_working_day

from .sparkline import Sparkline, sparkline

PRINTED = frozenset(
    {
        *("contacts.total", "contacts.personal", "contacts.phone", "contacts.email", "contacts.post"),
        *("contacts.handover", "phone.offered", "phone.lost", "phone.service_level_30s", "phone.wait.p90"),
        *("phone.solved", "wait.p50", "wait.p90", "appt.delay.p90", "no_show_rate", "service.duration.p50"),
        *("funnel.held", "funnel.confirmed", "unconfirmed_rate", "lead_time.within_14"),
        *("mail.in", "mail.done", "mail.backlog", "mail.within_3", "docs.ordered", "docs.waiting"),
        *("docs.over_30", "delivery.failed"),
    }
)
"""The figures that fit on one sheet of paper; the page and all files have the others too."""


@dataclass(frozen=True, slots=True)
class LineView:
    """One row of the table of the week."""

    id: str
    name: str
    this: str
    to_last_week: str
    last_year: str
    to_last_year: str
    target: str
    trend: Sparkline | None
    definition: str
    printed: bool


def headline(report: WeekReport) -> list[str]:
    """The week in a few sentences."""
    return [sentence for sentence in (tell(report) for tell in _SENTENCES) if sentence]


def sections(report: WeekReport) -> list[tuple[str, list[LineView]]]:
    """The table of the week in its groups."""
    return [
        (section.value, [_line(line) for line in lines])
        for section, lines in groupby(report.lines, key=lambda line: line.metric.section)
    ]


def state(report: WeekReport, newest: Version | None) -> str:
    """How final the week's figures are; of a closed one which version counts, and since when."""
    if newest is None or report.site is not None:
        return words.state(report.week, report.state)
    made = newest.made_at.astimezone(BERLIN)
    what = "abgeschlossen" if newest.number == 1 else "abgeschlossen und berichtigt"
    return f"{what}: Version {newest.number} vom {made.day}.{made.month}.{made.year}"


def closures(report: WeekReport) -> list[str]:
    """When the office was closed: ``Fortbildung (ein Schalter, Standort …): Di 1.12. 07:30 Uhr bis …``."""

    def moment(at: datetime) -> str:
        local = at.astimezone(BERLIN)
        return f"{words.WEEKDAYS[local.weekday()]} {local.day}.{local.month}. {local:%H:%M} Uhr"

    return [
        f"{CLOSURES.get(one.reason, one.reason)} ({CLOSED.get(one.scope, one.scope)}, Standort {one.site}):"
        f" {moment(one.begins_at)} bis {moment(one.ends_at)}"
        for one in report.closures
    ]


def last_year_words(week: Week) -> str:
    """What the column "last year" holds."""
    weeks = " und ".join(f"KW {one.number}/{one.year}" for one in week.year_before())
    return weeks if len(week.year_before()) == 1 else f"Mittel aus {weeks}"


def target(metric: Metric, figure: Figure) -> str:
    """The aim and whether it is met: ``75 % verfehlt``; empty where there is none."""
    if metric.target is None:
        return ""
    goal, met = words.value(metric.target, metric.unit).replace(",0", ""), on_target(metric, figure.value)
    return goal if met is None else f"{goal} {'erreicht' if met else 'verfehlt'}"


def _line(line: Line) -> LineView:
    metric, unit = line.metric, line.metric.unit
    return LineView(
        id=metric.id,
        name=metric.names.de,
        this=words.figure(line.figure, unit),
        to_last_week=words.change(line.last_week, unit),
        last_year=words.figure(line.last_year, unit),
        to_last_year=words.change(line.last_year, unit),
        target=target(metric, line.figure),
        trend=sparkline(line.trend, unit),
        definition=metric.definition.de,
        printed=metric.id in PRINTED,
    )


def _contacts(report: WeekReport) -> str:
    line, number = report.line("contacts.total"), report.week.number
    if line.figure.value is None:
        return f"KW {number}: Kontakte nicht erfasst."
    missing = [name for channel, name in CHANNELS.items() if channel not in report.facts.recorded]
    without = f" Nicht erfasst: {', '.join(missing)}." if missing else ""
    against = [
        f"{words.signed(change.percent, 1)}\N{NO-BREAK SPACE}% {to}"
        for change, to in ((line.last_week, "zur Vorwoche"), (line.last_year, "zum Vorjahr"))
        if change.percent is not None
    ]
    compared = f" ({', '.join(against)})" if against else ""
    return f"KW {number}: {words.value(line.figure.value, Unit.COUNT)} Kontakte{compared}.{without}"


def _short_week(report: WeekReport) -> str:
    week, total = report.week, report.line("contacts.total").figure.value
    days = sum(is_working_day(week.day(weekday)) for weekday in range(1, 6))
    if days == 5 or not days or total is None or report.state is State.OPEN:
        return ""
    each = words.value(rounded(Decimal(total) / days, Unit.COUNT), Unit.COUNT)
    return f"Woche mit Feiertagen: {days} Arbeitstage, {each} Kontakte je Arbeitstag."


def _phone(report: WeekReport) -> str:
    line = report.line("phone.service_level_30s")
    if line.figure.value is None or line.metric.target is None:
        return ""
    met = "erreicht" if on_target(line.metric, line.figure.value) else "verfehlt"
    share = words.value(line.figure.value, Unit.PERCENT)
    return f"Telefon: {share} in 30 Sekunden angenommen – Ziel {line.metric.target} % {met}."


def _waits(report: WeekReport) -> str:
    median, long = report.line("wait.p50").figure.value, report.line("wait.p90").figure.value
    if median is None or long is None:
        return ""
    return (
        f"Die Hälfte der Besucher wartete höchstens {words.value(median, Unit.MINUTES)},"
        f" neun von zehn höchstens {words.value(long, Unit.MINUTES)}."
    )


def _bookings(report: WeekReport) -> str:
    values: Mapping[str, object] = {
        name: report.line(f"funnel.{name}").figure.value for name in ("held", "confirmed")
    }
    held, confirmed = values["held"], values["confirmed"]
    if not isinstance(held, int) or not isinstance(confirmed, int) or not held:
        return ""
    return f"Von {words.number(held)} reservierten Terminen sind {words.number(confirmed)} bestätigt."


def _lead_times(report: WeekReport) -> str:
    found = report.lead_times.values()
    if not found:
        return ""
    late = sum(one.median is None or one.median > LEAD_TIME_TARGET for one in found)
    met = f"verfehlt bei {late} von {len(found)} Dienstleistungen" if late else "überall erreicht"
    return f"Vorlaufzeit: Ziel {LEAD_TIME_TARGET} Arbeitstage {met}."


def _post(report: WeekReport) -> str:
    backlog, oldest = report.line("mail.backlog").figure.value, report.line("mail.age.max").figure.value
    if not backlog or oldest is None:
        return ""
    return (
        f"Post: {words.number(backlog)} offen, der älteste Eingang seit {words.number(oldest)} Arbeitstagen."
    )


def _documents(report: WeekReport) -> str:
    waiting, long = report.line("docs.waiting").figure.value, report.line("docs.over_30").figure.value
    if not waiting or long is None:
        return ""
    return (
        f"{words.number(waiting)} Ausweisdokumente warten auf Abholung,"
        f" {words.number(long)} davon länger als 30 Tage."
    )


_SENTENCES = (_contacts, _short_week, _phone, _waits, _bookings, _lead_times, _post, _documents)
