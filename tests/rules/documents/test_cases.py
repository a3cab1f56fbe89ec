"""What is kept of a document beside the log, and of a person: who says it, and who no longer does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from buergerbuero_contracts.documents import DocumentHandedOver, DocumentKind, DocumentOrdered, DocumentReady
from servicekit.decider import Refused
from servicekit.log import Busy
from services.documents import commands as ask
from services.documents.rules.document_commands import DocumentCase
from services.documents.rules.document_state import Status
from services.documents.rules.holder import Holder
from tests.rules.documents.desk import EVA, ID_CARD, PASSPORT, VISIT, Desk, finished, uid
from tests.rules.documents.stages import documents, only
from tests.rules.documents.world import SITE, World

NUMBER = "C01X00T47"


def by_hand(**changed: Any) -> ask.OrderDocument:
    """As the API asks that was told nothing of the age."""
    told: dict[str, Any] = {
        "kind": DocumentKind.PASSPORT,
        "site": SITE,
        "contact": ask.Contact(name="Eva Muster", email="eva@example.org"),
        "number": NUMBER,
        "holder": Holder.ADULT,
    }
    return ask.OrderDocument(**{**told, **changed})


def at_visit(**changed: Any) -> ask.OrderDocument:
    """The counter orders what the visit orders, too."""
    return by_hand(**{"kind": ID_CARD, "contact": None, "number": None, "booking_id": VISIT, **changed})


# --- an order that orders nothing


def test_an_order_that_orders_nothing_makes_no_adult_of_a_child(world: World, desk: Desk) -> None:
    world.hear(finished("child_document_apply", booking=VISIT, person=EVA, at=world.at))
    assert world.ask(at_visit()) == []
    assert world.cases.rows[desk.document(ID_CARD)].holder is Holder.CHILD


def test_a_visit_says_that_it_was_for_a_child_also_after_the_counters_order(world: World, desk: Desk) -> None:
    world.ask(at_visit(person_id=EVA, person_revision=1))
    world.hear(finished("child_document_apply", booking=VISIT, person=EVA, at=world.at))
    assert world.cases.rows[desk.document(ID_CARD)].holder is Holder.CHILD


def test_the_counters_order_after_the_visits_says_the_number(world: World, desk: Desk) -> None:
    (document,) = desk.ordered(ID_CARD)
    assert world.ask(at_visit(number=desk.number(ID_CARD))) == []
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=desk.number(ID_CARD)))
    assert world.document(document).status is Status.READY
    with pytest.raises(Refused, match="number-mismatch"):
        world.ask(at_visit(number="L01X00T48"))


def test_an_order_of_what_is_gone_brings_no_case_back(world: World, desk: Desk) -> None:
    (document,) = desk.at_window(ID_CARD)
    world.ask(desk.hand_over(document))
    world.passes(days=3)
    assert document not in world.cases.rows
    assert world.ask(at_visit(number=desk.number(ID_CARD), holder=Holder.CHILD)) == []
    world.passes(days=30)
    assert document not in world.cases.rows


def test_a_visits_word_that_led_to_nothing_and_is_repeated_brings_no_case_back(
    world: World, desk: Desk
) -> None:
    """The counter ordered first; booking's log is read again from its start."""
    world.ask(at_visit(person_id=EVA, person_revision=1, holder=Holder.CHILD))
    word = finished("child_document_apply", booking=VISIT, person=EVA, at=world.at)
    world.hear(word, uid("word"))
    document = desk.document(ID_CARD)
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=desk.number(ID_CARD), document_id=document))
    world.ask(ask.ReturnToProducer(document_id=document, approved_by="colleague"))
    world.passes(days=3)
    assert document not in world.cases.rows
    world.hear(word, uid("word"))
    world.passes(days=30)
    assert document not in world.cases.rows


# --- two at once, and what was lost


@pytest.mark.parametrize("name", ["the same", "another"])
def test_an_order_with_its_number_whose_append_was_lost_can_be_asked_again(world: World, name: str) -> None:
    def lost() -> None:
        raise Busy

    world.log.meanwhile = lost
    with pytest.raises(Busy):
        world.ask(by_hand(), name="the same")
    assert not documents(world)
    events = world.ask(by_hand(), name=name)
    assert [type(one) for one in events if isinstance(one, DocumentOrdered)] == [DocumentOrdered]


def test_who_joins_as_second_says_nothing_of_the_age(world: World, desk: Desk) -> None:
    """Two clerks join one card with two bookings at once; the slower one's was a child's."""
    desk.ordered(ID_CARD)
    child = Desk(world, uid("child"), uid("child's visit"))
    world.hear(finished("child_document_apply", booking=child.visit, person=child.person, at=world.at))
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=desk.number(ID_CARD)))
    late = documents(world)[-1]
    world.meanwhile(ask.JoinOrder(document_id=late, booking_id=desk.visit))
    with pytest.raises(Refused):
        world.ask(ask.JoinOrder(document_id=late, booking_id=child.visit))
    assert world.document(late).person_id == EVA
    desk.store(late)
    world.ask(ask.FetchDocument(document_id=late, window="window_1"))
    events = world.ask(desk.hand_over(late, approved_by="colleague"))
    assert any(isinstance(one, DocumentHandedOver) for one in events)


