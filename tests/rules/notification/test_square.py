"""The square in a mail is the one of the ticket, and travels with the mail."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from uuid import UUID

import pytest
import zxingcpp
from PIL import Image

from buergerbuero_contracts.notification import Template
from servicekit.web.codes import spoken_code
from services.notification.mail import envelope, message_id
from services.notification.square import Squares
from services.notification.writer import AT_THE_DOOR
from tests.rules.notification.office import APPOINTMENT, ASKED, CODES, DOOR, SENDER, write

EVENT = UUID("018f6a3c-0000-7000-8000-000000000001")


def test_the_square_holds_the_signed_code_of_the_booking_as_the_ticket_page_shows_it() -> None:
    made = Squares(DOOR, SENDER.domain).of(APPOINTMENT.booking_id, "flensburg", APPOINTMENT.starts_at, 258)
    assert made == Squares(DOOR, SENDER.domain).of(
        APPOINTMENT.booking_id, "flensburg", APPOINTMENT.starts_at, 258
    )
    code = DOOR.sign(APPOINTMENT.booking_id, "flensburg", APPOINTMENT.starts_at, 2)
    read = DOOR.verify(code)
    assert read is not None and (read.booking_id, read.nonce) == (APPOINTMENT.booking_id, 2)
    assert read_back(made.png) == code, "the number of the version in a byte, so 258 is 2"
    assert struct.unpack(">II", made.png[16:24]) == (196, 196), "version 6 with four light modules around"
    assert len(made.png) < 2000


def read_back(png: bytes) -> str:
    """What a scanner reads off the picture as a mail program draws it."""
    with Image.open(io.BytesIO(png)) as picture:
        (found,) = zxingcpp.read_barcodes(picture.convert("L"))
    assert (found.format, found.ec_level) == (zxingcpp.BarcodeFormat.QRCode, "M")
    return found.text


@pytest.mark.parametrize("template", sorted(AT_THE_DOOR))
@pytest.mark.parametrize("language", ["de", "en"])
def test_what_is_shown_at_the_door_has_square_and_code(
    tmp_path: Path, template: Template, language: str
) -> None:
    mail = write(tmp_path, template, language=language)
    assert mail.square is not None
    assert mail.html.count(f'<img src="cid:{mail.square.cid}"') == 1
    code = spoken_code(CODES, APPOINTMENT.booking_id)
    assert code in mail.text and mail.html.count(code) == 2, "once in words, once for who does not see it"


@pytest.mark.parametrize(
    "template", [Template.CONFIRM_REQUEST, Template.CANCELLED_BY_CITIZEN, Template.CANCELLED_BY_OFFICE]
)
def test_what_lets_nobody_in_has_none(tmp_path: Path, template: Template) -> None:
    mail = write(tmp_path, template, replace(APPOINTMENT, reason="office_fault"))
    assert mail.square is None
    assert "<img" not in mail.html


def test_the_picture_is_a_part_of_the_mail_that_its_html_shows(tmp_path: Path) -> None:
    made = write(tmp_path, Template.CONFIRMED)
    mid = message_id(EVENT, Template.CONFIRMED, 1, SENDER.domain)
    sent = envelope(made, SENDER, "erika@example.org", mid, EVENT, ASKED)
    mail = message_from_bytes(sent.content, policy=policy.default)
    (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert made.square is not None
    assert picture["Content-ID"] == f"<{made.square.cid}>"
    assert picture.get_content_disposition() == "inline"
    assert picture.get_content() == made.square.png
    assert "http://" not in made.html and 'src="https' not in made.html, "nothing is loaded from elsewhere"
