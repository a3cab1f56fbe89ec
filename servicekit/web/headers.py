"""The headers of every answer that does not set its own.

Promises: no script, no frame, no foreign host on citizens' pages, but for our own script where a page sets
``TASK_CSP``; ``STAFF_CSP`` adds our own scripts. Shown by ``tests/way/test_page_edge.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

PAGE_CSP = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
STAFF_CSP = PAGE_CSP + "; script-src 'self'; connect-src 'self'; media-src 'self'"
TASK_CSP = PAGE_CSP + "; script-src 'self'; worker-src 'self'"
"""For the one citizens' page that may give the device a task to solve."""
HEADERS: Mapping[bytes, bytes] = {
    b"cache-control": b"no-store",
    b"content-security-policy": PAGE_CSP.encode(),
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=()",
    b"referrer-policy": b"strict-origin",  # no-referrer would make browsers send Origin: null on forms
    b"strict-transport-security": b"max-age=31536000; includeSubDomains",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"x-robots-tag": b"noindex",
}
"""Set where a handler has not set its own."""
