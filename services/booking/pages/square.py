"""The square on the ticket: the door code as an SVG that needs neither script nor style.

Promises: version 6, level M, with its quiet zone; it scales with its box and prints black on white.
Shown by ``tests/way/test_door_square.py``.
"""

from __future__ import annotations

from functools import lru_cache

import segno
from markupsafe import Markup

QUIET = 4
"""Light modules around it, as the standard wants."""


@lru_cache(maxsize=512)  # a ticket is opened again and again, and a drawing takes as long as ten pages
def square(code: str) -> Markup:
    """The drawing. Who cannot see it has the spoken code beside it, so it says nothing itself."""
    drawn = segno.make(code, error="m", boost_error=False, micro=False)
    return Markup(  # noqa: S704 - made here from digits and letters of our own
        drawn.svg_inline(border=QUIET, omitsize=True, svgclass="office-qr", lineclass=None, light="#fff")
    )
