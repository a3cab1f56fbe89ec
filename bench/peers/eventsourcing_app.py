"""The peer `eventsourcing` in a process of its own: saves, typed reads, a projection; JSON at the end.

Promises: its PostgreSQL module with database functions on, its fastest setting; one aggregate per save with
the same payload as ours; the count of what was saved is given back and compared with its own table.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL, Identifier

from bench.older import events

PAGE = 1_000


class Reservation(Aggregate):
    """What one reservation stores, as one event."""

    @event("Reserved")
    def __init__(self, site: str, counter: str, starts_at: datetime, ends_at: datetime, items: str) -> None:
        self.site, self.counter, self.starts_at, self.ends_at, self.items = (
            site,
            counter,
            starts_at,
            ends_at,
            items,
        )


class Reservations(Application[UUID]):
    """Its application."""

    log_section_size = PAGE


def reservation(number: int) -> Reservation:
    """A new one, with the data of ours."""
    slot, _opened = events(number)
    return Reservation(
        "elsewhere",
        f"counter_{number % 20}",
        slot.starts_at,
        slot.ends_at,
        slot.to_json(),
    )


class Places(PostgresTrackingRecorder):
    """A read model: one row per reservation."""

    def __init__(self, datastore: Any, **options: Any) -> None:
        super().__init__(datastore, **options)
        schema = Identifier(self.datastore.schema)
        self.sql_create_statements.append(
            SQL(
                "CREATE TABLE IF NOT EXISTS {0}.place (id uuid PRIMARY KEY, site text, starts_at timestamptz)"
            ).format(schema)
        )
        self._upsert = SQL(
            "INSERT INTO {0}.place VALUES (%s, %s, %s) "
            "ON CONFLICT (id) DO UPDATE SET starts_at = excluded.starts_at"
        ).format(schema)

    def take(self, one: Any, tracking: Tracking) -> None:
        """One event and its tracking, in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(self._upsert, (one.originator_id, one.site, one.starts_at))
            self._insert_tracking(cursor, tracking)


class PlacesProjection(Projection[Places]):
    """From events to rows."""

    name = "places"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """All there is."""
        self.view.take(domain_event, tracking)


def save(app: Reservations, seconds: float, warm_up: float, threads: int) -> dict[str, float]:
    """One aggregate per call, from several threads."""
    begun = time.perf_counter()
    first, until = begun + warm_up, begun + warm_up + seconds
    ends: list[float] = []

    def work(offset: int) -> None:
        number = offset
        while time.perf_counter() < until:
            app.save(reservation(number))
            ends.append(time.perf_counter())
            number += threads

    crew = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    stored = app.recorder.max_notification_id() or 0
    kept = sum(first <= end <= until for end in ends)
    return {"rate": kept / seconds, "saved": len(ends), "stored": stored}


def fill(app: Reservations, count: int) -> None:
    """So many events, a hundred aggregates at once."""
    for at in range(0, count, 100):
        app.save(*(reservation(number) for number in range(at, min(at + 100, count))))


def read(app: Reservations, count: int) -> dict[str, float]:
    """All notifications as typed events."""
    fill(app, count)
    begun, found, start = time.perf_counter(), 0, 1
    while section := app.notification_log.select(start=start, limit=PAGE):
        for notification in section:
            app.mapper.to_domain_event(notification)
        found += len(section)
        start = section[-1].id + 1
    return {"rate": found / (time.perf_counter() - begun), "saved": count, "stored": found}


def project(app: Reservations, count: int, env: dict[str, str]) -> dict[str, float]:
    """Its own runner, over all events."""
    fill(app, count)
    last = app.recorder.max_notification_id()
    begun = time.perf_counter()
    with ProjectionRunner(
        application_class=Reservations, projection_class=PlacesProjection, view_class=Places, env=env
    ) as runner:
        runner.wait(last, timeout=300)
        seconds = time.perf_counter() - begun
    return {"rate": count / seconds, "saved": count, "stored": last or 0}


def main() -> None:
    """``what`` and its numbers, as JSON in the first argument; PostgreSQL in the environment."""
    order = json.loads(sys.argv[1])
    env = {
        name: value for name, value in os.environ.items() if name.startswith(("POSTGRES_", "PERSISTENCE_"))
    }
    app = Reservations(env=env)
    work: dict[str, Callable[[], dict[str, float]]] = {
        "save": lambda: save(app, order["seconds"], order["warm_up"], order["threads"]),
        "read": lambda: read(app, order["count"]),
        "project": lambda: project(app, order["count"], env),
    }
    done = work[order["what"]]()
    app.close()
    sys.stdout.write(json.dumps(done) + "\n")


if __name__ == "__main__":
    main()
