"""What the manifests of many runs come to, as the table of ``docs/chaos.md``.

Promises: a run without anybody left unanswered is named and not counted; each kind of fault is told with how
often it was planned and how often it came about; a hard state that no run met is told as 0. Shown by
``tests/chaos/test_summary.py``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

OUTCOMES = ("ok", "fail", "info")


def read(folder: Path) -> list[dict[str, Any]]:
    """All manifests of a folder, by seed."""
    found = [json.loads(path.read_text()) for path in folder.glob("seed-*.json")]
    return sorted(found, key=lambda one: int(one["seed"]))


def table(manifests: Iterable[dict[str, Any]]) -> str:
    """Markdown."""
    told = list(manifests)
    runs = [one for one in told if one["counted"]]
    if not runs:
        return "no run counts"
    return "\n".join([*_figures(told, runs), "", *_faults(runs), "", *_states(runs)])


def _figures(told: Sequence[dict[str, Any]], runs: Sequence[dict[str, Any]]) -> list[str]:
    counts, healed = Counter[str](), sorted(one["healed_after_seconds"] for one in runs)
    for one in runs:
        counts.update({name: int(many) for name, many in one["counts"].items()})
    three = sum(one.get("brokers", 1) > 1 for one in runs)
    rows = {
        "runs counted": f"{len(runs)} of {sum(one['seconds'] for one in runs) / len(runs):.0f} s, "
        f"{three} of them on three brokers",
        "runs in which everybody had an answer, not counted": str(len(told) - len(runs)),
        "commands ok, refused, without any answer to the end": ", ".join(f"{counts[o]:,}" for o in OUTCOMES),
        "tries without an answer": f"{sum(one['sometimes']['info'] for one in runs):,}",
        "events, mails": f"{counts['events']:,}, {counts['mails']:,}",
        "processes that died": f"{counts['deaths']:,}",
        "faults that came about": f"{_many(runs, came=True):,} of {_many(runs, came=False):,} planned",
        "healed after, median and longest": f"{median(healed):.0f} s, {healed[-1]:.0f} s",
        "**violations**": f"**{sum(len(one['findings']) for one in runs)}** in "
        f"{sum(bool(one['findings']) for one in runs)} runs",
    }
    return ["| what | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows.items())]


def _many(runs: Iterable[dict[str, Any]], *, came: bool) -> int:
    return sum(bool(fault["evidence"]) or not came for one in runs for fault in one["faults"])


def _faults(runs: Iterable[dict[str, Any]]) -> list[str]:
    planned, came = Counter[str](), Counter[str]()
    for one in runs:
        for fault in one["faults"]:
            planned[fault["fault"]] += 1
            came[fault["fault"]] += bool(fault["evidence"])
    rows = (f"| {name} | {came[name]} of {planned[name]} |" for name in sorted(planned, key=_order))
    return ["| fault | came about |", "| --- | --- |", *rows]


def _order(name: str) -> tuple[int, str]:
    return int(name.split(maxsplit=1)[0].removeprefix("F")), name


def _states(runs: Sequence[dict[str, Any]]) -> list[str]:
    met, total = Counter[str](), Counter[str]()
    for one in runs:
        for name, many in one["sometimes"].items():
            met[name] += many > 0
            total[name] += many
    rows = (f"| {name} | {met[name]} | {total[name]:,} |" for name in total)
    return ["| sometimes | in runs | times |", "| --- | --- | --- |", *rows]
