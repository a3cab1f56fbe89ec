"""A calendar program and our entries (F29, F36): one per booking, moved by a move, removed by a cancellation.

The reader is vobject, which shares no code with the library that writes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import vobject

from buergerbuero_contracts.notification import Template
from services.notification.facts import BookingFacts
from tests.rules.notification.office import APPOINTMENT, BOOKING, STARTS, write

SHOWN = ("uid", "dtstart", "dtend", "summary", "location")


@dataclass
class Calendar:
    """What a person's calendar shows, by the rules of RFC 5546."""

    entries: dict[str, Any] = field(default_factory=dict)

    def take(self, ics: bytes | None) -> Any:
        """Act on a file that came by mail; what it held."""
        assert ics is not None
        file = vobject.readOne(ics.decode("utf-8"))
        event, method = file.vevent, file.method.value
        known = self.entries.get(event.uid.value)
        if known is not None and int(known.sequence.value) > int(event.sequence.value):
            return event  # older than what is there: nothing happens
        if method == "REQUEST":
            self.entries[event.uid.value] = event
        elif method == "CANCEL":
            self.entries.pop(event.uid.value, None)
        return event

    @property
    def only(self) -> Any:
        """The one entry there is."""
        (entry,) = self.entries.values()
        return entry


MOVED = replace(
    APPOINTMENT, starts_at=STARTS + timedelta(days=2), ends_at=STARTS + timedelta(days=2, hours=1), sequence=2
)
CANCELLED = replace(MOVED, sequence=3, reason="office_fault")


def entry(folder: Path, template: Template, facts: BookingFacts = APPOINTMENT, **more: Any) -> bytes | None:
    return write(folder, template, facts, **more).ics


def test_f29_moving_changes_the_one_entry_and_cancelling_removes_it(tmp_path: Path) -> None:
    calendar = Calendar()
    calendar.take(entry(tmp_path, Template.CONFIRMED))
    assert calendar.only.dtstart.value == STARTS
    calendar.take(entry(tmp_path, Template.MOVED, MOVED))
    shown = calendar.only
    assert (shown.dtstart.value, shown.dtend.value) == (MOVED.starts_at, MOVED.ends_at)
    assert shown.uid.value == f"{BOOKING}@flensburg.example"
    removed = calendar.take(entry(tmp_path, Template.CANCELLED_BY_OFFICE, CANCELLED))
    assert calendar.entries == {}
    assert removed.status.value == "CANCELLED"
    for name in SHOWN:
        assert getattr(removed, name).value == getattr(shown, name).value, f"the cancellation repeats {name}"


def test_an_undone_cancellation_brings_the_entry_back(tmp_path: Path) -> None:
    calendar = Calendar()
    calendar.take(entry(tmp_path, Template.CONFIRMED))
    calendar.take(entry(tmp_path, Template.CANCELLED_BY_CITIZEN, replace(APPOINTMENT, sequence=2)))
    calendar.take(entry(tmp_path, Template.MOVED, replace(APPOINTMENT, sequence=3, restored=True)))
    assert calendar.only.dtstart.value == STARTS


def test_a_mail_that_was_overtaken_changes_nothing(tmp_path: Path) -> None:
    calendar = Calendar()
    calendar.take(entry(tmp_path, Template.MOVED, MOVED))
    calendar.take(entry(tmp_path, Template.CONFIRMED))
    assert calendar.only.dtstart.value == MOVED.starts_at


@pytest.mark.parametrize(
    "start", ["2026-12-01T08:00", "2027-07-01T07:00", "2027-03-29T07:00", "2026-10-26T08:00"]
)
def test_the_hour_is_that_of_the_office_in_summer_winter_and_after_each_change(
    tmp_path: Path, start: str
) -> None:
    starts = datetime.fromisoformat(start).replace(tzinfo=UTC)
    ics = entry(tmp_path, Template.CONFIRMED, replace(APPOINTMENT, starts_at=starts, ends_at=starts))
    read = Calendar().take(ics).dtstart
    assert read.value == starts
    assert (read.value.hour, read.value.minute) == (9, 0), "the zone's rules in the file itself say so"


def test_a_reminder_comes_the_day_before_and_the_entry_blocks_the_time(tmp_path: Path) -> None:
    read = Calendar().take(entry(tmp_path, Template.PICKUP_BOOKED, replace(APPOINTMENT, pickup=True)))
    assert read.valarm.trigger.value == timedelta(days=-1)
    assert (read.transp.value, read.status.value) == ("OPAQUE", "CONFIRMED")
    assert read.organizer.value == "mailto:buergerbuero@flensburg.example"


@pytest.mark.parametrize(
    "name",
    [
        *("O", "Cher", "O'Brien", "D’Angelo", "Żółć", "Đặng", "Łukasiewicz", "Sørensen", "St. John"),
        *("محمد علي", "Müller-Lüdenscheidt-von der Hohenstraße zu Berg", "Ngọc-Ánh " * 5 + "Nguyễn"),
    ],
)
def test_f36_a_name_arrives_in_mail_and_entry_as_it_is(tmp_path: Path, name: str) -> None:
    mail = write(tmp_path, Template.CONFIRMED, name=name)
    read = Calendar().take(mail.ics)
    assert read.attendee.params["CN"] == [name]
    assert read.attendee.value == "mailto:erika@example.org"
    assert name in mail.text and name in mail.html


def test_f36_a_name_in_decomposed_letters_is_written_composed(tmp_path: Path) -> None:
    mail = write(tmp_path, Template.CONFIRMED, name="Nguye\u0302\u0303n")
    assert "Nguyễn" in mail.text
    assert Calendar().take(mail.ics).attendee.params["CN"] == ["Nguyễn"]


@pytest.mark.parametrize("name", ["<b>Eva</b>", 'Eva"; X-EVIL=1', "Eva\r\nMETHOD:CANCEL", "w" * 101, None])
def test_f36_what_is_no_name_is_in_neither(tmp_path: Path, name: str | None) -> None:
    mail = write(tmp_path, Template.CONFIRMED, name=name)
    read = Calendar().take(mail.ics)
    assert "CN" not in read.attendee.params
    assert mail.text.startswith("Guten Tag, Ihr Termin ist bestätigt.")
