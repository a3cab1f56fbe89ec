"""A small line of the last weeks as SVG points, with the words for those who cannot see it.

Promises: a week without data is a gap, never zero. Shown by ``tests/rules/reporting/test_words.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.reporting import words
from services.reporting.figures import Figure, Unit

WIDTH, HEIGHT, MARGIN = 96, 24, 3


@dataclass(frozen=True, slots=True)
class Sparkline:
    """``lines`` are point lists of unbroken stretches, ``end`` the place of this week's value, if any."""

    lines: tuple[str, ...]
    end: tuple[float, float] | None
    text: str


def sparkline(trend: Sequence[Figure], unit: Unit) -> Sparkline | None:
    """The line of ``trend``, oldest first; None if fewer than two weeks have a value."""
    known = [one.value for one in trend if one.value is not None]
    if len(known) < 2:
        return None
    low, high = min(known), max(known)
    step = (WIDTH - 2 * MARGIN) / (len(trend) - 1)

    def point(index: int, figure: Figure) -> tuple[float, float] | None:
        if figure.value is None:
            return None
        share = float((figure.value - low) / (high - low)) if high > low else 0.5
        return round(MARGIN + index * step, 1), round(HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN), 1)

    points = [point(index, figure) for index, figure in enumerate(trend)]
    lines: list[list[str]] = [[]]
    for place in points:
        if place is None:
            lines.append([])
        else:
            lines[-1].append(f"{place[0]},{place[1]}")
    text = f"{len(known)} Wochen mit Daten, von {words.value(low, unit)} bis {words.value(high, unit)}"
    return Sparkline(tuple(" ".join(line) for line in lines if len(line) > 1), points[-1], text)
