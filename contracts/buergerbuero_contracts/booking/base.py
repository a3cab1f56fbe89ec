"""What all events of booking share."""

from __future__ import annotations

from buergerbuero_contracts.envelope import Event


class BookingEvent(Event):
    """A fact that the service booking recorded."""

    service = "booking"
