"""Reporting's figures beside those computed straight from the files, line by line.

Promises: every figure is compared for equality; durations to the microsecond. A line holds how many
single values it stands for, so that a total that is right by chance cannot hide a wrong part.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg

from servicekit.testing.databases import Database

from . import warsaw

CHECKS = Path(__file__).with_name("checks")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. ``values`` single figures were compared, ``wrong`` of them differ."""

    what: str
    expected: str
    found: str
    values: int
    wrong: int

    @property
    def right(self) -> bool:
        return self.wrong == 0 and self.expected == self.found


def check(name: str, file: Path) -> Any:
    """What the independent script says about a file."""
    command = [sys.executable, "-I", str(CHECKS / f"{name}.py"), str(file)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def one(what: str, expected: object, found: object) -> Line:
    """A single figure."""
    return Line(what, str(expected), str(found), 1, int(expected != found))


def many(what: str, expected: Mapping[Any, Any], found: Mapping[Any, Any]) -> Line:
    """Many figures by key; a key on one side only is a difference."""
    keys = expected.keys() | found.keys()
    wrong = [key for key in keys if expected.get(key) != found.get(key)]
    totals = [sum(value or 0 for value in side.values()) for side in (expected, found)]
    return Line(what, _short(totals[0]), _short(totals[1]), len(keys), len(wrong))


def _short(number: float | Decimal) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:,.3f}"


def _minutes(seconds: float | Decimal | None) -> str:
    return "–" if seconds is None else f"{float(seconds) / 60:.3f} min"


