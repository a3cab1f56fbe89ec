"""Read model ``notification.wishes.v1``: what a message has to know of a wish for an earlier appointment.

Promises: one row per wish with its latest state, and the position that brought it; an offer that somebody
took is over for all who got it, whichever of the two was told first; the same events split at any place give
equal rows. Opaque ids, codes and times only.
Shown by ``tests/rules/notification/test_wishes.py`` and ``tests/way/test_wish_mails.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from buergerbuero_contracts import topics
from servicekit.postgres import Pool
from servicekit.projection import Projection, Row, Seen, Step
from servicekit.read_model import read_model
from services.notification.facts import WishFacts
from services.notification.projections.merge import as_json, merged
from services.notification.rules.templates import WISH_PROOF, SourceNow, WishPhase

NAME = "notification.wishes.v1"


class Item(msgspec.Struct):
    """One service of a wish."""

    service: str
    quantity: int = 1


class Made(msgspec.Struct):
    """WishMade."""

    wish_id: UUID
    site: str
    items: list[Item]
    booking_id: UUID | None = None


class Offered(msgspec.Struct):
    """WishOffered."""

    wish_id: UUID
    offer_id: UUID
    starts_at: datetime
    offered_until: datetime


class Moved(msgspec.Struct):
    """WishConfirmed, WishFulfilled, WishClosed."""

    wish_id: UUID


class Reserved(msgspec.Struct):
    """SlotReserved; only those for an offer count."""

    offer_id: UUID | None = None


PHASES: Mapping[str, WishPhase] = {
    "WishConfirmed": WishPhase.WAITING,
    "WishOffered": WishPhase.OFFERED,
    "WishFulfilled": WishPhase.CLOSED,
    "WishClosed": WishPhase.CLOSED,
}


def wish(one: Seen) -> dict[str, Any]:
    """What an event says about its wish."""
    told: dict[str, Any] = {"position": one.position, "phase": str(PHASES.get(one.type, WishPhase.WAITING))}
    match one.data:
        case Made() as made:
            unproven = made.booking_id is None
            return told | {
                "changed_at": one.position,
                "phase": str(WishPhase.UNCONFIRMED if unproven else WishPhase.WAITING),
                "site": made.site,
                "items": as_json([(item.service, item.quantity) for item in made.items]),
                "booking_id": made.booking_id,
                "made_at": one.at,
            }
        case Offered() as offer:
            return told | {
                "changed_at": one.position,
                "offer_id": offer.offer_id,
                "starts_at": offer.starts_at,
                "offered_until": offer.offered_until,
            }
    return told


def wishes(seen: Sequence[Seen]) -> Sequence[Row]:
    """One row per wish."""
    own = (one for one in seen if not isinstance(one.data, Reserved))
    return [tuple(map(row.get, COLUMNS)) for row in merged(own, "wish_id", wish).values()]


def taken(seen: Sequence[Seen]) -> Sequence[Row]:
    """The offers that somebody took."""
    found = {one.data.offer_id for one in seen if isinstance(one.data, Reserved)}
    return [(offer,) for offer in sorted(offer for offer in found if offer is not None)]


COLUMNS = (
    *("wish_id", "position", "changed_at", "phase", "site", "items", "booking_id", "made_at"),
    *("offer_id", "starts_at", "offered_until"),
)
UPSERT = """
INSERT INTO wish_state AS known (wish_id, position, changed_at, phase, site, items, booking_id, made_at,
    offer_id, starts_at, offered_until)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::json[], $7::uuid[],
    $8::timestamptz[], $9::uuid[], $10::timestamptz[], $11::timestamptz[])
ON CONFLICT (wish_id) DO UPDATE SET
    position = excluded.position,
    changed_at = coalesce(excluded.changed_at, known.changed_at),
    phase = excluded.phase,
    site = coalesce(excluded.site, known.site),
    items = coalesce(excluded.items, known.items),
    booking_id = coalesce(excluded.booking_id, known.booking_id),
    made_at = coalesce(excluded.made_at, known.made_at),
    offer_id = coalesce(excluded.offer_id, known.offer_id),
    starts_at = coalesce(excluded.starts_at, known.starts_at),
    offered_until = coalesce(excluded.offered_until, known.offered_until)"""
TAKE = "INSERT INTO taken_offer SELECT * FROM unnest($1::uuid[]) ON CONFLICT DO NOTHING"

WISHES = Projection(
    name=NAME,
    topics=(topics.BOOKING,),
    reads={
        "WishMade": Made,
        "WishOffered": Offered,
        "WishConfirmed": Moved,
        "WishFulfilled": Moved,
        "WishClosed": Moved,
        "SlotReserved": Reserved,
    },
    steps=(Step(wishes, UPSERT), Step(taken, TAKE)),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("wish_state", "taken_offer"),
)

_BY_ID = """
SELECT w.wish_id, w.position, w.changed_at, w.phase, w.site, w.items::text AS items, w.booking_id, w.made_at,
    w.starts_at, w.offered_until, t.offer_id IS NOT NULL AS taken
FROM wish_state w LEFT JOIN taken_offer t USING (offer_id)
WHERE w.wish_id = $1"""


class Wishes:
    """Wishes as the mailer asks for them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def row(self, wish_id: UUID) -> Mapping[str, Any] | None:
        """What is known of a wish, from the generation that counts."""
        async with read_model(self._pool, NAME) as connection:
            found = await connection.fetchrow(_BY_ID, wish_id)
        return dict(found) if found is not None else None


def now_of(row: Mapping[str, Any] | None) -> SourceNow | None:
    """What the stale check needs. An offer that somebody took is none any more."""
    if row is None:
        return None
    phase = WishPhase(row["phase"])
    if phase is WishPhase.OFFERED and row["taken"]:
        phase = WishPhase.WAITING
    return SourceNow(row["position"], row["changed_at"] or 0, phase)


def facts_of(row: Mapping[str, Any], _source_type: str) -> WishFacts:
    """What a message tells of a wish. Raises ``LookupError`` for one that is known in part only."""
    if row["items"] is None or row["made_at"] is None:
        raise LookupError("a wish of which nothing but its end is known")
    return WishFacts(
        wish_id=row["wish_id"],
        site=row["site"],
        items=[(service, quantity) for service, quantity in msgspec.json.decode(row["items"])],
        prove_until=row["made_at"] + WISH_PROOF,
        starts_at=row["starts_at"],
        offered_until=row["offered_until"],
        moves=row["booking_id"] is not None,
    )
