"""Years, months and pairs of weeks as words: what each cell of their tables says. Pure.

Promises: every number is in the report. Shown by ``tests/way/test_year_page.py`` and
``tests/way/test_month_page.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from services.reporting import words
from services.reporting.report import PairLine, SpanLine, SpanReport

from .view import target


@dataclass(frozen=True, slots=True)
class SpanLineView:
    """One row of the table of a span; ``weeks`` says what it is made of, ``each`` is week by week."""

    id: str
    name: str
    value: str
    weeks: str
    each: tuple[str, ...]
    target: str


@dataclass(frozen=True, slots=True)
class PairLineView:
    """One row of the comparison of two weeks."""

    id: str
    name: str
    this: str
    other: str
    change: str
    target: str


def span_sections(report: SpanReport) -> list[tuple[str, list[SpanLineView]]]:
    """The table of a span in its groups."""
    return [
        (section.value, [_span_line(line, report) for line in lines])
        for section, lines in groupby(report.lines, key=lambda line: line.metric.section)
    ]


def pair_sections(pairs: Sequence[PairLine]) -> list[tuple[str, list[PairLineView]]]:
    """The table of two weeks in its groups."""
    return [
        (section.value, [_pair_line(line) for line in lines])
        for section, lines in groupby(pairs, key=lambda line: line.metric.section)
    ]


def _span_line(line: SpanLine, report: SpanReport) -> SpanLineView:
    metric, end = line.metric, f"Ende KW {report.until.number}"
    return SpanLineView(
        id=metric.id,
        name=metric.names.de,
        value=words.figure(line.figure, metric.unit),
        weeks=end if metric.stock else f"{line.weeks} von {len(report.weeks)}",
        each=tuple(words.figure(one, metric.unit) for one in line.each),
        target=target(metric, line.figure),
    )


def _pair_line(line: PairLine) -> PairLineView:
    metric = line.metric
    return PairLineView(
        id=metric.id,
        name=metric.names.de,
        this=words.figure(line.figure, metric.unit),
        other=words.figure(line.other, metric.unit),
        change=words.change(line.other, metric.unit),
        target=target(metric, line.figure),
    )
