"""docs/one-event.md is true: its files and names exist, each step hands on as it says, none is left out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from buergerbuero_contracts import topics
from servicekit.consumer_rule import Checkpoint, sift
from servicekit.project import Reader, read_record
from servicekit.relay_plan import Place, Planner, Public, Row
from services.reporting.projections.funnel import COLUMNS, FUNNEL, bookings
from tests.contract.records import Sent, sample

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "one-event.md"
STEP = re.compile(r"^### (\d+)\. (.+)$", re.MULTILINE)
PLACE = re.compile(
    r"^- \[`(?P<shown>[^`]+)`\]\((?P<target>[^)]+)\) · (?P<names>`[^→\n]+`)(?: → `(?P<on>[^`]+)`)?$"
)
SQL_NAME = r"CREATE (?:OR REPLACE )?(?:TABLE|FUNCTION) {}\b"

WAY = (
    ("services/booking/api/bookings.py", "reserve"),
    ("services/booking/handlers.py", "Handlers.execute"),
    ("servicekit/handle.py", "Handler.run"),
    ("servicekit/committer.py", "Committer._round"),
    ("services/booking/reserving.py", "Reservation.__call__"),
    ("services/booking/rules/day_plan.py", "decide"),
    ("contracts/buergerbuero_contracts/booking/days.py", "SlotReserved"),
    ("services/booking/timers.py", "timers"),
    ("servicekit/committer.py", "Committer._store"),
    ("servicekit/migrations/log/20261126000001_limits_by_key.sql", "append_events"),
    ("servicekit/relay.py", "Relay._round"),
    ("servicekit/relay_plan.py", "Planner.plan"),
    ("servicekit/relay_ends.py", "KafkaWire.send"),
    ("contracts/buergerbuero_contracts/cloudevents.py", "headers"),
    ("servicekit/feed.py", "Feed.handle"),
    ("servicekit/project.py", "Projector.apply"),
    ("servicekit/consumer_rule.py", "judge"),
    ("services/reporting/projections/funnel.py", "bookings"),
    ("services/reporting/report.py", "Reports.week"),
    ("services/reporting/metrics/bookings.py", "BOOKINGS"),
    ("services/reporting/pages/week.py", "week_page"),
    ("services/booking/api/changes.py", "give_contact"),
    ("services/notification/reactions.py", "react_to_booking"),
    ("services/notification/rules/message.py", "decide"),
    ("services/notification/mailer.py", "Mailer.fire"),
    ("services/booking/pages/links.py", "confirm"),
)
"""What a way from the call to figure and mail passes, in this order; the document may name more."""


@dataclass(frozen=True)
class Named:
    """One line of the document: a file, what to look at in it, and what that hands on to."""

    file: str
    target: str
    names: tuple[str, ...]
    on: str | None


def lines() -> list[Named]:
    """All lines of the steps, in order."""
    found = [
        PLACE.match(line) for line in DOCUMENT.read_text("utf-8").splitlines() if line.startswith("- [`")
    ]
    assert all(found), "a line of the document is not: - [`file`](link) · `name`, `name` → `hands on`"
    return [
        Named(one["shown"], one["target"], tuple(re.findall(r"`([^`]+)`", one["names"])), one["on"])
        for one in found
        if one
    ]


LINES = lines()


def definitions(path: Path) -> dict[str, str]:
    """Name → source of what a Python file defines; methods as ``Class.method``."""
    source = path.read_text("utf-8")

    def walk(nodes: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.stmt]]:
        for node in nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield prefix + node.name, node
                if isinstance(node, ast.ClassDef):
                    yield from walk(node.body, f"{node.name}.")
            targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
            yield from ((prefix + one.id, node) for one in targets if isinstance(one, ast.Name))

    return {name: ast.get_source_segment(source, node) or "" for name, node in walk(ast.parse(source).body)}


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.file}:{line.names[0]}")
def test_the_file_is_there_and_defines_what_is_named(line: Named) -> None:
    path = (DOCUMENT.parent / line.target).resolve()
    assert path == ROOT / line.file, "the link leads elsewhere than its text says"
    if path.suffix == ".sql":
        text = path.read_text("utf-8")
        assert [name for name in line.names if not re.search(SQL_NAME.format(name), text)] == []
    else:
        assert set(line.names) - set(definitions(path)) == set()


@pytest.mark.parametrize("line", [one for one in LINES if one.on], ids=lambda line: f"{line.file}→{line.on}")
def test_the_step_hands_on_as_the_document_says(line: Named) -> None:
    known = definitions(ROOT / line.file)
    handed = re.compile(rf"(?<![\w.]){re.escape(line.on or '')}(?!\w)")
    assert any(handed.search(known[name]) for name in line.names)


def test_the_steps_are_numbered_without_a_hole_and_each_names_a_place() -> None:
    parts = STEP.split(DOCUMENT.read_text("utf-8"))[1:]
    numbers, texts = parts[0::3], parts[2::3]
    assert [int(number) for number in numbers] == list(range(1, len(numbers) + 1))
    assert all("\n- [`" in text for text in texts)


def test_no_step_of_the_way_is_left_out_and_none_comes_too_early() -> None:
    told = iter([(line.file, name) for line in LINES for name in line.names])
    missing = [place for place in WAY if place not in told]  # each look goes on where the last one ended
    assert missing == []


def test_the_pure_steps_fit_together_as_told() -> None:
    """Steps 9, 10, 12 and 13 on the golden sample: from a row of the log to a row of the funnel."""
    golden = sample("booking.SlotReserved.1")
    booking_id, at = UUID(golden["data"]["booking_id"]), datetime(2026, 11, 17, 9, 20, tzinfo=UTC)
    record = _through_the_relay(golden["data"], at)
    sifted = sift(Checkpoint(), (), [read_record(topics.BOOKING, record)], Reader(FUNNEL.reads))
    (row,) = bookings([event for _one, event in sifted.apply])
    known = dict(zip(("booking_id", *COLUMNS), row, strict=True))
    assert (known["booking_id"], known["reserved_at"]) == (booking_id, at)
    assert record.key == str(booking_id).encode()


class _Batch(list[dict[str, Any]]):
    def append(self, **record: Any) -> int:  # type: ignore[override]
        super().append(record)
        return len(self)


@dataclass(frozen=True)
class _Record(Sent):
    offset: int = 0


def _through_the_relay(data: dict[str, Any], at: datetime) -> _Record:
    meta = {"at": at.isoformat(), "correlation_id": str(UUID(int=7)), "key": data["booking_id"]}
    row = Row(1, "day_plan", UUID(int=1), 1, UUID(int=2), "SlotReserved", 1, _text(data), _text(meta), 0.0)
    public = {"SlotReserved": Public(topics.BOOKING, 1)}
    planner = Planner("/buergerbuero/flensburg/booking", 1, public, {topics.BOOKING: 6})
    round_ = planner.plan([row], 0, {}, _Batch)
    ((place, (sent,)),) = round_.batches.items()
    assert place == Place(topics.BOOKING, place.partition)
    assert msgspec.json.decode(sent["value"]) == data
    return _Record(topics.BOOKING, sent["key"], sent["value"], tuple(sent["headers"]))


def _text(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode()
