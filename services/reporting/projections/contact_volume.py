"""Contact volume: every finished contact once, by channel and service, and the calls behind them.

Promises: a pick-up counts as its handover only, a lost call, a no-show or an unconfirmed booking
never; visits, calls and items are counted by the moment they ended (imported calls: were offered);
the events of a visit may arrive in any number of batches.
Its queries are in ``contact_queries.py``.
Shown by ``tests/way/test_contact_volume.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

from buergerbuero_contracts import topics
from servicekit.projection import Projection, Row, Seen, Step

from .merge import earliest, first, last, rows_of


class Asked(msgspec.Struct, frozen=True):
    """One service of a list."""

    service: str


class Admitted(msgspec.Struct, frozen=True):
    """CitizenAdmitted: what the booking is for."""

    visit_id: UUID
    site: str
    kind: str


class Opened(msgspec.Struct, frozen=True):
    """VisitOpened: what the person came for."""

    visit_id: UUID
    site: str
    items: tuple[Asked, ...] = ()


class Finished(msgspec.Struct, frozen=True):
    """ServiceFinished, VisitCorrected: what was delivered."""

    visit_id: UUID
    site: str
    at: datetime
    delivered: tuple[Asked, ...] = ()


class Closed(msgspec.Struct, frozen=True):
    """CallClosed: a call of the hand log."""

    site: str
    ended_at: datetime
    outcome: str


class Recorded(msgspec.Struct, frozen=True):
    """CallRecorded: a call as the telephone system saw it."""

    call_id: UUID
    site: str
    result: str
    offered_at: datetime
    answered_at: datetime | None = None


class Done(msgspec.Struct, frozen=True):
    """ItemAnswered, ItemForwarded."""

    service: str
    channel: str
    outcome: str | None = None


class HandedOver(msgspec.Struct, frozen=True):
    """DocumentHandedOver."""

    kind: str
    site: str
    at: datetime


class Described(msgspec.Struct, frozen=True):
    """ServiceDescribed: the group of a service."""

    site: str
    service: str
    group: str


ITEM_CHANNELS = {"email": "email", "online": "email", "letter": "post", "fax": "post"}
"""Channel of an item → channel of the figures."""


NOTHING = ""
"""Delivered, by the correction of a list: none at all, unlike a list that nobody has told."""


def main_service(items: Iterable[Asked]) -> str | None:
    """The service under which a visit counts: the first that is no pick-up, else the first."""
    names = [item.service for item in items]
    return next((name for name in names if not name.endswith("_pickup")), names[0] if names else None)


def _visit(seen: Seen, kind: str | None = None) -> Row:
    return (seen.data.visit_id, seen.data.site, kind, None, None, None)


def _finished(seen: Seen) -> Row:
    return (seen.data.visit_id, seen.data.site, None, None, main_service(seen.data.delivered), seen.data.at)


visits = rows_of(
    {  # visit_id, site, kind, asked, delivered, finished_at
        "CitizenAdmitted": lambda e: _visit(e, e.data.kind),
        "VisitOpened": lambda e: (e.data.visit_id, e.data.site, None, main_service(e.data.items), None, None),
        "ServiceFinished": _finished,
        "VisitCorrected": lambda e: (*_finished(e)[:4], main_service(e.data.delivered) or NOTHING, None),
    },
    rules=(first, first, first, last, first),
)


def _item(seen: Seen) -> Row:
    channel = ITEM_CHANNELS[seen.data.channel]
    return (seen.event_id, channel, seen.at, None, seen.data.service, seen.data.outcome)


contacts = rows_of(
    {  # event_id, channel, at, site, service, outcome
        "CallClosed": lambda e: (e.event_id, "phone", e.data.ended_at, e.data.site, None, e.data.outcome),
        "ItemAnswered": _item,
        "ItemForwarded": _item,
        "DocumentHandedOver": lambda e: (
            *(e.event_id, "handover", e.data.at, e.data.site),
            *(f"{e.data.kind}_pickup", None),
        ),
    },
    rules=(first,) * 5,
)

recorded_calls = rows_of(
    {
        "CallRecorded": lambda e: (
            *(e.data.call_id, e.data.site, e.data.result),
            *(e.data.offered_at, e.data.answered_at),
        )
    },
    rules=(last, last, earliest, earliest),
)

described = rows_of(
    {"ServiceDescribed": lambda e: (e.data.site, e.data.service, e.data.group)}, rules=(last,), key=2
)

VISITS = """
INSERT INTO visit AS t (visit_id, site, kind, asked, delivered, finished_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
ON CONFLICT (visit_id) DO UPDATE SET
    site = coalesce(t.site, excluded.site),
    kind = coalesce(t.kind, excluded.kind),
    asked = coalesce(t.asked, excluded.asked),
    delivered = coalesce(excluded.delivered, t.delivered),
    finished_at = coalesce(t.finished_at, excluded.finished_at)
"""

CONTACTS = """
INSERT INTO contact (event_id, channel, at, site, service, outcome)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[])
ON CONFLICT (event_id) DO NOTHING
"""

RECORDED_CALLS = """
INSERT INTO recorded_call AS t (call_id, site, result, offered_at, answered_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
ON CONFLICT (call_id) DO UPDATE SET
    site = excluded.site,
    result = excluded.result,
    offered_at = least(t.offered_at, excluded.offered_at),
    answered_at = least(t.answered_at, excluded.answered_at)
"""

DESCRIBED = """
INSERT INTO described (site, service, service_group)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
ON CONFLICT (site, service) DO UPDATE SET service_group = excluded.service_group
"""

CONTACT_VOLUME = Projection(
    name="reporting.contact_volume.v2",
    topics=(topics.BOOKING, topics.DOCUMENTS),
    reads={
        "CitizenAdmitted": Admitted,
        "VisitOpened": Opened,
        "ServiceFinished": Finished,
        "VisitCorrected": Finished,
        "CallClosed": Closed,
        "CallRecorded": Recorded,
        "ItemAnswered": Done,
        "ItemForwarded": Done,
        "DocumentHandedOver": HandedOver,
        "ServiceDescribed": Described,
    },
    steps=(
        Step(visits, VISITS),
        Step(contacts, CONTACTS),
        Step(recorded_calls, RECORDED_CALLS),
        Step(described, DESCRIBED),
    ),
    schema_sql=Path(__file__).with_suffix(".sql"),
    tables=("visit", "contact", "recorded_call", "described"),
)
