"""Results as files: every round as JSON, the table as Markdown, and a picture.

Promises: equal data gives equal files; ``results/latest.*`` is written only when asked to publish.
Shown by ``tests/bench/test_goals.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from math import log10
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.goals import Row

if TYPE_CHECKING:
    from bench.run import Round

RESULTS = Path(__file__).parent / "results"
SCRATCH = Path(__file__).parents[1] / "build" / "bench-results"
"""Where results go that nobody publishes."""


def table(rows: Sequence[Row]) -> str:
    """The goals with floor, goal and what was measured, as Markdown."""
    lines = ["| id | what | floor | goal | median | min–max | rounds | verdict |", "|" + "---|" * 8]
    for row in rows:
        sign = "≥" if row.goal.better == "higher" else "≤"
        span = f"{number(min(row.values))}–{number(max(row.values))}" if row.values else "–"
        middle = number(row.median) if row.median is not None else "–"
        lines.append(
            f"| {row.goal.id} | {row.goal.what} | {sign} {number(row.goal.floor)} | "
            f"{sign} {number(row.goal.goal)} | {middle} | {span} | {len(row.values)} | {row.verdict} |"
        )
    return "\n".join(lines)


def number(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write(
    card: Mapping[str, Any],
    foreign: float | None,
    parts: Mapping[str, Sequence[Round]],
    rows: Sequence[Row],
    *,
    publish: bool,
) -> Path:
    """The JSON of this run; with ``publish`` also ``latest.md`` and ``latest.svg``. The JSON's path."""
    folder = RESULTS if publish else SCRATCH
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}-{card['commit'] or 'unknown'}.json"
    data = {
        "machine": card,
        "foreign_before": foreign,
        "parts": {part: [asdict(one) for one in rounds] for part, rounds in parts.items()},
        "goals": [
            {"id": row.goal.id, "verdict": row.verdict, "median": row.median, "values": row.values}
            for row in rows
        ],
    }
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    (folder / "latest.md").write_text(page(card, rows, path.name))
    (folder / "latest.svg").write_text(picture(rows))
    return path


def page(card: Mapping[str, Any], rows: Sequence[Row], source: str) -> str:
    """The published page."""
    versions = ", ".join(f"{name} {one}" for name, one in card["versions"].items())
    return "\n".join(
        [
            "# Measured",
            "",
            f"Commit {card['commit']}{'' if card['clean'] else ' with changes'}, from `{source}`. "
            f"{card['processor']}, {card['cores']} cores, {card['memory_gib']} GiB, {card['system']}, "
            f"Python {card['python']}; one flush {card['flush_ms']} ms. {versions}.",
            "",
            table(rows),
            "",
        ]
    )


WIDTH, LEFT, LINE = 760, 70, 22
"""Pixels: of the picture, of the names at its left, of one row."""


def picture(rows: Sequence[Row]) -> str:
    """One line per goal on a log scale, as a share of the goal: min, median, max, and the floor, as SVG."""
    drawn = [row for row in rows if row.values and min(row.values) > 0]
    height = LINE * (len(drawn) + 2)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="12">',
        f'<line x1="{_x(1)}" y1="0" x2="{_x(1)}" y2="{height - LINE}" stroke="#20702a"/>',
    ]
    for nr, row in enumerate(drawn):
        y = LINE * nr + LINE / 2
        low, high = sorted((_share(row, min(row.values)), _share(row, max(row.values))))
        floor, middle = _x(_share(row, row.goal.floor)), _x(_share(row, row.median or 0))
        parts += [
            f'<text x="4" y="{y + 4}">{row.goal.id}</text>',
            f'<line x1="{_x(low)}" y1="{y}" x2="{_x(high)}" y2="{y}" stroke="#4a6a8a" stroke-width="4"/>',
            f'<circle cx="{middle}" cy="{y}" r="5" fill="#12324f"/>',
            f'<line x1="{floor}" y1="{y - 8}" x2="{floor}" y2="{y + 8}" stroke="#b02020" stroke-width="2"/>',
        ]
    legend = "measured ÷ goal, better to the right; green: the goal, red: the floor; 0.01 to 100, log scale"
    return "\n".join([*parts, f'<text x="{LEFT}" y="{height - 6}">{legend}</text>', "</svg>", ""])


def _x(share: float) -> float:
    """0.01 is at the left, 1 in the middle, 100 at the right."""
    return round(LEFT + (WIDTH - LEFT - 10) * (min(max(log10(share), -2), 2) + 2) / 4, 1)


def _share(row: Row, value: float) -> float:
    return value / row.goal.goal if row.goal.better == "higher" else row.goal.goal / value
