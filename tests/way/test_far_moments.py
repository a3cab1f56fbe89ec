"""Moments that no calendar has in the office's time are bad input like any other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.way.citizen import API, body_of, key

FAR = ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59"]


@pytest.mark.parametrize("at", FAR)
def test_nobody_can_book_there(desk: Any, at: str) -> None:
    headers = {**key(), "Content-Type": "application/json"}
    answer = desk.client.post(f"{API}/bookings", content=body_of(at), headers=headers)
    assert 400 <= answer.status_code < 500, answer.text


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_nothing_is_free_there(desk: Any, day: str) -> None:
    site, asked = f"{API}/sites/flensburg/free-slots", "service=id_card_apply"
    for path in (f"{site}/{day}?{asked}", f"{site}?{asked}&from={day}&days=28", f"/de/zeit?{asked}&ab={day}"):
        answer = desk.client.get(path)
        assert answer.status_code < 500, (path, answer.text)
