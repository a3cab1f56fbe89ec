"""What a Kafka record looks like to the readers of this package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Record(Protocol):
    """The part of a consumed record that is read; ``aiokafka.ConsumerRecord`` fits, and any like it."""

    @property
    def topic(self) -> str:
        """The topic it came from."""

    @property
    def key(self) -> bytes | None:
        """The partition key, UTF-8."""

    @property
    def value(self) -> bytes | None:
        """The data; null is a tombstone."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        """Names and values, as sent."""
