"""The calendar file of a confirmed appointment, for download (METHOD PUBLISH).

Promises: UID and SEQUENCE are those of the mails, so a later mail moves or removes the entry that
was downloaded. Shown by ``tests/way/test_booking_api.py``.
"""

from __future__ import annotations

from datetime import datetime

from servicekit.decider import Refused
from servicekit.tokens import Purpose
from servicekit.web.calendar_entry import Entry, calendar
from services.booking.api.views import LINK_AFTER_START
from services.booking.office import Office
from services.booking.rules.booking_state import Booking, Status

SUMMARY = {"de": "Termin", "de-leicht": "Termin", "en": "Appointment", "da": "Aftale"}


def calendar_file(office: Office, booking: Booking, language: str, now: datetime) -> bytes:
    """The file, or ``wrong-state`` for a booking that does not stand."""
    if booking.status not in (Status.CONFIRMED, Status.ADMITTED) or booking.starts_at is None:
        raise Refused("wrong-state")
    site = office.sites[booking.site]
    texts = office.texts.get(language, office.texts["de"])
    services = ", ".join(texts[item.service].name for item in booking.items)
    ticket = office.tokens.sign(Purpose.TICKET, booking.booking_id, booking.starts_at + LINK_AFTER_START)
    entry = Entry(
        booking_id=booking.booking_id,
        sequence=booking.sequence,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at or booking.starts_at,
        summary=f"{SUMMARY.get(language, SUMMARY['de'])} {site.name}: {services}",
        location=f"{site.name}, {site.address}",
        description=services,
        url=f"{office.public_url}/{language if language in SUMMARY else 'de'}/t/{ticket}",
        stamped_at=now,
    )
    return calendar(entry, "PUBLISH", office.domain)
