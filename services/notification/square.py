"""The square of the ticket as a picture inside a mail: what a scanner at the door reads.

Promises: version 6, level M, with its quiet zone, black on white also in a dark mail program; the same code
gives the same bytes; the picture travels with the mail (``cid:``), so nothing is loaded from anywhere.
Shown by ``tests/rules/notification/test_square.py``.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import zxingcpp

from servicekit.web.door_code import DoorCodes

SCALE = 4
"""Pixels of a module: with four light modules around it, as the standard wants, it is 196 pixels wide."""


@dataclass(frozen=True, slots=True)
class Square:
    """The picture, and the name under which the HTML shows it."""

    cid: str
    png: bytes


@dataclass(frozen=True, slots=True)
class Squares:
    """Makes the squares of one office; ``domain`` is that of its mails."""

    codes: DoorCodes
    domain: str

    def of(self, booking_id: UUID, site: str, starts_at: datetime, sequence: int) -> Square:
        """The same code as on the ticket page of a booking at its version ``sequence``."""
        code = self.codes.sign(booking_id, site, starts_at, sequence % 256)
        made = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
        # short, so that the header is not folded: some mail programs lose an id that is
        return Square(f"{booking_id.hex[:16]}.{sequence}@{self.domain}", _png(made.to_image()))


def _png(modules: zxingcpp.Image) -> bytes:
    """The PNG, one bit a pixel: a module is a digit of ``SCALE`` bits, its row stands there so often."""
    digits, width = bytes(modules).hex()[::2], modules.shape[1]  # type: ignore[call-overload]  # a buffer
    rows = [digits[at : at + width] for at in range(0, len(digits), width)]
    # each row begins with its filter (none) and ends with a whole byte
    lines = b"".join((b"\0" + bytes.fromhex(row + "0" * (width % 2))) * SCALE for row in rows)
    size = struct.pack(">IIBBBBB", width * SCALE, len(rows) * SCALE, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", size), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
