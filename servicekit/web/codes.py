"""The spoken code of a booking: what a person without a telephone shows or says at the door.

Promises: the same booking always has the same code; without the key it cannot be guessed from the
id; one wrong character or two swapped ones never give another valid code; letters that look like
digits are understood. It proves a booking only together with day and site, and stands in no event.
Shown by ``tests/rules/test_codes.py``.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from uuid import UUID

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no I, L, O, U. The check character comes from the same 32 letters, so it can be read out."""

_LENGTH = 8
_LOOKS_LIKE = str.maketrans(
    {"O": "0", "I": "1", "L": "1", "-": None, " ": None, "\u2013": None, "\u00a0": None}
)


def code_key(secret: bytes) -> bytes:
    """The key of this purpose, from the secret of HASH_KEY_FILE."""
    return hmac.digest(secret, b"spoken-code", "sha256")


def spoken_code(key: bytes, booking_id: UUID) -> str:
    """The code as it is shown: ``4K7M-9QTX-C``. ``key`` is the purpose's own key."""
    number = int.from_bytes(hmac.digest(key, b"spoken-code" + booking_id.bytes, sha256)[:5], "big")
    letters = "".join(ALPHABET[(number >> shift) & 31] for shift in range(35, -1, -5))
    return f"{letters[:4]}-{letters[4:]}-{_check(letters)}"


def read_code(typed: str) -> str | None:
    """What was typed or heard, in the form that is shown; None if it is no code."""
    letters = typed.strip().upper().translate(_LOOKS_LIKE)
    if len(letters) != _LENGTH + 1 or any(letter not in ALPHABET for letter in letters):
        return None
    if _check(letters[:_LENGTH]) != letters[_LENGTH]:
        return None
    return f"{letters[:4]}-{letters[4:_LENGTH]}-{letters[_LENGTH]}"


def is_code(key: bytes, booking_id: UUID, typed: str) -> bool:
    """True if what was typed is this booking's code. Takes the same time for each wrong code."""
    return hmac.compare_digest(read_code(typed) or "", spoken_code(key, booking_id))


def _check(letters: str) -> str:
    """A sum in the field of 32 elements, each place with a weight of its own.

    Distinct weights that are never zero find every single error and every swap, which a sum
    modulo 31 or 32 does not.
    """
    total = 0
    for letter in letters:
        total = _times_two(total ^ ALPHABET.index(letter))
    return ALPHABET[total]


def _times_two(value: int) -> int:
    return (value << 1) ^ (0b100101 if value & 16 else 0)
