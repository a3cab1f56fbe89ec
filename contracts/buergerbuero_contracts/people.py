"""The people topic: current contact data, one record per person, compacted. The only personal data on Kafka.

Promises: a record with a null value means that the person is erased; a higher revision replaces a
lower one of the same epoch; whoever keeps a copy deletes it at ``keep_until`` or at the tombstone,
whichever comes first. ``parse_person`` reads a record or raises ``InvalidEvent``, nothing else; what it
reads, a table of PostgreSQL can hold.
Shown by ``tests/contract/test_people.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from . import topics
from .cloudevents import number, source, source_of, texts
from .envelope import Instant, Language
from .errors import InvalidEvent
from .record import Record

HEARTBEAT = "heartbeat:"
"""Keys with this beginning carry no person: they only let Kafka roll its segments."""
MOST = 2**31 - 1
"""The highest epoch and revision: what the columns of owners and copies hold."""


class PersonRecord(BaseModel):
    """How to reach one person. Needs and notes never leave the service that asked for them."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    person_id: Annotated[UUID, Field(description="The person, random; also the key.")]
    owner: Annotated[
        Literal["booking", "documents"], Field(description="The service that asked, publishes and erases.")
    ]
    revision: Annotated[int, Field(ge=1, description="Rises with each change.")]
    keep_until: Annotated[Instant, Field(description="Copies are deleted then, tombstone or not.")]
    name: Annotated[str, Field(min_length=1, max_length=200, description="The name, as given.")]
    email: Annotated[str, Field(max_length=320, description="The address, in its normal form.")] | None = None
    phone: Annotated[str, Field(max_length=40, description="The number, E.164.")] | None = None
    language: Annotated[Language, Field(description="The language the person chose.")]

    def to_json(self) -> str:
        """The bytes that the topic carries; what is not known is left out."""
        return self.model_dump_json(exclude_none=True)


@dataclass(frozen=True, slots=True)
class PersonChange:
    """One record of the people topic. ``person`` is None when the person is erased."""

    person_id: UUID
    owner: str
    epoch: int
    revision: int
    person: PersonRecord | None


def person_headers(*, service: str, city: str, epoch: int, revision: int) -> list[tuple[str, bytes]]:
    """The headers of a record, tombstones and heartbeats too (a heartbeat has revision 0)."""
    return [
        ("ce_source", source(service, city).encode()),
        ("ce_epoch", b"%d" % epoch),
        ("ce_revision", b"%d" % revision),
        ("content-type", b"application/json"),
    ]


def parse_person(record: Record) -> PersonChange | None:
    """The change in a record, or None for a heartbeat. Raises ``InvalidEvent`` and nothing else."""
    if record.topic != topics.PEOPLE:
        raise InvalidEvent("not the people topic", topic=record.topic)
    key = _key(record)
    if key.startswith(HEARTBEAT):
        return None
    found = texts(record.headers)
    _city, owner = source_of(found)
    if owner not in topics.PEOPLE_OWNERS:
        raise InvalidEvent("source does not own people", source=owner)
    epoch, revision = number(found, "ce_epoch", most=MOST), number(found, "ce_revision", least=1, most=MOST)
    try:
        person_id = UUID(key)
    except ValueError:
        raise InvalidEvent("key is no id", topic=record.topic) from None
    if record.value is None:
        return PersonChange(person_id, owner, epoch, revision, None)
    try:
        person = PersonRecord.model_validate_json(record.value, strict=True)
    except ValidationError:
        raise InvalidEvent("person does not fit its schema", topic=record.topic) from None
    if (person.person_id, person.owner, person.revision) != (person_id, owner, revision):
        raise InvalidEvent("key, headers and person differ", topic=record.topic)
    if any("\0" in text for text in (person.name, person.email, person.phone) if text):
        raise InvalidEvent("a text that no table can hold", topic=record.topic)
    return PersonChange(person_id, owner, epoch, revision, person)


def _key(record: Record) -> str:
    try:
        return (record.key or b"").decode()
    except UnicodeDecodeError:
        raise InvalidEvent("key is not UTF-8", topic=record.topic) from None
