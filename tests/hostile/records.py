"""Hostile records of the topics, drawn from a seed: forged ones, and rows of a log that a relay sends.

Promises: ``unreadable`` is said by how a record is made, not by the code under test. What only the broker's
access list can keep out is not drawn: a record that continues a partition's chain in its owner's name, or one
in its owner's name from another epoch (``docs/hostile.md``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid5

from buergerbuero_contracts import cloudevents
from buergerbuero_contracts.topics import SERVICES
from servicekit.testing.binaries import ROOT
from tests.hostile.values import BROKEN, MARK, changed, text, value

Header = tuple[str, bytes | None]
FAR, HOLE = 10**12, 2**40
"""A position that no log has, and a predecessor that no event has."""
NEEDED = (
    *("ce_specversion", "ce_type", "ce_source", "ce_dataschema", "ce_subject", "ce_id", "ce_time"),
    *("ce_sequence", "ce_prev", "ce_epoch", "ce_streamversion", "ce_correlationid"),
)
MALFORMED: Mapping[str, Sequence[bytes]] = {
    "ce_specversion": (b"2.0", b""),
    "ce_type": (
        b"SlotReserved",
        b"de.buergerbuero.reporting.WeekClosed",
        "de.buergerbuero.booking.Ä".encode(),
    ),
    "ce_source": (b"/buergerbuero/flensburg", b"/buergerbuero/FLENSBURG/booking", b"//", b"x" * 200_000),
    "ce_dataschema": (
        b"urn:buergerbuero:booking.SlotReserved:0",
        b"urn:x",
        b"urn:buergerbuero:booking.X:99999",
    ),
    "ce_subject": (b"booking", b"booking/1", b"../etc/00000000-0000-0000-0000-000000000000"),
    "ce_id": (b"1", b"00000000-0000-0000-0000-00000000000G", b"{00000000-0000-0000-0000-000000000000}"),
    "ce_time": (b"yesterday", b"2026-11-30T07:00:00", b"9999-12-31T23:59:59-23:59", b"2026-02-30T00:00:00Z"),
    "ce_sequence": (b"0", b"-1", b"1e3", "٣".encode(), b"9" * 20, b"9" * 5_000, b" 1"),
    "ce_prev": (b"-1", b"x", b"9" * 20),
    "ce_epoch": (b"-1", b"", b"9" * 20),
    "ce_streamversion": (b"0", b"-5", b"x"),
    "ce_correlationid": (b"", b"x", b"0" * 36),
    "content-type": (b"text/xml", b"application/xml"),
}
GOOD = {"booking": "HoldExpired", "documents": "DocumentShipped", "notification": "MessageSkipped"}
"""Types whose arrival changes nothing for anybody."""
TIME = "2026-11-30T07:00:00Z"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Forged:
    """A record that no relay of ours sent. ``unreadable``: nobody can tell where it belongs."""

    number: int
    kind: str
    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[Header]
    unreadable: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a log as a newer, a broken or a taken-over version of its service would store it.

    ``hopeless``: whoever reads the type has to park it; others may be able to read the part they need.
    """

    number: int
    kind: str
    service: str
    type: str
    schema_version: int
    stream: UUID
    key: str
    data: str
    hopeless: bool
    good: bool = False


def samples() -> dict[str, list[dict[str, Any]]]:
    """A good record of every public type, by service."""
    found: dict[str, list[dict[str, Any]]] = {service: [] for service in SERVICES}
    for file in sorted((Path(ROOT) / "contracts" / "samples").glob("*.json")):
        service, name, version, _ = file.name.split(".")
        found[service].append({**json.loads(file.read_text()), "type": name, "version": int(version)})
    return found


class Records:
    """Draws them. ``real`` are records as they stand in the topics, for what is copied to a wrong place."""

    def __init__(self, seed: int, real: Sequence[Any]) -> None:
        self.seed, self.real, self.samples = seed, real, samples()

    def _random(self, what: str, number: int) -> Random:
        return Random(f"{self.seed}:{what}:{number}")  # noqa: S311 - a story, no secret

    def forged(self, number: int, topic: str, partition: int) -> Forged:
        """One for a topic of events."""
        random, service = self._random("forged", number), _owner(topic)
        sample = random.choice(self.samples[service])
        kind, headers, data, unreadable = random.choice(_FORGERIES)(random, self, service, sample)
        key = random.choice(
            (str(UUID(int=random.getrandbits(128))).encode(), None, b"", b"\xff\0", MARK.encode())
        )
        if key is None and data is None:
            key = b""  # the client itself refuses to send neither
        return Forged(number, kind, topic, partition, key, data, headers, unreadable)

    def row(self, number: int, service: str) -> Row:
        """One for a log."""
        random = self._random("row", number)
        sample = random.choice(self.samples[service])
        name, kind = sample["type"], random.choice(_ROWS)
        stream = uuid5(UUID(int=random.getrandbits(128)), name)
        good = _of_its_own(sample["data"], stream)
        version, data, hopeless = 1, text(good), True
        if kind == "future version":
            version = random.choice((2, 99, 9_999))
        elif kind == "no object":
            data = random.choice(("null", "[]", "5", f'"{MARK}"', "true", "[{}]", "[" * 3_000 + "]" * 3_000))
        elif kind == "deep":
            data, hopeless = f'{{"{MARK}": {"[" * 3_000}{"]" * 3_000}, {data[1:]}', False
        elif kind == "enormous":
            data, hopeless = text({**good, MARK: "x" * random.choice((100_000, 250_000))}), False
        elif kind == "missing field":
            data, hopeless = text({k: v for k, v in good.items() if k != random.choice(list(good))}), False
        elif kind == "twice":
            data, hopeless = f"{data[:-1]}, {data[1:]}", False
        else:
            data, hopeless = _fit(changed(random, good)), False
        return Row(number, kind, service, name, version, stream, str(stream), data, hopeless)

    def good(self, number: int, service: str, partition: int) -> Row:
        """A good one, whose key belongs to that partition of six."""
        random, name = self._random("good", number), GOOD[service]
        sample = next(one for one in self.samples[service] if one["type"] == name)
        while True:
            stream = UUID(int=random.getrandbits(128), version=4)
            if cloudevents.partition_for(str(stream), 6) == partition:
                break
        told = text(sample["data"]).replace(sample["key"], str(stream))
        return Row(number, "good", service, name, 1, stream, str(stream), told, hopeless=False, good=True)


