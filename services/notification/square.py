"""The square of the ticket as a picture inside a mail: what a scanner at the door reads.

Promises: version 6, level M, with its quiet zone, black on white also in a dark mail program; the same code
gives the same bytes; the picture travels with the mail (``cid:``), so nothing is loaded from anywhere.
Shown by ``tests/rules/notification/test_square.py``.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import segno

from servicekit.web.door_code import DoorCodes

QUIET, SCALE = 4, 4
"""Light modules around it; pixels of a module, so that it is 196 pixels wide."""


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
        drawn = io.BytesIO()
        made = segno.make(code, error="m", boost_error=False, micro=False)
        made.save(drawn, kind="png", border=QUIET, scale=SCALE, light="white")
        # short, so that the header is not folded: some mail programs lose an id that is
        return Square(f"{booking_id.hex[:16]}.{sequence}@{self.domain}", drawn.getvalue())
