"""The square on the ticket: the door code as an SVG that needs neither script nor style.

Promises: version 6, level M, with its quiet zone; it scales with its box and prints black on white.
Shown by ``tests/way/test_door_square.py``.
"""

from __future__ import annotations

import re
from functools import lru_cache

import zxingcpp
from markupsafe import Markup

DARK = re.compile(b"\0+")


@lru_cache(maxsize=512)  # a ticket is opened again and again, and a drawing takes a millisecond
def square(code: str) -> Markup:
    """The drawing. Who cannot see it has the spoken code beside it, so it says nothing itself."""
    made = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = made.to_image()
    pixels, size = bytes(image), image.shape[1]  # type: ignore[call-overload]  # a buffer
    path = "".join(
        f"M{run.start()} {y}.5h{run.end() - run.start()}"
        for y in range(size)
        for run in DARK.finditer(pixels[y * size : (y + 1) * size])
    )
    return Markup(  # noqa: S704 - made here from numbers of our own
        f'<svg viewBox="0 0 {size} {size}" class="office-qr">'
        f'<path fill="#fff" d="M0 0h{size}v{size}h-{size}z"/><path stroke="#000" d="{path}"/></svg>'
    )
