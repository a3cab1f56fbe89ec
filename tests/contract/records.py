"""Records for tests: golden samples and whatever differs from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).resolve().parents[2] / "contracts" / "samples"
NAMES = sorted(path.stem for path in SAMPLES.glob("*.json"))


@dataclass(frozen=True)
class Sent:
    """What a reader sees of a consumed record."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]

    def header(self, name: str, value: bytes | None) -> Sent:
        """The same with another value of one header."""
        others = tuple(pair for pair in self.headers if pair[0] != name)
        return replace(self, headers=(*others, (name, value)))

    def without(self, name: str) -> Sent:
        """The same without a header."""
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0] != name))

    def data(self, **changes: Any) -> Sent:
        """The same with other data; a value of ``...`` takes the property away."""
        found = {**json.loads(self.value or b"{}"), **changes}
        kept = {name: value for name, value in found.items() if value is not ...}
        return replace(self, value=json.dumps(kept).encode())


def sample(name: str) -> Mapping[str, Any]:
    """A golden sample by name, ``booking.SlotReserved.1``."""
    found: Mapping[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))
    return found


def sent(name: str) -> Sent:
    """The record of a golden sample, as a consumer gets it."""
    found = sample(name)
    return Sent(
        topic=found["topic"],
        key=found["key"].encode(),
        value=json.dumps(found["data"]).encode(),
        headers=tuple((header, text.encode()) for header, text in found["headers"].items()),
    )
