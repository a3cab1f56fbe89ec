"""The kinds of fields that events are made of: type, meaning, unit and privacy class in one name.

Promises: every field of every public event is one of these, an enum, a value of them, or states its
own meaning; each carries a privacy class. Shown by ``tests/contract/test_fence.py``.

All instants are UTC on the wire; all dates are Europe/Berlin.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from .envelope import Cents, Code, Count, Day, Instant, Item, Language, Minutes, Privacy, about

_ID, _CODE, _TIME, _COUNT = Privacy.ID, Privacy.CODE, Privacy.TIME, Privacy.COUNT

# Ids: random or derived, never a number that stands on paper.
BookingId = Annotated[UUID, about(_ID, "The booking, through all its life.")]
SlotId = Annotated[UUID, about(_ID, "The interval on a counter that was given to the booking.")]
OfferId = Annotated[UUID, about(_ID, "One offer of a returned place to the waiting list.")]
WishId = Annotated[UUID, about(_ID, "The wish on the waiting list.")]
VisitId = Annotated[UUID, about(_ID, "The visit: one admission and what followed.")]
CallId = Annotated[UUID, about(_ID, "The call; derived from the telephone system's id where imported.")]
ClosureId = Annotated[UUID, about(_ID, "The closure.")]
DocumentId = Annotated[UUID, about(_ID, "The physical document; never the number printed on it.")]
InvitationId = Annotated[UUID, about(_ID, "The invitation to collect documents.")]
BatchId = Annotated[UUID, about(_ID, "The delivery that brought the document.")]
ItemId = Annotated[UUID, about(_ID, "The letter, e-mail or form.")]
MessageId = Annotated[UUID, about(_ID, "The message to a person.")]
PersonId = Annotated[UUID, about(_ID, "The person; contact data is on the people topic only.")]
Revision = Annotated[
    int, Field(ge=1), about(_COUNT, "The revision of the person's data that this event was decided on.")
]
DocumentIds = Annotated[
    tuple[UUID, ...], about(_ID, "The documents to be collected; empty for other visits.")
]
WishIds = Annotated[tuple[UUID, ...], about(_ID, "The wishes that got the offer, oldest first.")]
PublicNumber = Annotated[
    str,
    Field(pattern=r"^[A-Z][0-9]{3}$"),
    about(_ID, "The number shown in the waiting room, unique per site and day."),
]

# Codes: names the office chose.
Site = Annotated[Code, about(_CODE, "The site of the office.")]
Counter = Annotated[Code, about(_CODE, "The counter.")]
Door = Annotated[Code, about(_CODE, "The door.")]
Service = Annotated[Code, about(_CODE, "The service of the catalogue.")]
Team = Annotated[Code, about(_CODE, "The team, never a person.")]
Skills = Annotated[tuple[Code, ...], about(_CODE, "The sets of services that the counter can do.")]
Papers = Annotated[
    tuple[Code, ...], about(_CODE, "The papers that are asked for or came, codes of the service's list.")
]
Lang = Annotated[Language, about(_CODE, "The language the person chose.")]
LeikaKey = Annotated[str, Field(pattern=r"^[0-9]{14}$")]

# Times.
At = Annotated[Instant, about(_TIME, "When it happened.")]
StartsAt = Annotated[Instant, about(_TIME, "The planned start.")]
EndsAt = Annotated[Instant, about(_TIME, "The planned end, without the hygiene buffer.")]
FromAt = Annotated[Instant, about(_TIME, "The beginning, included.")]
UntilAt = Annotated[Instant, about(_TIME, "The end, not included.")]
OfferedUntil = Annotated[Instant, about(_TIME, "The offer can be taken until then.")]
Date = Annotated[Day, about(_TIME, "The date.")]
IsoWeek = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-W(0[1-9]|[1-4][0-9]|5[0-3])$"),
    about(_TIME, "The ISO week, such as `2026-W53`."),
]

# Numbers.
Persons = Annotated[
    int, Field(ge=1, le=6), about(_COUNT, "For how many people the booking is, children included.")
]
People = Annotated[int, Field(ge=1, le=20), about(_COUNT, "How many people came in, companions included.")]
Companions = Annotated[Count, about(_COUNT, "How many more people may come along.")]
Sequence = Annotated[
    Count, about(_COUNT, "SEQUENCE of the calendar entry; rises with each change of the booking.")
]
Attempt = Annotated[int, Field(ge=1), about(_COUNT, "Which attempt this is, from 1; older links are dead.")]
Buffer = Annotated[Minutes, about(_COUNT, "Minutes that the counter stays free after each visit.")]
Duration = Annotated[Minutes, about(_COUNT, "Planned minutes for one person.")]
Fee = Annotated[Cents, about(_COUNT, "The fee in cents of euro; left out where it is not certain.")]
BookingsHit = Annotated[Count, about(_COUNT, "Confirmed bookings that lie outside the new frame.")]

# Values.
Items = Annotated[tuple[Item, ...], about(_CODE, "The services asked for, and for how many people each.")]
Delivered = Annotated[tuple[Item, ...], about(_CODE, "The services delivered, and for how many people each.")]
