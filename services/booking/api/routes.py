"""All routes of booking's JSON API, and its description.

Promises: the description is made from these routes, so it cannot differ from them.
Shown by ``tests/way/test_booking_api.py``.
"""

from __future__ import annotations

from typing import Any

from litestar import Router

from servicekit.web.openapi import document, documentation
from servicekit.web.pages import Pages
from services.booking.api import (
    bookings,
    catalogue,
    changes,
    counters,
    door,
    hold_tasks,
    hours,
    pickups,
    protection,
    visits,
    wishes,
)

PREFIX = "/api/booking/v1"
TITLE = "Booking – appointments of the citizens' office"
DESCRIPTION = (
    "Services, free times and bookings. Errors are application/problem+json; a command needs an "
    "Idempotency-Key, and its answer carries Log-Position, which a later read may send as Min-Log-Position."
)


def described() -> dict[str, Any]:
    """The OpenAPI document."""
    return document([_api()], TITLE, DESCRIPTION)


def api_routes(pages: Pages) -> list[Any]:
    """The routes for ``make_app``: the API, ``openapi.json`` and the page for people."""
    return [_api(), *documentation(PREFIX, described, pages)]


def _api() -> Router:
    parts = (
        *(catalogue, hold_tasks, bookings, pickups, changes, hours, protection),
        *(door, counters, visits, wishes),
    )
    return Router(PREFIX, route_handlers=[route for part in parts for route in part.ROUTES])