def _of_its_own(data: dict[str, Any], stream: UUID) -> dict[str, Any]:
    """About things that no other row names: what is told of one thing has an order, as it has one key."""
    told: dict[str, Any] = json.loads(_ID.sub(lambda one: str(uuid5(stream, one[0])), text(data)))
    return told


def _owner(topic: str) -> str:
    return next(service for service, own in SERVICES.items() if own == topic)


def _fit(made: Any) -> str:
    """Small enough for a topic, and JSON as PostgreSQL knows it: no NaN."""
    told = text(made if isinstance(made, dict) else {MARK: made})
    for word in ("NaN", "-Infinity", "Infinity"):
        told = (
            told.replace(f": {word}", ": 1e999").replace(f"[{word}", "[1e999").replace(f" {word}", " 1e999")
        )
    return told if len(told) < 250_000 else f'{{"{MARK}": 0}}'


_ROWS = (
    *("future version", "no object", "deep", "enormous", "missing field", "twice"),
    *("changed",) * 6,
)

# --- forgeries: kind, headers, value, whether nobody can tell where it belongs

Forgery = tuple[str, list[Header], bytes | None, bool]


def _envelope(service: str, sample: dict[str, Any], random: Random, **changes: Any) -> list[Header]:
    given: dict[str, Any] = {
        "source": cloudevents.source(service, "flensburg"),
        "event_id": str(UUID(int=random.getrandbits(128), version=4)),
        "type_name": sample["type"],
        "subject": f"booking/{UUID(int=random.getrandbits(128), version=4)}",
        "time": TIME,
        "position": FAR + random.randrange(10**6),
        "prev": HOLE + random.randrange(10**6),
        "epoch": 1,
        "streamversion": 1,
        "schema_version": 1,
        "correlation_id": str(UUID(int=random.getrandbits(128), version=4)),
    }
    return list(cloudevents.headers(**(given | changes)))


def _without(random: Random, _all: Records, service: str, sample: dict[str, Any]) -> Forgery:
    name = random.choice(NEEDED)
    kept = [one for one in _envelope(service, sample, random) if one[0] != name]
    return f"without {name}", kept, text(sample["data"]).encode(), True


def _malformed(random: Random, _all: Records, service: str, sample: dict[str, Any]) -> Forgery:
    name = random.choice(list(MALFORMED))
    bad = random.choice((*MALFORMED[name], None, b"\xff\xfe", b"\0"))
    headers = [(one, bad if one == name else told) for one, told in _envelope(service, sample, random)]
    return f"malformed {name}", headers, text(sample["data"]).encode(), True


def _odd(random: Random, _all: Records, service: str, sample: dict[str, Any]) -> Forgery:
    whole = _envelope(service, sample, random)
    kind, headers = random.choice(
        (
            ("no headers", []),
            ("a header twice", [*whole, random.choice(whole)]),
            ("a null header more", [*whole, (MARK, None)]),
            ("a header that is not text more", [*whole, (MARK, b"\xff")]),
            ("nothing but noise", [(MARK, random.randbytes(20)) for _ in range(300)]),
        )
    )
    data = random.choice((None, b"", random.randbytes(400), b"{" * 5_000, text(sample["data"]).encode()))
    return kind, list(headers), data, True


def _stranger(random: Random, every: Records, service: str, _sample: dict[str, Any]) -> Forgery:
    other = random.choice([one for one in SERVICES if one != service])
    sample = random.choice(every.samples[other])
    epoch = random.choice((1, 99))
    headers = _envelope(other, sample, random, epoch=epoch, position=random.choice((1, FAR)))
    return "of another service", headers, text(sample["data"]).encode(), True


def _copied(random: Random, every: Records, service: str, _sample: dict[str, Any]) -> Forgery:
    one = random.choice(every.real)
    foreign = one.topic != SERVICES[service]
    kind = "bytes of another topic" if foreign else "bytes of another partition, or again"
    return kind, list(one.headers), one.value, foreign


def _out_of_place(random: Random, _all: Records, service: str, sample: dict[str, Any]) -> Forgery:
    """In its owner's name, and where it cannot be."""
    kind, changes = random.choice(
        (
            ("a hole in prev", {}),
            ("seen before", {"position": 1, "prev": 0}),
            ("of a future version", {"schema_version": 9_999}),
            ("of an unknown type", {"type_name": f"X{MARK}"}),
        )
    )
    data = random.choice((None, b"", text(value(random)).encode("utf-8", "surrogatepass")[:200_000], b"{}"))
    if random.random() < 0.3:
        data = random.choice(BROKEN)(random, text(sample["data"]))[:200_000]
    return kind, _envelope(service, sample, random, **changes), data, False


_FORGERIES = (_without, _malformed, _malformed, _odd, _stranger, _copied, _out_of_place, _out_of_place)
