"""Versions of closed weeks: what is kept of a week, when it counts as corrected, and the seal on it. Pure.

A version's body is one canonical JSON text: week, number, moment, the digest of the version before, the
positions in the topics from which it was computed, and its figures. Its digest is the body's SHA-256, its
signature an HMAC of that by a key derived from the key ring, so that a changed body, a swapped number and a
version cut out of the row all show.

Promises: the same facts give the same figures, byte for byte; a week is corrected if a figure that was
published differs, not because a newer version of the office's software counts more things; what goes on
happening after a week, such as late cancellations, is no correction.
Shown by ``tests/rules/reporting/test_versions.py``.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from servicekit.tokens import parse_ring

from .breakdown import breakdown
from .figures import Facts, Figure, Number
from .metrics import METRICS
from .metrics.metric import figure
from .projections.lead_time import LeadTime
from .weeks import Week

ONGOING = frozenset({"funnel.cancelled"})
"""Metrics that later days of a booking's life change, although its week is over."""
INFO = b"buergerbuero week version"


class Position(msgspec.Struct, frozen=True, order=True):
    """How far a read model had come in one partition when the version was made."""

    consumer: str
    topic: str
    partition: int
    position: int | None
    epoch: int
    next_offset: int


class Figures(msgspec.Struct, frozen=True):
    """What is kept of a week. Keys of ``parts``: metric and dimensions; numbers as published."""

    metrics: dict[str, tuple[int | float | None, str]]
    contacts: dict[str, int]
    parts: dict[str, int | float | None]
    lead_times: dict[str, tuple[int, int, int | None, int | None]]


class Body(msgspec.Struct, frozen=True):
    """What is signed. ``previous`` is the digest of the version before, empty for the first."""

    week: str
    number: int
    made_at: datetime
    previous: str
    positions: tuple[Position, ...]
    figures: Figures


@dataclass(frozen=True, slots=True)
class Version:
    """A signed version; ``body`` are the signed bytes."""

    week: str
    number: int
    made_at: datetime
    body: str
    digest: str
    key_id: int
    signature: str

    @property
    def told(self) -> Body:
        """What the body says."""
        return msgspec.json.decode(self.body, type=Body)


def figures_of(facts: Facts, lead_times: Mapping[str, LeadTime]) -> Figures:
    """The figures of a week, from its facts."""
    return Figures(
        metrics={one.id: _told(figure(one, facts)) for one in METRICS},
        contacts={f"{channel}/{group}": count for (channel, group), count in facts.contacts.items()},
        parts={
            " ".join([part.metric, *(f"{name}={code}" for name, code in part.of)]): _number(part.figure.value)
            for part in breakdown(facts)
        },
        lead_times={
            name: (one.looks, one.with_place, one.median, one.worst) for name, one in lead_times.items()
        },
    )


def _told(one: Figure) -> tuple[int | float | None, str]:
    return _number(one.value), one.status.value


def _number(value: Number | None) -> int | float | None:
    return float(value) if isinstance(value, Decimal) else value


def differences(old: Figures, new: Figures) -> list[str]:
    """What was published and is not so any more, as ``name: old → new``; empty if nothing differs."""
    counted = old.metrics.keys() - ONGOING

    def of(told: Figures) -> dict[str, object]:
        metrics = {name: told.metrics.get(name) for name in counted}
        parts = {name: value for name, value in told.parts.items() if name.partition(" ")[0] in counted}
        lead = {f"lead_time {name}": value for name, value in told.lead_times.items()}
        contacts = {f"contacts {name}": value for name, value in told.contacts.items()}
        return {**metrics, **parts, **contacts, **lead}

    before, after = of(old), of(new)
    return [
        f"{name}: {_said(before.get(name))} → {_said(after.get(name))}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def _said(value: object) -> str:
    return "nothing" if value is None else str(value)


class Seal:
    """Signs and verifies with the key ring of ``LINK_KEYS_FILE``; its file is read at each use.

    Raises ``ValueError`` for a malformed file, ``OSError`` for a missing one, both without the contents.
    """

    def __init__(self, ring: Path) -> None:
        self._ring = ring
        self._keys()

    def sign(self, body: Body) -> Version:
        """The version of this body, by the newest key."""
        text = msgspec.json.encode(body, order="sorted").decode()
        digest = sha256(text.encode()).hexdigest()
        key_id, secret = next(iter(self._keys().items()))
        signature = _mac(secret, digest)
        return Version(body.week, body.number, body.made_at, text, digest, key_id, signature)

    def genuine(self, version: Version) -> bool:
        """Whether a key of the ring has signed just this body under this week and number."""
        secret = self._keys().get(version.key_id)
        told = version.told
        return (
            secret is not None
            and sha256(version.body.encode()).hexdigest() == version.digest
            and hmac.compare_digest(_mac(secret, version.digest), version.signature)
            and (told.week, told.number, told.made_at) == (version.week, version.number, version.made_at)
        )

    def doubt(self, version: Version) -> str | None:
        """Why a version's seal proves nothing, in words; None if it is genuine."""
        if version.key_id not in self._keys():
            return (
                f"its key {version.key_id} is not in LINK_KEYS_FILE any more, so nobody can say whether the"
                " seal is genuine: keys that sealed a week stay there, behind the current one"
            )
        if not self.genuine(version):
            return "the seal is not genuine: this version was not made by this office"
        return None

    def _keys(self) -> dict[int, bytes]:
        return parse_ring(self._ring.read_text("ascii"))


def _mac(secret: bytes, digest: str) -> str:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=INFO).derive(secret)
    return hmac.digest(key, digest.encode(), "sha256").hex()


def next_version(
    week: Week, last: Version | None, positions: Sequence[Position], figures: Figures, now: datetime
) -> Body | None:
    """The first version of a week, or the next if a published figure differs; None if all is as it was."""
    if last is not None and not differences(last.told.figures, figures):
        return None
    number, previous = (1, "") if last is None else (last.number + 1, last.digest)
    made_at = now.astimezone(UTC).replace(microsecond=0)
    return Body(str(week), number, made_at, previous, tuple(sorted(positions)), figures)
