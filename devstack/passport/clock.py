"""The story's time: the platform's clock file, which only moves forward."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path


class StoryClock:
    """Stands still between steps, so that the story says what time it is."""

    def __init__(self, file: Path, begin: datetime) -> None:
        self._file = file
        self.now = begin
        self.go(begin)

    def go(self, moment: datetime) -> None:
        """Let it be that moment, if it is not later already."""
        self.now = max(self.now, moment)
        scratch = self._file.with_suffix(".new")
        scratch.write_text(self.now.astimezone(UTC).isoformat() + "\n")
        scratch.replace(self._file)
