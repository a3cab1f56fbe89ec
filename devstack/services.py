"""The services of the platform, each in one row: what runs locally, where, and what to see there.

The only such table of the local stack: environment, supervisor, status and help texts read it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """One service. Ports are wishes; a taken one is replaced by the next free one."""

    name: str
    port: int
    metrics_port: int
    roles: tuple[str, ...]
    seeded: bool
    page: str
    about: str


SERVICES = (
    Service(
        name="booking",
        port=8000,
        metrics_port=9000,
        roles=("api", "relay", "project", "timers"),
        seeded=True,
        page="/api/booking/v1/docs",
        about="appointments: the API and its description",
    ),
    Service(
        name="documents",
        port=8001,
        metrics_port=9001,
        roles=("api", "relay", "project", "timers"),
        seeded=False,
        page="/api/documents/v1/docs",
        about="documents and the post room: the API and its description",
    ),
    Service(
        name="notification",
        port=8002,
        metrics_port=9002,
        roles=("api", "relay", "project", "mailer"),
        seeded=False,
        page="/dev/postfach",
        about="the mailbox that receives every mail",
    ),
    Service(
        name="reporting",
        port=8003,
        metrics_port=9003,
        roles=("api", "project"),
        seeded=False,
        page="/berichte/woche/{week}",
        about="the weekly figures",
    ),
)

SMTP_PORT = 8025


def wished_ports() -> dict[str, int]:
    """Every port by name, before any is found taken."""
    wishes = {one.name: one.port for one in SERVICES}
    return wishes | {f"{one.name}-metrics": one.metrics_port for one in SERVICES} | {"smtp": SMTP_PORT}
