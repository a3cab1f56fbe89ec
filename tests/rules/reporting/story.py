"""Short ways to tell events, as the contract models know them, and to see them as a projection does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import NAMESPACE_OID, UUID, uuid5

import msgspec

from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.registry import EVENTS
from buergerbuero_contracts.topics import topic_of
from servicekit.projection import Projection, Seen
from tests.rules.reporting.fill import FILL, FLENSBURG, NOON


class Told(NamedTuple):
    """An event and the moment of its decision."""

    at: datetime
    event: Event


def uid(name: object) -> UUID:
    """The same id for the same name."""
    return uuid5(NAMESPACE_OID, str(name))


def utc(text: str) -> datetime:
    """``2026-11-16T09:00`` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def tell(type_name: str, at: datetime, /, **fields: Any) -> Told:
    """An event of that type; what ``fields`` leaves out is filled with something harmless."""
    return Told(at, EVENTS[type_name].model_validate({**FILL.get(type_name, {}), **fields}))


def opened(
    visit: object, at: datetime, *services: str, planned_at: datetime | None = None, **more: Any
) -> Told:
    return tell(
        "VisitOpened",
        at,
        **{
            **_visit(visit, at),
            "items": [{"service": service} for service in services],
            "planned_at": planned_at,
            **more,
        },
    )


def called(visit: object, at: datetime, call_no: int = 1, **more: Any) -> Told:
    return tell("CitizenCalled", at, **{**_visit(visit, at), "call_no": call_no, **more})


def returned(visit: object, at: datetime) -> Told:
    return tell("VisitReturned", at, **_visit(visit, at), reason="came_late")


def finished(visit: object, at: datetime, *delivered: str, **more: Any) -> Told:
    items = [{"service": service} for service in delivered]
    return tell("ServiceFinished", at, **{**_visit(visit, at), "delivered": items, **more})


def corrected(visit: object, at: datetime, *delivered: str) -> Told:
    items = [{"service": service} for service in delivered]
    return tell("VisitCorrected", at, **_visit(visit, at), delivered=items)


def admitted(visit: object, at: datetime, kind: str) -> Told:
    fields = {name: value for name, value in _visit(visit, at).items() if name != "at"}
    return tell("CitizenAdmitted", at, **fields, kind=kind, admitted_at=at)


def closed_call(
    call: object, ended_at: datetime, outcome: str = "information", site: str = FLENSBURG
) -> Told:
    return tell(
        "CallClosed",
        ended_at,
        call_id=uid(call),
        site=site,
        outcome=outcome,
        started_at=ended_at,
        ended_at=ended_at,
    )


def recorded_call(
    call: object,
    offered_at: datetime,
    result: str = "answered",
    answered_at: datetime | None = None,
    site: str = FLENSBURG,
) -> Told:
    answered = answered_at or (offered_at if result == "answered" else None)
    return tell(
        "CallRecorded",
        offered_at,
        call_id=uid(call),
        site=site,
        result=result,
        offered_at=offered_at,
        answered_at=answered,
        ended_at=answered or offered_at,
    )


def answered(item: object, at: datetime, channel: str, service: str = "resident_parking") -> Told:
    return tell("ItemAnswered", at, item_id=uid(item), channel=channel, service=service)


def handed_over(document: object, at: datetime, kind: str = "id_card", **more: Any) -> Told:
    return tell("DocumentHandedOver", at, document_id=uid(document), kind=kind, at=at, **more)


def reserved(
    booking: object, at: datetime, purpose: str = "hold", starts_at: datetime | None = None, **more: Any
) -> Told:
    return tell(
        "SlotReserved",
        at,
        **{
            "booking_id": uid(booking),
            "slot_id": uid(("slot", booking, at)),
            "purpose": purpose,
            "starts_at": starts_at or at,
            **more,
        },
    )


def of_booking(type_name: str, booking: object, at: datetime, /, **more: Any) -> Told:
    return tell(type_name, at, booking_id=uid(booking), **more)


def mailed(booking: object, at: datetime, template: str = "confirm_request") -> Told:
    return tell(
        "MessageSent", at, message_id=uid(("mail", booking)), booking_id=uid(booking), template=template
    )


def sampled(at: datetime, *entries: tuple[str, str | None, int | None], site: str = FLENSBURG) -> Told:
    """``entries``: service, first free date, working days."""
    rows = [
        {"service": service, "first_free_on": day, "working_days": days} for service, day, days in entries
    ]
    return tell("LeadTimesSampled", at, site=site, sampled_at=at, entries=rows)


def confirmed(booking: object, at: datetime, starts_at: datetime, **more: Any) -> Told:
    return of_booking("BookingConfirmed", booking, at, starts_at=starts_at, **more)


def of_visit(type_name: str, visit: object, at: datetime, /, **more: Any) -> Told:
    return tell(type_name, at, **{**_visit(visit, at), **more})


def refused(attempt: object, at: datetime, reason: str, site: str = FLENSBURG) -> Told:
    return tell("AdmissionRefused", at, booking_id=uid(attempt), site=site, reason=reason, at=at)


def custody(type_name: str, document: object, at: datetime, kind: str = "id_card", **more: Any) -> Told:
    """A custody event; ``from_`` and ``to`` follow from its type unless given."""
    return tell(type_name, at, document_id=uid(document), kind=kind, at=at, **more)


def of_item(
    type_name: str,
    item: object,
    at: datetime,
    received_on: str = "2026-11-16",
    service: str = "resident_parking",
    **more: Any,
) -> Told:
    return tell(
        type_name, at, **{"item_id": uid(item), "received_on": received_on, "service": service, **more}
    )


def papers(type_name: str, item: object, at: datetime, **more: Any) -> Told:
    return tell(type_name, at, item_id=uid(item), **more)


def note(iso_week: str, text: str, site: str = FLENSBURG) -> Told:
    return tell("WeekNoteWritten", NOON, site=site, iso_week=iso_week, text=text)


def closure(type_name: str, name: object, at: datetime, until: datetime | None = None, **more: Any) -> Told:
    """ClosureDeclared or ClosureLifted, from ``at`` to ``until``."""
    fields = {"closure_id": uid(name), "from": at, "until": until or at, **more}
    return tell(type_name, at, **fields)


def message(type_name: str, name: object, at: datetime, channel: str = "email") -> Told:
    return tell(type_name, at, message_id=uid(name), template="confirmed", channel=channel)


def seen_by(projection: Projection, told: Iterable[Told]) -> list[Seen]:
    """What the projection sees of a story: only its types, only its fields."""
    return [
        Seen(
            type=type(one.event).__name__,
            data=msgspec.json.decode(one.event.to_json(), type=projection.reads[type(one.event).__name__]),
            event_id=uid((position, one.at, one.event.to_json())),
            at=one.at,
            key=one.event.partition_key(),
            topic=topic_of(one.event.service),
            position=position,
        )
        for position, one in enumerate(told, start=1)
        if type(one.event).__name__ in projection.reads
    ]


def _visit(visit: object, at: datetime) -> dict[str, Any]:
    return {"booking_id": uid(("booking of", visit)), "visit_id": uid(visit), "site": FLENSBURG, "at": at}
