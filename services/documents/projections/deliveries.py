"""Read model ``documents.deliveries.v1``: which deliveries of the producer are being unpacked.

Promises: fed from the own log in position order, since deliveries stay private; one row each; what is
in one, its stream says. Shown by ``tests/rules/documents/test_documents_rows.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

from servicekit.postgres import Pool
from servicekit.projection import LOG, Projection, Row, Seen, Step, last_per_key
from servicekit.read_model import read_model

NAME = "documents.deliveries.v1"


class Opened(msgspec.Struct, frozen=True):
    """BatchOpened."""

    batch_id: UUID
    site: str
    at: datetime


class Closed(msgspec.Struct, frozen=True):
    """BatchClosed."""

    batch_id: UUID
    at: datetime


def opened(seen: Sequence[Seen]) -> Sequence[Row]:
    """New deliveries."""
    last = last_per_key([one for one in seen if one.type == "BatchOpened"], lambda one: one.data.batch_id)
    return [(batch, last[batch].data.site, last[batch].data.at) for batch in sorted(last)]


def closed(seen: Sequence[Seen]) -> Sequence[Row]:
    """Those that are unpacked."""
    last = last_per_key([one for one in seen if one.type == "BatchClosed"], lambda one: one.data.batch_id)
    return [(batch, last[batch].data.at) for batch in sorted(last)]


OPENED = """
INSERT INTO delivery (batch_id, site, opened_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[])
ON CONFLICT (batch_id) DO NOTHING"""
CLOSED = """
UPDATE delivery SET closed_at = new.at
FROM unnest($1::uuid[], $2::timestamptz[]) new (batch_id, at) WHERE delivery.batch_id = new.batch_id"""

DELIVERIES = Projection(
    name=NAME,
    topics=(LOG,),
    reads={"BatchOpened": Opened, "BatchClosed": Closed},
    steps=(Step(opened, OPENED), Step(closed, CLOSED)),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("delivery",),
)

_OPEN = "SELECT batch_id FROM delivery WHERE site = $1 AND closed_at IS NULL ORDER BY opened_at DESC LIMIT 20"


class Deliveries:
    """The read model."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def open(self, site: str) -> Sequence[UUID]:
        """The deliveries that are being unpacked at a site, newest first."""
        async with read_model(self._pool, NAME) as connection:
            return [row["batch_id"] for row in await connection.fetch(_OPEN, site)]
