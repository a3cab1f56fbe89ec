"""What all queries of the read models share: the connection as a port, and periods of weeks.

A period is a label over one or more weeks whose raw rows are pooled, so that a percentile of two
weeks is a percentile of their durations and never a mean of percentiles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, Protocol

from services.reporting.weeks import Week

Periods = Mapping[str, Sequence[Week]]


class Connection(Protocol):
    """A connection whose ``search_path`` is the current generation of one read model."""

    async def fetch(self, query: str, /, *args: Any) -> Sequence[Mapping[str, Any]]:
        """The rows of a query."""


class Span(NamedTuple):
    """The first and the last week in which a feed told anything, as Mondays; None if it never did."""

    first: date | None
    last: date | None


def pairs(periods: Periods) -> tuple[list[str], list[date]]:
    """Labels and Mondays, one pair per week of each period, as arrays for ``unnest``."""
    rows = [(label, week.monday) for label, weeks in periods.items() for week in weeks]
    return [label for label, _monday in rows], [monday for _label, monday in rows]
