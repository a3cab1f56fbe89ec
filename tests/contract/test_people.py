"""The people topic: contact data, tombstones, heartbeats."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from buergerbuero_contracts import InvalidEvent, topics
from buergerbuero_contracts.people import MOST, PersonRecord, parse_person, person_headers
from tests.contract.records import Sent

EVA = PersonRecord(
    person_id=UUID("6f8e3c52-7a34-4a8e-9d0b-0a3c5d1e2f40"),
    owner="booking",
    revision=3,
    keep_until=datetime(2026, 12, 3, tzinfo=UTC),
    name="Eva Muster",
    email="eva@muster.example",
    language="de",
)


def record(value: str | None, key: str = str(EVA.person_id), revision: int = 3) -> Sent:
    headers = person_headers(service="booking", city="flensburg", epoch=1, revision=revision)
    return Sent(topics.PEOPLE, key.encode(), None if value is None else value.encode(), tuple(headers))


def test_a_person_goes_round() -> None:
    change = parse_person(record(EVA.to_json()))
    assert change is not None
    assert (change.person, change.owner, change.epoch, change.revision) == (EVA, "booking", 1, 3)
    assert "phone" not in EVA.to_json()


def test_a_tombstone_erases_and_still_says_whose_and_which_revision() -> None:
    change = parse_person(record(None, revision=4))
    assert change is not None
    assert (change.person_id, change.person) == (EVA.person_id, None)
    assert (change.owner, change.epoch, change.revision) == ("booking", 1, 4)


def test_a_heartbeat_is_nothing() -> None:
    assert parse_person(record("{}", key="heartbeat:booking", revision=0)) is None


@pytest.mark.parametrize(
    "broken",
    [
        replace(record(EVA.to_json()), topic=topics.BOOKING),
        replace(record(EVA.to_json()), key=None),
        replace(record(EVA.to_json()), key=b"\xff"),
        replace(record(EVA.to_json()), headers=()),
        record(EVA.to_json()).header("ce_source", b"/buergerbuero/flensburg/notification"),
        record(EVA.to_json()).header("ce_source", b"booking"),
        record(EVA.to_json()).header("ce_revision", b"three"),
        record(EVA.to_json()).header("ce_revision", b"-3"),
        record(EVA.to_json()).header("ce_revision", None),
        record(EVA.to_json(), revision=2),
        record(EVA.model_copy(update={"revision": MOST + 1}).to_json(), revision=MOST + 1),
        record(None, revision=MOST + 1),
        record(EVA.to_json()).header("ce_epoch", b"%d" % (MOST + 1)),
        record(EVA.to_json()).data(name="Eva\x00Muster"),
        record(EVA.to_json()).data(email="eva\x00@muster.example"),
        record(EVA.to_json()).data(phone="+49\x00461"),
        record(EVA.to_json(), key="0c0f3f6e-6d4e-5b43-9a55-3f1c2b7a9d10"),
        record(EVA.to_json()).data(name=...),
        record(EVA.to_json()).data(language="fr"),
        record("[" * 100_000),
    ],
)
def test_anything_else_is_an_invalid_event_that_tells_nothing_about_the_person(broken: Sent) -> None:
    with pytest.raises(InvalidEvent) as refused:
        parse_person(broken)
    assert "Eva" not in str(refused.value)
    assert "muster" not in str(refused.value)
