"""No event has a place for text about people; each public field says what it is."""

from __future__ import annotations

import importlib
import pkgutil
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import pytest
from contract_tools.fence import breaches, undescribed
from contract_tools.schemas import plain
from pydantic import Field

import services
from buergerbuero_contracts.envelope import Code, Event, Instant, Language, Privacy, Value, about
from buergerbuero_contracts.registry import EVENTS


class Colour(StrEnum):
    RED = "red"


class Part(Value):
    code: Code


class Harmless(Event):
    some_id: UUID
    code: Code
    language: Language
    colour: Colour
    at: Instant
    count: int
    done: bool
    parts: tuple[Part, ...]
    later: Code | None = None


@pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS)
def test_no_public_event_holds_free_text(kind: type[Event]) -> None:
    assert breaches(kind) == []


@pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS)
def test_every_public_field_states_meaning_and_privacy_class(kind: type[Event]) -> None:
    assert undescribed(kind) == []


def private_events() -> list[type[Event]]:
    """The event types that the services define for themselves."""
    found: list[type[Event]] = []
    for service in pkgutil.iter_modules(services.__path__):
        name = f"services.{service.name}.rules.events"
        if importlib.util.find_spec(f"services.{service.name}.rules") and importlib.util.find_spec(name):
            module = importlib.import_module(name)
            found += [
                one for one in vars(module).values() if isinstance(one, type) and issubclass(one, Event)
            ]
    return [one for one in found if one.__module__.startswith("services.")]


def test_no_private_event_holds_free_text() -> None:
    assert [line for kind in private_events() for line in breaches(kind)] == []


def test_ids_codes_enums_times_and_numbers_pass() -> None:
    assert breaches(Harmless) == []


def test_the_one_free_text_is_the_note_of_the_week() -> None:
    texts = [
        f"{name}.{field}"
        for name, kind in EVENTS.items()
        for field, node in plain(kind)["properties"].items()
        if node["x-privacy"] == Privacy.TEXT.value
    ]
    assert texts == ["WeekNoteWritten.text"]


Open = Annotated[str, Field(pattern=r"^.*$")]
Short = Annotated[str, Field(max_length=20)]


@pytest.mark.parametrize(
    ("what", "kind", "why"),
    [
        ("remark", str, "free text"),
        ("remark", str | None, "free text"),
        ("remarks", tuple[str, ...], "free text"),
        ("remark", Open, "free text"),
        ("remark", Short, "free text"),
        ("extra", dict[str, Any], "open object"),
        ("extra", dict[str, int], "open object"),
        ("extra", Any, "type None"),
        ("phone", int, "about a person"),
        ("name", Code, "about a person"),
        ("needs", tuple[Code, ...], "about a person"),
        ("remark", Annotated[Code, about(Privacy.TEXT, "A remark.")], "only the note of the week"),
    ],
)
def test_what_could_hold_text_about_people_is_refused(what: str, kind: Any, why: str) -> None:
    leaky = type("Leaky", (Event,), {"__annotations__": {what: kind}, "__module__": __name__})
    assert why in "\n".join(breaches(leaky))


def test_text_inside_a_part_is_refused_too() -> None:
    class Remark(Value):
        text: str

    class Leaky(Event):
        remarks: tuple[Remark, ...]

    assert breaches(Leaky) == ["Leaky.remarks.text: free text; use a code, an enum or an id"]


def test_a_field_without_meaning_or_class_is_named() -> None:
    class Mute(Event):
        count: int

    assert undescribed(Mute) == ["Mute.count: has no description", "Mute.count: has no privacy class"]
