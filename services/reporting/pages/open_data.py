"""The public page of the open data: the newest closed week with its differences and its thirteen weeks.

Promises: everything on it is computed from the published rows alone, so a difference or a point of a line
that would tell a withheld count cannot be there. Shown by ``tests/way/test_open_data.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from litestar import Response, get
from litestar.di import NamedDependency

from servicekit.web.pages import Pages
from servicekit.web.requests import AnyRequest, tagged
from services.reporting import words
from services.reporting.catalogue import CHANNELS, GROUPS
from services.reporting.figures import Figure, Status, Unit, compared
from services.reporting.open_data import ALL, NAME, WITHHELD, Row, rows
from services.reporting.report import TREND_WEEKS, Reports
from services.reporting.weeks import Week

from .sparkline import Sparkline, sparkline

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PublicLine:
    """One row of the public table."""

    name: str
    this: str
    to_last_week: str
    trend: Sparkline | None


def public_lines(found: Sequence[Row], week: Week) -> list[PublicLine]:
    """The contacts of a week, from published rows: the whole, each channel, each of its groups."""
    by_week: dict[Week, dict[Key, Row]] = {}
    for row in found:
        if row.metric == "contacts":
            of = by_week.setdefault(Week(row.iso_year, row.iso_week), {})
            of[row.channel, row.service_group] = row
    trend = [by_week.get(week.plus(n - TREND_WEEKS + 1), {}) for n in range(TREND_WEEKS)]
    keys = [(ALL, ALL)]
    for channel in CHANNELS:
        groups = [group for one, group in by_week.get(week, {}) if one == channel and group != ALL]
        keys += [(channel, ALL), *((channel, group) for group in groups)]
    return [_line(key, trend) for key in keys]


def _line(key: Key, trend: Sequence[Mapping[Key, Row]]) -> PublicLine:
    figures = [_figure(one.get(key)) for one in trend]
    change = compared(figures[-1], figures[-2], Unit.COUNT)
    channel, group = key
    name = "Alle Kontakte" if channel == ALL else CHANNELS[channel]
    row = trend[-1].get(key)
    hidden = row is not None and row.status == WITHHELD
    return PublicLine(
        name if group == ALL else f"{name}: {GROUPS.get(group, group)}",
        "zurückgehalten" if hidden else words.figure(figures[-1], Unit.COUNT),
        words.change(change, Unit.COUNT),
        sparkline(figures, Unit.COUNT),
    )


def _figure(row: Row | None) -> Figure:
    """A published value; sums over other channels cannot be compared."""
    if row is None:
        return Figure(None, Status.NO_DATA)
    known = {Status.RECORDED, Status.PARTIAL, Status.NOT_RECORDED}
    status = Status(row.status) if row.status in known else Status.NO_DATA
    alone = {f"{row.iso_year} {row.iso_week}"} if status is Status.PARTIAL else set()
    return Figure(row.value, status, frozenset(alone))


@get("/opendata", opt={"permission": "public"})
async def open_data_page(
    request: AnyRequest, reports: NamedDependency[Reports], pages: NamedDependency[Pages]
) -> Response[bytes]:
    """What there is, for whom, and the newest week of it."""
    weeks = await reports.closed_weeks()
    newest = max(weeks, default=None)
    lines = public_lines(list(rows(weeks)), newest) if newest else []
    page = pages.render("open_data.html.jinja", "de", week=newest, lines=lines, name=NAME)
    body = page.encode()
    return tagged(request, f'"{sha256(body).hexdigest()[:24]}"', body, "text/html")


HANDLERS = (open_data_page,)
