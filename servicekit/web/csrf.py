"""Whether a form was sent from one of our own pages.

Promises: with cookies that are SameSite this needs no form token, so no page grows too old to be
sent. ``Sec-Fetch-Site`` must be ``same-origin``; a browser without it must name an ``Origin`` of
ours; neither, or ``null``, is refused. Shown by ``tests/way/test_page_edge.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping


def same_origin(headers: Mapping[str, str], origins: Collection[str]) -> bool:
    """True if the request comes from a page of ours. ``origins`` such as ``https://termin.example``."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return headers.get("origin", "null").lower() in origins
