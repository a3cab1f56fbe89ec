"""Read model ``documents.documents.v1``: where each document is and who comes for it when.

Promises: fed from the own log in position order, so bins and windows, which no topic carries, are in
it; one row per document; the same events split at any place give equal rows; opaque ids, codes and
times only. Shown by ``tests/rules/documents/test_documents_rows.py`` and
``tests/log/test_documents_reads.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import msgspec

from servicekit.projection import LOG, Projection, Row, Seen, Step, last_per_key

NAME = "documents.documents.v1"


class Ordered(msgspec.Struct, frozen=True):
    """DocumentOrdered."""

    document_id: UUID
    kind: str
    variant: str
    delivery: str
    site: str
    to: str
    at: datetime
    expected_on: date
    booking_id: UUID | None = None
    person_id: UUID | None = None
    person_revision: int | None = None


class Moved(msgspec.Struct, frozen=True):
    """Every other event of the chain of custody."""

    document_id: UUID
    to: str
    at: datetime
    from_: str | None = msgspec.field(name="from", default=None)


class Placed(msgspec.Struct, frozen=True):
    """DocumentPlaced."""

    document_id: UUID
    place: str
    spot: str


class Joined(msgspec.Struct, frozen=True):
    """OrderJoined."""

    document_id: UUID
    person_id: UUID
    person_revision: int
    booking_id: UUID | None = None


class Invited(msgspec.Struct, frozen=True):
    """DocumentInvited."""

    document_id: UUID
    invitation_id: UUID


class Booked(msgspec.Struct, frozen=True):
    """PickupBooked and PickupReopened."""

    document_id: UUID
    booking_id: UUID
    starts_at: datetime | None = None


class Noted(msgspec.Struct, frozen=True):
    """What only happens at a moment: admitted, missed, found."""

    document_id: UUID
    at: datetime


class Merged(msgspec.Struct, frozen=True):
    """OrderMerged."""

    document_id: UUID


CUSTODY = {
    "DocumentReady": "ready",
    "DocumentStored": "stored",
    "DocumentShipped": "shipped",
    "ShipmentDelivered": "delivered",
    "DocumentReturned": "returned",
    "DocumentFetched": None,
    "DocumentPlacedInLocker": "in_locker",
    "DocumentDestroyed": "destroyed",
    "DocumentHandedOver": "handed_over",
}
"""Events that move a document, and the state that they bring. Fetching brings none."""
PICKUP = {"DocumentInvited": "invited", "PickupBooked": "booked", "PickupReopened": "invited"}
ENDED = frozenset({"delivered", "returned", "destroyed", "handed_over", "merged"})
OPEN = ("ordered", "shipped", "ready", "stored", "invited", "booked", "in_locker")
"""States of documents whose way has not ended."""
GONE = frozenset({"producer", "carrier", "holder", "destroyed"})
"""Places outside the office."""


def _state(one: Seen) -> str | None:
    """The state that an event brings; None if it changes none. Put back at the window: as before."""
    if one.type == "DocumentStored" and one.data.from_ == "window":
        return None
    if one.type == "OrderMerged":
        return "merged"
    return {**CUSTODY, **PICKUP}.get(one.type)


Make = Callable[[Seen], Row | None]


def _last(make: Make) -> Callable[[Sequence[Seen]], Sequence[Row]]:
    """The last row of each document among those that ``make`` gives, sorted by document."""

    def rows(seen: Sequence[Seen]) -> Sequence[Row]:
        told = [one for one in seen if make(one) is not None]
        last = last_per_key(told, lambda one: one.data.document_id)
        made = (make(last[document]) for document in sorted(last))
        return [row for row in made if row is not None]

    return rows


@_last
def orders(one: Seen) -> Row | None:
    """What an order says."""
    o = one.data
    if not isinstance(o, Ordered):
        return None
    fixed = (o.document_id, o.kind, o.variant, o.delivery, o.site, o.at, o.expected_on, o.booking_id)
    return (*fixed, o.to, o.person_id, o.person_revision)


@_last
def states(one: Seen) -> Row | None:
    """Which state the document is in."""
    state = _state(one)
    return (one.data.document_id, state) if state else None


@_last
def places(one: Seen) -> Row | None:
    """Where it is, roughly."""
    return (one.data.document_id, one.data.to, one.data.at) if one.type in CUSTODY else None


@_last
def bins(one: Seen) -> Row | None:
    """Its bin of the safe, which stays its own while it is at a window."""
    if isinstance(one.data, Placed) and one.data.place == "safe":
        return (one.data.document_id, one.data.spot)
    gone = one.type in CUSTODY and one.data.to in GONE
    return (one.data.document_id, None) if gone else None


@_last
def desks(one: Seen) -> Row | None:
    """At which window or in which locker it is; at none once it is back or gone."""
    if isinstance(one.data, Placed) and one.data.place != "safe":
        return (one.data.document_id, one.data.spot)
    left = one.type in CUSTODY and one.data.to not in ("window", "locker")
    return (one.data.document_id, None) if left else None


@_last
def arrivals(one: Seen) -> Row | None:
    """When it came in."""
    return (one.data.document_id, one.data.at) if one.type == "DocumentReady" else None


@_last
def holders(one: Seen) -> Row | None:
    """Whose it is, told later than the order."""
    if not isinstance(one.data, Joined):
        return None
    return (one.data.document_id, one.data.person_id, one.data.person_revision, one.data.booking_id)


@_last
def pickups(one: Seen) -> Row | None:
    """Which booking collects it when; none after a lost booking and after the end."""
    if one.type == "PickupBooked":
        return (one.data.document_id, one.data.booking_id, one.data.starts_at)
    if one.type == "PickupReopened" or _state(one) in ENDED:
        return (one.data.document_id, None, None)
    return None


@_last
def admissions(one: Seen) -> Row | None:
    """Since when its collector is in the house; nobody is for another booking or time, or after the end."""
    if one.type == "PickupAdmitted":
        return (one.data.document_id, one.data.at)
    if one.type in ("PickupBooked", "PickupReopened") or _state(one) in ENDED:
        return (one.data.document_id, None)
    return None


@_last
def missing(one: Seen) -> Row | None:
    """Since when it is not where it should be."""
    if one.type not in ("DocumentMissed", "DocumentFound"):
        return None
    return (one.data.document_id, one.data.at if one.type == "DocumentMissed" else None)


ORDERS = """
INSERT INTO document AS held (document_id, kind, variant, delivery, site, ordered_at, expected_on,
    ordered_booking, state, place, placed_at, person_id, person_revision)
