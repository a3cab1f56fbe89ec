"""The fence around events: no place where text about a person could stand.

Promises: every string of an event is an id, an instant, a date, an enum or one of the patterns
below; there are no open objects. One field of all is text: the office's note of the week.
Shown by ``tests/contract/test_fence.py``, which also builds models that must not pass.
"""

from __future__ import annotations

from collections.abc import Iterator

from buergerbuero_contracts.envelope import Event, Privacy

from .schemas import Schema, plain

FREE_TEXT = ("WeekNoteWritten", "text")
FORMATS = ("uuid", "date-time", "date", "time")
PATTERNS = {
    r"^[a-z][a-z0-9_]{0,39}$": "code",
    r"^(de|de-leicht|en|da)$": "language: `de`, `de-leicht`, `en`, `da`",
    r"^[A-Z][0-9]{3}$": "letter and 3 digits",
    r"^[0-9]{4}-W(0[1-9]|[1-4][0-9]|5[0-3])$": "ISO week",
    r"^[0-9]{14}$": "14 digits",
    r"^[A-Z][A-Za-z]{2,39}$": "name of an event type",
    r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,19}$": "the office's name of a bin, window or locker",
}
PERSONAL = {"name", "surname", "email", "phone", "address", "birth_date", "needs", "note", "document_number"}


def breaches(kind: type[Event]) -> list[str]:
    """What of an event type could hold text about people, as sentences. Empty is good."""
    nodes = _nodes("", plain(kind))
    return [f"{kind.__name__}.{path}: {why}" for path, node in nodes for why in _why(kind, path, node)]


def undescribed(kind: type[Event]) -> list[str]:
    """The fields of a public type that do not state meaning and privacy class."""
    classes = [one.value for one in Privacy]
    return [
        f"{kind.__name__}.{name}: {lack}"
        for name, node in plain(kind)["properties"].items()
        for lack, there in (
            ("has no description", node.get("description")),
            ("has no privacy class", node.get("x-privacy") in classes),
        )
        if not there
    ]


def _nodes(path: str, node: Schema) -> Iterator[tuple[str, Schema]]:
    """Every node of a schema, by the path of its property."""
    yield path, node
    for name, one in node.get("properties", {}).items():
        yield from _nodes(f"{path}.{name}" if path else name, one)
    if isinstance(node.get("items"), dict):
        yield from _nodes(path, node["items"])
    for one in node.get("patternProperties", {}).values():  # a table: its keys are judged by ``_why``
        yield from _nodes(path, one)


def _why(kind: type[Event], path: str, node: Schema) -> Iterator[str]:
    if path.rsplit(".", 1)[-1] in PERSONAL:
        yield "the name says that it is about a person"
    if (kind.__name__, path) == FREE_TEXT:
        return
    if node.get("x-privacy") == Privacy.TEXT.value:
        yield "only the note of the week is free text"
    match node.get("type"):
        case "string":
            closed = "enum" in node or "const" in node
            if not closed and node.get("format") not in FORMATS and node.get("pattern") not in PATTERNS:
                yield "free text; use a code, an enum or an id"
        case "object":
            keys = node.get("patternProperties", {})
            if "properties" not in node and not (keys and keys.keys() <= PATTERNS.keys()):
                yield "an open object can hold anything"
        case "array":
            if not isinstance(node.get("items"), dict):
                yield "a list of anything"
        case "integer" | "number" | "boolean":
            return
        case other:
            yield f"type {other} is not for events"
