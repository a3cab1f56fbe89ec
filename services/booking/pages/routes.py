"""All pages of booking: the citizen's way, what mailed links open, and the staff's screens.

Promises: a page that is listed here is served, in the service and in the tests' office alike.
"""

from __future__ import annotations

from typing import Any

from services.booking.pages import (
    again,
    buttons,
    caller,
    contact,
    counter,
    door,
    find,
    links,
    mailbox,
    mailbox_first,
    offer,
    own_data,
    pickup,
    protection,
    reaffirm,
    rebook,
    service,
    statements,
    times,
    wishing,
)

CITIZENS: tuple[Any, ...] = (
    find,
    service,
    times,
    contact,
    mailbox,
    mailbox_first,
    links,
    rebook,
    own_data,
    pickup,
    reaffirm,
    wishing,
    offer,
    statements,
    again,
    buttons,
)
STAFF: tuple[Any, ...] = (door, counter, caller, protection)


def page_routes() -> list[Any]:
    """The routes for ``make_app``."""
    return [route for part in (*CITIZENS, *STAFF) for route in part.ROUTES]
