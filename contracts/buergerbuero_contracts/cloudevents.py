"""The envelope on the wire: CloudEvents 1.0, Kafka binding, binary mode; and where a key goes.

Promises: what ``headers`` writes, ``parse_headers`` reads back; no value is ever null; reading
raises ``InvalidEvent`` and nothing else. Extension names are lower-case letters and digits.
Shown by ``tests/contract/test_cloudevents.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from struct import unpack
from typing import NamedTuple
from uuid import UUID

from .errors import InvalidEvent

Raw = Iterable[tuple[str, bytes | None]]

TYPE = "de.buergerbuero."
_SCHEMA = re.compile(r"urn:buergerbuero:([a-z]+)\.([A-Za-z0-9]+):([1-9][0-9]{0,3})", re.ASCII)
_SOURCE = re.compile(r"/buergerbuero/([a-z0-9-]+)/([a-z]+)", re.ASCII)
_TYPE = re.compile(r"de\.buergerbuero\.([a-z]+)\.([A-Za-z0-9]+)", re.ASCII)
_ID = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"  # one spelling only: ids are compared as text elsewhere
_DIGITS = "([0-9]{1,20})"
_FORMS = {
    "ce_id": _ID,
    "ce_subject": f"([a-z_]+)/{_ID}",
    "ce_time": r"([^\n]+)",
    "ce_sequence": rf"(?!0+\b){_DIGITS}",
    "ce_prev": _DIGITS,
    "ce_epoch": _DIGITS,
    "ce_streamversion": rf"(?!0+\b){_DIGITS}",
    "ce_correlationid": _ID,
}
"""What differs from event to event. No form takes a line's end, so all lines fit if and only if each does."""
_LINES = re.compile("\n".join(_FORMS.values()), re.ASCII)
_UUID = re.compile(_ID, re.ASCII)
_LARGEST = 2**63 - 1
_KIND = ("ce_type", "ce_source", "ce_dataschema")


def source(service: str, city: str) -> str:
    """``ce_source`` of a service: ``/buergerbuero/flensburg/booking``."""
    return f"/buergerbuero/{city}/{service}"


def source_of(found: dict[str, str]) -> tuple[str, str]:
    """City and service that ``ce_source`` names; ``InvalidEvent`` if it names none."""
    city, service = _match("ce_source", text(found, "ce_source"), _SOURCE)
    return city, service


def dataschema(service: str, name: str, version: int) -> str:
    """``ce_dataschema`` of a type: ``urn:buergerbuero:booking.SlotReserved:1``."""
    return f"urn:buergerbuero:{service}.{name}:{version}"


@lru_cache(maxsize=1024)
def _constant(source: str, type_name: str, version: int) -> tuple[tuple[str, bytes], ...]:
    """The headers that all events of a type share."""
    service = source.rsplit("/", 1)[-1]
    return (
        ("ce_specversion", b"1.0"),
        ("ce_type", f"{TYPE}{service}.{type_name}".encode()),
        ("ce_source", source.encode()),
        ("ce_dataschema", dataschema(service, type_name, version).encode()),
        ("content-type", b"application/json"),
    )


def headers(
    *,
    source: str,
    event_id: str,
    type_name: str,
    subject: str,
    time: str,
    position: int,
    prev: int,
    epoch: int,
    streamversion: int,
    schema_version: int,
    correlation_id: str,
    causation_id: str | None = None,
    traceparent: str | None = None,
) -> list[tuple[str, bytes]]:
    """All headers of one event.

    ``time`` is the decision's, RFC 3339 in UTC; ``subject`` is ``<category>/<stream id>``. ``position``
    is the event's in its log, ``prev`` that of the public event before it in the same partition (0
    for the first), ``epoch`` the life of the log that both belong to.
    """
    found = [
        *_constant(source, type_name, schema_version),
        ("ce_id", event_id.encode()),
        ("ce_subject", subject.encode()),
        ("ce_time", time.encode()),
        ("ce_sequence", b"%020d" % position),
        ("ce_prev", b"%d" % prev),
        ("ce_epoch", b"%d" % epoch),
        ("ce_streamversion", b"%d" % streamversion),
        ("ce_correlationid", correlation_id.encode()),
    ]
    if causation_id is not None:
        found.append(("ce_causationid", causation_id.encode()))
    if traceparent is not None:
        found.append(("traceparent", traceparent.encode()))
    return found


class Headers(NamedTuple):
    """The envelope of one event. ``time`` is when it was decided, in UTC, the only time for figures.

    Ids stay as they are spelt until somebody asks for one: most readers ask for none.
    """

    spelt_id: str
    service: str
    type: str
    schema_version: int
    source: str
    city: str
    category: str
    spelt_stream: str
    time: datetime
    position: int
    prev: int
    epoch: int
    streamversion: int
    dataschema: str
    spelt_correlation: str
    spelt_causation: str | None = None
    traceparent: str | None = None

    @property
    def id(self) -> UUID:
        """The event's own id."""
        return UUID(self.spelt_id)

    @property
    def stream_id(self) -> UUID:
        """The id of the thing that the event is about."""
        return UUID(self.spelt_stream)

    @property
    def correlation_id(self) -> UUID:
        """The first command of all that led here."""
        return UUID(self.spelt_correlation)

    @property
    def causation_id(self) -> UUID | None:
        """The event that this one follows from, if it does."""
        return None if self.spelt_causation is None else UUID(self.spelt_causation)

    @property
    def subject(self) -> str:
        """``<category>/<stream id>``."""
        return f"{self.category}/{self.spelt_stream}"


