"""The weekly page's figures beside the truth.

Promises: every figure that either side knows is compared, for equality; one that only one side knows is a
difference. What stands behind one, ``evidence.py`` shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from .truth import Figure, Number

SILENT = (
    "contacts.phone",
    "contacts.email",
    "contacts.post",
    "contacts.handover",
    "phone.",
    "mail.",
    "visits_avoided",
)
"""Beginnings of figures that nobody moves in the online part: they must say that nothing was recorded."""
STOCK = (
    "docs.ready",
    "docs.handed_over",
    "docs.pickups",
    "docs.waiting",
    "docs.over_30",
    "docs.locker",
    "docs.shipping",
)
"""Nothing is delivered in the online part: nought, once a document was ordered."""
AGES = ("docs.age.p50", "docs.age.max")
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Difference:
    """A figure that does not come out."""

    week: str
    name: str
    expected: Number
    found: Number
    of: frozenset[str]


def found_in(body: Mapping[str, Any]) -> dict[str, Number]:
    """The figures of a week as the page's source answers them."""
    return dict(_found(body))


def _found(body: Mapping[str, Any]) -> Iterator[tuple[str, Number]]:
    for one in body["figures"]:
        yield one["metric"], one["value"]
    for one in body["contacts_by_group"]:
        yield f"contacts.{one['channel']}/{one['service_group']}", one["value"]
    for one in body["contacts_by_day"]:
        yield f"contacts.{one['channel']}/{one['day']}", one["value"]
    for one in body["waits_by_hour"]:
        yield f"arrivals/{one['weekday']}/{one['hour']}", one["arrivals"]
    for one in body["lead_times"]:
        for name in ("looks", "with_place", "median", "worst"):
            yield f"lead_time/{one['service']}/{name}", one[name]
    for one in body["parts"]:
        if one["metric"].startswith(("door.refused", "service.duration")):
            (code,) = one["of"].values()
            yield f"{one['metric']}/{code}", one["value"]


def compared(week: str, truth: Mapping[str, Figure], found: Mapping[str, Number]) -> list[Difference]:
    """What differs in a week."""
    wanted = {name: one.value for name, one in truth.items()}
    wanted |= dict.fromkeys((name for name in found if name.startswith(SILENT)), None)
    ordered = 0 if wanted.get("docs.ordered") or found.get("docs.ready") is not None else None
    wanted |= dict.fromkeys(STOCK, ordered) | dict.fromkeys(AGES, None)
    return [
        Difference(
            week, name, wanted.get(name), found.get(name), truth[name].of if name in truth else frozenset()
        )
        for name in sorted(wanted.keys() | found.keys())
        if wanted.get(name) != found.get(name)
    ]


async def read(client: httpx.AsyncClient, reporting: str, week: str) -> dict[str, Number]:
    """What reporting says about a week."""
    answer = await client.get(f"{reporting}/api/reporting/v1/weeks/{week}")
    return found_in(answer.raise_for_status().json())
