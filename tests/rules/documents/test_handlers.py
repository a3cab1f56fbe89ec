"""Commands to streams: two who want the same, repeats, and what a crash leaves behind."""

from __future__ import annotations

from uuid import UUID

import pytest

from buergerbuero_contracts.documents import DocumentHandedOver, PickupInvited
from servicekit.decider import Refused
from services.documents import commands as ask
from services.documents.draft import Draft, Missing, document_stream
from services.documents.rules.document_commands import DocumentCase
from services.documents.rules.document_state import Status
from tests.rules.documents.desk import ID_CARD, PASSPORT, Desk
from tests.rules.documents.world import World


def test_two_windows_hand_over_at_once_and_the_second_hears_who_was_first(world: World, desk: Desk) -> None:
    """Both decided on the same state; the version lets one append through, and the other decides again."""
    (document,) = desk.at_window(PASSPORT)
    command = desk.hand_over(document)
    world.meanwhile(command)
    with pytest.raises(Refused) as caught:
        world.ask(command, by="slower clerk")
    assert caught.value.code == "already-handed-over"
    assert caught.value.details == {"window": "window_1", "at": world.at}
    given = [one for one in world.custody(document) if isinstance(one, DocumentHandedOver)]
    assert len(given) == 1


def test_two_windows_fetch_at_once_and_one_gets_it(world: World, desk: Desk) -> None:
    (document,) = desk.booked(PASSPORT)
    world.meanwhile(ask.FetchDocument(document_id=document, window="window_1"))
    with pytest.raises(Refused) as caught:
        world.ask(ask.FetchDocument(document_id=document, window="window_2"))
    assert (caught.value.code, caught.value.details) == ("not-here", {"window": "window_1"})


def test_two_documents_of_a_person_stored_at_once_are_called_for_together(world: World, desk: Desk) -> None:
    passport, id_card = desk.received(PASSPORT, ID_CARD)
    world.meanwhile(ask.StoreDocument(document_id=id_card, bin="z1", approved_by="colleague"))
    events = desk.store(passport)
    (invited,) = (one for one in events if isinstance(one, PickupInvited))
    assert set(invited.document_ids) == {passport, id_card}


def test_a_booking_that_meets_a_hand_over_by_exception_changes_nothing(world: World, desk: Desk) -> None:
    (document,) = desk.invited(PASSPORT)
    world.ask(ask.FetchDocument(document_id=document, window="window_1"))
    world.meanwhile(desk.hand_over(document, approved_by="colleague"))
    assert world.hear(desk.confirmed(document)) == []
    assert world.refused == ["wrong-state"]
    assert world.document(document).status is Status.HANDED_OVER


def test_the_same_command_twice_gives_the_first_answer_and_no_second_event(world: World, desk: Desk) -> None:
    (document,) = desk.at_window(PASSPORT)
    command = desk.hand_over(document)
    first = world.ask(command, name="double click")
    before = len(world.log.events)
    again = world.ask(command, name="double click")
    assert len(world.log.events) == before
    assert again == first


def test_a_repeat_tells_of_the_streams_that_only_the_decision_named(world: World, desk: Desk) -> None:
    """A client that lost its answer reads on from the position of the last event, not of the document's."""
    (document,) = desk.received(PASSPORT)
    command = ask.StoreDocument(document_id=document, bin="z1", approved_by="colleague")
    first, again = (world.ask(command, name="lost answer") for _ in range(2))
    assert again == first
    assert any(isinstance(one, PickupInvited) for one in first)


def test_a_number_that_was_kept_before_a_crash_is_taken_up_again(world: World, desk: Desk) -> None:
    """The side table is written first: what is left of a lost append fits the next scan."""
    (document,) = desk.ordered(PASSPORT)
    world.cases.rows[document] = DocumentCase(document, desk.number(PASSPORT))
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=desk.number(PASSPORT)))
    assert world.document(document).status is Status.READY


def test_a_late_scan_that_was_lost_is_taken_up_under_the_same_id(world: World, desk: Desk) -> None:
    lost = UUID(int=99)
    world.cases.rows[lost] = DocumentCase(lost, desk.number(PASSPORT))
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=desk.number(PASSPORT)))
    assert world.document(lost).status is Status.READY


def test_a_repeat_after_the_retention_brings_nothing_back(world: World, desk: Desk) -> None:
    desk.ordered(PASSPORT)
    batch = desk.batch()
    scan = ask.ReceiveDocument(
        batch_id=batch, number=desk.number(PASSPORT), document_id=desk.document(PASSPORT)
    )
    world.ask(scan, name="scan")
    world.cases.rows.clear()
    world.ask(scan, name="scan")
    assert world.cases.rows == {}


def test_what_is_refused_keeps_nothing_beside_the_log(world: World, desk: Desk) -> None:
    (document,) = desk.ordered(PASSPORT)
    scan = ask.ReceiveDocument(batch_id=UUID(int=5), number="C01X00T47", document_id=document)
    with pytest.raises(Refused) as caught:
        world.ask(scan)
    assert (caught.value.code, world.cases.rows) == ("unknown-batch", {})


def test_a_draft_names_all_streams_that_were_not_loaded() -> None:
    wanted = [document_stream(UUID(int=n)) for n in (1, 2)]
    with pytest.raises(Missing) as caught:
        Draft({}).states(wanted)
    assert list(caught.value.streams) == wanted


def test_an_unknown_timer_is_an_error_and_not_silence(world: World) -> None:
    world.log.armed["no-such-timer", UUID(int=1)] = world.at
    with pytest.raises(LookupError):
        world.fire_due()
