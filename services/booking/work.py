"""Tasks that cost a browser a second or two and us next to nothing: no picture, no puzzle, no third party.

A task hides a number below ``tries``: the browser derives a key from one number after the other
(PBKDF2-SHA-256, ``cost`` rounds, which browsers do natively) until the key begins as the task says, and sends
the whole key. The scheme is that of ALTCHA's second version with a known number of tries.

Promises: nothing is stored before a task is used; the MAC covers what the task is for, its end and the key,
so that a task for other services, past its end or changed in any character is worth nothing; checking costs
one HMAC. That a task is used once is the log's guard (``rules/hold_proof.py``).
Shown by ``tests/rules/booking/test_work.py``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from buergerbuero_contracts.envelope import Item

from .rules.hold_proof import Work

COST, TRIES = 1_000, 1_000
"""Rounds of a try; numbers among which the right one is, never in the first half."""
LASTS = timedelta(minutes=30)
"""How long a page may lie open; after it the page asks once more and keeps what was chosen."""
_ANSWER = re.compile(
    r"(\d{1,7}\.\d{1,7}\.\d{1,12}\.([0-9a-f]{32})\.[0-9a-f]{16})\.([0-9a-f]{32})~([0-9a-f]{64})"
)

Hashed = Callable[[str, str], str]
"""A keyed hash: kind and value."""


@dataclass(frozen=True, slots=True)
class Task:
    """A task as a browser gets it."""

    text: str
    until: datetime

    def __str__(self) -> str:
        return self.text


def subject(site: str, items: Iterable[Item], persons: int) -> str:
    """What a hold is for, and so the task that is shown for it."""
    return f"{site}:{persons}:" + ",".join(sorted(f"{item.service}*{item.quantity}" for item in items))


def task(hashed: Hashed, for_: str, at: datetime) -> Task:
    """A fresh task for one hold."""
    until, salt = int((at + LASTS).timestamp()), secrets.token_hex(16)
    key = derived(TRIES // 2 + secrets.randbelow(TRIES - TRIES // 2), salt, COST)
    said = f"{COST}.{TRIES}.{until}.{salt}.{key[:16]}"
    return Task(f"{said}.{_mac(hashed, for_, said, key)}", datetime.fromtimestamp(until, UTC))


def derived(number: int, salt: str, cost: int) -> str:
    """The key of a number, in hex."""
    return hashlib.pbkdf2_hmac("sha256", str(number).encode(), bytes.fromhex(salt), cost, 32).hex()


def solve(text: str) -> Iterator[str]:
    """Try one number after the other; the last item is the answer, those before are empty. For programs."""
    cost, tries, _until, salt, prefix, _sealed = text.split(".")
    for number in range(int(tries)):
        key = derived(number, salt, int(cost))
        if key.startswith(prefix):
            yield f"{text}~{key}"
            return
        yield ""


def solved(hashed: Hashed, for_: str, answer: str, at: datetime) -> Work | None:
    """The task behind a right answer; None for any other, and for what is past its end."""
    found = _ANSWER.fullmatch(answer)
    if found is None:
        return None
    said, salt, sealed, key = found.groups()
    until = datetime.fromtimestamp(min(int(said.split(".")[2]), 2**33), UTC)
    right = hmac.compare_digest(sealed, _mac(hashed, for_, said, key))
    return Work(salt, until) if right and at <= until else None


def _mac(hashed: Hashed, for_: str, said: str, key: str) -> str:
    return hashed("work", f"{for_}|{said}|{key}")[:32]
