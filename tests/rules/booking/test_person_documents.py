"""What is known of a person's documents: awaited, booked, out; and how long the row is kept for them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest

from buergerbuero_contracts.documents import DocumentKind
from buergerbuero_contracts.envelope import Event, Item
from servicekit.log import Person
from servicekit.testing.rules import given, like
from services.booking.rules import retention
from services.booking.rules.events import DocumentLeft, DocumentsAwaited, DocumentsBooked, Leaving
from services.booking.rules.person_documents import (
    DECIDER,
    Await,
    Book,
    Command,
    Documents,
    Leave,
    row_after,
)
from services.booking.rules.pickup import items_of
from tests.rules.booking.office import at, uid

NOW = at("09:00")
CARD, PASS, LICENCE = uid("card"), uid("pass"), uid("licence")
KINDS = {CARD: DocumentKind.ID_CARD, PASS: DocumentKind.PASSPORT, LICENCE: DocumentKind.DRIVING_LICENCE}


def row(keep_until: datetime, revision: int = 4) -> Person:
    return Person(uid("eva"), revision, keep_until, "Eva", "eva@example.org")


SOON = row(NOW + timedelta(days=2))
LONG = row(retention.of_awaited_document(NOW), 5)


def awaited(*documents: UUID) -> Event:
    return DocumentsAwaited(document_ids=documents)


def left(document: UUID, leaving: Leaving = Leaving.HANDED_OVER) -> Event:
    return DocumentLeft(document_id=document, kind=DocumentKind.PASSPORT, leaving=leaving)


def leave(document: UUID, leaving: Leaving = Leaving.HANDED_OVER, of: Person | None = None) -> Leave:
    return Leave(document_id=document, kind=KINDS[document], leaving=leaving, at=NOW, row=of)


# --- the row


def test_a_document_that_is_coming_keeps_the_row_for_ninety_days() -> None:
    wish = Await(document_ids=(PASS,), since=NOW, row=SOON)
    until = retention.of_awaited_document(NOW)
    then = given(DECIDER).when(wish)
    then.then(like(DocumentsAwaited, document_ids=(PASS,), keep_until=until, revision=5))
    assert until - NOW > timedelta(days=90)
    (kept,) = row_after(SOON, then.events)
    assert (kept.revision, kept.keep_until, kept.name) == (5, until, "Eva")


def test_the_same_sign_again_changes_nothing_and_a_later_one_keeps_longer() -> None:
    known = given(DECIDER, awaited(PASS))
    known.when(Await(document_ids=(PASS,), since=NOW, row=LONG)).nothing()
    later = NOW + timedelta(days=30)
    known.when(Await(document_ids=(PASS,), since=later, row=LONG)).then(
        like(DocumentsAwaited, keep_until=retention.of_awaited_document(later), revision=6)
    )


def test_a_row_that_another_service_owns_or_that_is_erased_stays_untouched() -> None:
    given(DECIDER).when(Await(document_ids=(PASS,), since=NOW)).then(like(DocumentsAwaited, revision=None))
    given(DECIDER, awaited(PASS)).when(leave(PASS)).then(like(DocumentLeft, keep_until=None))


def test_the_end_of_the_last_document_shortens_to_two_days() -> None:
    both = given(DECIDER, awaited(PASS, CARD))
    both.when(leave(PASS, of=LONG)).then(like(DocumentLeft, document_id=PASS, keep_until=None))
    both.and_given(left(PASS)).when(leave(CARD, of=LONG)).then(
        like(DocumentLeft, keep_until=retention.of_ended_document(NOW), revision=6)
    )


def test_the_end_never_makes_it_longer() -> None:
    today = row(NOW)
    given(DECIDER, awaited(PASS)).when(leave(PASS, of=today)).then(like(DocumentLeft, keep_until=None))


def test_what_is_on_its_way_by_post_may_come_back_so_the_row_is_kept() -> None:
    coming = given(DECIDER, awaited(PASS))
    coming.when(leave(PASS, Leaving.SHIPPED, LONG)).then(like(DocumentLeft, keep_until=None))
    sent = coming.and_given(left(PASS, Leaving.SHIPPED))
    sent.when(leave(PASS, Leaving.SHIPPED, LONG)).nothing()
    sent.when(leave(PASS, Leaving.ENDED, LONG)).then(
        like(DocumentLeft, keep_until=retention.of_ended_document(NOW))
    )
    back = sent.when(Await(document_ids=(PASS,), since=NOW, row=LONG)).then(like(DocumentsAwaited)).after
    assert sent.state.to_collect((PASS,)) == ()
    assert back.to_collect((PASS,)) == (PASS,)


def test_a_stale_row_gets_a_revision_of_its_own() -> None:
    """The row was read before this stream wrote it: a second writer must not be lost."""
    written = DocumentsAwaited(document_ids=(CARD,), keep_until=LONG.keep_until, revision=LONG.revision)
    later = NOW + timedelta(days=1)
    given(DECIDER, written).when(Await(document_ids=(PASS,), since=later, row=SOON)).then(
        like(DocumentsAwaited, revision=LONG.revision + 1)
    )
    given(DECIDER, written).when(Await(document_ids=(PASS,), since=NOW, row=SOON)).then(
        like(DocumentsAwaited, document_ids=(PASS,), keep_until=None)
    )


# --- what is left


@pytest.mark.parametrize("leaving", [Leaving.HANDED_OVER, Leaving.ENDED])
def test_what_is_out_stays_out_however_late_an_older_fact_arrives(leaving: Leaving) -> None:
    out = given(DECIDER, left(PASS, leaving))
    out.when(Await(document_ids=(PASS,), since=NOW, row=SOON)).nothing()
    out.when(leave(PASS, Leaving.SHIPPED)).nothing()
    out.when(leave(PASS, Leaving.ENDED)).nothing()
    out.when(Await(document_ids=(PASS, CARD), since=NOW)).then(like(DocumentsAwaited, document_ids=(CARD,)))
    assert out.state.to_collect((PASS, CARD)) == (CARD,)


def test_a_document_that_nothing_is_known_of_is_here() -> None:
    assert Documents().to_collect((PASS,)) == (PASS,)


def test_a_pickup_is_found_by_each_of_its_documents() -> None:
    booked = given(DECIDER).when(Book(booking_id=uid("a"), document_ids=(PASS, CARD)))
    booked.then(DocumentsBooked(booking_id=uid("a"), document_ids=(PASS, CARD)))
    again = DECIDER.evolve(booked.after, DocumentsBooked(booking_id=uid("b"), document_ids=(CARD,)))
    assert (again.booked_in(PASS), again.booked_in(CARD)) == ((uid("a"),), (uid("a"), uid("b")))


def test_only_what_reached_its_holder_was_delivered() -> None:
    commands: list[Command] = [leave(CARD), leave(PASS, Leaving.ENDED), leave(LICENCE)]
    state = Documents()
    for command in commands:
        state = DECIDER.fold(DECIDER.decide(command, state), state)
    assert state.handed_over((PASS, LICENCE, CARD)) == (
        Item(service="id_card_pickup"),
        Item(service="driving_licence_pickup"),
    )
    assert state.handed_over((PASS,)) == ()


def test_two_of_a_kind_are_one_item() -> None:
    kinds = [DocumentKind.PASSPORT, DocumentKind.ID_CARD, DocumentKind.PASSPORT]
    assert items_of(kinds) == (Item(service="id_card_pickup"), Item(service="passport_pickup", quantity=2))


def test_every_order_of_the_facts_ends_alike() -> None:
    """Ordered, called for, handed over, the other one too: whatever comes first, and each of them twice."""
    facts: list[Callable[[Person], Command]] = [
        lambda of: Await(document_ids=(PASS,), since=NOW, row=of),
        lambda of: Await(document_ids=(PASS, CARD), since=NOW, row=of),
        lambda of: leave(PASS, of=of),
        lambda of: leave(CARD, Leaving.ENDED, of),
    ]
    ends = set()
    for order in permutations(facts):
        state, person = Documents(), SOON
        for fact in (*order, *order):
            events = DECIDER.decide(fact(person), state)
            state = DECIDER.fold(events, state)
            person = next(iter(row_after(person, events)), person)
        assert state.to_collect((PASS, CARD)) == ()
        ends.add(person.keep_until)
    assert ends <= {retention.of_ended_document(NOW), SOON.keep_until}
