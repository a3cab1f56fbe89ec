"""The one way in which reading fails."""

from __future__ import annotations


class InvalidEvent(Exception):
    """A record that this version cannot read: malformed, foreign, or of a version it does not know.

    ``reason`` is a fixed text and ``details`` are short names only (topic, header, type, field),
    never what stood in them: both may be logged. Park the record, go on with the others.
    """

    def __init__(self, reason: str, **details: object) -> None:
        super().__init__(reason + "".join(f" {name}={str(value)[:60]}" for name, value in details.items()))
        self.reason = reason
        self.details = details
