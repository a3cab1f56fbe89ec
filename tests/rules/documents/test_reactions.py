"""What each event of booking asks of documents."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from buergerbuero_contracts.booking import (
    BookingRestored,
    ClosureDeclared,
    ClosureLifted,
    ClosureReason,
    ClosureScope,
    HoldExpired,
    VisitCorrected,
)
from buergerbuero_contracts.booking.enums import ExpiryReason, HoldStage
from buergerbuero_contracts.documents import DocumentKind, Variant
from buergerbuero_contracts.envelope import Event, Item
from services.documents import commands as ask
from services.documents import followed_commands as told
from services.documents.reactions import BOOKING, react
from services.documents.rules.holder import Holder
from services.documents.rules.ordering import CREATES
from tests.rules.documents.desk import EVA, PASSPORT, PICKUP, VISIT, Desk, finished, uid
from tests.rules.documents.world import SITE, World

DOCUMENT = uid("document")
ID_CARD = DocumentKind.ID_CARD
AT = datetime.fromisoformat("2026-11-24T09:00Z")


def asked(event: Event) -> list[ask.Command]:
    """The commands of one event."""
    return react(SimpleNamespace(event=event, epoch=2, position=7))  # type: ignore[arg-type]


def test_the_reaction_reads_bookings_topic_under_its_own_name() -> None:
    assert BOOKING.name == "documents.reactions.booking.v1"


def test_a_finished_visit_orders_a_document_per_piece() -> None:
    event = finished("passport_apply", "registration", at=AT, passport_apply=2)
    first, second = asked(event)
    assert isinstance(first, ask.OrderDocument)
    assert isinstance(second, ask.OrderDocument)
    assert (first.kind, first.booking_id, first.person_id, first.person_revision) == (PASSPORT, VISIT, EVA, 1)
    assert (first.piece, second.piece, first.ordered_at) == (1, 2, AT)
    assert asked(finished("registration", at=AT)) == []


def corrected(before: dict[str, int], after: dict[str, int]) -> VisitCorrected:
    """The list of a visit, put right at the counter."""
    replaced, delivered = (
        tuple(Item(service=service, quantity=quantity) for service, quantity in items.items())
        for items in (before, after)
    )
    return VisitCorrected(
        booking_id=VISIT, visit_id=uid("visit"), site=SITE, at=AT,
        delivered=delivered, replaced=replaced, person_id=EVA, person_revision=2,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "ordered"),
    [
        ({"registration": 1}, {"passport_apply": 1}, [(PASSPORT, 1, Variant.NORMAL, None)]),
        ({}, {"child_document_apply": 1}, [(ID_CARD, 1, Variant.NORMAL, Holder.CHILD)]),
        ({"passport_apply": 1}, {"passport_apply": 2}, [(PASSPORT, 2, Variant.NORMAL, None)]),
        ({"child_document_apply": 1}, {"id_card_apply": 1, "child_document_apply": 1},
         [(ID_CARD, 2, Variant.NORMAL, None)]),
        ({"passport_apply": 1}, {"passport_apply": 1, "passport_express": 1},
         [(PASSPORT, 2, Variant.EXPRESS, None)]),
        ({"child_document_apply": 1}, {"id_card_apply": 1}, []),
        ({"passport_apply": 2}, {"passport_apply": 1, "registration": 1}, []),
        ({"passport_apply": 1}, {}, []),
    ],
)  # fmt: skip
def test_a_correction_orders_what_it_adds(
    before: dict[str, int], after: dict[str, int], ordered: list[object]
) -> None:
    """What had been forgotten at the counter was never ordered, and nobody was told."""
    orders = asked(corrected(before, after))
    assert all(isinstance(one, ask.OrderDocument) for one in orders)
    assert [(one.kind, one.piece, one.variant, one.holder) for one in orders] == ordered  # type: ignore[union-attr]
    assert {(one.booking_id, one.person_id, one.person_revision) for one in orders} <= {(VISIT, EVA, 2)}  # type: ignore[union-attr]


def test_a_correction_that_does_not_tell_what_it_replaces_orders_nothing() -> None:
    """Of before that was told: what is new in it cannot be known."""
    assert asked(corrected({}, {"passport_apply": 1}).model_copy(update={"replaced": None})) == []


def test_provisional_documents_and_pickups_order_nothing() -> None:
    spot = ("id_card_provisional", "passport_provisional", "passport_pickup", "id_card_pin")
    assert not set(spot) & set(CREATES)
    assert asked(finished(*spot, at=AT)) == []


def test_a_pickups_life_is_told_to_its_documents(world: World, desk: Desk) -> None:
    (document,) = desk.invited(PASSPORT)
    confirmed = desk.confirmed(document)
    (booked,) = asked(confirmed)
    assert booked == told.NotePickupBooked(
        booking_id=PICKUP,
        document_ids=(document,),
        word=(2, 7),
        invitation_id=confirmed.invitation_id,
        starts_at=confirmed.starts_at,
    )
    later = world.at + timedelta(days=2)
    (moved,) = asked(desk.moved(document, to=later))
    assert isinstance(moved, told.NotePickupBooked)
    assert moved.starts_at == later
    (cancelled,) = asked(desk.cancelled(document, undo_until=later))
    assert isinstance(cancelled, told.NotePickupEnded)
    assert cancelled.undo_until == later
    (missed,) = asked(desk.missed(document))
    assert isinstance(missed, told.NotePickupEnded)
    assert missed.undo_until is None
    (admitted,) = asked(desk.admitted(document))
    assert isinstance(admitted, told.NotePickupAdmitted)
    assert admitted.admitted_at == world.at


def test_a_booking_that_is_back_is_one_step_whether_undone_or_restored(desk: Desk) -> None:
    undone = desk.undone(DOCUMENT)
    restored = BookingRestored(**undone.model_dump())
    assert asked(undone) == asked(restored)
    assert isinstance(asked(undone)[0], told.NotePickupUndone)


def test_bookings_without_documents_ask_for_nothing(desk: Desk) -> None:
    other: dict[str, Any] = {"document_ids": ()}
    assert asked(desk.confirmed(DOCUMENT).model_copy(update=other)) == []
    assert asked(desk.cancelled()) == []
    assert asked(desk.admitted()) == []
    expired = HoldExpired(booking_id=PICKUP, stage=HoldStage.HELD, reason=ExpiryReason.TIME)
    assert asked(expired) == []


def test_closures_of_whole_days_are_noted_with_their_first_and_last_day() -> None:
    closure: dict[str, Any] = {
        "closure_id": uid("closure"),
        "site": SITE,
        "scope": ClosureScope.SITE,
        "from_": datetime.fromisoformat("2026-12-23T23:00Z"),
        "until": datetime.fromisoformat("2026-12-31T23:00Z"),
        "reason": ClosureReason.HOLIDAY,
        "bookings_hit": 3,
    }
    assert asked(ClosureDeclared(**closure)) == [
        told.NoteClosure(
            site=SITE,
            closure_id=uid("closure"),
            first_on=date(2026, 12, 24),
            last_on=date(2026, 12, 31),
        )
    ]
    assert asked(ClosureLifted(**closure)) == [told.NoteClosureLifted(site=SITE, closure_id=uid("closure"))]
    assert asked(ClosureDeclared(**{**closure, "scope": ClosureScope.PART_OF_DAY})) == []
