"""Addresses that only buttons send to: who opens one gets the page with the button.

A page that answers a button stands at such an address, so loading it again, a kept tab or a copied address
asks for it without the form.

Promises: nothing changes; the page's own rules say what is shown. Shown by ``tests/way/test_buttons.py``.
"""

from __future__ import annotations

from typing import Any

from litestar import Response, get

from servicekit.web.requests import AnyRequest
from services.booking.api.bookings import OWN
from services.booking.pages.citizen import to

PATHS = (
    "/{l:str}/kontakt/verlaengern",
    "/{l:str}/postfach-pruefen/noch-einmal",
    "/{l:str}/postfach-pruefen/adresse",
    "/{l:str}/t/{token:str}/bestaetigen",
    "/{l:str}/t/{token:str}/rueckgaengig",
    "/{l:str}/frueher/{token:str}/bestaetigen",
    "/{l:str}/frueher/{token:str}/annehmen",
    "/{l:str}/frueher/{token:str}/ablehnen",
)


@get(list(PATHS), opt=OWN, include_in_schema=False)
async def lead(request: AnyRequest) -> Response[bytes]:
    """303 to the page."""
    return to(request.scope["path"].rstrip("/").rpartition("/")[0])


ROUTES: tuple[Any, ...] = (lead,)
