"""Which changes of the contract pass, and that each breaking one is refused with a way out."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from contract_tools.compare import Contract, Refusal, refusals

NAME = "booking.BookingCancelled.1"
RELEASED: dict[str, Any] = {
    "schemas": {
        NAME: {
            "title": "BookingCancelled",
            "x-topic": "buergerbuero.booking.events.v1",
            "x-key": ["booking_id"],
            "x-category": "booking",
            "type": "object",
            "description": "A booking ended.",
            "properties": {
                "booking_id": {"type": "string", "format": "uuid", "x-privacy": "opaque id"},
                "reason": {"type": "string", "enum": ["citizen_wish", "closure"]},
                "site": {"type": "string", "pattern": "^[a-z]{1,40}$"},
                "persons": {"type": "integer", "minimum": 1, "maximum": 6},
                "undo_until": {"type": "string", "format": "date-time"},
                "items": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"service": {"type": "string", "pattern": "^[a-z]{1,40}$"}},
                        "required": ["service"],
                    },
                },
            },
            "required": ["booking_id", "reason", "site", "persons", "items"],
        },
        "booking.HoldExpired.1": {"type": "object", "properties": {}, "required": []},
    },
    "samples": {NAME: "1f", "booking.HoldExpired.1": "2e"},
    "topics": {"buergerbuero.booking.events.v1": {"partitions": 6, "cleanup.policy": "delete"}},
}
Change = Callable[[dict[str, Any]], Any]


def compared(change: Change, steps: frozenset[tuple[str, int]] = frozenset()) -> list[Refusal]:
    now = copy.deepcopy(RELEASED)
    change(now)
    return refusals(Contract(**RELEASED), Contract(**now), steps)


def cancelled(now: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = now["schemas"][NAME]
    return schema


def prop(name: str, **changes: Any) -> Change:
    return lambda now: cancelled(now)["properties"][name].update(changes)


def raised(now: dict[str, Any]) -> None:
    now["schemas"]["booking.BookingCancelled.2"] = now["schemas"].pop(NAME)


PASSES: dict[str, Change] = {
    "nothing": lambda now: None,
    "a new type": lambda now: now["schemas"].update({"booking.BookingMerged.1": {"type": "object"}}),
    "a new optional property": lambda now: cancelled(now)["properties"].update(note_id={"type": "string"}),
    "a new optional property of a part": lambda now: cancelled(now)["properties"]["items"]["items"][
        "properties"
    ].update(quantity={"type": "integer"}),
    "another text": lambda now: cancelled(now).update(description="A booking ended before its time."),
    "another text of a property": prop("site", description="The site."),
    "a sample of a new type": lambda now: now["samples"].update({"booking.BookingMerged.1": "3d"}),
    "a new topic": lambda now: now["topics"].update({"buergerbuero.booking.events.v2": {"partitions": 12}}),
}

BREAKS: dict[str, tuple[Change, str, str]] = {
    "a removed type": (lambda now: now["schemas"].pop(NAME), "the type is gone", "deprecated"),
    "a removed property": (
        lambda now: cancelled(now)["properties"].pop("undo_until"),
        "undo_until: the property is gone",
        "new type",
    ),
    "a renamed property": (
        lambda now: cancelled(now)["properties"].update(until=cancelled(now)["properties"].pop("undo_until")),
        "undo_until: the property is gone",
        "upcaster",
    ),
    "a new required property": (
        lambda now: (
            cancelled(now)["properties"].update(door={"type": "string"}),
            cancelled(now)["required"].append("door"),
        ),
        "door: the new property is required",
        "optional",
    ),
    "optional becomes required": (
        lambda now: cancelled(now)["required"].append("undo_until"),
        "undo_until: the optional property became required",
        "optional",
    ),
    "required becomes optional": (
        lambda now: cancelled(now)["required"].remove("site"),
        "site: the property was always there and became optional",
        "new type",
    ),
    "another type": (prop("persons", type="string"), "type changed from 'integer' to 'string'", "new type"),
    "another format": (prop("booking_id", format="date"), "format changed", "new type"),
    "no format": (
        lambda now: cancelled(now)["properties"]["undo_until"].pop("format"),
        "format changed from 'date-time' to None",
        "new type",
    ),
    "another pattern": (prop("site", pattern="^[a-z-]{1,40}$"), "pattern changed", "new type"),
    "a pattern where none was": (prop("undo_until", pattern="Z$"), "pattern changed from None", "new type"),
    "a smaller range": (prop("persons", maximum=4), "maximum changed from 6 to 4", "new type"),
    "a larger range": (prop("persons", maximum=8), "maximum changed from 6 to 8", "new type"),
    "another privacy class": (prop("booking_id", **{"x-privacy": "code"}), "x-privacy changed", "new type"),
    "a wider enum": (
        prop("reason", enum=["citizen_wish", "closure", "staff_shortage"]),
        "enum member 'staff_shortage' is new",
        "new type",
    ),
    "a narrower enum": (prop("reason", enum=["closure"]), "enum member 'citizen_wish' is gone", "new type"),
    "an enum that opens": (
        lambda now: cancelled(now)["properties"]["reason"].pop("enum"),
        "an enum became open",
        "new type",
    ),
    "a list that becomes one thing": (
        lambda now: cancelled(now)["properties"]["items"].pop("items"),
        "a list became something else",
        "new type",
    ),
    "a change inside a part": (
        lambda now: cancelled(now)["properties"]["items"]["items"]["properties"].pop("service"),
        "items[].service: the property is gone",
        "new type",
    ),
    "another key": (lambda now: cancelled(now).update({"x-key": ["site"]}), "x-key changed", "next major"),
    "another topic": (
        lambda now: cancelled(now).update({"x-topic": "buergerbuero.documents.events.v1"}),
        "x-topic changed",
        "next major",
    ),
    "another stream": (
        lambda now: cancelled(now).update({"x-category": "slot"}),
        "x-category changed",
        "next major",
    ),
    "another number of partitions": (
        lambda now: now["topics"]["buergerbuero.booking.events.v1"].update(partitions=12),
        "settings changed",
        "next major",
    ),
    "another cleanup": (
        lambda now: now["topics"]["buergerbuero.booking.events.v1"].update({"cleanup.policy": "compact"}),
        "settings changed",
        "next major",
    ),
    "a removed topic": (lambda now: now["topics"].clear(), "the topic is gone", "next major"),
    "an edited sample": (lambda now: now["samples"].update({NAME: "00"}), "the sample was edited", "restore"),
    "a removed sample": (lambda now: now["samples"].pop(NAME), "the sample is gone", "restore"),
    "a raised version without upcaster": (raised, "version 1 cannot be read any more", "UPCASTERS"),
    "a lowered version": (
        lambda now: now["schemas"].update({"booking.BookingCancelled.0": now["schemas"].pop(NAME)}),
        "the type is gone",
        "deprecated",
    ),
}


@pytest.mark.parametrize("what", PASSES)
def test_passes(what: str) -> None:
    assert compared(PASSES[what]) == []


@pytest.mark.parametrize("what", BREAKS)
def test_is_refused_with_a_way_out(what: str) -> None:
    change, said, way = BREAKS[what]
    found = compared(change)
    assert len(found) == 1
    assert said in str(found[0])
    assert way in found[0].way


def test_a_raised_version_with_an_upcaster_passes() -> None:
    assert compared(raised, frozenset({("BookingCancelled", 1)})) == []


def test_every_refusal_is_told_not_just_the_first() -> None:
    def several(now: dict[str, Any]) -> None:
        cancelled(now)["properties"].pop("site")
        cancelled(now)["properties"]["reason"]["enum"].append("staff_shortage")
        now["topics"].clear()

    assert len(compared(several)) == 3
