"""What booking counts of its own events, for operations. Pure but for the counter itself.

Promises: bounded labels, never an id; the office's figures are reporting's, these only show that it goes on.
Shown by ``tests/rules/test_business_metrics.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import Counter

from buergerbuero_contracts import booking as b
from buergerbuero_contracts.envelope import Event

BOOKINGS = Counter("bookings_total", "Steps of bookings", ["outcome"])
OUTCOMES: Mapping[type[Event], str] = {
    b.BookingOpened: "held",
    b.ConfirmationRequested: "asked",
    b.BookingConfirmed: "confirmed",
    b.BookingRescheduled: "moved",
    b.BookingCancelled: "cancelled",
    b.HoldExpired: "expired",
    b.CitizenAdmitted: "admitted",
    b.AdmissionRefused: "refused",
    b.AppointmentMissed: "missed",
}
"""Event type to the label ``outcome``."""
_COUNTERS = {kind: BOOKINGS.labels(outcome) for kind, outcome in OUTCOMES.items()}


def count(event: Event) -> None:
    """Count one stored event, if it is one of the table."""
    if counter := _COUNTERS.get(type(event)):
        counter.inc()
