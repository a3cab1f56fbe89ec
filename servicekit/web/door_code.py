"""The code at the door: what the square on a ticket says, signed with Ed25519.

The square holds ``BB:`` and 88 bytes in Base45: version (1 byte), key id (1), site (1), start in Unix
seconds (4), booking id (16), nonce (1), signature (64). No name. It says which booking somebody holds;
whether that booking is let in, the booking's state decides, never the start in an old ticket.

Promises: without the private key nobody makes one; whoever holds the public keys can check one without
the network; each changed character is refused; text typed by a scanner with the wrong keyboard layout
is read all the same, or known as that, whichever layout it is. Shown by ``tests/rules/test_door_code.py``.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from .scanner import as_meant, typed_by_us_scanner

PREFIX = "BB:"
VERSION = 1
_HEAD = struct.Struct(">BBBI16sB")
_SIGNATURE = 64
LENGTH = len(PREFIX) + (_HEAD.size + _SIGNATURE) // 2 * 3
"""Characters of a code: 135, which a square of version 6, level M takes."""
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUE = {letter: value for value, letter in enumerate(_DIGITS)}
_BEGINS = re.compile(r"BB[^0-9A-Z\s]", re.IGNORECASE)
"""As a code does, whatever the keyboard makes of the colon: the letter B is in its place on all of them."""
_PEM = re.compile(r"-----BEGIN (PRIVATE|PUBLIC) KEY-----.+?-----END \1 KEY-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class DoorCode:
    """What a genuine code says. ``starts_at`` (UTC) is the start when it was printed."""

    booking_id: UUID
    starts_at: datetime
    nonce: int
    wrong_layout: bool = False
    """True if the scanner's keyboard layout had to be undone."""


class Misread(Exception):
    """Meant as a door code, but typed by a scanner with the wrong layout, or only in part."""


class DoorCodes:
    """Signs with the one private key, verifies with each of the public ones."""

    def __init__(self, private: Ed25519PrivateKey | None, public: Iterable[Ed25519PublicKey] = ()) -> None:
        keys = [*([private.public_key()] if private else []), *public]
        self._private, self._public = private, {_key_id(key): key for key in keys}
        if len(self._public) < len(keys):
            raise ValueError("two keys have the same id: make another")

    @classmethod
    def read(cls, file: Path) -> DoorCodes:
        """From DOOR_KEY_FILE: PEM blocks, the private key that signs and public keys of older tickets.

        A door needs public keys only. Raises ``OSError``, or ``ValueError`` without the contents.
        """
        private: list[Ed25519PrivateKey] = []
        public: list[Ed25519PublicKey] = []
        for block in _PEM.finditer(file.read_text("ascii")):
            pem = block.group().encode("ascii")
            key = load_pem_private_key(pem, None) if block.group(1) == "PRIVATE" else load_pem_public_key(pem)
            if isinstance(key, Ed25519PrivateKey):
                private.append(key)
            elif isinstance(key, Ed25519PublicKey):
                public.append(key)
            else:
                raise ValueError("a key that is not Ed25519")
        if len(private) > 1 or not (private or public):
            raise ValueError("one private key, or public ones")
        return cls(private[0] if private else None, public)

    def sign(self, booking_id: UUID, site: str, starts_at: datetime, nonce: int = 0) -> str:
        """The code for a ticket. ``nonce`` 0-255 tells two tickets of a booking apart."""
        if self._private is None:
            raise LookupError("a door signs nothing")
        key_id = _key_id(self._private.public_key())
        start = int(starts_at.timestamp())
        head = _HEAD.pack(VERSION, key_id, _mark(site), start, booking_id.bytes, nonce)
        return PREFIX + base45(head + self._private.sign(head))

    def verify(self, typed: str) -> DoorCode | None:
        """What a code says; None for text that is no code, or one that we did not sign.

        Raises ``Misread`` where the text was meant as a code and the scanner spoilt it.
        """
        text = typed.strip()
        meant = as_meant(text).upper()
        if found := self._genuine(text.upper()):
            return found
        if found := self._genuine(meant):
            return DoorCode(found.booking_id, found.starts_at, found.nonce, wrong_layout=True)
        if not _BEGINS.match(text):
            return None
        if not text.upper().startswith(PREFIX) or typed_by_us_scanner(text) or len(text) != LENGTH:
            raise Misread
        return None

    def _genuine(self, text: str) -> DoorCode | None:
        raw = from_base45(text.removeprefix(PREFIX)) if len(text) == LENGTH else None
        if raw is None or not text.startswith(PREFIX):
            return None
        head, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
        version, key_id, _site, start, booking, nonce = _HEAD.unpack(head)
        key = self._public.get(key_id)
        if key is None or version != VERSION:
            return None
        try:
            key.verify(signature, head)
        except InvalidSignature:
            return None
        return DoorCode(UUID(bytes=booking), datetime.fromtimestamp(start, UTC), nonce)


def base45(data: bytes) -> str:
    """RFC 9285: two bytes as three of 45 characters, which a square packs into 5.5 bits each."""
    return "".join(_triple(data[place : place + 2]) for place in range(0, len(data), 2))


def from_base45(text: str) -> bytes | None:
    """The bytes, or None for what no bytes are written as."""
    groups = [text[place : place + 3] for place in range(0, len(text), 3)]
    parts: Sequence[bytes | None] = [_bytes(group) for group in groups]
    known = [part for part in parts if part is not None]
    return b"".join(known) if len(known) == len(parts) else None


def _triple(pair: bytes) -> str:
    value, letters = int.from_bytes(pair, "big"), ""
    for _ in range(len(pair) + 1):
        value, digit = divmod(value, 45)
        letters += _DIGITS[digit]
    return letters


def _bytes(group: str) -> bytes | None:
    size = len(group) - 1
    if size < 1 or any(letter not in _VALUE for letter in group):
        return None
    value = sum(_VALUE[letter] * 45**place for place, letter in enumerate(group))
    return value.to_bytes(size, "big") if value < 256**size else None


def _key_id(key: Ed25519PublicKey) -> int:
    return sha256(key.public_bytes_raw()).digest()[0]


def _mark(site: str) -> int:
    """A hint for people who debug: it tells most sites apart, and decides nothing."""
    return sha256(site.encode("utf-8")).digest()[0]
