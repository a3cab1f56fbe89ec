"""The window: one hand-over with all its checks, its exceptions, what is corrected later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from buergerbuero_contracts.booking import ServiceFinished
from buergerbuero_contracts.documents import (
    Authority,
    CheckMethod,
    DocumentHandedOver,
    HandoverCorrected,
    HandoverException,
    HandoverField,
    InvitationEnd,
    InvitationEnded,
    OldDocument,
    PickupInvited,
    PinLetter,
    Place,
    RecipientRole,
)
from servicekit.decider import Refused
from services.documents import commands as ask
from services.documents.rules.document_commands import DocumentCase
from services.documents.rules.document_state import Status
from services.documents.rules.events import HandoverRestated, HandoverWitnessed, staff_ref
from services.documents.rules.holder import Holder
from tests.rules.documents.desk import EVA, ID_CARD, PASSPORT, PICKUP, Desk, finished, uid
from tests.rules.documents.world import World

PROXY: dict[str, Any] = {
    "recipient_role": RecipientRole.PROXY,
    "check_method": CheckMethod.ID_SEEN,
    "authority": Authority.WRITTEN_SEEN,
}


def refused(world: World, command: ask.Command) -> Refused:
    """What the rules say; nothing is stored."""
    before = len(world.log.events)
    with pytest.raises(Refused) as caught:
        world.ask(command)
    assert len(world.log.events) == before
    return caught.value


def test_the_holder_receives_it_at_the_window_and_the_chain_ends(world: World, desk: Desk) -> None:
    (document,) = desk.at_window(PASSPORT)
    given, witnessed, *_ = world.ask(desk.hand_over(document))
    assert isinstance(given, DocumentHandedOver)
    assert (given.from_, given.to, given.booking_id) == (Place.WINDOW, Place.HOLDER, PICKUP)
    assert (given.person_id, given.exception) == (EVA, None)
    assert witnessed == HandoverWitnessed(document_id=document, window="window_1")
    assert world.document(document).status is Status.HANDED_OVER


def test_the_refusals_of_a_hand_over_come_in_the_order_of_the_table(world: World, desk: Desk) -> None:
    """A proxy whose every answer is wrong puts one thing right after the other."""
    world.hear(applied_long_ago(desk))
    (document,) = desk.invited(ID_CARD)
    wrong: dict[str, Any] = {
        **PROXY,
        "scan": "L99999999",
        "check_method": None,
        "authority": Authority.NONE_NEEDED,
        "old_document": None,
    }
    right: list[dict[str, Any]] = [
        {"scan": desk.number(ID_CARD)},
        {"check_method": CheckMethod.ID_SEEN},
        {"authority": Authority.WRITTEN_SEEN},
        {"pin_letter_confirmed": True},
        {"old_document": OldDocument.VOIDED_RETURNED},
        {"approved_by": "colleague"},
    ]
    assert world.document(document).pin_letter is PinLetter.BY_POST
    told = [refused(world, desk.hand_over(document, **wrong)).code]
    world.ask(ask.FetchDocument(document_id=document, window="window_1"))
    for better in right:
        told.append(refused(world, desk.hand_over(document, **wrong)).code)
        wrong |= better
    assert told == [
        "not-here",
        "number-mismatch",
        "check-missing",
        "no-authority",
        "pin-letter-open",
        "old-document-open",
        "second-person",
    ]
    world.ask(desk.hand_over(document, **wrong))


def applied_long_ago(desk: Desk) -> ServiceFinished:
    """An application from before February 2025, whose PIN letter came by post."""
    long_ago = desk.world.at - timedelta(days=800)
    return finished("id_card_apply", booking=desk.visit, person=desk.person, at=long_ago)


def test_f48_the_proxy_is_the_recipient_and_the_forgotten_old_document_can_follow(
    world: World, desk: Desk
) -> None:
    """F48: who fetched and who handed out stay apart; the second try succeeds; then both are done."""
    passport, id_card = desk.at_window(PASSPORT, ID_CARD)
    settled = {"old_document": OldDocument.VOIDED_KEPT}
    (given, *_) = world.ask(desk.hand_over(passport, **PROXY, **settled))
    assert isinstance(given, DocumentHandedOver)
    assert given.recipient_role is RecipientRole.PROXY
    assert (given.check_method, given.authority) == (CheckMethod.ID_SEEN, Authority.WRITTEN_SEEN)
    assert given.person_id == EVA  # whose it is, not who came
    for forgotten in (None, OldDocument.NONE):
        command = desk.hand_over(id_card, **PROXY, old_document=forgotten)
        assert refused(world, command).code == "old-document-open"
    assert world.invitation(world.document(id_card).invitation_id).open
    events = world.ask(desk.hand_over(id_card, **PROXY, **settled))
    (over,) = (one for one in events if isinstance(one, InvitationEnded))
    assert over.reason is InvitationEnd.HANDED_OVER


def test_no_document_leaves_from_a_window_where_it_is_not(world: World, desk: Desk) -> None:
    (document,) = desk.at_window(PASSPORT, window="window_2")
    told = refused(world, desk.hand_over(document))
    assert (told.code, told.details) == ("not-here", {"window": "window_2"})


@pytest.mark.parametrize("scan", ["C99999999", "", "?!", "C01X00T4"])
def test_a_scan_that_is_not_the_cases_number_hands_nothing_over(world: World, desk: Desk, scan: str) -> None:
    (document,) = desk.at_window(PASSPORT)
    assert refused(world, desk.hand_over(document, scan=scan)).code == "number-mismatch"


def test_spaces_and_small_letters_of_a_scan_do_not_matter(world: World, desk: Desk) -> None:
    (document,) = desk.at_window(PASSPORT)
    number = desk.number(PASSPORT).lower()
    world.ask(desk.hand_over(document, scan=f" {number[:3]} {number[3:]}-\n"))


def test_f06_a_scanner_with_the_american_layout_hands_over_too(world: World, desk: Desk) -> None:
    """It types Y for Z; no other document of the office has that number."""
    (document,) = desk.at_window(PASSPORT)
    world.cases.rows[document] = DocumentCase(document, "C01Z00Y47")
    assert refused(world, desk.hand_over(document, scan="C01Z00Z47")).code == "number-mismatch"
    world.ask(desk.hand_over(document, scan="c01y00z47"))


def test_of_two_numbers_that_differ_by_y_and_z_only_the_own_hands_a_document_over(
    world: World, desk: Desk
) -> None:
    """Both cards are at the window, and each clerk may hold the other's."""
    other = Desk(world, uid("Max"), uid("Max's visit"))
    mine, his = (one for who in (desk, other) for one in who.invited(ID_CARD))
    for document, number in ((mine, "L01X00Y47"), (his, "L01X00Z47")):
        world.cases.rows[document] = DocumentCase(document, number)
        world.ask(ask.FetchDocument(document_id=document, window="window_1"))
    given = desk.hand_over(mine, scan="L01X00Z47", approved_by="colleague")
    assert refused(world, given).code == "number-mismatch"
    world.ask(desk.hand_over(mine, scan="L01X00Y47", approved_by="colleague"))
    world.ask(desk.hand_over(his, scan="L01X00Z47", approved_by="colleague"))


