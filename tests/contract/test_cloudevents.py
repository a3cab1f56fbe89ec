"""The envelope on the wire, and the place of a key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from buergerbuero_contracts import InvalidEvent
from buergerbuero_contracts.cloudevents import headers, parse_headers, partition_for

EVENT = "0c0f3f6e-6d4e-5b43-9a55-3f1c2b7a9d10"
STREAM = "5daa6658-20bf-57b8-855f-3942d6027312"
CORRELATION = "ccc4bb71-011f-58f0-86d5-7b4d060dd33c"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def written(**changes: Any) -> list[tuple[str, bytes]]:
    whole: dict[str, Any] = {
        "source": "/buergerbuero/flensburg/booking",
        "event_id": EVENT,
        "type_name": "SlotReserved",
        "subject": f"day_plan/{STREAM}",
        "time": "2026-12-01T08:00:00.5Z",
        "position": 4711,
        "prev": 0,
        "epoch": 1,
        "streamversion": 3,
        "schema_version": 1,
        "correlation_id": CORRELATION,
    }
    return headers(**{**whole, **changes})


def test_headers_are_those_of_the_kafka_binding() -> None:
    assert dict(written(causation_id=EVENT, traceparent=TRACE)) == {
        "ce_specversion": b"1.0",
        "ce_id": EVENT.encode(),
        "ce_type": b"de.buergerbuero.booking.SlotReserved",
        "ce_source": b"/buergerbuero/flensburg/booking",
        "ce_subject": f"day_plan/{STREAM}".encode(),
        "ce_time": b"2026-12-01T08:00:00.5Z",
        "ce_sequence": b"00000000000000004711",
        "ce_prev": b"0",
        "ce_epoch": b"1",
        "ce_streamversion": b"3",
        "ce_dataschema": b"urn:buergerbuero:booking.SlotReserved:1",
        "ce_correlationid": CORRELATION.encode(),
        "ce_causationid": EVENT.encode(),
        "traceparent": TRACE.encode(),
        "content-type": b"application/json",
    }


def test_what_is_absent_has_no_header() -> None:
    names = [name for name, _ in written()]
    assert "ce_causationid" not in names
    assert "traceparent" not in names
    assert len(names) == len(set(names))


def test_extension_names_are_lower_case_letters_and_digits() -> None:
    for name, _ in written(causation_id=EVENT, traceparent=TRACE):
        assert name in ("traceparent", "content-type") or name.removeprefix("ce_").isalnum()


def test_what_is_written_is_read_back() -> None:
    found = parse_headers(written(causation_id=EVENT, traceparent=TRACE))
    assert found.id == UUID(EVENT)
    assert (found.service, found.type, found.schema_version) == ("booking", "SlotReserved", 1)
    assert (found.city, found.category, found.stream_id) == ("flensburg", "day_plan", UUID(STREAM))
    assert found.subject == f"day_plan/{STREAM}"
    assert found.time == datetime(2026, 12, 1, 8, 0, 0, 500_000, tzinfo=UTC)
    assert (found.position, found.prev, found.epoch, found.streamversion) == (4711, 0, 1, 3)
    assert (found.correlation_id, found.causation_id) == (UUID(CORRELATION), UUID(EVENT))
    assert found.traceparent == TRACE


@settings(deadline=None)
@given(
    position=st.integers(1, 2**63 - 1),
    epoch=st.integers(0, 2**31),
    time=st.datetimes(timezones=st.just(timezone(timedelta(hours=2)))),
)
def test_positions_epochs_and_times_survive(position: int, epoch: int, time: datetime) -> None:
    assume(1 < time.year < 9999)
    found = parse_headers(written(position=position, prev=position - 1, epoch=epoch, time=time.isoformat()))
    assert (found.position, found.prev, found.epoch, found.time) == (position, position - 1, epoch, time)


@pytest.mark.parametrize("name", [name for name, _ in written() if name != "content-type"])
def test_each_header_is_needed(name: str) -> None:
    with pytest.raises(InvalidEvent, match="missing"):
        parse_headers([pair for pair in written() if pair[0] != name])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_specversion", b"0.3"),
        ("ce_id", b"4711"),
        ("ce_id", b"{0c0f3f6e-6d4e-5b43-9a55-3f1c2b7a9d10}"),
        ("ce_id", EVENT.upper().encode()),
        ("ce_type", b"SlotReserved"),
        ("ce_type", b"de.buergerbuero.documents.SlotReserved"),
        ("ce_type", "de.buergerbuero.booking.SlotRéserved".encode()),
        ("ce_source", b"/buergerbuero/booking"),
        ("ce_source", b"/buergerbuero/flensburg/documents"),
        ("ce_subject", b"day_plan"),
        ("ce_subject", b"day_plan/------------------------------------"),
        ("ce_time", b"2026-12-01T08:00:00"),
        ("ce_time", b"yesterday"),
        ("ce_time", b"0001-01-01T00:00:00+14:00"),
        ("ce_sequence", b"0"),
        ("ce_sequence", b"-1"),
        ("ce_sequence", b"1e3"),
        ("ce_sequence", "٤٧١١".encode()),
        ("ce_sequence", b"99999999999999999999"),
        ("ce_prev", b" 1"),
        ("ce_epoch", b""),
        ("ce_prev", b"0\n1"),
        ("ce_id", f"{EVENT}\nday_plan/{STREAM}".encode()),
        ("ce_streamversion", b"0"),
        ("ce_dataschema", b"urn:buergerbuero:booking.SlotReserved"),
        ("ce_dataschema", b"urn:buergerbuero:booking.SlotReserved:0"),
        ("ce_dataschema", b"urn:buergerbuero:booking.SlotReleased:1"),
        ("ce_correlationid", b"-"),
        ("ce_causationid", b""),
        ("content-type", b"text/plain"),
        ("ce_id", None),
        ("traceparent", None),
        ("x-proxy", None),
        ("ce_id", b"\xff\xfe"),
        ("x-proxy", b"\xff"),
    ],
)
def test_a_malformed_header_is_refused(name: str, value: bytes | None) -> None:
    with pytest.raises(InvalidEvent):
        parse_headers([*(pair for pair in written() if pair[0] != name), (name, value)])


def test_a_header_that_comes_twice_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="repeated"):
        parse_headers([*written(), ("ce_sequence", b"00000000000000000001")])


def test_headers_that_nobody_named_are_ignored() -> None:
    assert parse_headers([*written(), ("x-proxy", b"1")]) == parse_headers(written())


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=60), st.integers(1, 64))
def test_a_key_lies_where_kafka_clients_put_it(key: str, partitions: int) -> None:
    theirs = DefaultPartitioner()(key.encode(), list(range(partitions)), [])
    assert partition_for(key, partitions) == theirs
