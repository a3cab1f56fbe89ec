"""The calendar entry of an appointment (iCalendar, RFC 5545 and 5546).

Promises: one UID for life, SEQUENCE rises with the booking, so that moving changes the entry and
cancelling removes it; a CANCEL repeats UID, DTSTART, SUMMARY and LOCATION of the last REQUEST; times are
in Europe/Berlin with a VTIMEZONE of two rules (the library's own has dates up to 2038 and puts the spring
change at the wrong hour); the same facts give the same bytes.
Shown by ``tests/rules/test_calendar_entry.py``, with a reader that shares nothing with this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from icalendar import Alarm, vCalAddress

BERLIN = ZoneInfo("Europe/Berlin")
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
PRODUCT = "-//Buergerbuero//Termine//DE"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the entry shows. ``stamped_at`` is the moment of the change that the mail speaks of.

    Organizer and attendee are addresses; a file for download has neither.
    """

    booking_id: UUID
    sequence: int
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str
    description: str
    url: str
    stamped_at: datetime
    organizer: str | None = None
    organizer_name: str = ""
    attendee: str | None = None
    attendee_name: str = ""


def uid(booking_id: UUID, domain: str) -> str:
    """The entry's name for life."""
    return f"{booking_id}@{domain}"


def calendar(entry: Entry, method: str, domain: str) -> bytes:
    """The file: ``REQUEST`` for new and moved appointments, ``CANCEL``, or ``PUBLISH`` for a download."""
    from icalendar import Calendar, Event, Timezone, vText, vUri  # 80 modules, for the first entry only

    event = Event()
    for field, fact in (
        ("UID", uid(entry.booking_id, domain)),
        ("SEQUENCE", entry.sequence),
        ("DTSTAMP", entry.stamped_at.astimezone(UTC).replace(microsecond=0)),
        ("DTSTART", entry.starts_at.astimezone(BERLIN)),
        ("DTEND", entry.ends_at.astimezone(BERLIN)),
        ("SUMMARY", entry.summary),
        ("LOCATION", entry.location),
        ("DESCRIPTION", entry.description),
        ("STATUS", "CANCELLED" if method == "CANCEL" else "CONFIRMED"),
        ("TRANSP", "OPAQUE"),
    ):
        event.add(field, fact)
    event.add("URL", vUri(entry.url))
    if entry.organizer is not None:
        event.add("ORGANIZER", _address(entry.organizer, {"CN": vText(entry.organizer_name)}))
    if entry.attendee is not None:
        comes = {"PARTSTAT": vText("ACCEPTED"), "RSVP": vText("FALSE")}
        if entry.attendee_name:
            comes["CN"] = vText(entry.attendee_name)
        event.add("ATTENDEE", _address(entry.attendee, comes))
    if method != "CANCEL":
        event.add_component(_the_day_before(entry.summary))
    file = Calendar()
    for name, value in (
        ("PRODID", PRODUCT),
        ("VERSION", "2.0"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", method),
    ):
        file.add(name, value)
    file.add_component(Timezone.from_ical(TIMEZONE))
    file.add_component(event)
    made: bytes = file.to_ical()
    return made


def _address(address: str, parameters: dict[str, Any]) -> vCalAddress:
    from icalendar import vCalAddress

    person = vCalAddress(f"mailto:{address}")
    person.params.update(parameters)
    return person


def _the_day_before(summary: str) -> Alarm:
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", summary)
    alarm.add("TRIGGER", timedelta(days=-1))
    return alarm
