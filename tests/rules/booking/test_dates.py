"""The day of an appointment, as people type it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.booking.pages.dates import typed_date

NEAR = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed",
    [
        "1.12.2026",
        "01.12.2026",
        "1.12.",
        "1.12",
        "1. 12. 2026",
        "1/12/26",
        "2026-12-01",
        "1. Dezember 2026",
        "1 December",
        "Di, 1.12.2026",
        "Dienstag, 1. Dezember 2026",
        "Tue, 1 Dec 2026",
        "tirs. 1.12.2026",
        "tirsdag den 1. december 2026",
        "Dienstag, 1.12.2026",
        " di. 01.12.26 ",
    ],
)
def test_the_day_is_understood(typed: str) -> None:
    assert typed_date(typed, NEAR) == date(2026, 12, 1)


@pytest.mark.parametrize(
    "typed", ["", "morgen", "31.2.2026", "12", "1.13.", "0.0.0", "4K7M-9QTX-C", "1.12.2026x"]
)
def test_what_is_no_day_is_none(typed: str) -> None:
    assert typed_date(typed, NEAR) is None


@given(st.text(max_size=40))
def test_nothing_typed_breaks_it(typed: str) -> None:
    assert typed_date(typed, NEAR) is None or isinstance(typed_date(typed, NEAR), date)