def test_a_number_that_was_kept_for_no_document_hinders_no_hand_over(world: World, desk: Desk) -> None:
    """Its append was lost; that scanner had the American layout."""
    (document,) = desk.at_window(PASSPORT)
    world.cases.rows[document] = DocumentCase(document, "C01Z00T47")
    world.cases.rows[uid("lost")] = DocumentCase(uid("lost"), "C01Y00T47")
    world.ask(desk.hand_over(document, scan="C01Y00T47"))


def test_booked_but_not_admitted_today_is_an_exception_that_a_second_person_approves(
    world: World, desk: Desk
) -> None:
    (document,) = desk.booked(PASSPORT)
    world.ask(ask.FetchDocument(document_id=document, window="window_1"))
    told = refused(world, desk.hand_over(document))
    assert (told.code, told.details) == ("second-person", {"exception": HandoverException.NOT_ADMITTED})
    assert refused(world, desk.hand_over(document, approved_by="clerk")).code == "second-person"
    given, witnessed, *_ = world.ask(desk.hand_over(document, approved_by="colleague"))
    assert isinstance(given, DocumentHandedOver)
    assert isinstance(witnessed, HandoverWitnessed)
    assert given.exception is HandoverException.NOT_ADMITTED
    assert witnessed.approved_by == staff_ref("colleague")


def test_who_was_admitted_yesterday_is_not_admitted_today(world: World, desk: Desk) -> None:
    (document,) = desk.booked(PASSPORT)
    world.hear(desk.admitted(document))
    world.ask(ask.FetchDocument(document_id=document, window="window_1"))
    world.at += timedelta(days=1)
    assert refused(world, desk.hand_over(document)).code == "second-person"


def test_not_booked_is_the_other_exception(world: World, desk: Desk) -> None:
    (document,) = desk.invited(PASSPORT)
    world.ask(ask.FetchDocument(document_id=document, window="window_1"))
    (given, *_) = world.ask(desk.hand_over(document, approved_by="colleague"))
    assert isinstance(given, DocumentHandedOver)
    assert (given.exception, given.booking_id) == (HandoverException.NOT_BOOKED, None)


