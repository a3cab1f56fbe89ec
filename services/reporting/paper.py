"""The week as PDF: the sheet that the page prints, then every number and definition behind it.

Promises: PDF/UA-1, so title, tags and a text for each drawing are there; the numbers are those of the page;
fonts come with the library, nothing is loaded from anywhere; a warning of the typesetter is an error, so no
word can vanish unseen; a sign that the font does not have is a box; the same report gives the same bytes.
Shown by ``tests/way/test_paper_week.py``.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import typst

from servicekit.web.words import long_day

from . import words
from .drawing import Drawing, element
from .pages import tables, view
from .pages.pictures import pictures
from .pages.sparkline import HEIGHT, WIDTH, Sparkline
from .pages.view import LineView
from .report import WeekReport

SOURCE = Path(__file__).parent / "templates" / "week.typ"
FIGURES = ("Kennzahl", "zur Vorwoche", "Vorjahr", "zum Vorjahr", "Ziel", "13 Wochen")
_NOT_IN_FONT = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u017f\u0218-\u021b\u0300-\u036f\u1e00-\u1ef9\u2010-\u2037"
    "\u20ac\u2190-\u2193\u2212\u2260\u2264\u2265]+"
)
"""Of PDF/UA the typesetter makes no document at all if the font lacks one sign of it."""


class Unprintable(RuntimeError):
    """The typesetter warned: the report would not be what it should. Our own fault."""


def pdf(report: WeekReport) -> bytes:
    """The file. Takes about half a second: not in the event loop.

    Raises ``Unprintable``, or ``typst.TypstError`` for what the typesetter refuses.
    """
    made, warnings = typst.compile_with_warnings(
        SOURCE.read_bytes(),
        sys_inputs={"report": json.dumps(_told(report))},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
        timestamp=datetime.combine(report.week.monday, time.min, UTC),
    )
    if warnings or not isinstance(made, bytes):
        raise Unprintable("; ".join(warning.message for warning in warnings))
    return made


def _told(report: WeekReport) -> dict[str, Any]:
    week, shown = report.week, pictures(report)
    lines = [line for _title, found in view.sections(report) for line in found]
    site = f", Standort {report.site}" if report.site else ""
    period = f"{long_day(week.monday, 'de')} bis {long_day(week.sunday, 'de')}{site}."
    return {
        "title": f"Wochenbericht KW {week.number}/{week.year}",
        "foot": "„–“: keine Daten. „nicht erfasst“: niemand hat etwas gemeldet; das ist keine Null."
        f" * Summe der erfassten Kanäle. Vorjahr: {view.last_year_words(week)}.",
        "period": period,
        "state": words.state(week, report.state),
        "headline": " ".join(view.headline(report)),
        "notes": [*(printable(note.text) for note in report.notes), *view.closures(report)],
        "key_figures": _figures(report, "Die Woche in Zahlen", printed=True),
        "pictures": [
            {
                "name": one.name,
                "title": one.title,
                "message": one.message,
                "key": one.key,
                "drawings": [_drawing(drawing) for drawing in one.drawings],
            }
            for one in shown
        ],
        "tables": [
            _figures(report, "Alle Kennzahlen", printed=False),
            *(_grid(*table) for one in shown for table in one.tables),
            *(_grid(title, corner, grid) for title, corner, grid in _others(report)),
        ],
        "definitions": {
            "title": "Was die Kennzahlen zählen",
            "rows": [(line.name, line.definition) for line in lines],
        },
    }


def printable(text: str) -> str:
    """A free text with a box for each stretch that the font cannot show, such as an emoji."""
    return _NOT_IN_FONT.sub("□", unicodedata.normalize("NFC", text))


def _others(report: WeekReport) -> Iterator[tuple[str, str, tables.Grid]]:
    """The tables of the page that belong to no drawing."""
    for title, corner, grid in (
        ("Kontakte nach Dienstleistung und Kanal", "Dienstleistung", tables.by_group(report)),
        ("Kontakte nach Tag", "Kanal", tables.by_day(report)),
        ("Abgewiesene Versuche an der Tür", "Grund", tables.refused(report)),
        (
            "Zeit am Schalter, Besuche mit genau einer Dienstleistung",
            "Dienstleistung",
            tables.durations(report),
        ),
        ("E-Mails und Briefe nach Ausgang", "Weg", tables.messages(report)),
    ):
        if grid is not None:
            yield title, corner, grid


def _figures(report: WeekReport, title: str, *, printed: bool) -> dict[str, Any]:
    """The table of the week, of what fits on one sheet or of everything."""
    rows: list[dict[str, Any]] = []
    for heading, lines in view.sections(report):
        chosen = [line for line in lines if line.printed or not printed]
        if chosen:
            rows.append({"kind": "group", "cells": [heading]})
        rows += [{"kind": "row", "cells": _cells(line)} for line in chosen]
    head = [FIGURES[0], f"KW {report.week.number}", *FIGURES[1:]]
    return {"title": title, "head": head, "left": [0, 5, 6], "rows": rows}


def _cells(line: LineView) -> Sequence[Any]:
    texts = (line.name, line.this, line.to_last_week, line.last_year, line.to_last_year, line.target)
    return [*texts, _spark(line.trend) if line.trend else words.DASH]


def _grid(title: str, corner: str, grid: tables.Grid) -> dict[str, Any]:
    rows = [{"kind": "row", "cells": [name, *cells]} for name, cells in grid.rows]
    return {"title": title, "head": [corner, *grid.columns], "left": [0], "rows": rows}


def _drawing(one: Drawing) -> dict[str, str]:
    return {"svg": one.alone(), "alt": f"{one.title}. {one.desc}"}


def _spark(one: Sparkline) -> dict[str, str]:
    """The small line of the table as a drawing."""
    shapes = [element("polyline", class_="spark", points=points) for points in one.lines]
    if one.end:
        shapes.append(element("circle", class_="now", cx=one.end[0], cy=one.end[1], r=2.5))
    return {"svg": Drawing("13 Wochen", one.text, WIDTH, HEIGHT, tuple(shapes)).alone(), "alt": one.text}
