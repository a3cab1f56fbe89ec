"""The calendar entry, read by a reader of RFC 5545 that shares nothing with the writer."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from buergerbuero_contracts.notification import Template
from servicekit.web.calendar_entry import TIMEZONE
from services.notification.facts import BookingFacts
from tests.rules.notification.office import APPOINTMENT, BOOKING, write

BERLIN = ZoneInfo("Europe/Berlin")
Lines = list[tuple[str, dict[str, str], str]]


def read(ics: bytes) -> Lines:
    """Content lines as name, parameters, value: unfolded, unescaped."""
    text = ics.decode("utf-8")
    assert "\r\n" in text and "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    lines: Lines = []
    for line in re.sub(r"\r\n[ \t]", "", text).strip().split("\r\n"):
        found = re.fullmatch(r'([A-Z-]+)((?:;[A-Z-]+=(?:"[^"]*"|[^;:"]*))*):(.*)', line)
        assert found, line
        parameters = dict(re.findall(r';([A-Z-]+)=("[^"]*"|[^;:"]*)', found[2]))
        value = re.sub(r"\\([\\;,nN])", lambda m: {"n": "\n", "N": "\n"}.get(m[1], m[1]), found[3])
        lines.append((found[1], parameters, value))
    return lines


def component(lines: Lines, name: str) -> dict[str, tuple[dict[str, str], str]]:
    """The properties of the only component of that name, without those of components inside."""
    (start,) = [i for i, line in enumerate(lines) if line[0] == "BEGIN" and line[2] == name]
    found: dict[str, tuple[dict[str, str], str]] = {}
    depth = 0
    for prop, parameters, value in lines[start + 1 :]:
        if prop == "END" and depth == 0:
            assert value == name
            break
        depth += (prop == "BEGIN") - (prop == "END")
        if depth == 0 and prop != "END":
            assert prop not in found, f"{prop} twice"
            found[prop] = (parameters, value)
    return found


def entry(folder: Path, template: Template, booking: BookingFacts = APPOINTMENT) -> Lines:
    ics = write(folder, template, booking).ics
    assert ics is not None
    return read(ics)


def local(prop: tuple[dict[str, str], str]) -> datetime:
    parameters, value = prop
    assert parameters["TZID"] == "Europe/Berlin"
    return datetime.strptime(value, "%Y%m%dT%H%M%S").replace(tzinfo=BERLIN)


def test_a_request_puts_the_appointment_into_the_calendar(tmp_path: Path) -> None:
    lines = entry(tmp_path, Template.CONFIRMED)
    head, event = component(lines, "VCALENDAR"), component(lines, "VEVENT")
    assert (head["VERSION"][1], head["METHOD"][1]) == ("2.0", "REQUEST")
    assert event["UID"][1] == f"{BOOKING}@flensburg.example"
    assert event["SEQUENCE"][1] == "1"
    assert local(event["DTSTART"]) == APPOINTMENT.starts_at
    assert local(event["DTEND"]) == APPOINTMENT.ends_at
    assert event["DTSTAMP"][1] == "20261124T132500Z"
    assert event["SUMMARY"][1] == (
        "Termin Bürgerbüro Flensburg: Reisepass beantragen, Wohnsitz anmelden (2 Personen)"
    )
    assert event["LOCATION"][1] == "Bürgerbüro Flensburg, Rathausplatz 1, 24937 Flensburg"
    assert event["STATUS"][1] == "CONFIRMED"
    parameters, attendee = event["ATTENDEE"]
    assert attendee == "mailto:erika@example.org"
    assert parameters == {"CN": '"Erika Mustermann"', "PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}
    assert event["ORGANIZER"][1] == "mailto:buergerbuero@flensburg.example"
    assert re.fullmatch(r"https://termin\.flensburg\.example/de/t/[\w-]{54}", event["URL"][1])
    assert component(lines, "VALARM")["TRIGGER"][1] == "-P1D"


def test_a_move_changes_the_one_entry(tmp_path: Path) -> None:
    later = replace(
        APPOINTMENT,
        starts_at=APPOINTMENT.starts_at + timedelta(days=2),
        ends_at=APPOINTMENT.starts_at,
        sequence=2,
    )
    first, second = (
        component(entry(tmp_path, Template.CONFIRMED), "VEVENT"),
        component(entry(tmp_path, Template.MOVED, later), "VEVENT"),
    )
    assert first["UID"] == second["UID"]
    assert int(first["SEQUENCE"][1]) < int(second["SEQUENCE"][1])
    assert local(second["DTSTART"]) == later.starts_at


@pytest.mark.parametrize("template", [Template.CANCELLED_BY_CITIZEN, Template.CANCELLED_BY_OFFICE])
def test_a_cancellation_removes_the_one_entry(tmp_path: Path, template: Template) -> None:
    ended = replace(APPOINTMENT, sequence=2, reason="office_fault")
    asked = component(entry(tmp_path, Template.CONFIRMED), "VEVENT")
    lines = entry(tmp_path, template, ended)
    gone = component(lines, "VEVENT")
    assert component(lines, "VCALENDAR")["METHOD"][1] == "CANCEL"
    for name in ("UID", "DTSTART", "SUMMARY", "LOCATION", "ORGANIZER", "ATTENDEE"):
        assert gone[name] == asked[name], name
    assert int(gone["SEQUENCE"][1]) > int(asked["SEQUENCE"][1])
    assert gone["STATUS"][1] == "CANCELLED"
    assert not [line for line in lines if line[2] == "VALARM"]


def test_the_unconfirmed_mail_has_no_entry(tmp_path: Path) -> None:
    assert write(tmp_path, Template.CONFIRM_REQUEST).ics is None


def test_the_time_zone_is_one_with_two_rules_that_agree_with_the_zone_itself(tmp_path: Path) -> None:
    lines = entry(tmp_path, Template.CONFIRMED)
    assert len([line for line in lines if line[:1] == ("BEGIN",) and line[2] == "VTIMEZONE"]) == 1
    for kind, month, wall, before, after in (
        ("DAYLIGHT", 3, "020000", 1, 2),
        ("STANDARD", 10, "030000", 2, 1),
    ):
        rule = component(lines, kind)
        assert sorted(rule["RRULE"][1].split(";")) == sorted(
            ["FREQ=YEARLY", f"BYMONTH={month}", "BYDAY=-1SU"]
        )
        assert rule["DTSTART"][1].endswith(f"T{wall}")
        assert (rule["TZOFFSETFROM"][1], rule["TZOFFSETTO"][1]) == (f"+0{before}00", f"+0{after}00")
        for year in (2026, 2027, 2037):
            days = [datetime(year, month, day, tzinfo=BERLIN) for day in range(25, 32)]
            (sunday,) = [day for day in days if day.weekday() == 6]
            change = datetime(year, month, sunday.day, int(wall[:2]) - before, tzinfo=UTC)
            offsets = [(change + timedelta(seconds=s)).astimezone(BERLIN).utcoffset() for s in (-1, 1)]
            assert offsets == [timedelta(hours=before), timedelta(hours=after)]
    assert len(TIMEZONE) < 400
