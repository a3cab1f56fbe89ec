"""What every event has in common: the base model, the kinds of fields, and how it becomes bytes.

Promises: an event is frozen; reading ignores unknown fields, so that an older reader survives an
optional addition; instants are aware and stored in UTC; absent means left out, never null.
Shown by ``tests/contract/test_envelope.py``.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator


class Privacy(StrEnum):
    """What a field can tell about a person. There is no other class: nothing personal is in an event."""

    ID = "opaque id"
    CODE = "code"
    TIME = "time"
    COUNT = "count"
    ENUM = "enum"
    TEXT = "the one free text"


def about(privacy: Privacy, meaning: str) -> Any:
    """The two things that each field of an event states: its privacy class and its meaning."""
    return Field(description=meaning, json_schema_extra={"x-privacy": privacy.value})


def _in_utc(at: datetime) -> datetime:
    try:
        return at if at.tzinfo is UTC else at.astimezone(UTC)
    except OverflowError:
        raise ValueError("beyond the calendar") from None


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment. Aware on the way in, UTC inside, RFC 3339 with ``Z`` on the wire."""

Day = date
"""A calendar date in Europe/Berlin."""

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A name the office chose: site, counter, service, door. Lower case, never about a person."""

Count = Annotated[int, Field(ge=0)]
Cents = Annotated[int, Field(ge=0)]
Minutes = Annotated[int, Field(ge=0)]
Language = Annotated[str, Field(pattern=r"^(de|de-leicht|en|da)$")]


SHAPE = ConfigDict(
    frozen=True,
    extra="ignore",
    alias_generator=lambda name: name.removesuffix("_"),
    validate_by_name=True,
    validate_by_alias=True,
    serialize_by_alias=True,
    defer_build=True,  # a process builds the few types that it reads or writes, not all of them at its start
)
"""A name that Python or ``Event`` needs ends in ``_`` (``from_``, ``service_``); on the wire it does not."""


class Value(BaseModel):
    """A part of an event without identity, such as an item or a block."""

    model_config = SHAPE


class Item(Value):
    """One service, and for how many people it is asked."""

    service: Annotated[Code, about(Privacy.CODE, "The service that is asked for or was delivered.")]
    quantity: Annotated[int, Field(ge=1, le=20), about(Privacy.COUNT, "For how many people.")] = 1


class Event(BaseModel):
    """A fact that a service recorded. Its type is the class name, past tense.

    ``key`` names the fields that may carry the partition key; the first that is present counts.
    ``service`` is the owner, empty for none. A changed shape raises ``schema_version`` and adds
    one upcaster in ``upcast.py``; a changed meaning is a new type.
    """

    model_config = SHAPE

    service: ClassVar[str] = ""
    category: ClassVar[str] = ""
    schema_version: ClassVar[int] = 1
    key: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(
        cls,
        *,
        category: str | None = None,
        key: str | tuple[str, ...] | None = None,
        version: int | None = None,
        **options: Any,
    ) -> None:
        """Take category, key and version as class arguments: they belong to the type."""
        super().__init_subclass__(**options)
        if category is not None:
            cls.category = category
        if key is not None:
            cls.key = (key,) if isinstance(key, str) else key
        if version is not None:
            cls.schema_version = version

    @model_validator(mode="after")
    def _a_person_has_a_revision(self) -> Event:
        """Who needs the person waits for at least that revision, so it may not be missing."""
        fields = self.__dict__  # a look at a missing attribute of a model costs as much as a field
        if fields.get("person_id") is not None and fields.get("person_revision") is None:
            raise ValueError("an event that names a person carries person_revision")
        return self

    def to_json(self) -> str:
        """The bytes that the log stores and the topic carries."""
        return self.model_dump_json(exclude_none=True)

    def partition_key(self) -> str:
        """The id by which consumers need order, as text."""
        for name in self.key:
            value = getattr(self, name)
            if value is not None:
                return str(value)
        raise ValueError(f"{type(self).__name__} has no partition key")


NIL = UUID(int=0)


def utc(at: datetime) -> str:
    """RFC 3339 in UTC with ``Z``, microseconds only where there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
