"""Contacts on the channels that no recording has: drawn from a seed, written to a file, replayed from it.

Eleven weeks from 2026-W43, in whose Sunday night the clock goes back, to 2026-W53. The file is the
truth: the check adds it up by itself. Numbers a week follow the office's reference week, scaled.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from buergerbuero_contracts.booking import CallClosed, CallRecorded, ServiceFinished
from buergerbuero_contracts.documents import DocumentHandedOver, ItemAnswered
from buergerbuero_contracts.envelope import Event, Item
from servicekit.log import NAMESPACE, Stream

from .rows import BadRow, Planned

BERLIN = ZoneInfo("Europe/Berlin")
FIRST, WEEKS, SITE = datetime(2026, 10, 19, tzinfo=BERLIN), 11, "replay_office"
A_WEEK = {
    "ServiceFinished": 120,
    "CallClosed": 130,
    "CallRecorded": 140,
    "ItemAnswered": 160,
    "DocumentHandedOver": 50,
}
SERVICES = ("id_card_apply", "passport_apply", "registration", "certificate_of_conduct", "id_card_pickup")
CHANNELS = ("email", "email", "email", "online", "letter", "letter", "fax")
IMPORTED_UNTIL = 8
"""Weeks for which the telephone system's records are there; later ones rest on the hand log."""


def draw(file: Path, seed: int = 7) -> int:
    """Write the facts, one JSON object a line; how many."""
    facts = sorted(_facts(Random(seed)), key=lambda fact: (fact["at"], fact["id"]))  # noqa: S311 - no secret
    file.write_text("".join(json.dumps(fact) + "\n" for fact in facts))
    return len(facts)


def _facts(random: Random) -> Iterator[dict[str, Any]]:
    for week in range(WEEKS):
        for kind, number in A_WEEK.items():
            if kind == "CallRecorded" and week >= IMPORTED_UNTIL:
                continue
            for nr in range(number + random.randint(-15, 15)):
                # Any hour of the week, nights included: figures belong to the clock of Berlin.
                local = FIRST.replace(tzinfo=None) + timedelta(
                    weeks=week, seconds=random.randrange(7 * 86_400)
                )
                at = local.replace(tzinfo=BERLIN, fold=random.randint(0, 1)).astimezone(UTC)
                yield {
                    "id": f"{kind}:{week}:{nr}",
                    "kind": kind,
                    "at": at.isoformat(),
                    "service": random.choice(SERVICES),
                    "channel": random.choice(CHANNELS),
                    "result": random.choice(("answered", "answered", "answered", "lost")),
                    "seconds": random.randint(5, 900),
                }


Fact = dict[str, Any]


def _finished(fact: Fact, one: UUID, at: datetime) -> Event:
    visit: Fact = {"booking_id": uuid5(one, "booking"), "visit_id": one, "site": SITE, "at": at}
    return ServiceFinished(**visit, delivered=(Item(service=fact["service"]),))


def _closed(fact: Fact, one: UUID, at: datetime) -> Event:
    call: Fact = {"call_id": one, "site": SITE, "reason": "information", "outcome": "information"}
    return CallClosed(**call, started_at=at - timedelta(seconds=fact["seconds"]), ended_at=at)


def _recorded(fact: Fact, one: UUID, at: datetime) -> Event:
    call: Fact = {"call_id": one, "site": SITE, "result": fact["result"], "offered_at": at}
    answered = at + timedelta(seconds=20) if fact["result"] == "answered" else None
    return CallRecorded(**call, answered_at=answered, ended_at=at + timedelta(seconds=fact["seconds"] + 20))


def _answered(fact: Fact, one: UUID, at: datetime) -> Event:
    cells = {"item_id": one, "service": fact["service"], "channel": fact["channel"], "outcome": "done"}
    return ItemAnswered.model_validate({**cells, "received_on": at.date()})


def _handed_over(fact: Fact, one: UUID, at: datetime) -> Event:
    return DocumentHandedOver.model_validate(
        {
            **{"document_id": one, "person_id": uuid5(one, "person"), "person_revision": 1},
            **{"kind": "passport" if "passport" in fact["service"] else "id_card", "site": SITE, "at": at},
            **{"from": "window", "to": "holder", "channel": "window", "recipient_role": "applicant"},
            **{"check_method": "photo", "authority": "none_needed", "old_document": "voided_returned"},
        }
    )


EVENTS: dict[str, Callable[[Fact, UUID, datetime], Event]] = {
    "ServiceFinished": _finished,
    "CallClosed": _closed,
    "CallRecorded": _recorded,
    "ItemAnswered": _answered,
    "DocumentHandedOver": _handed_over,
}


def read(file: Path) -> tuple[list[Planned], list[BadRow]]:
    """The events of the facts, and the lines that were left out."""
    events: list[Planned] = []
    bad: list[BadRow] = []
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        try:
            fact = json.loads(line)
            one = uuid5(NAMESPACE, f"generated:{fact['id']}")
            event = EVENTS[fact["kind"]](fact, one, datetime.fromisoformat(fact["at"]))
            events.append(Planned(datetime.fromisoformat(fact["at"]), Stream(event.category, one), event))
        except (ValueError, KeyError, TypeError) as fault:
            bad.append(BadRow(number, f"{type(fault).__name__}: {fault}"))
    return events, bad