async def _read(database: Database, name: str, query: str, *values: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(database.app_url)
    try:
        schema = await connection.fetchval("SELECT schema FROM projection_current WHERE name = $1", name)
        await connection.execute("SELECT set_config('search_path', $1, false)", schema)
        return await connection.fetch(query, *values)
    finally:
        await connection.close()


_HOURS = """
SELECT site, (at AT TIME ZONE 'Europe/Berlin')::date AS day,
       extract(hour FROM at AT TIME ZONE 'Europe/Berlin')::int AS hour, count(*) AS number
FROM (SELECT site, {column} AS at FROM visit) moments
WHERE at IS NOT NULL AND site LIKE $1 GROUP BY 1, 2, 3"""
_ARRIVALS, _CALLS = _HOURS.format(column="opened_at"), _HOURS.format(column="called_at")
_WAITS = """
SELECT count(wait_seconds) AS waits, percentile_disc(0.5) WITHIN GROUP (ORDER BY wait_seconds) AS p50,
       percentile_disc(0.9) WITHIN GROUP (ORDER BY wait_seconds) AS p90
FROM visit WHERE site LIKE $1"""
_MEANS = """
SELECT (opened_at AT TIME ZONE 'Europe/Berlin')::date AS day,
       extract(hour FROM opened_at AT TIME ZONE 'Europe/Berlin')::int AS hour, avg(wait_seconds) AS mean
FROM visit WHERE site = $1 GROUP BY 1, 2"""
WAITING = "reporting.waiting.v1"


async def compare_warsaw(database: Database, expected: Mapping[str, Any]) -> list[Line]:
    """Calls and arrivals per queue, day and hour; waits and their percentiles."""
    lines = []
    for what, query in (("calls", _CALLS), ("arrivals", _ARRIVALS)):
        rows = await _read(database, WAITING, query, r"warsaw\_%")
        found = {(row["site"], row["day"], row["hour"]): row["number"] for row in rows}
        wanted = {_warsaw_key(key): number for key, number in expected[what].items()}
        lines.append(many(f"Warsaw: {what} by queue, day, hour", wanted, found))
    (row,) = await _read(database, WAITING, _WAITS, r"warsaw\_%")
    lines.append(one("Warsaw: waits", expected["waits"], row["waits"]))
    for name in ("p50", "p90"):
        lines.append(one(f"Warsaw: wait {name}", _exact(expected[name]), _exact(row[name])))
    return lines


def _exact(seconds: float | Decimal | None) -> str:
    return "–" if seconds is None else f"{_minutes(seconds)} ({round(float(seconds) * 1e6)} µs)"


def _warsaw_key(key: str) -> tuple[str, date, int]:
    office, group, day, hour = key.split("|")
    return warsaw.site_of(office, group), date.fromisoformat(day) + warsaw.SHIFT, int(hour)


async def compare_moers(database: Database, expected: Mapping[str, Any]) -> list[Line]:
    """Means of hours and years, and the rank of the hours."""
    rows = await _read(database, WAITING, _MEANS, "moers")
    means = {f"{row['day']}|{row['hour']}": row["mean"] for row in rows}
    found = {key: round(float(mean) * 1e6) for key, mean in means.items()}
    wanted = {key: round(seconds * 1e6) for key, seconds in expected["hours"].items()}
    years: dict[str, list[Decimal]] = {}
    for key, mean in means.items():
        years.setdefault(key[:4], []).append(mean)
    ranked = sorted(means.values())
    halves = {p: ranked[-(-len(ranked) * p // 100) - 1] / 60 for p in (50, 90)}
    return [
        many("Moers: mean wait by hour, µs", wanted, found),
        many(
            "Moers: mean wait by year, µs",
            {year: round(seconds * 1e6) for year, seconds in expected["years"].items()},
            {year: round(float(sum(one) / len(one)) * 1e6) for year, one in years.items()},
        ),
        one("Moers: hours", len(wanted), len(found)),
        one("Moers: median of hourly means, min", expected["median"], float(halves[50])),
        one("Moers: p90 of hourly means, min", expected["p90"], float(halves[90])),
    ]


_LOOKS = """
SELECT to_char(week, 'IYYY"-W"IW') AS week, count(*) AS looks, count(calendar_days) AS found,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY calendar_days NULLS LAST) AS median_all,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY calendar_days) AS median, max(calendar_days) AS worst
FROM sample WHERE site = 'berlin' GROUP BY GROUPING SETS ((week), ())"""


async def compare_berlin(database: Database, expected: Mapping[str, Any]) -> list[Line]:
    """Looks with a place, median and worst, by week and over all."""
    rows = {row["week"]: row for row in await _read(database, "reporting.lead_time.v1", _LOOKS)}
    whole = rows.pop(None)
    lines = [
        many(
            f"Berlin: {name} by week",
            {week: figures[name] for week, figures in expected["weeks"].items()},
            {week: row[name] for week, row in rows.items()},
        )
        for name in ("looks", "found", "median", "worst")
    ]
    found = f"{whole['found']} of {whole['looks']}, median {whole['median']} days"
    wanted = "{found} of {looks}, median {median} days".format(**expected["all"])
    return [*lines, one("Berlin: hourly looks with a place", wanted, found)]


def compare_generated(api: str, expected: Mapping[str, Any]) -> list[Line]:
    """Contacts per week and channel, as the weekly JSON tells them."""
    weeks = sorted({key[:8] for key in expected["contacts"]})
    found: dict[str, int] = {}
    for week in weeks:
        for metric, value in weekly(api, week).items():
            channel = metric.removeprefix("contacts.")
            if channel in ("personal", "phone", "email", "post", "handover") and value is not None:
                found[f"{week}|{channel}"] = value
    return [many(f"Generated: contacts by channel, {weeks[0]} to {weeks[-1]}", expected["contacts"], found)]


def weekly(api: str, week: str) -> dict[str, Any]:
    """The figures of one week as reporting's JSON tells them, by metric."""
    with urllib.request.urlopen(f"{api}/weeks/{week}", timeout=30) as answer:  # noqa: S310 - our own address
        body = json.load(answer)
    return {line["metric"]: line["value"] for line in body["figures"]}
