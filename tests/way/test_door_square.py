"""The square on the ticket is the code that the door reads."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import zxingcpp

from servicekit.log import Stream
from servicekit.tokens import Purpose
from servicekit.web.codes import spoken_code
from services.booking.pages.square import square
from tests.way.booking_desk import Desk


def ticket(desk: Desk, booking_id: str) -> Any:
    return desk.client.get(f"/de/t/{desk.link(booking_id, purpose=Purpose.TICKET)}").text


def test_a_confirmed_ticket_shows_the_signed_code_with_a_text_beside_it(desk: Desk) -> None:
    booking = desk.confirmed()["booking_id"]
    page = ticket(desk, booking)
    spoken = spoken_code(desk.office.code_key, UUID(booking))
    assert re.search(rf'role="img" aria-label="[^"]*{spoken}', page)
    found = desk.office.log.state(Stream("booking", UUID(booking)))
    code = desk.office.door_codes.sign(found.booking_id, found.site, found.starts_at, found.sequence % 256)
    assert str(square(code)) in page
    read = desk.office.door_codes.verify(code)
    assert read is not None and str(read.booking_id) == booking


def test_the_square_has_49_modules_and_nothing_that_the_policy_forbids() -> None:
    drawn = str(square("BB:" + "A" * 132))
    assert 'viewBox="0 0 49 49"' in drawn
    assert "style=" not in drawn and "<script" not in drawn and len(drawn) < 8_000


def test_a_scanner_reads_off_the_drawing_what_was_put_into_it() -> None:
    code = "BB:" + "7K3$ %*+-./:" * 11
    light = [bytearray(b"\xff" * 49) for _ in range(49)]
    for x, y, length in re.findall(r"M(\d+) (\d+)\.5h(\d+)", str(square(code))):
        light[int(y)][int(x) : int(x) + int(length)] = bytes(int(length))
    (found,) = zxingcpp.read_barcodes(memoryview(b"".join(light)).cast("B", (49, 49)), is_pure=True)
    assert (found.text, found.ec_level) == (code, "M")


def test_a_cancelled_ticket_shows_none(desk: Desk) -> None:
    booking = desk.confirmed()["booking_id"]
    token = desk.link(booking, purpose=Purpose.TICKET)
    code = spoken_code(desk.office.code_key, UUID(booking))
    form = {"token": token, "typed": code, "idempotency_key": "key-000001"}
    desk.client.post(f"/de/t/{token}/absagen", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert "<svg" not in ticket(desk, booking)
