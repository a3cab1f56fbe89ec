"""A read model for checking: per key every position that was applied, in the order in which it was.

A repeat that slips through, a lost event or a changed order shows as another row than the log's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from buergerbuero_contracts import registry
from servicekit.projection import Projection, Row, Seen, Step
from servicekit.testing.simulation.database import Run, Session, put
from servicekit.testing.simulation.platform import Side
from servicekit.testing.simulation.reader_tables import ReaderTables

WRITE = "the ledger's rows"


class Anything(msgspec.Struct, frozen=True):
    """Any event; its key and position are enough."""


def rows(seen: Sequence[Seen]) -> list[Row]:
    """The positions of a batch, by key."""
    found: dict[str, list[int]] = {}
    for one in seen:
        found.setdefault(one.key, []).append(one.position)
    return [(key, tuple(found[key])) for key in sorted(found)]


def ledger(service: str, topic: str) -> Projection:
    """The ledger of one service's topic."""
    return Projection(
        name=f"{service}.ledger.v1",
        topics=(topic,),
        reads={kind.__name__: Anything for kind in registry.public(service)},
        steps=(Step(rows, WRITE),),
        schema_sql=Path(__file__),
        tables=("ledger",),
    )


@dataclass
class Ledger:
    """Its table, in each generation."""

    name: str
    readers: ReaderTables
    made: dict[str, dict[str, tuple[int, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.readers.tables["ledger"] = lambda schema: sorted(self.of(schema).items())

    @property
    def rows(self) -> dict[str, tuple[int, ...]]:
        """Those of the generation that counts."""
        return self.of(self.readers.current.get(self.name, ""))

    def of(self, schema: str) -> dict[str, tuple[int, ...]]:
        """Those of a generation."""
        return self.made.setdefault(schema, {})

    def write(self, session: Session, keys: Sequence[str], positions: Sequence[tuple[int, ...]]) -> str:
        """The upsert."""
        there = self.of(session.schema)
        for key, more in zip(keys, positions, strict=True):
            put(session, there, key, there.get(key, ()) + more)
        return "INSERT"

    def statements(self) -> Mapping[str, Run]:
        """What the projection sends."""
        return {WRITE: self.write}

    def differs(self, side: Side) -> Iterator[str]:
        """I6: the read model is the fold of the log."""
        wanted: dict[str, tuple[int, ...]] = {}
        for row in side.log.events:
            public = side.readers.public.get(row.type)
            if public is not None and row.position >= public.since:
                wanted[row.key or ""] = (*wanted.get(row.key or "", ()), row.position)
        for key in sorted({*wanted, *self.rows}):
            if wanted.get(key) != self.rows.get(key):
                yield f"I6: the ledger has {self.rows.get(key)} of {key}, the log {wanted.get(key)}"
