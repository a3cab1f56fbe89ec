"""An event of the own log says the same with and without headers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from buergerbuero_contracts.cloudevents import parse_headers
from servicekit import own_log
from servicekit.project import read_record
from servicekit.projection import LOG

ID, STREAM = UUID(int=1), UUID(int=2)


def record(at: str) -> own_log.LogRecord:
    row: Any = {
        "position": 7,
        "category": "booking",
        "stream_id": STREAM,
        "version": 3,
        "event_id": ID,
        "type": "BookingOpened",
        "schema_version": 2,
        "data": "{}",
        "meta": f'{{"at": "{at}", "correlation_id": "{ID}"}}',
        "recorded_at": datetime(2026, 1, 5, tzinfo=UTC),
    }
    return own_log._record("booking", row)


def test_the_envelope_is_what_the_headers_say() -> None:
    one = record("2026-01-05T08:00:00.5+01:00")
    assert one.envelope() == parse_headers(one.headers)
    assert (one.offset, one.key, one.timestamp) == (7, str(STREAM).encode(), 1_767_571_200_000)


def test_an_event_whose_time_is_none_cannot_be_read() -> None:
    assert read_record(LOG, record("yesterday")).headers is None