def test_of_two_who_name_the_holder_at_once_the_first_alone_says_how_old(world: World, desk: Desk) -> None:
    """The slower one was allowed a moment ago, and is refused once it has looked beside the log."""
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=desk.number(ID_CARD)))
    told = {"kind": ID_CARD, "number": desk.number(ID_CARD)}
    enter = world.cases.enter

    async def slower(case: DocumentCase) -> bool:
        world.cases.enter = enter  # type: ignore[method-assign]
        world.ask(by_hand(**told, holder=Holder.CHILD))
        return await enter(case)

    world.cases.enter = slower  # type: ignore[method-assign]
    with pytest.raises(Refused):
        world.ask(by_hand(**told, contact=ask.Contact(name="Max Falsch")))
    assert world.cases.rows[only(world)].holder is Holder.CHILD


def test_a_join_that_is_repeated_says_the_age_again(world: World, desk: Desk) -> None:
    """The process died after the append."""
    world.hear(finished("child_document_apply", booking=VISIT, person=EVA, at=world.at))
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=desk.number(ID_CARD)))
    late = documents(world)[-1]
    world.ask(ask.JoinOrder(document_id=late, booking_id=VISIT), name="join")
    world.cases.rows[late] = DocumentCase(late, desk.number(ID_CARD))
    world.ask(ask.JoinOrder(document_id=late, booking_id=VISIT), name="join")
    assert world.cases.rows[late].holder is Holder.CHILD


def test_a_refused_scan_leaves_the_number_free_for_the_next_delivery(world: World, desk: Desk) -> None:
    (document,) = desk.ordered(PASSPORT)
    batch = desk.batch()
    world.meanwhile(ask.CloseBatch(batch_id=batch))
    with pytest.raises(Refused):
        world.ask(ask.ReceiveDocument(batch_id=batch, number=NUMBER))
    events = world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=NUMBER, document_id=document))
    assert any(isinstance(one, DocumentReady) for one in events)
    assert list(world.cases.rows) == [document]


def test_a_scan_fits_the_order_in_kind(world: World, desk: Desk) -> None:
    (document,) = desk.ordered(ID_CARD)
    with pytest.raises(Refused, match="number-mismatch"):
        world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=NUMBER, document_id=document))
    assert world.cases.rows == {}
    strange = ask.ReceiveDocument(batch_id=desk.batch(), number="12345", document_id=document)
    assert any(isinstance(one, DocumentReady) for one in world.ask(strange)), "a form that no kind has"


# --- the person's row


def test_who_orders_again_is_kept_until_that_one_ended_too(world: World) -> None:
    world.ask(by_hand())
    first = only(world)
    person = world.document(first).person_id
    assert person is not None
    desk = Desk(world)
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=NUMBER))
    world.ask(ask.ReturnToProducer(document_id=first, approved_by="colleague"))
    ends = world.log.people[person].keep_until
    world.ask(by_hand(contact=None, person_id=person, number="C01X00T48"))
    assert world.log.people[person].keep_until > ends + timedelta(days=300)


def own_at_window(world: World, desk: Desk) -> tuple[UUID, UUID]:
    """A document of a person whose row is documents' own, at a window; and the person."""
    world.ask(by_hand())
    document = only(world)
    person = world.document(document).person_id
    assert person is not None
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=NUMBER))
    desk.store(document)
    world.ask(ask.FetchDocument(document_id=document, window="window_1"))
    world.passes(hours=1)
    return document, person


@pytest.mark.parametrize("faster", [True, False])
def test_a_person_row_ends_with_the_last_document_also_if_an_invitation_was_faster(
    world: World, desk: Desk, faster: bool
) -> None:
    document, person = own_at_window(world, desk)
    if faster:
        world.meanwhile(ask.InvitePickup(document_ids=(document,)))
    world.ask(desk.hand_over(document, scan=NUMBER, approved_by="colleague"))
    assert world.document(document).status is Status.HANDED_OVER
    assert world.log.people[person].keep_until < world.at + timedelta(days=4)


def test_who_orders_again_just_as_the_last_document_goes_is_kept(world: World, desk: Desk) -> None:
    document, person = own_at_window(world, desk)
    world.meanwhile(desk.hand_over(document, scan=NUMBER, approved_by="colleague"))
    world.ask(by_hand(contact=None, person_id=person, number="C01X00T48"))
    assert world.document(document).status is Status.HANDED_OVER
    assert world.log.people[person].keep_until > world.at + timedelta(days=300)


# --- a document that is nobody's


@pytest.mark.parametrize("how", ["by hand", "by booking"])
def test_a_document_of_a_visit_without_a_person_can_get_its_holder(
    world: World, desk: Desk, how: str
) -> None:
    world.hear(finished("id_card_apply", person=None, at=world.at))
    document, number = desk.document(ID_CARD), desk.number(ID_CARD)
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=number, booking_id=VISIT))
    desk.store(document)
    if how == "by hand":
        world.ask(by_hand(kind=ID_CARD, number=number))
    else:
        other = Desk(world, EVA, uid("Eva's other visit"))
        other.ordered(ID_CARD)
        world.ask(ask.JoinOrder(document_id=document, booking_id=other.visit))
    assert world.document(document).person_id is not None
    assert world.document(document).status is Status.INVITED
