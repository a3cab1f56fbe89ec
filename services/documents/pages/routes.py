"""All routes of documents' pages."""

from __future__ import annotations

from services.documents.pages import (
    delivery,
    fetch_list,
    handover,
    item,
    joining,
    pickup_link,
    post_room,
    sheet,
    window,
)

PAGES = (window, sheet, handover, joining, fetch_list, delivery, post_room, item, pickup_link)
ROUTES = [route for page in PAGES for route in page.ROUTES]
"""For ``make_app``."""
