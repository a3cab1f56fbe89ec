"""How a document and its order find each other, whichever comes first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from buergerbuero_contracts.documents import (
    Delivery,
    DocumentKind,
    DocumentOrdered,
    DocumentReady,
    PickupInvited,
    PinLetter,
    Variant,
)
from servicekit.decider import Refused
from services.documents import commands as ask
from services.documents.rules.document_commands import DocumentCase
from services.documents.rules.document_state import Status
from services.documents.rules.events import OrderJoined
from services.documents.rules.holder import Holder
from tests.rules.documents.desk import EVA, ID_CARD, LICENCE, PASSPORT, Desk, finished, uid
from tests.rules.documents.world import SITE, World

CONTACT = ask.Contact(name="Eva Muster", email="eva@example.org", language="en")


def order(**changed: Any) -> ask.OrderDocument:
    """A passport, ordered without a visit."""
    return ask.OrderDocument(**{"kind": PASSPORT, "site": SITE, "contact": CONTACT, **changed})


def code_of(world: World, command: ask.Command) -> str:
    """The refusal; nothing is stored, beside the log neither."""
    before, rows = len(world.log.events), dict(world.cases.rows)
    with pytest.raises(Refused) as caught:
        world.ask(command)
    assert (len(world.log.events), world.cases.rows) == (before, rows)
    return caught.value.code


def test_a_visit_orders_each_document_that_it_applied_for(world: World, desk: Desk) -> None:
    visit = finished(
        "child_document_apply",
        "id_card_apply",
        "passport_express",
        "registration",
        "id_card_provisional",
        at=world.at,
        child_document_apply=2,
    )
    ordered = [one for one in world.hear(visit) if isinstance(one, DocumentOrdered)]
    told = [(one.kind, one.variant, one.pin_letter, one.person_id) for one in ordered]
    assert told == [
        (ID_CARD, Variant.NORMAL, PinLetter.NONE, EVA),  # below 16 there is no PIN
        (ID_CARD, Variant.NORMAL, PinLetter.NONE, EVA),
        (ID_CARD, Variant.NORMAL, PinLetter.HANDED_OVER, EVA),
        (PASSPORT, Variant.EXPRESS, PinLetter.NONE, EVA),
    ]
    assert len({one.document_id for one in ordered}) == 4
    holders = [world.cases.rows[one.document_id].holder for one in ordered[:2]]
    assert holders == [Holder.CHILD, Holder.CHILD]
    assert world.hear(visit) == []  # told twice


def test_a_delivery_that_comes_before_its_order_is_joined_by_booking_and_kind(
    world: World, desk: Desk
) -> None:
    scan = ask.ReceiveDocument(
        batch_id=desk.batch(), number=desk.number(PASSPORT), booking_id=desk.visit, kind=PASSPORT
    )
    ordered, ready, *_ = world.ask(scan)
    assert isinstance(ordered, DocumentOrdered)
    assert isinstance(ready, DocumentReady)
    assert (ordered.late, ordered.person_id) == (True, None)
    joined = world.hear(finished("passport_apply", at=world.at))
    assert [one.person_id for one in joined if isinstance(one, OrderJoined)] == [EVA]
    assert world.document(ordered.document_id).person_id == EVA
    (invited,) = (one for one in desk.store(ordered.document_id) if isinstance(one, PickupInvited))
    assert invited.person_id == EVA


def test_a_late_order_calls_at_once_for_what_lies_in_the_safe_already(world: World, desk: Desk) -> None:
    scan = ask.ReceiveDocument(
        batch_id=desk.batch(), number=desk.number(PASSPORT), booking_id=desk.visit, kind=PASSPORT
    )
    world.ask(scan)
    document = desk.document(PASSPORT)
    assert [one for one in desk.store(document) if isinstance(one, PickupInvited)] == []
    events = world.hear(finished("passport_apply", at=world.at))
    (invited,) = (one for one in events if isinstance(one, PickupInvited))
    assert invited.document_ids == (document,)


def test_a_scan_by_booking_finds_the_piece_that_nothing_came_for(world: World, desk: Desk) -> None:
    world.hear(finished("id_card_apply", at=world.at, id_card_apply=2))
    batch = desk.batch()
    for number in ("L01X00T47", "L01X00T48"):
        world.ask(ask.ReceiveDocument(batch_id=batch, number=number, booking_id=desk.visit))
    pieces = [desk.document(ID_CARD, piece) for piece in (1, 2)]
    assert [world.document(one).status for one in pieces] == [Status.READY, Status.READY]
    assert [world.cases.rows[one].number for one in pieces] == ["L01X00T47", "L01X00T48"]


@pytest.mark.parametrize(
    ("number", "kind"), [("L01X00T47", ID_CARD), ("C01X00T47", PASSPORT), ("B072RRE2I55", LICENCE)]
)
def test_a_scan_that_fits_nothing_opens_an_order_whose_kind_the_number_tells(
    world: World, desk: Desk, number: str, kind: DocumentKind
) -> None:
    ordered, *_ = world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=number))
    assert isinstance(ordered, DocumentOrdered)
    assert (ordered.late, ordered.kind) == (True, kind)


def test_a_clerk_joins_a_late_document_with_its_booking(world: World, desk: Desk) -> None:
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=desk.number(PASSPORT)))
    (late,) = world.cases.rows
    join = ask.JoinOrder(document_id=late, booking_id=desk.visit)
    assert code_of(world, join) == "unknown-order"
    (order_,) = desk.ordered(PASSPORT)
    world.cases.rows[order_] = DocumentCase(order_, holder=Holder.YOUNG)
    world.ask(join)
    assert world.document(late).person_id == EVA
    assert world.cases.rows[late] == DocumentCase(late, desk.number(PASSPORT), holder=Holder.YOUNG)
    assert world.document(order_).status is Status.MERGED
    assert world.timer_kinds(order_) == {"case-erasure"}
    assert code_of(world, join) == "wrong-state"


def test_of_a_familys_orders_a_clerk_joins_the_one_that_was_chosen(world: World, desk: Desk) -> None:
    world.hear(finished("child_document_apply", "id_card_apply", at=world.at))
    childs, adults = desk.document(ID_CARD, 1), desk.document(ID_CARD, 2)
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=desk.number(ID_CARD)))
    (late,) = (key for key, row in world.cases.rows.items() if row.number)
    foreign = ask.JoinOrder(document_id=late, booking_id=desk.visit, order_id=uid("another visit's"))
    assert code_of(world, foreign) == "unknown-order"
    world.ask(ask.JoinOrder(document_id=late, booking_id=desk.visit, order_id=adults))
    assert world.document(adults).status is Status.MERGED
    assert world.document(childs).status is Status.ORDERED
    assert world.cases.rows[late].holder is None


def test_an_orders_pin_letter_is_as_open_for_the_document_that_fulfils_it(world: World, desk: Desk) -> None:
    """By when it came alone the letter would have been handed over with the application."""
    visit = {"booking_id": desk.visit, "person_id": EVA, "contact": None}
    world.ask(order(kind=ID_CARD, pin_letter=PinLetter.BY_POST, **visit))
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=desk.number(ID_CARD)))
    (late,) = world.cases.rows
    world.ask(ask.JoinOrder(document_id=late, booking_id=desk.visit))
    desk.store(late)
    world.ask(ask.FetchDocument(document_id=late, window="window_1"))
    handed = desk.hand_over(late, approved_by="colleague")
    assert code_of(world, handed) == "pin-letter-open"


def test_who_is_joined_with_what_lies_in_the_safe_is_called_in_that_language(
    world: World, desk: Desk
) -> None:
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=desk.number(PASSPORT)))
    (late,) = world.cases.rows
    desk.store(late)
    desk.ordered(PASSPORT)
    world.spoken[EVA] = "da"
    events = world.ask(ask.JoinOrder(document_id=late, booking_id=desk.visit))
    assert [one.language for one in events if isinstance(one, PickupInvited)] == ["da"]


def test_who_orders_what_lies_in_the_safe_is_called_in_the_language_of_the_order(
    world: World, desk: Desk
) -> None:
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=desk.number(PASSPORT)))
    (late,) = world.cases.rows
    desk.store(late)
    events = world.ask(order(number=desk.number(PASSPORT)))
    (invited,) = (one for one in events if isinstance(one, PickupInvited))
    assert (invited.document_ids, invited.language) == ((late,), "en")


def test_an_order_with_the_number_of_a_late_document_is_for_that_one(world: World, desk: Desk) -> None:
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=desk.number(PASSPORT)))
    (late,) = world.cases.rows
    events = world.ask(order(number=desk.number(PASSPORT)))
    assert [type(one).__name__ for one in events] == ["OrderJoined", "HolderNamed"]
    person_id = world.document(late).person_id
    assert person_id is not None
    assert world.log.people[person_id].name == "Eva Muster"


def test_a_number_belongs_to_one_document(world: World, desk: Desk) -> None:
    world.ask(order(number="C01X00T47"))
    assert code_of(world, order(number="c01 x00 t47")) == "number-mismatch"
    world.ask(order(number="C01X00T48"), name="second")
    second = next(key for key, row in world.cases.rows.items() if row.number == "C01X00T48")
    scan = ask.ReceiveDocument(batch_id=desk.batch(), number="C01X00T47", document_id=second)
    assert code_of(world, scan) == "number-mismatch"


def test_a_case_that_has_a_number_takes_no_other(world: World, desk: Desk) -> None:
    world.ask(order(number="C01X00T47"))
    (document,) = world.cases.rows
    scan = ask.ReceiveDocument(batch_id=desk.batch(), number="C01X00T99", document_id=document)
    with pytest.raises(Refused) as caught:
        world.ask(scan)
    assert caught.value.code == "number-mismatch"
    assert world.document(document).status is Status.ORDERED


def test_without_a_visit_the_person_is_documents_own_and_is_kept_until_two_days_after(
    world: World, desk: Desk
) -> None:
    world.ask(order(number=desk.number(PASSPORT)))
    (document,) = world.cases.rows
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=desk.number(PASSPORT)))
    (invited,) = (one for one in desk.store(document) if isinstance(one, PickupInvited))
    assert invited.language == "en"
    assert world.log.people[invited.person_id].keep_until.year == 2027
    world.ask(ask.FetchDocument(document_id=document, window="window_1"))
    world.ask(desk.hand_over(document, approved_by="colleague"))
    assert world.log.people[invited.person_id].keep_until.isoformat() == "2026-11-25T23:00:00+00:00"
    assert world.cases.rows
    world.until("2026-11-25T23:00Z")
    assert world.cases.rows == {}


def test_an_order_says_who_it_is_for(world: World) -> None:
    assert code_of(world, order(contact=None)) == "invalid-input"
    assert code_of(world, order(site="elsewhere")) == "unknown-site"


SHIPPING = {
    "delivery": Delivery.SHIPPING,
    "holder": Holder.ADULT,
    "address_in_germany": True,
    "other_document": True,
}


@pytest.mark.parametrize(
    ("changed", "allowed"),
    [
        ({}, True),
        ({"kind": ID_CARD, "holder": Holder.YOUNG}, True),
        ({"kind": ID_CARD, "holder": Holder.CHILD}, False),
        ({"holder": Holder.YOUNG}, False),
        ({"holder": None}, False),
        ({"variant": Variant.EXPRESS}, False),
        ({"variant": Variant.PAGES_48}, True),
        ({"address_in_germany": False}, False),
        ({"other_document": False}, False),
        ({"kind": LICENCE}, False),
    ],
)
def test_what_may_be_shipped(world: World, changed: dict[str, Any], allowed: bool) -> None:
    command = order(**{**SHIPPING, **changed})
    if allowed:
        assert isinstance(world.ask(command)[0], DocumentOrdered)
    else:
        assert code_of(world, command) == "shipping-not-allowed"


def test_what_the_carrier_brings_back_lies_in_the_safe_and_is_called_for(world: World) -> None:
    world.ask(order(**SHIPPING))
    (document,) = (UUID(str(stream.id)) for stream in world.log.streams if stream.category == "document")
    world.ask(ask.RecordShipment(document_id=document))
    back = ask.ReceiveReturn(document_id=document, bin="b1", approved_by="colleague")
    events = world.ask(back)
    assert [one.document_ids for one in events if isinstance(one, PickupInvited)] == [(document,)]


def test_a_visit_without_a_person_orders_all_the_same(world: World, desk: Desk) -> None:
    world.hear(finished("passport_apply", person=None, at=world.at))
    assert world.document(desk.document(PASSPORT)).status is Status.ORDERED
    assert world.document(uid("nothing")).known is False
