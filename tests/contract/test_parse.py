"""Reading a record has three outcomes: an event, None, InvalidEvent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from buergerbuero_contracts import InvalidEvent, Received, parse_event, topics
from buergerbuero_contracts.booking import BookingCancelled, SlotReserved
from tests.contract.records import NAMES, Sent, sample, sent

SLOT = sent("booking.SlotReserved.1")
CANCELLED = sent("booking.BookingCancelled.1")


def test_a_record_becomes_an_event_with_its_envelope() -> None:
    received = parse_event(SLOT)
    assert isinstance(received, Received)
    assert isinstance(received.event, SlotReserved)
    told = sample("booking.SlotReserved.1")
    assert received.event_id == UUID(told["headers"]["ce_id"])
    assert received.time == datetime(2026, 11, 24, 15, 4, 5, 678901, tzinfo=UTC)
    assert (received.position, received.prev, received.epoch) == (4711, 4702, 1)
    assert received.key == told["key"] == str(received.event.booking_id)
    assert received.headers.category == "day_plan"


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_ever_made_parses_with_todays_reader(name: str) -> None:
    received = parse_event(sent(name))
    assert received is not None
    assert type(received.event).__name__ == name.split(".")[1]


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_of_todays_version_goes_round_unchanged(name: str) -> None:
    received = parse_event(sent(name))
    assert received is not None
    if int(name.rsplit(".", 1)[1]) == received.event.schema_version:
        assert json.loads(received.event.to_json()) == sample(name)["data"]


def test_a_type_of_tomorrow_is_none() -> None:
    later = SLOT.header("ce_type", b"de.buergerbuero.booking.SlotSwapped")
    assert parse_event(later.header("ce_dataschema", b"urn:buergerbuero:booking.SlotSwapped:1")) is None


def test_a_property_of_tomorrow_is_ignored() -> None:
    assert parse_event(SLOT.data(mood="sunny")) == parse_event(SLOT)


def test_an_optional_property_may_be_absent() -> None:
    received = parse_event(SLOT.data(offer_id=..., hold_until=..., lent_by=...))
    assert received is not None
    assert isinstance(received.event, SlotReserved)
    assert received.event.offer_id is None


POISON: dict[str, Callable[[], Sent]] = {
    "a topic that carries no events": lambda: replace(SLOT, topic="buergerbuero.other.v1"),
    "the people topic": lambda: replace(SLOT, topic=topics.PEOPLE),
    "a source that does not own the topic": lambda: replace(SLOT, topic=topics.DOCUMENTS),
    "an unknown type from a foreign source": lambda: replace(
        SLOT.header("ce_type", b"de.buergerbuero.booking.SlotSwapped").header(
            "ce_dataschema", b"urn:buergerbuero:booking.SlotSwapped:1"
        ),
        topic=topics.NOTIFICATION,
    ),
    "a type of another service": lambda: replace(
        SLOT.header("ce_type", b"de.buergerbuero.documents.SlotReserved")
        .header("ce_source", b"/buergerbuero/flensburg/documents")
        .header("ce_dataschema", b"urn:buergerbuero:documents.SlotReserved:1"),
        topic=topics.DOCUMENTS,
    ),
    "no headers at all": lambda: replace(SLOT, headers=()),
    "a null header": lambda: SLOT.header("ce_time", None),
    "a header that is not UTF-8": lambda: SLOT.header("traceparent", b"\xff\xfe"),
    "a version of tomorrow": lambda: SLOT.header("ce_dataschema", b"urn:buergerbuero:booking.SlotReserved:2"),
    "a version that never was": lambda: SLOT.header(
        "ce_dataschema", b"urn:buergerbuero:booking.SlotReserved:0"
    ),
    "no data": lambda: replace(SLOT, value=None),
    "empty data": lambda: replace(SLOT, value=b""),
    "broken JSON": lambda: replace(SLOT, value=(SLOT.value or b"")[:-5]),
    "JSON that is no object": lambda: replace(SLOT, value=b"[]"),
    "JSON too deep for any reader": lambda: replace(SLOT, value=b'{"items":' + b"[" * 100_000),
    "JSON that is deep and closed": lambda: replace(
        SLOT, value=b'{"x":' + b"[" * 9_000 + b"]" * 9_000 + b"}"
    ),
    "data that is not UTF-8": lambda: replace(SLOT, value=b'{"site":"\xff"}'),
    "data in UTF-16": lambda: replace(SLOT, value=(SLOT.value or b"").decode().encode("utf-16")),
    "a lone surrogate": lambda: replace(SLOT, value=b'{"site":"\\ud800"}'),
    "NUL in a code": lambda: SLOT.data(site="flens\x00burg"),
    "a required property missing": lambda: SLOT.data(site=...),
    "null for what is required": lambda: SLOT.data(site=None),
    "text where a number belongs": lambda: SLOT.data(persons="2"),
    "a number where an instant belongs": lambda: SLOT.data(starts_at=1_764_576_000),
    "an instant without zone": lambda: SLOT.data(starts_at="2026-12-01T09:00:00"),
    "a date that does not exist": lambda: SLOT.data(date="2026-02-30"),
    "seven people": lambda: SLOT.data(persons=7),
    "a number beyond all bounds": lambda: SLOT.data(persons=10**40),
    "infinity": lambda: replace(SLOT, value=b'{"persons":1e999}'),
    "free text in a code": lambda: SLOT.data(site="Eva Muster, Hafendamm 1"),
    "an enum member of tomorrow": lambda: CANCELLED.data(reason="staff_shortage"),
    "a person without revision": lambda: CANCELLED.data(person_revision=...),
    "no key": lambda: replace(SLOT, key=None),
    "another key": lambda: replace(SLOT, key=b"0c0f3f6e-6d4e-5b43-9a55-3f1c2b7a9d10"),
    "a key that is not UTF-8": lambda: replace(SLOT, key=b"\xff"),
}


@pytest.mark.parametrize("what", POISON)
def test_poison_is_an_invalid_event(what: str) -> None:
    with pytest.raises(InvalidEvent):
        parse_event(POISON[what]())


def test_the_table_of_poison_starts_from_good_records() -> None:
    assert parse_event(SLOT) is not None
    received = parse_event(CANCELLED)
    assert received is not None
    assert isinstance(received.event, BookingCancelled)


def test_the_reason_names_the_field_and_never_what_stood_in_it() -> None:
    with pytest.raises(InvalidEvent) as refused:
        parse_event(SLOT.data(site="Eva Muster, Hafendamm 1"))
    assert str(refused.value) == "data does not fit its schema type=SlotReserved field=site"
    assert refused.value.__cause__ is None
