"""Contacts by week as open data: rows for a file, and what describes the file. Pure.

Promises: closed weeks only; a count from 1 to 4, whatever would reveal it, and percentiles of fewer than 5
cases are withheld and say so; what was not recorded is empty, never 0.
Shown by ``tests/rules/reporting/test_open_data.py``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from .catalogue import CHANNELS
from .export import guarded
from .figures import Facts, Number, Status, Unit, minutes, rounded
from .suppression import SMALL, publishable
from .weeks import Week

ALL = "all"
WITHHELD = "withheld"
NAME = "kontakte-woechentlich"
LICENCE = {
    "name": "dl-de/zero-2-0",
    "title": "Datenlizenz Deutschland – Zero – Version 2.0",
    "path": "https://www.govdata.de/dl-de/zero-2-0",
}


class Row(NamedTuple):
    """One value of the file; ``value`` None has a ``status`` that says why."""

    iso_year: int
    iso_week: int
    channel: str
    service_group: str
    metric: str
    value: Number | None
    unit: str
    status: str


@dataclass(frozen=True, slots=True)
class _Percentile:
    metric: str
    channel: str
    feed: str
    unit: Unit
    value: Number | None
    cases: int


def rows(weeks: Mapping[Week, Facts]) -> Iterator[Row]:
    """The rows of closed weeks, oldest first."""
    for week in sorted(weeks):
        yield from _counts(week, weeks[week])
        for one in _percentiles(weeks[week]):
            value, status = _shown(one, one.feed in weeks[week].recorded)
            yield Row(week.year, week.number, one.channel, ALL, one.metric, value, one.unit.value, status)


def _counts(week: Week, facts: Facts) -> Iterator[Row]:
    recorded = facts.recorded & set(CHANNELS)
    public = publishable(facts.contacts, recorded)

    def row(channel: str, group: str, value: int | None, status: str) -> Row:
        missing = status if value is not None or channel in (ALL, *recorded) else Status.NOT_RECORDED.value
        return Row(week.year, week.number, channel, group, "contacts", value, Unit.COUNT.value, missing)

    def told(value: int | None) -> str:
        return WITHHELD if value is None else Status.RECORDED.value

    for (channel, group), count in public.cells.items():
        yield row(channel, group, count, told(count))
    for channel in CHANNELS:
        count = public.channels.get(channel)
        yield row(channel, ALL, count, told(count))
    whole = told(public.total)
    if not recorded:
        whole = Status.NOT_RECORDED.value
    elif public.total is not None and len(recorded) < len(CHANNELS):
        whole = Status.PARTIAL.value
    yield row(ALL, ALL, public.total, whole)


def _percentiles(facts: Facts) -> Iterator[_Percentile]:
    waits, calls = facts.waits, facts.calls
    for rank, wait, ring in (
        ("p50", waits.wait_p50, calls.wait_p50),
        ("p90", waits.wait_p90, calls.wait_p90),
    ):
        visit, call = _rounded(minutes(wait), Unit.MINUTES), _rounded(ring, Unit.SECONDS)
        yield _Percentile(f"wait.{rank}", "personal", "visits", Unit.MINUTES, visit, waits.waits)
        yield _Percentile(f"wait.{rank}", "phone", "phone_import", Unit.SECONDS, call, calls.answered)


def _rounded(value: Decimal | None, unit: Unit) -> Number | None:
    return None if value is None else rounded(value, unit)


def _shown(one: _Percentile, recorded: bool) -> tuple[Number | None, str]:
    if not recorded:
        return None, Status.NOT_RECORDED.value
    if one.cases <= SMALL:  # whether it was none or four is not told either
        return None, WITHHELD
    return one.value, Status.RECORDED.value


def as_csv(found: Iterable[Row]) -> bytes:
    """RFC 4180: UTF-8 without mark, commas, decimal point, CRLF."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(Row._fields)
    for row in found:
        writer.writerow([guarded(cell) if isinstance(cell, str) else _plain(cell) for cell in row])
    return text.getvalue().encode()


def _plain(cell: Number | None) -> str:
    return "" if cell is None else f"{cell:f}" if isinstance(cell, Decimal) else f"{cell}"


def as_json(found: Iterable[Row]) -> list[dict[str, Any]]:
    """The same rows as objects."""
    return [
        {name: float(cell) if isinstance(cell, Decimal) else cell for name, cell in row._asdict().items()}
        for row in found
    ]


_FIELDS = (
    ("iso_year", "integer", "Jahr der ISO-Woche, nicht das des Datums"),
    ("iso_week", "integer", "Nummer der ISO-Woche, 1 bis 53, Montag bis Sonntag in Europe/Berlin"),
    ("channel", "string", "personal, phone, email, post, handover; all: alle zusammen"),
    ("service_group", "string", "Gruppe der Dienstleistung; all: alle zusammen"),
    ("metric", "string", "contacts: beendete Kontakte; wait.p50, wait.p90: Wartezeit, nächster Rang"),
    ("value", "number", "leer, wenn der Status es sagt"),
    ("unit", "string", "count, min, s"),
    ("status", "string", "recorded; partial: ein Kanal fehlt; withheld; not_recorded"),
)


def datapackage() -> dict[str, Any]:
    """The description by the Data Package standard, for a file beside the data."""
    schema = {
        "fields": [{"name": name, "type": kind, "description": text} for name, kind, text in _FIELDS],
        "primaryKey": ["iso_year", "iso_week", "channel", "service_group", "metric"],
        "missingValues": [""],
    }
    return {
        "profile": "tabular-data-package",
        "name": NAME,
        "title": "Kontakte des Bürgerbüros Flensburg je Woche",
        "description": (
            "Abgeschlossene Wochen. Anzahlen von 1 bis 4, was sie verraten würde und Wartezeiten aus weniger"
            " als 5 Fällen sind zurückgehalten (withheld). Nicht Erfasstes ist leer, nie 0. Eine Gruppe ohne"
            " Zeile hatte auf diesem Kanal keinen Kontakt."
        ),
        "licenses": [LICENCE],
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": f"{NAME}-{ending}",
                "path": f"{NAME}.{ending}",
                "format": ending,
                "mediatype": kind,
                "encoding": "utf-8",
                "schema": schema,
            }
            for ending, kind in (("csv", "text/csv"), ("json", "application/json"))
        ],
    }
