"""The rows of notification's database, and how they are forgotten between two tests."""

from __future__ import annotations

from servicekit.postgres import connect
from servicekit.testing.databases import Database
from services.notification.wiring import SERVICE

KEPT = [
    f"{model.schema(1)}.{table}" for model in SERVICE.projections for table in (*model.tables, "checkpoint")
]
OWN = ("event", "timer", "person_copy", "suppression", "dev_mail", "read_log")
EMPTY = ";".join(
    f"DELETE FROM {table}"  # noqa: S608 - names of ours; TRUNCATE makes new files, each time
    for table in (*OWN, *KEPT, "reactions.checkpoint", "reactions.parked_event")
)


async def empty(database: Database) -> None:
    """Forget what earlier tests of the module did."""
    connection = await connect(database.admin_url, application="empty")
    try:
        await connection.execute(EMPTY)
    finally:
        await connection.close()
