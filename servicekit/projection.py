"""What a projection is: a versioned name, what it reads, and pure steps from events to rows.

Promises: ``rows`` is a pure function of a list of events; the same list split at any place gives
equal tables; one statement per step and batch. ``project.py`` runs it, live and when rebuilding.
Shown by ``tests/rules/reporting/test_rows.py``, ``tests/way/test_batches.py`` and
``tests/broker/test_project.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import msgspec

LOG = "log"
"""Topic name of a projection that reads its own service's log in position order."""


class Seen(msgspec.Struct, frozen=True):
    """One event as a projection sees it: only the fields that it asked for.

    ``at`` is the decision's time (``ce_time``), the only time that figures use, in UTC.
    """

    type: str
    data: Any
    event_id: UUID
    at: datetime
    key: str
    topic: str
    position: int


Row = tuple[Any, ...]


@dataclass(frozen=True)
class Step:
    """One table's part: ``rows`` reduces a batch to rows, ``sql`` applies their columns by ``unnest``.

    ``rows`` gives at most one row per key of the statement, sorted by it (two projectors that
    touch the same rows in different order deadlock; a key twice in one upsert is an error). The
    statement takes one array parameter per column. No rows, no statement.
    """

    rows: Callable[[Sequence[Seen]], Sequence[Row]]
    sql: str


@dataclass(frozen=True)
class Projection:
    """A read model. ``name`` is ``<service>.<read_model>.v<n>``, also its consumer group.

    ``reads`` maps an event type to a small msgspec struct with just the fields needed; other types
    only move the checkpoint. ``schema_sql`` creates the tables of one generation (no schema names
    in it; ``search_path`` is set). ``tables`` are compared by sorted hash after a rebuild.
    """

    name: str
    topics: tuple[str, ...]
    reads: Mapping[str, type[msgspec.Struct]]
    steps: tuple[Step, ...]
    schema_sql: Path
    tables: tuple[str, ...]

    def schema(self, generation: int) -> str:
        """The PostgreSQL schema of a generation, such as ``contact_volume_v1_g2``."""
        _service, read_model, version = self.name.split(".")
        return f"{read_model}_{version}_g{generation}"


T = TypeVar("T")


def last_per_key(seen: Sequence[Seen], key: Callable[[Seen], T]) -> dict[T, Seen]:
    """The latest event of each key: the state that wins when a batch holds several."""
    return {key(one): one for one in seen}
