"""Whether today's contract is a safe successor of the released one. Pure.

Promises: three changes pass: a new type, a new optional property, changed text. A raised version is
a new type beside the old one and needs its upcaster. Everything else is refused with the way out,
a new enum member too: strict readers fail on it. Shown by ``tests/contract/test_compare.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

TEXT = ("title", "description", "examples", "$comment")

NEW_TYPE = (
    "leave the property as it was. If the shape must change, raise version= at the class and add an upcaster "
    "in upcast.py; if the meaning changes, add a new type and send both for at least six months"
)
KEEP_TYPE = (
    "keep the class while its topic lives; name its successor under [deprecated] in catalogue.toml and send "
    "both for at least six months"
)
OPTIONAL = "make it optional (`| None = None`), or raise version= and add an upcaster that supplies it"
NEW_TOPIC = "where a record goes is for ever: add a new type, or a topic of the next major version"
KEEP_SAMPLE = "restore the file from the released commit; a new shape gets a sample of its own version"
ADD_STEP = "add the step to UPCASTERS in upcast.py"

_WAYS = {"x-topic": NEW_TOPIC, "x-key": NEW_TOPIC, "x-category": NEW_TOPIC}


@dataclass(frozen=True)
class Contract:
    """What was or would be released: schemas and sample digests by name, topic settings by topic."""

    schemas: Mapping[str, Schema]
    samples: Mapping[str, str]
    topics: Mapping[str, Any]


@dataclass(frozen=True)
class Refusal:
    """One change that would break a reader."""

    where: str
    what: str
    way: str

    def __str__(self) -> str:
        """As one line to act upon."""
        return f"{self.where}: {self.what}. Way out: {self.way}."


def refusals(old: Contract, new: Contract, steps: frozenset[tuple[str, int]] = frozenset()) -> list[Refusal]:
    """Every breaking change from ``old`` to ``new``; ``steps`` are the upcasters that there are."""
    return [
        *(one for name in old.schemas for one in _schema(name, old, new, steps)),
        *(one for name in old.samples for one in _sample(name, old, new)),
        *(one for name in old.topics for one in _topic(name, old, new)),
    ]


def _schema(name: str, old: Contract, new: Contract, steps: frozenset[tuple[str, int]]) -> Iterator[Refusal]:
    if name in new.schemas:
        yield from _node(name, old.schemas[name], new.schemas[name])
        return
    full, _, version = name.rpartition(".")
    type_name = full.rpartition(".")[2]
    later = sorted(int(other.rpartition(".")[2]) for other in new.schemas if other.rpartition(".")[0] == full)
    if not later or later[-1] < int(version):
        yield Refusal(name, "the type is gone", KEEP_TYPE)
        return
    for step in range(int(version), later[-1]):
        if (type_name, step) not in steps:
            yield Refusal(name, f"version {step} cannot be read any more", ADD_STEP)


def _node(path: str, old: Schema, new: Schema) -> Iterator[Refusal]:
    for key in sorted({*old, *new} - {"properties", "required", "enum", "items", "$schema", "$id", *TEXT}):
        if old.get(key) != new.get(key):
            what = f"{key} changed from {old.get(key)!r} to {new.get(key)!r}"
            yield Refusal(path, what, _WAYS.get(key, NEW_TYPE))
    yield from _enum(path, old, new)
    yield from _properties(path, old, new)
    if ("items" in old) != ("items" in new):
        yield Refusal(path, "a list became something else, or the reverse", NEW_TYPE)
    elif "items" in old:
        yield from _node(f"{path}[]", old["items"], new["items"])


def _enum(path: str, old: Schema, new: Schema) -> Iterator[Refusal]:
    before, after = old.get("enum"), new.get("enum")
    if (before is None) != (after is None):
        yield Refusal(path, "an enum became open, or the reverse", NEW_TYPE)
    elif before is not None and after is not None:
        for member in [one for one in before if one not in after]:
            yield Refusal(path, f"enum member {member!r} is gone", NEW_TYPE)
        for member in [one for one in after if one not in before]:
            yield Refusal(path, f"enum member {member!r} is new, and readers of today refuse it", NEW_TYPE)


def _properties(path: str, old: Schema, new: Schema) -> Iterator[Refusal]:
    before, after = old.get("properties", {}), new.get("properties", {})
    must_before, must_after = set(old.get("required", ())), set(new.get("required", ()))
    for name in before:
        where = f"{path}.{name}"
        if name not in after:
            yield Refusal(where, "the property is gone", NEW_TYPE)
            continue
        if name in must_before - must_after:
            yield Refusal(where, "the property was always there and became optional", NEW_TYPE)
        if name in must_after - must_before:
            yield Refusal(where, "the optional property became required", OPTIONAL)
        yield from _node(where, before[name], after[name])
    for name in [one for one in after if one not in before and one in must_after]:
        yield Refusal(f"{path}.{name}", "the new property is required, and old records lack it", OPTIONAL)


def _sample(name: str, old: Contract, new: Contract) -> Iterator[Refusal]:
    if name not in new.samples:
        yield Refusal(f"samples/{name}.json", "the sample is gone", KEEP_SAMPLE)
    elif new.samples[name] != old.samples[name]:
        yield Refusal(f"samples/{name}.json", "the sample was edited", KEEP_SAMPLE)


def _topic(name: str, old: Contract, new: Contract) -> Iterator[Refusal]:
    if name not in new.topics:
        yield Refusal(name, "the topic is gone", NEW_TOPIC)
    elif new.topics[name] != old.topics[name]:
        yield Refusal(name, f"settings changed from {old.topics[name]} to {new.topics[name]}", NEW_TOPIC)
