"""The two topics between the services, as consumers see them at their worst.

Promises what Kafka and the consumers promise, and nothing more: each event at least once, those of one
key in their order. Keys and consumers wait for each other in no way, and any of them may go back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from servicekit.log import Recorded


@dataclass(frozen=True, slots=True)
class Fact:
    """One published event, and the commands that it asks for at its consumer."""

    event: Recorded
    commands: Sequence[Any] = ()


@dataclass
class Consumer:
    """What one consumer has read of each key, and what it has not."""

    name: str
    keys: dict[str, list[Fact]] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    behind: dict[str, None] = field(default_factory=dict)

    def publish(self, fact: Fact) -> None:
        """One more event, by its own key."""
        key = fact.event.event.partition_key()
        self.keys.setdefault(key, []).append(fact)
        self.behind[key] = None

    def head(self, key: str) -> Fact:
        """The next event of a key."""
        return self.keys[key][self.read.get(key, 0)]

    def done(self, key: str) -> None:
        """The head was taken."""
        self.read[key] = self.read.get(key, 0) + 1
        if self.read[key] == len(self.keys[key]):
            self.behind.pop(key, None)

    def back(self, key: str, events: int) -> None:
        """Read the last events of a key once more, in order: the process died before its checkpoint."""
        self.read[key] = max(0, self.read.get(key, 0) - events)
        if self.read[key] < len(self.keys[key]):
            self.behind[key] = None
