"""The calendar file of a confirmed appointment (RFC 5545, METHOD PUBLISH).

Promises: UID and SEQUENCE are those of the mails, so a later mail moves or removes the entry that
was downloaded; times are in Europe/Berlin by two rules. Shown by ``tests/way/test_booking_api.py``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event, Timezone

from servicekit.decider import Refused
from services.booking.office import Office
from services.booking.rules.booking_state import Booking, Status
from services.booking.rules.calendar import ZONE

TIMEZONE = """\
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""
SUMMARY = {"de": "Termin im Bürgerbüro", "en": "Appointment at the citizens' office"}


def calendar_file(office: Office, booking: Booking, language: str, now: datetime) -> bytes:
    """The file, or ``wrong-state`` for a booking that does not stand."""
    if booking.status not in (Status.CONFIRMED, Status.ADMITTED) or booking.starts_at is None:
        raise Refused("wrong-state")
    site = office.sites[booking.site]
    summary = SUMMARY.get(language, SUMMARY["de"])
    texts = office.texts.get(language, office.texts["de"])
    event = Event()
    for name, value in (
        ("UID", f"{booking.booking_id}@{office.domain}"),
        ("SEQUENCE", booking.sequence),
        ("DTSTAMP", now.astimezone(UTC).replace(microsecond=0)),
        ("DTSTART", booking.starts_at.astimezone(ZONE)),
        ("DTEND", (booking.ends_at or booking.starts_at).astimezone(ZONE)),
        ("SUMMARY", summary),
        ("LOCATION", f"{site.name}, {site.address}"),
        ("DESCRIPTION", ", ".join(texts[item.service].name for item in booking.items)),
        ("STATUS", "CONFIRMED"),
    ):
        event.add(name, value)
    alarm = Alarm()
    for name, value in (("ACTION", "DISPLAY"), ("DESCRIPTION", summary)):
        alarm.add(name, value)
    alarm.add("TRIGGER", timedelta(days=-1))
    event.add_component(alarm)
    file = Calendar()
    for name, value in (
        ("PRODID", "-//Buergerbuero//Termine//DE"),
        ("VERSION", "2.0"),
        ("METHOD", "PUBLISH"),
    ):
        file.add(name, value)
    file.add_component(Timezone.from_ical(TIMEZONE))
    file.add_component(event)
    made: bytes = file.to_ical()
    return made