SELECT document_id, kind, variant, delivery, site, at, expected_on, booking_id, 'ordered', place, at,
    person_id, revision
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::date[],
    $8::uuid[], $9::text[], $10::uuid[], $11::int[])
    o (document_id, kind, variant, delivery, site, at, expected_on, booking_id, place, person_id, revision)
ON CONFLICT (document_id) DO UPDATE SET
    variant = excluded.variant, delivery = excluded.delivery, expected_on = excluded.expected_on,
    ordered_booking = coalesce(excluded.ordered_booking, held.ordered_booking),
    person_id = coalesce(excluded.person_id, held.person_id),
    person_revision = coalesce(excluded.person_revision, held.person_revision)"""
STATES = """
UPDATE document SET state = new.state
FROM unnest($1::uuid[], $2::text[]) new (document_id, state) WHERE document.document_id = new.document_id"""
PLACES = """
UPDATE document SET place = new.place, placed_at = new.at
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) new (document_id, place, at)
WHERE document.document_id = new.document_id"""
BINS = """
UPDATE document SET bin = new.bin
FROM unnest($1::uuid[], $2::text[]) new (document_id, bin) WHERE document.document_id = new.document_id"""
DESKS = """
UPDATE document SET desk = new.desk
FROM unnest($1::uuid[], $2::text[]) new (document_id, desk) WHERE document.document_id = new.document_id"""
ARRIVALS = """
UPDATE document SET ready_at = new.at
FROM unnest($1::uuid[], $2::timestamptz[]) new (document_id, at)
WHERE document.document_id = new.document_id"""
HOLDERS = """
UPDATE document SET person_id = new.person_id, person_revision = new.revision,
    ordered_booking = coalesce(new.booking_id, ordered_booking)
FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::uuid[]) new (document_id, person_id, revision, booking_id)
WHERE document.document_id = new.document_id"""
PICKUPS = """
UPDATE document SET booking_id = new.booking_id, starts_at = new.starts_at
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) new (document_id, booking_id, starts_at)
WHERE document.document_id = new.document_id"""
ADMISSIONS = """
UPDATE document SET admitted_at = new.at
FROM unnest($1::uuid[], $2::timestamptz[]) new (document_id, at)
WHERE document.document_id = new.document_id"""
MISSING = """
UPDATE document SET missed_since = new.at
FROM unnest($1::uuid[], $2::timestamptz[]) new (document_id, at)
WHERE document.document_id = new.document_id"""

DOCUMENTS = Projection(
    name=NAME,
    topics=(LOG,),
    reads={
        "DocumentOrdered": Ordered,
        **dict.fromkeys(CUSTODY, Moved),
        "DocumentPlaced": Placed,
        "OrderJoined": Joined,
        "OrderMerged": Merged,
        "DocumentInvited": Invited,
        "PickupBooked": Booked,
        "PickupReopened": Booked,
        "PickupAdmitted": Noted,
        "DocumentMissed": Noted,
        "DocumentFound": Noted,
    },
    steps=(
        Step(orders, ORDERS),
        Step(states, STATES),
        Step(places, PLACES),
        Step(bins, BINS),
        Step(desks, DESKS),
        Step(arrivals, ARRIVALS),
        Step(holders, HOLDERS),
        Step(pickups, PICKUPS),
        Step(admissions, ADMISSIONS),
        Step(missing, MISSING),
    ),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("document",),
)