def test_a_document_without_its_order_has_nobody_to_receive_it(world: World, desk: Desk) -> None:
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=desk.number(PASSPORT)))
    (document,) = (one.document_id for one in world.cases.rows.values())
    desk.store(document)
    world.ask(ask.FetchDocument(document_id=document, window="window_1"))
    command = desk.hand_over(document, approved_by="colleague")
    assert refused(world, command).code == "holder-unknown"


def test_a_birthday_in_the_case_counts_more_than_what_the_form_says(world: World, desk: Desk) -> None:
    (document,) = desk.at_window(PASSPORT)
    case = world.cases.rows[document]
    world.cases.rows[document] = type(case)(document, case.number, born_on=date(2009, 5, 1))
    command = desk.hand_over(document, holder=Holder.ADULT)
    assert refused(world, command).code == "no-authority"
    world.ask(desk.hand_over(document, authority=Authority.CONSENT_SEEN))


def test_what_the_clerk_reads_counts_where_the_case_knows_no_age(world: World, desk: Desk) -> None:
    (document,) = desk.at_window(PASSPORT)
    assert refused(world, desk.hand_over(document, holder=Holder.CHILD)).code == "no-authority"


@pytest.mark.parametrize("wrong", [Holder.CHILD, Holder.YOUNG, Holder.ADULT])
def test_what_the_clerk_reads_counts_more_than_what_the_order_said_of_the_age(
    world: World, desk: Desk, wrong: Holder
) -> None:
    (document,) = desk.at_window(PASSPORT)
    world.cases.rows[document] = replace(world.cases.rows[document], holder=wrong)
    assert refused(world, desk.hand_over(document, holder=Holder.CHILD)).code == "no-authority"
    if wrong is not Holder.ADULT:
        assert refused(world, desk.hand_over(document)).code == "no-authority"
    world.ask(desk.hand_over(document, holder=Holder.ADULT))


def test_a_correction_adds_what_was_right_and_leaves_the_record(world: World, desk: Desk) -> None:
    (document,) = desk.at_window(PASSPORT)
    world.ask(desk.hand_over(document))
    wrong = ask.CorrectHandover(
        document_id=document, approved_by="lead_2", recipient_role=RecipientRole.PROXY
    )
    corrected, restated = world.ask(wrong, by="lead_1")
    assert isinstance(corrected, HandoverCorrected)
    assert corrected.fields == (HandoverField.RECIPIENT_ROLE,)
    assert isinstance(restated, HandoverRestated)
    assert restated.recipient_role is RecipientRole.PROXY
    (given,) = (one for one in world.custody(document) if isinstance(one, DocumentHandedOver))
    assert given.recipient_role is RecipientRole.APPLICANT


def test_a_correction_says_something_and_not_about_the_future(world: World, desk: Desk) -> None:
    (document,) = desk.at_window(PASSPORT)
    world.ask(desk.hand_over(document))
    nothing = ask.CorrectHandover(document_id=document, approved_by="lead_2")
    assert refused(world, nothing).code == "invalid-input"
    future = ask.CorrectHandover(
        document_id=document, approved_by="lead_2", handed_over_at=world.at + timedelta(hours=1)
    )
    assert refused(world, future).code == "future-date"


def test_a_document_that_nobody_knows_is_not_found(world: World, desk: Desk) -> None:
    command = ask.HandOverDocument(
        document_id=UUID(int=7), window="window_1", scan="x", recipient_role=RecipientRole.APPLICANT
    )
    assert refused(world, command).code == "not-found"


@pytest.mark.parametrize("how", ["handed over", "returned", "in a locker"])
def test_what_left_during_the_undo_time_calls_for_nothing_else_a_second_time(
    world: World, desk: Desk, how: str
) -> None:
    (passport,) = desk.booked(PASSPORT)
    (card,) = desk.invited(ID_CARD)  # called for by itself
    called = world.document(card).invitation_id
    world.hear(desk.cancelled(passport, undo_until=world.at + timedelta(minutes=10)))
    if how == "handed over":
        world.ask(ask.FetchDocument(document_id=passport, window="window_1"))
        world.ask(desk.hand_over(passport, approved_by="colleague"))
    elif how == "returned":
        world.ask(ask.ReturnToProducer(document_id=passport, approved_by="colleague"))
    else:
        world.set(locker=True)
        world.ask(ask.PlaceInLocker(document_id=passport, locker="locker_1", agreed=True))
    assert not any(isinstance(one, PickupInvited) for one in world.passes(minutes=10))
    assert world.document(card).invitation_id == called
