"""Bins of the safe, deliveries, and what a count finds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID

import pytest

from buergerbuero_contracts.documents import Delivery, DocumentFound, DocumentMissed
from buergerbuero_contracts.envelope import Event
from servicekit.decider import Refused
from services.documents import commands as ask
from services.documents.rules.document_commands import DocumentCase
from services.documents.rules.document_state import Status
from services.documents.rules.events import BatchClosed, SafeCounted
from tests.rules.documents.desk import ID_CARD, PASSPORT, Desk, uid
from tests.rules.documents.stages import documents, shipped_order
from tests.rules.documents.world import SITE, World

E = TypeVar("E", bound=Event)


def of(kind: type[E], events: list[Event]) -> list[E]:
    """The events of a type."""
    return [one for one in events if isinstance(one, kind)]


def store(document: UUID, place: str) -> ask.StoreDocument:
    """Into this bin."""
    return ask.StoreDocument(document_id=document, bin=place, approved_by="colleague")


def code_of(world: World, command: ask.Command) -> str:
    """The refusal of a command."""
    with pytest.raises(Refused) as caught:
        world.ask(command)
    assert caught.value.details == {} or caught.value.code != "bin-full"
    return caught.value.code


def test_a_bin_that_is_taken_is_full_until_its_document_left(world: World, desk: Desk) -> None:
    passport, id_card = desk.received(PASSPORT, ID_CARD)
    world.ask(store(passport, "a1"))
    assert code_of(world, store(id_card, "a1")) == "bin-full"
    world.ask(ask.FetchDocument(document_id=passport, window="window_1"))
    assert code_of(world, store(id_card, "a1")) == "bin-full"  # it may come back
    world.ask(desk.hand_over(passport, approved_by="colleague"))
    world.ask(store(id_card, "a1"))
    assert world.document(id_card).bin == "a1"


def test_a_bin_can_hold_more_where_the_site_says_so(world: World, desk: Desk) -> None:
    world.set(bin_capacity=2)
    passport, id_card = desk.received(PASSPORT, ID_CARD)
    world.ask(store(passport, "a1"))
    world.ask(store(id_card, "a1"))
    other = Desk(world, uid("Jan"), uid("Jan's application"))
    (third,) = other.received(PASSPORT)
    assert code_of(world, store(third, "a1")) == "bin-full"


def test_who_puts_a_document_into_another_bin_frees_the_first(world: World, desk: Desk) -> None:
    passport, id_card = desk.received(PASSPORT, ID_CARD)
    world.ask(store(passport, "a1"))
    world.ask(ask.FetchDocument(document_id=passport, window="window_1"))
    world.ask(ask.PutBack(document_id=passport, window="window_1", bin="a2"))
    world.ask(store(id_card, "a1"))
    assert (world.document(passport).bin, world.document(id_card).bin) == ("a2", "a1")


def test_a_document_may_be_put_back_into_its_own_bin(world: World, desk: Desk) -> None:
    (passport,) = desk.invited(PASSPORT)
    own = world.document(passport).bin
    assert own
    world.ask(ask.FetchDocument(document_id=passport, window="window_1"))
    world.ask(ask.PutBack(document_id=passport, window="window_1", bin=own))


@pytest.mark.parametrize("place", ["", "a 1", "ä1", "a" * 21, "<b>"])
def test_a_place_has_a_name_that_can_be_read_out(world: World, desk: Desk, place: str) -> None:
    (passport,) = desk.received(PASSPORT)
    assert code_of(world, store(passport, place)) == "invalid-input"


def test_a_count_names_what_is_missing_and_a_later_one_what_is_found(world: World, desk: Desk) -> None:
    passport, id_card = desk.invited(PASSPORT, ID_CARD)
    events = world.ask(ask.CountSafe(site=SITE, numbers=(desk.number(ID_CARD),)))
    assert [one.document_id for one in of(DocumentMissed, events)] == [passport]
    (counted,) = of(SafeCounted, events)
    assert (counted.expected, counted.counted, counted.missing, counted.strange) == (2, 1, 1, 0)
    events = world.ask(ask.CountSafe(site=SITE, document_ids=(passport, id_card)))
    assert [one.document_id for one in of(DocumentFound, events)] == [passport]
    (counted,) = of(SafeCounted, events)
    assert (counted.expected, counted.missing, counted.found) == (2, 0, 1)


def test_f06_a_count_by_a_scanner_with_the_american_layout_misses_nothing(world: World, desk: Desk) -> None:
    (passport,) = desk.invited(PASSPORT)
    world.cases.rows[passport] = DocumentCase(passport, "C01Z00Y47")
    (counted,) = world.ask(ask.CountSafe(site=SITE, numbers=("C01Y00Z47", "C01Z00Y47")))
    assert isinstance(counted, SafeCounted)
    assert (counted.counted, counted.missing, counted.strange) == (1, 0, 0)


def test_a_count_of_one_of_two_numbers_that_differ_by_y_and_z_misses_the_other(
    world: World, desk: Desk
) -> None:
    other = Desk(world, uid("Max"), uid("Max's visit"))
    mine, his = (one for who in (desk, other) for one in who.invited(ID_CARD))
    world.cases.rows[mine] = DocumentCase(mine, "L01X00Y47")
    world.cases.rows[his] = DocumentCase(his, "L01X00Z47")
    events = world.ask(ask.CountSafe(site=SITE, numbers=("L01X00Z47",)))
    assert [one.document_id for one in of(DocumentMissed, events)] == [mine]
    (counted,) = of(SafeCounted, events)
    assert (counted.counted, counted.missing, counted.strange) == (1, 1, 0)
    (counted,) = of(SafeCounted, world.ask(ask.CountSafe(site=SITE, numbers=("L01X00Z47", "L01X00Y47"))))
    assert (counted.counted, counted.missing, counted.found) == (2, 0, 1)


def test_a_count_without_a_difference_is_recorded_too(world: World) -> None:
    (counted,) = world.ask(ask.CountSafe(site=SITE))
    assert isinstance(counted, SafeCounted)
    assert counted.expected == 0


def test_what_lies_in_the_safe_and_belongs_elsewhere_is_strange(world: World, desk: Desk) -> None:
    (passport,) = desk.at_window(PASSPORT)
    events = world.ask(ask.CountSafe(site=SITE, document_ids=(passport,), numbers=("C99999999",)))
    (counted,) = of(SafeCounted, events)
    assert (counted.expected, counted.counted, counted.missing, counted.strange) == (0, 0, 0, 2)


def test_a_missing_document_that_turns_up_at_a_window_is_found(world: World, desk: Desk) -> None:
    (passport,) = desk.invited(PASSPORT)
    world.ask(ask.CountSafe(site=SITE))
    assert world.document(passport).missed
    events = world.ask(ask.FetchDocument(document_id=passport, window="window_1"))
    assert of(DocumentFound, events)


# --- deliveries


def test_a_delivery_takes_scans_until_it_is_closed(world: World, desk: Desk) -> None:
    passport, id_card = desk.ordered(PASSPORT, ID_CARD)
    batch = desk.batch()
    scan = ask.ReceiveDocument(batch_id=batch, number=desk.number(PASSPORT), document_id=passport)
    world.ask(scan)
    assert world.ask(scan) == []  # scanned twice
    (closed,) = world.ask(ask.CloseBatch(batch_id=batch))
    assert isinstance(closed, BatchClosed)
    assert closed.documents == 1
    assert world.ask(ask.CloseBatch(batch_id=batch)) == []
    late = ask.ReceiveDocument(batch_id=batch, number=desk.number(ID_CARD), document_id=id_card)
    assert code_of(world, late) == "wrong-state"
    assert world.document(id_card).status is Status.ORDERED


def test_a_delivery_that_nobody_opened_takes_no_scan(world: World, desk: Desk) -> None:
    scan = ask.ReceiveDocument(batch_id=uid("no delivery"), number="C01X00T47")
    assert code_of(world, scan) == "unknown-batch"
    assert code_of(world, ask.CloseBatch(batch_id=uid("no delivery"))) == "unknown-batch"
    assert code_of(world, ask.OpenBatch(site="elsewhere")) == "unknown-site"


def test_a_scan_that_no_document_can_have_is_refused_at_the_field(world: World, desk: Desk) -> None:
    batch = desk.batch()
    assert code_of(world, ask.ReceiveDocument(batch_id=batch, number="???")) == "invalid-input"
    assert code_of(world, ask.ReceiveDocument(batch_id=batch, number="12345678")) == "number-mismatch"


def test_two_numbers_that_differ_by_y_and_z_both_come_if_the_second_says_whose_it_is(
    world: World, desk: Desk
) -> None:
    other = Desk(world, uid("Max"), uid("Max's visit"))
    mine, his = (one for who in (desk, other) for one in who.ordered(ID_CARD))
    batch = desk.batch()
    first = ask.ReceiveDocument(batch_id=batch, number="L01X00Y47", document_id=mine)
    world.ask(first)
    assert code_of(world, replace(first, document_id=his)) == "number-mismatch"
    assert world.ask(replace(first, number="L01X00Z47", document_id=None)) == []  # as it may be meant
    world.ask(replace(first, number="L01X00Z47", document_id=his))
    assert [world.document(one).status for one in (mine, his)] == [Status.READY, Status.READY]
    assert [world.cases.rows[one].number for one in (mine, his)] == ["L01X00Y47", "L01X00Z47"]


# --- what comes back from the carrier


def brought_back(world: World, **changed: Any) -> UUID:
    """An ID card, ordered without its number, that the carrier could not deliver."""
    shipped_order(world)
    (document,) = (one for one in documents(world) if world.document(one).delivery is Delivery.SHIPPING)
    world.ask(ask.RecordShipment(document_id=document))
    back = {"document_id": document, "bin": "b1", "approved_by": "colleague", **changed}
    world.ask(ask.ReceiveReturn(**back))
    return document


def test_what_the_carrier_brings_back_is_handed_over_by_the_number_that_was_scanned_then(
    world: World, desk: Desk
) -> None:
    document = brought_back(world, number=desk.number(ID_CARD))
    world.ask(ask.FetchDocument(document_id=document, window="window_1"))
    world.ask(desk.hand_over(document, approved_by="colleague"))
    assert world.document(document).status is Status.HANDED_OVER


def test_the_number_of_what_was_brought_back_can_follow_later(world: World, desk: Desk) -> None:
    document = brought_back(world)
    again = ask.ReceiveReturn(document_id=document, bin="b1", number=desk.number(ID_CARD))
    assert world.ask(again) == []
    assert world.cases.rows[document].number == desk.number(ID_CARD)
    assert code_of(world, replace(again, number="L99999999")) == "number-mismatch"


@pytest.mark.parametrize("number", ["anothers", "another kind's", "?"])
def test_what_is_brought_back_takes_no_number_that_cannot_be_its_own(
    world: World, desk: Desk, number: str
) -> None:
    desk.received(ID_CARD)
    scans = {"anothers": desk.number(ID_CARD), "another kind's": desk.number(PASSPORT)}
    with pytest.raises(Refused) as caught:
        brought_back(world, number=scans.get(number, number))
    assert caught.value.code == ("invalid-input" if number == "?" else "number-mismatch")
    shipped = documents(world)[-1]
    assert world.document(shipped).status is Status.SHIPPED
    assert world.cases.rows[shipped].number is None
