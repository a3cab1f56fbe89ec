"""The session cookie of staff: who is logged in, signed, for twelve hours.

Promises: the cookie names an opaque id, the role, the site and its end, nothing personal; every
changed character makes it void, and so does its end; whoever holds the key ring of LINK_KEYS_FILE
reads it, so one login counts in all services of a host (cookies do not know ports). A key added as
the ring's first line signs after the next start. Shown by ``tests/way/test_staff_login.py``.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from servicekit.staff import ROLES, Staff
from servicekit.tokens import parse_ring

COOKIE = "__Host-staff"
LASTS = timedelta(hours=12)

_SHAPE = re.compile(
    r"(?P<id>[a-z][a-z0-9_]{0,39})\.(?P<role>[a-z_]{1,40})\.(?P<site>[a-z][a-z0-9_]{0,39})"
    r"\.(?P<until>[0-9]{10})\.(?P<mac>[A-Za-z0-9_-]{43})"
)


class Sessions:
    """Signs and reads session cookies."""

    def __init__(self, secrets: Iterable[bytes]) -> None:
        self._keys = tuple(map(_derived, secrets))

    @classmethod
    def from_ring(cls, ring: Path) -> Sessions:
        """With the keys of LINK_KEYS_FILE, read once. Raises ``OSError`` or ``ValueError``."""
        return cls(parse_ring(ring.read_text("ascii")).values())

    def sign(self, who: Staff, at: datetime) -> str:
        """The cookie's value for a login at ``at``."""
        said = f"{who.id}.{who.role}.{who.site}.{int((at + LASTS).timestamp())}"
        return f"{said}.{_mac(self._keys[0], said)}"

    def read(self, value: str, at: datetime) -> Staff | None:
        """Who the cookie names; None if it is not ours, changed, or over."""
        found = _SHAPE.fullmatch(value)
        if found is None:
            return None
        said = value.rpartition(".")[0]
        genuine = [hmac.compare_digest(found["mac"], _mac(key, said)) for key in self._keys]
        if not any(genuine) or int(found["until"]) <= at.timestamp() or found["role"] not in ROLES:
            return None
        return Staff(found["id"], found["role"], found["site"])


def _derived(secret: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"buergerbuero staff session").derive(secret)


def _mac(key: bytes, said: str) -> str:
    return urlsafe_b64encode(hmac.digest(key, said.encode("ascii"), "sha256")).rstrip(b"=").decode("ascii")
