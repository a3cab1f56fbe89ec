"""All routes of documents' JSON API, and its description.

Promises: the description is made from these routes, so it cannot differ from them.
Shown by ``tests/way/test_documents_description.py``.
"""

from __future__ import annotations

from typing import Any

from litestar import Router

from servicekit.web.openapi import document, documentation
from servicekit.web.pages import Pages
from services.documents.api import deliveries, departures, documents, items, window

PREFIX = "/api/documents/v1"
TITLE = "Documents – things on paper: ID documents and the post room"
DESCRIPTION = (
    "ID documents from the order to the hand-over with their chain of custody, delivery batches, the "
    "window's fetch list, and the post room. For staff. Errors are application/problem+json; a command "
    "needs an Idempotency-Key, and its answer carries Log-Position, which a later read may send as "
    "Min-Log-Position."
)
PARTS = (documents, departures, deliveries, window, items)
"""Modules of routes, each with ``ROUTES``."""


def described() -> dict[str, Any]:
    """The OpenAPI document."""
    return document([_api()], TITLE, DESCRIPTION)


def api_routes(pages: Pages) -> list[Any]:
    """The routes for ``make_app``: the API, ``openapi.json`` and the page for people."""
    return [_api(), *documentation(PREFIX, described, pages)]


def _api() -> Router:
    return Router(PREFIX, route_handlers=[route for part in PARTS for route in part.ROUTES])
