"""The code at the door: small, genuine or nothing, and readable whatever the scanner's layout (F06)."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from servicekit.web.codes import read_code
from servicekit.web.door_code import LENGTH, DoorCodes, Misread, base45, from_base45
from servicekit.web.scanner import as_meant, typed_by_us_scanner

START = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"a key for tests only, 32 bytes..")
CODES = DoorCodes(KEY)
TYPES = str.maketrans("YZ-/:*", "ZYß-Ö(")
"""What a US scanner makes of Base45 on a German computer, but for the plus."""


def signed(booking: UUID | None = None) -> str:
    return CODES.sign(booking or uuid4(), "flensburg", START, nonce=3)


def with_plus(wanted: bool) -> str:
    """A code with, or without, a plus in it."""
    return next(code for _ in itertools.count() if ("+" in (code := signed())) is wanted)


@given(st.uuids(), st.integers(0, 255))
def test_a_code_says_booking_start_and_nonce_and_fits_its_square(booking: UUID, nonce: int) -> None:
    code = CODES.sign(booking, "flensburg", START, nonce)
    assert len(code) == LENGTH == 135
    found = CODES.verify(f"  {code}\t")
    assert found is not None
    assert (found.booking_id, found.starts_at, found.nonce) == (booking, START, nonce)
    assert not found.wrong_layout


def test_each_changed_character_is_refused() -> None:
    code = signed()
    for place, letter in enumerate(code):
        other = "7" if letter != "7" else "8"
        assert CODES.verify(code[:place] + other + code[place + 1 :]) is None, place


def test_another_offices_code_is_none_of_ours() -> None:
    assert DoorCodes(Ed25519PrivateKey.generate()).verify(signed()) is None


@given(st.text(max_size=200))
def test_no_text_breaks_it(typed: str) -> None:
    try:
        assert CODES.verify(typed) is None
    except Misread:
        assert typed.strip().upper().startswith("BB") and not typed.strip()[2:3].isspace()


@given(st.binary(max_size=100))
def test_base45_gives_back_what_it_was_given(data: bytes) -> None:
    assert from_base45(base45(data)) == data


def test_base45_is_that_of_the_standard() -> None:
    assert base45(b"Hello!!") == "%69 VD92EX0" and base45(b"base-45") == "UJCLQE7W581"
    assert from_base45("FGW") == b"\xff\xff" and from_base45("GGW") is None and from_base45("A") is None


@given(st.uuids())
def test_a_scanner_with_the_us_layout_is_undone(booking: UUID) -> None:
    """F06: all but a lost plus."""
    code = CODES.sign(booking, "flensburg", START)
    found = CODES.verify(code.translate(TYPES).replace("+", "`"))
    assert found is not None and found.booking_id == booking and found.wrong_layout


def test_a_plus_that_became_an_accent_is_undone() -> None:
    """F06: the dead key and the next letter are one character, as a German computer writes it."""
    code = next(code for _ in itertools.count() if "+E" in (code := signed()))
    typed = code.translate(TYPES).replace("+E", "È").replace("+", "`")
    assert CODES.verify(typed) is not None and typed_by_us_scanner(typed)


def test_a_lost_plus_is_named_and_not_called_unknown() -> None:
    """F06: what cannot be undone is the scanner's fault, not the person's."""
    with pytest.raises(Misread):
        CODES.verify(with_plus(True).translate(TYPES).replace("+", ""))


@pytest.mark.parametrize(
    "layout",
    [
        str.maketrans("YZ-/:*+", "ZY/&>}]"),  # a German scanner at an American computer
        str.maketrans("AQWZM-/:*", "QAZW,)!.8"),  # an American one at a French computer
        str.maketrans("-/:*+", "+-Æ(`"),  # at a Danish one
    ],
)
def test_another_wrong_layout_is_named_too(layout: dict[int, int]) -> None:
    """F06: which one it is, nobody has to find out at the door."""
    with pytest.raises(Misread):
        CODES.verify(signed().translate(layout))


def test_half_a_code_was_misread_but_a_forged_one_is_refused() -> None:
    with pytest.raises(Misread):
        CODES.verify(signed()[:60])
    assert CODES.verify(signed()[:-1] + "?") is None


def test_a_spoken_code_with_y_and_z_is_undone_too() -> None:
    """F06: whichever reading has the right check character."""
    typed = "4K7M-9YZX-"
    code = next(full for letter in "0123456789ABCDEFGHJKMNPQRSTVWXYZ" if (full := read_code(typed + letter)))
    mistyped = code.translate(TYPES)
    assert "ß" in mistyped and read_code(mistyped) is None
    assert read_code(as_meant(mistyped)) == code


def test_text_of_people_is_no_scanners() -> None:
    for typed in ("4K7M-9QTX-C", "4k7m 9qtx c", "BB:", "Yvonne Zander"):
        assert not typed_by_us_scanner(typed)


def test_a_door_with_public_keys_alone_verifies_and_cannot_sign(tmp_path: Path) -> None:
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    file = tmp_path / "door.pem"
    file.write_text(public)
    door = DoorCodes.read(file)
    assert door.verify(signed()) is not None
    with pytest.raises(LookupError):
        door.sign(uuid4(), "flensburg", START)


def test_after_a_new_key_tickets_of_the_old_one_still_count(tmp_path: Path) -> None:
    new = Ed25519PrivateKey.generate()
    file = tmp_path / "door.pem"
    file.write_text(
        new.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        + KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    )
    codes = DoorCodes.read(file)
    assert codes.verify(signed()) is not None
    assert DoorCodes(new).verify(codes.sign(uuid4(), "flensburg", START)) is not None
    for text in ("", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"):
        file.write_text(text)
        with pytest.raises(ValueError):
            DoorCodes.read(file)
