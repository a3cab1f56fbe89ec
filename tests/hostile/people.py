"""Hostile records of the people topic, drawn from a seed; the other topics' are in ``records.py``."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID

from buergerbuero_contracts.topics import PEOPLE
from tests.hostile.records import TIME, Forged
from tests.hostile.values import MARK, text


def person(seed: int, number: int, real: Sequence[Any]) -> Forged:
    """One for the people topic. Of ``real`` people nothing may change."""
    random = Random(f"{seed}:person:{number}")  # noqa: S311 - a story, no secret
    somebody = str(UUID(int=random.getrandbits(128), version=4))
    good = {
        "person_id": somebody,
        "owner": "booking",
        "revision": 1,
        "keep_until": TIME,
        "name": f"{MARK} Muster",
        "language": "de",
    }
    key: bytes = somebody.encode()
    data: bytes | None = text(good).encode()
    headers: dict[str, bytes | None] = {
        "ce_source": b"/buergerbuero/flensburg/booking",
        "ce_epoch": b"1",
        "ce_revision": b"1",
        "content-type": b"application/json",
    }
    kind, unreadable = random.choice(_PEOPLE), True
    if kind == "malformed header":
        headers[random.choice(("ce_source", "ce_epoch", "ce_revision"))] = random.choice(
            (None, b"", b"\xff", b"-1")
        )
    elif kind == "without header":
        del headers[random.choice(("ce_source", "ce_epoch", "ce_revision"))]
    elif kind == "owned by nobody":
        headers["ce_source"] = random.choice(
            (b"/buergerbuero/flensburg/notification", b"/x", b"/b/c/reporting")
        )
    elif kind == "key":
        key = random.choice((b"\xff", b"x", b"0" * 36, somebody.encode() + b"\0", b""))
    elif kind == "data":
        bad = (random.randbytes(300), b"{", b"null", b"[]", b"5", b'{"person_id": 1}', b"[" * 20_000, b"")
        data = random.choice(bad)
    elif kind == "differs":
        wrong = ({"owner": "documents"}, {"revision": 2}, {"person_id": str(UUID(int=1))})
        data = text(good | random.choice(wrong)).encode()
    elif kind == "enormous":
        data = text(good | {"name": MARK * 30_000}).encode()
    elif kind == "foreign":  # well formed, but of a service that does not own this person
        one = random.choice(real)
        owner = dict(one.headers)["ce_source"].decode()
        other = "documents" if owner.endswith("booking") else "booking"
        headers["ce_source"] = f"/buergerbuero/flensburg/{other}".encode()
        headers["ce_revision"] = b"2000"
        key, data, unreadable = one.key, None, False
    else:
        key, data, unreadable = b"heartbeat:booking", random.randbytes(30), False
    return Forged(number, kind, PEOPLE, 0, key, data, list(headers.items()), unreadable)


_PEOPLE = (
    *(
        "malformed header",
        "without header",
        "owned by nobody",
        "key",
        "data",
        "differs",
        "enormous",
        "foreign",
    ),
    "heartbeat",
)
