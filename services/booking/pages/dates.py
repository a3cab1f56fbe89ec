"""A day as people type it. Pure; shown by ``tests/rules/booking/test_dates.py``."""

from __future__ import annotations

import re
from datetime import date, datetime

from services.booking.rules.calendar import local_date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar january jan",
            "februar february feb",
            "märz maerz march mar mär marts",
            "april apr",
            "mai may maj",
            "juni june jun",
            "juli july jul",
            "august aug",
            "september sep sept",
            "oktober october okt oct",
            "november nov",
            "dezember december dez dec",
        ),
        1,
    )
    for name in names.split()
}
_NUMBERS = re.compile(r"(\d{1,2})\s*[./-]\s*(\d{1,2})\s*[./-]?\s*(\d{4}|\d{2})?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_WORDS = re.compile(r"(\d{1,2})\.?\s+([a-zä]+)\.?\s*(\d{4}|\d{2})?")


def typed_date(typed: str, near: datetime) -> date | None:
    """``1.12.2026``, ``01.12.``, ``2026-12-01``, ``1. Dezember 2026``, ``Di, 1.12.``, ``den 1. december``;
    None if it is no day.

    A missing year is that of ``near``, whose local date the page shows.
    """
    text = " ".join(typed.casefold().split())
    text = re.sub(r"^[a-zäøæ]+\.?,? +(den )?", "", text)  # the weekday
    year = local_date(near).year
    if found := _ISO.fullmatch(text):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := _NUMBERS.fullmatch(text):
        return _date(_year(found[3], year), int(found[2]), int(found[1]))
    if (found := _WORDS.fullmatch(text)) and found[2] in _MONTHS:
        return _date(_year(found[3], year), _MONTHS[found[2]], int(found[1]))
    return None


def _year(typed: str | None, default: int) -> int:
    if not typed:
        return default
    return int(typed) + (2000 if len(typed) == 2 else 0)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
