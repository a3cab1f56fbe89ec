"""Link tokens: what a mailed link carries, and the only proof of the booking, wish or pick-up it opens.

A token is URL-safe Base64 without padding (54 characters) of: version (1 byte), key id (1), purpose (1),
attempt (1), id (16), limit in Unix seconds (4), HMAC-SHA-256 cut to 16 bytes. Each purpose has a key of
its own, derived from the key ring's secret.

Promises: a token of one purpose never passes as another; every changed character is refused, and so is a
second spelling of the same bytes; comparing takes the same time for right and wrong; a new first line in
the key ring signs from the next call on, older lines still verify. The token outlives the deadline that a
mail names: the state of the thing answers, ``until`` is only the token's own end.
Shown by ``tests/rules/test_tokens.py``.
"""

from __future__ import annotations

import hmac
import re
import secrets
import struct
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = 1
LENGTH = 54
"""Characters of a token."""
_HEAD = struct.Struct(">BBBB16sI")
_MAC = 16
_SHAPE = re.compile(r"[A-Za-z0-9_-]{54}")
_SECRET = 32


class Purpose(IntEnum):
    """What a link may be used for; the number stands in the token and never changes."""

    HOLD = 1
    CONFIRM = 2
    TICKET = 3
    CHANGE = 4
    WISH = 5
    PICKUP = 6
    GRANT = 7


@dataclass(frozen=True, slots=True)
class Link:
    """What a genuine token says: the thing's id, the mail's attempt, and the token's end (UTC)."""

    id: UUID
    attempt: int
    until: datetime


class Tokens:
    """Signs and verifies with the key ring of ``LINK_KEYS_FILE``.

    The file has one key a line, ``<key id 0-255> <secret in Base64, at least 32 bytes>``, the current one
    first; ``#`` begins a comment. It is read again whenever it changes. Raises ``ValueError`` for a
    malformed file, ``OSError`` for a missing one, both without the contents.
    """

    def __init__(self, ring: Path) -> None:
        self._ring = ring
        self._seen: tuple[int, int] | None = None
        self._keys: dict[int, bytes] = {}
        self._load()

    def sign(self, purpose: Purpose, subject: UUID, until: datetime, attempt: int = 0) -> str:
        """The token for ``subject``, good until ``until`` (aware); ``attempt`` 0-255 numbers the mails."""
        self._load()
        key_id, secret = next(iter(self._keys.items()))
        head = _HEAD.pack(VERSION, key_id, purpose, attempt, subject.bytes, int(until.timestamp()))
        return urlsafe_b64encode(head + _mac(secret, purpose, head)).rstrip(b"=").decode("ascii")

    def verify(self, token: str, purpose: Purpose, at: datetime | None = None) -> Link | None:
        """The link behind a genuine token of this purpose, else None; with ``at`` also None past its end."""
        self._load()
        if not _SHAPE.fullmatch(token):
            return None
        raw = urlsafe_b64decode(token + "==")
        head, mac = raw[:-_MAC], raw[-_MAC:]
        version, key_id, named, attempt, subject, limit = _HEAD.unpack(head)
        secret = self._keys.get(key_id, b"\0" * _SECRET)
        genuine = hmac.compare_digest(mac, _mac(secret, purpose, head))
        canonical = urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") == token
        if not (genuine and canonical and version == VERSION and named == purpose and key_id in self._keys):
            return None
        until = datetime.fromtimestamp(limit, UTC)
        if at is not None and at > until:
            return None
        return Link(UUID(bytes=subject), attempt, until)

    def _load(self) -> None:
        stat = self._ring.stat()
        if (stat.st_mtime_ns, stat.st_ino) != self._seen:
            self._keys = parse_ring(self._ring.read_text("ascii"))
            self._seen = (stat.st_mtime_ns, stat.st_ino)


def parse_ring(text: str) -> dict[int, bytes]:
    """The keys of a ring by id, in the order of the file. Raises ``ValueError`` naming the line only."""
    keys: dict[int, bytes] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        try:
            key_id, secret = words
            keys.setdefault(bytes([int(key_id)])[0], b64decode(secret, validate=True))
        except ValueError:
            raise ValueError(f"key ring, line {number}: not '<key id> <Base64>'") from None
    if not keys or min(map(len, keys.values())) < _SECRET:
        raise ValueError(f"key ring: needs a key, and each of {_SECRET} bytes or more")
    return keys


def new_key(key_id: int) -> str:
    """A fresh line for a key ring."""
    return f"{key_id} {b64encode(secrets.token_bytes(_SECRET)).decode('ascii')}\n"


@lru_cache(maxsize=64)
def _derived(secret: bytes, purpose: Purpose) -> bytes:
    info = f"buergerbuero link {purpose.name.lower()}".encode("ascii")
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)


def _mac(secret: bytes, purpose: Purpose, head: bytes) -> bytes:
    return hmac.digest(_derived(secret, purpose), head, "sha256")[:_MAC]
