"""The figures of the weekly report as drawings: columns by week, shades by hour, dots, bars. Pure.

Promises: one scale for all that is compared; a week without data is a gap, never a column of zero; the
number beside a shape says the same as its size. Notation: this year solid and dark, the year before
light (IBCS). Shown by ``tests/rules/reporting/test_charts.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from markupsafe import Markup

from . import words
from .catalogue import CHANNELS, service_name
from .drawing import Drawing, dot, label, line, rect
from .figures import Figure, Unit
from .projections.lead_time import LeadTime
from .report import ChannelTrend

SHADES = 5
LEAD_TIME_TARGET = 14
"""Working days."""
Hours = Mapping[tuple[int, int], int]
"""(weekday 1–7, hour) → how many."""


def columns(trends: Sequence[ChannelTrend]) -> list[Drawing]:
    """Contacts by channel: small multiples on one scale, thirteen weeks, the year before behind."""
    values = [one.value for trend in trends for one in (*trend.this, *trend.year_before)]
    most = max((float(value) for value in values if value), default=1.0)
    return [_columns(trend, most) for trend in trends]


def _columns(trend: ChannelTrend, most: float) -> Drawing:
    width, top, bottom = 180, 30, 94
    step = (width - 8) / len(trend.weeks)

    def column(kind: str, index: int, figure: Figure, shift: float, broad: float) -> list[Markup]:
        if figure.value is None:
            return []
        height = (bottom - top) * float(figure.value) / most
        return [rect(kind, 2 + index * step + shift, bottom - height, broad, height)]

    first, last = trend.weeks[0], trend.weeks[-1]
    name = CHANNELS[trend.channel]
    shown = words.figure(trend.this[-1], Unit.COUNT)
    shapes = [
        label(name, 2, 11, "strong"),
        label(shown, width - 2, 11, "strong", "end"),
        *chain.from_iterable(column("year", n, one, 4, 8) for n, one in enumerate(trend.year_before)),
        *chain.from_iterable(column("now", n, one, 0, 8) for n, one in enumerate(trend.this)),
        line("rule", 0, bottom, width, bottom),
        label(f"KW {first.number}", 2, bottom + 13),
        label(f"KW {last.number}", width - 2, bottom + 13, "end"),
    ]
    return Drawing(
        f"{name}: {shown} in KW {last.number}",
        f"{_told(trend.this)} Ein Jahr zuvor: {_told(trend.year_before)}",
        width,
        bottom + 18,
        tuple(shapes),
    )


def _told(trend: Sequence[Figure]) -> str:
    """Weeks in words, oldest first."""
    return ", ".join(words.value(one.value, Unit.COUNT) for one in trend) + "."


def heat(name: str, days: Sequence[str], first: int, last: int, counts: Hours) -> Drawing:
    """How many by weekday (across, from Monday) and hour (down, ``first`` to ``last``), in five shades."""
    left, head, broad, high = 44, 18, 44, 19
    most = max(counts.values(), default=1)
    shapes = [
        label(name, 0, 12, "strong"),
        *(label(day, left + broad * (n + 0.5), 12, "mid") for n, day in enumerate(days)),
    ]
    for row, hour in enumerate(range(first, last + 1)):
        y = head + row * high
        shapes.append(label(f"{hour} h", left - 5, y + 13, "end"))
        for column in range(len(days)):
            count = counts.get((column + 1, hour), 0)
            x, shade = left + column * broad, -(-SHADES * count // most)
            shapes.append(rect(f"shade{shade}", x, y, broad - 1, high - 1))
            shapes.append(label(str(count) if count else "·", x + broad / 2, y + 13, "mid"))
    busiest = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:3]
    told = ", ".join(f"{days[day - 1]} {hour} Uhr: {count}" for (day, hour), count in busiest)
    return Drawing(
        f"{name} nach Wochentag und Stunde",
        f"Zusammen {words.number(sum(counts.values()))}. Am meisten: {told or 'keine'}.",
        left + broad * len(days),
        head + high * (last - first + 1),
        tuple(shapes),
    )


def dots(lead_times: Mapping[str, LeadTime]) -> Drawing:
    """Working days to the first free place: median as dot, worst as ring, a line at the target."""
    rows = sorted(lead_times.items(), key=lambda one: service_name(one[0]))
    known = [days for _name, one in rows for days in (one.median, one.worst) if days is not None]
    most, width, none, high, head = max(20, *known, 0), 320, 345, 26, 16
    bottom = head + high * len(rows)

    def x(days: int | None) -> float:
        return none if days is None else 6 + (width - 12) * days / most

    shapes = [
        line("goal", x(LEAD_TIME_TARGET), head, x(LEAD_TIME_TARGET), bottom + 2),
        label(f"Ziel {LEAD_TIME_TARGET}", x(LEAD_TIME_TARGET), 11, "mid"),
        label("keine", 360, 11, "end"),
    ]
    for number, (service, one) in enumerate(rows):
        y = head + high * number
        shapes += [
            label(service_name(service), 0, y + 10, "over"),
            line("rule", 6, y + 18, width - 6, y + 18),
            line("rule", x(one.median), y + 18, x(one.worst), y + 18),
            dot("ring", x(one.worst), y + 18),
            dot("now", x(one.median), y + 18),
        ]
    shapes += [label("0", 3, bottom + 13), label(f"{most} Arbeitstage", width, bottom + 13, "end")]
    told = "; ".join(f"{service_name(name)}: {_days(one.median)}" for name, one in rows)
    return Drawing("Vorlaufzeit je Dienstleistung", f"Median: {told}.", 360, bottom + 18, tuple(shapes))


def _days(days: int | None) -> str:
    return "kein freier Termin" if days is None else f"{days} Arbeitstage"


def bars(name: str, rows: Sequence[tuple[str, int]]) -> Drawing:
    """How many in each class, one bar below the other."""
    left, width, high, head = 104, 200, 20, 18
    most = max([count for _name, count in rows] + [1])
    shapes = [label(name, 0, 11, "strong")]
    for number, (text, count) in enumerate(rows):
        y, long = head + number * high, width * count / most
        shapes += [
            label(text, left - 6, y + 12, "end"),
            rect("now", left, y, long, high - 5),
            label(words.number(count), left + long + 4, y + 12),
        ]
    shapes.append(line("rule", left, head - 2, left, head + high * len(rows)))
    told = ", ".join(f"{text}: {words.number(count)}" for text, count in rows)
    return Drawing(
        f"{name} nach Alter", f"{told}.", left + width + 56, head + high * len(rows), tuple(shapes)
    )