def texts(raw: Raw) -> dict[str, str]:
    """Names and values as text. A null value, one that is not UTF-8, or a repeated name is refused."""
    found: dict[str, str] = {}
    for name, value in raw:
        if value is None:
            raise InvalidEvent("header is null", header=name)
        if name in found:
            raise InvalidEvent("header is repeated", header=name)
        try:
            found[name] = value.decode()
        except UnicodeDecodeError:
            raise InvalidEvent("header is not UTF-8", header=name) from None
    return found


def parse_headers(raw: Raw) -> Headers:
    """The envelope. Raises ``InvalidEvent`` for anything missing, malformed or contradictory."""
    found = texts(raw)
    if text(found, "ce_specversion") != "1.0":
        raise InvalidEvent("not CloudEvents 1.0", header="ce_specversion")
    if not found.get("content-type", "application/json").startswith("application/json"):
        raise InvalidEvent("not JSON", header="content-type")
    service, type_name, schema_version, city = _kind(*[text(found, name) for name in _KIND])
    event_id, category, stream_id, time, sequence, prev, epoch, version, correlation_id = _varying(found)
    return Headers(
        event_id,
        service,
        type_name,
        schema_version,
        found["ce_source"],
        city,
        category,
        stream_id,
        moment(time),
        _number("ce_sequence", sequence),
        _number("ce_prev", prev),
        _number("ce_epoch", epoch),
        _number("ce_streamversion", version),
        found["ce_dataschema"],
        correlation_id,
        _match("ce_causationid", found["ce_causationid"], _UUID)[0] if "ce_causationid" in found else None,
        found.get("traceparent"),
    )


def _varying(found: dict[str, str]) -> tuple[str, ...]:
    """The parts of all ``_FORMS``, in one look: one after another takes three times as long."""
    match = _LINES.fullmatch("\n".join([found.get(name, "") for name in _FORMS]))
    if match is None:
        for name, form in _FORMS.items():
            _match(name, text(found, name), re.compile(form, re.ASCII))
        raise InvalidEvent("headers malformed")
    return match.groups()


def text(found: dict[str, str], name: str) -> str:
    """A header that has to be there."""
    if name not in found:
        raise InvalidEvent("header missing", header=name)
    return found[name]


@lru_cache(maxsize=1024)
def _kind(ce_type: str, ce_source: str, ce_dataschema: str) -> tuple[str, str, int, str]:
    """Service, type, version and city: the part of an envelope that is the same for many events."""
    service, type_name = _match("ce_type", ce_type, _TYPE)
    city, owner = _match("ce_source", ce_source, _SOURCE)
    schema_service, schema_type, version = _match("ce_dataschema", ce_dataschema, _SCHEMA)
    if service != owner or (schema_service, schema_type) != (service, type_name):
        raise InvalidEvent("type, source and schema differ", header="ce_type")
    return service, type_name, int(version), city


def _match(name: str, value: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    match = pattern.fullmatch(value)
    if match is None:
        raise InvalidEvent("header malformed", header=name)
    return match.groups()


def number(found: dict[str, str], name: str, least: int = 0, most: int = _LARGEST) -> int:
    """A header that has to be there as digits, from ``least`` to ``most``; 63 bits if not told."""
    digits = text(found, name)
    if re.fullmatch(_DIGITS, digits, re.ASCII) is None or int(digits) < least:
        raise InvalidEvent("header malformed", header=name)
    return _number(name, digits, most)


def _number(name: str, digits: str, most: int = _LARGEST) -> int:
    value = int(digits)
    if value > most:
        raise InvalidEvent("header malformed", header=name)
    return value


def moment(spelt: str) -> datetime:
    """A ``ce_time`` in UTC."""
    try:
        at = datetime.fromisoformat(spelt)
        if at.tzinfo is None:
            raise InvalidEvent("time without zone", header="ce_time")
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidEvent("header malformed", header="ce_time") from None


def partition_for(key: str, partitions: int) -> int:
    """The partition of a key, as Kafka's Java client and aiokafka choose it: murmur2 of the UTF-8 text."""
    return (_murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def _murmur2(data: bytes) -> int:
    """Kafka's 32-bit murmur2; written out, since the place of a key is part of the contract."""
    mixed, whole = 0x9747B28C ^ len(data), len(data) & ~3
    for word in unpack(f"<{whole // 4}I", data[:whole]):
        once = word * 0x5BD1E995 & 0xFFFFFFFF
        twice = (once ^ once >> 24) * 0x5BD1E995 & 0xFFFFFFFF
        mixed = (mixed * 0x5BD1E995 & 0xFFFFFFFF) ^ twice
    if whole < len(data):
        mixed = (mixed ^ int.from_bytes(data[whole:], "little")) * 0x5BD1E995 & 0xFFFFFFFF
    mixed = (mixed ^ mixed >> 13) * 0x5BD1E995 & 0xFFFFFFFF
    return mixed ^ mixed >> 15
