"""What every event has in common."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from pydantic import ValidationError

from buergerbuero_contracts.booking import (
    AdmissionRefusal,
    AdmissionRefused,
    BookingCancelled,
    ClosureDeclared,
    ClosureReason,
    ClosureScope,
    CounterOpened,
    WeekNoteWritten,
)
from buergerbuero_contracts.documents import ItemChannel, ItemReceived
from buergerbuero_contracts.envelope import utc

NINE = datetime(2026, 12, 1, 9, tzinfo=timezone(timedelta(hours=1)))


def opened(at: datetime = NINE) -> CounterOpened:
    return CounterOpened(site="flensburg", counter="counter_1", at=at)


def test_an_event_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        opened().counter = "counter_2"


def test_unknown_fields_are_ignored_on_reading() -> None:
    later = {"site": "flensburg", "counter": "counter_1", "at": "2026-12-01T08:00:00Z", "light": "green"}
    assert CounterOpened.model_validate_json(json.dumps(later)) == opened()


def test_instants_are_utc_with_z_on_the_wire() -> None:
    assert json.loads(opened().to_json())["at"] == "2026-12-01T08:00:00Z"
    assert utc(NINE) == "2026-12-01T08:00:00Z"


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        opened(NINE.replace(tzinfo=None))


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
def test_an_instant_that_no_calendar_has_in_utc_is_refused(at: str) -> None:
    with pytest.raises(ValidationError, match="beyond the calendar"):
        opened(datetime.fromisoformat(at))


def test_what_is_absent_is_left_out_and_never_null() -> None:
    refused = AdmissionRefused(site="flensburg", door="main", reason=AdmissionRefusal.UNKNOWN_CODE, at=NINE)
    assert "booking_id" not in json.loads(refused.to_json())


def test_the_key_is_the_first_id_that_is_present() -> None:
    booking_id = uuid4()
    unknown = AdmissionRefused(site="flensburg", door="main", reason=AdmissionRefusal.UNKNOWN_CODE, at=NINE)
    known = unknown.model_copy(update={"booking_id": booking_id})
    assert (unknown.partition_key(), known.partition_key()) == ("flensburg", str(booking_id))


def test_names_that_python_needs_are_plain_on_the_wire() -> None:
    closed = ClosureDeclared(
        closure_id=uuid4(),
        site="flensburg",
        scope=ClosureScope.SITE,
        from_=NINE,
        until=NINE + timedelta(hours=2),
        reason=ClosureReason.TRAINING,
        bookings_hit=0,
    )
    item = ItemReceived(
        item_id=uuid4(), service_="registration", channel=ItemChannel.EMAIL, received_on=NINE.date()
    )
    assert json.loads(closed.to_json())["from"] == "2026-12-01T08:00:00Z"
    assert json.loads(item.to_json())["service"] == "registration"
    assert type(item).service == "documents"


def test_a_person_without_revision_is_refused() -> None:
    told = {"booking_id": str(uuid4()), "kind": "appointment", "by": "citizen", "reason": "citizen_wish"}
    whole = {**told, "was_confirmed": False, "document_ids": [], "sequence": 1, "person_id": str(uuid4())}
    with pytest.raises(ValidationError, match="person_revision"):
        BookingCancelled.model_validate_json(json.dumps(whole))
    assert (
        BookingCancelled.model_validate_json(json.dumps({**whole, "person_revision": 2})).person_revision == 2
    )


@pytest.mark.parametrize(
    "code", ["", "Flensburg", "1st", "a b", "bürgerbüro", "a" * 41, "flensburg\n", "eva@example"]
)
def test_a_code_is_lower_case_and_short(code: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        CounterOpened(site=code, counter="counter_1", at=NINE)


@pytest.mark.parametrize(
    "text", ["Rückfragen an eva@amt.example", "Tel. 04611 23456", "x" * 401, "Fall ١٢٣٤٥"]
)
def test_the_note_of_the_week_takes_no_address_no_number_and_no_novel(text: str) -> None:
    with pytest.raises(ValidationError):
        WeekNoteWritten(site="flensburg", iso_week="2026-W53", text=text)


def test_the_note_of_the_week_takes_sentences() -> None:
    note = WeekNoteWritten(site="flensburg", iso_week="2026-W53", text="1234 Anrufe, 5678 mehr als 2025.")
    assert note.text.endswith("2025.")


@pytest.mark.parametrize("week", ["2026-W00", "2026-W54", "2026-49", "26-W49"])
def test_a_week_is_an_iso_week(week: str) -> None:
    with pytest.raises(ValidationError):
        WeekNoteWritten(site="flensburg", iso_week=week, text="ruhig")


def test_instants_are_compared_in_utc() -> None:
    assert opened().at == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert opened().at.tzinfo is UTC
