"""The state table of a document: what each step leads to in each state, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from buergerbuero_contracts import documents as pub
from buergerbuero_contracts.documents import Authority, DocumentKind, Place, RecipientRole
from servicekit.testing.rules import given, like
from services.documents import commands as ask
from services.documents import followed_commands as told
from services.documents.rules import document_commands as c
from services.documents.rules import events as own
from services.documents.rules.document import DECIDER, ROWS
from services.documents.rules.document_commands import Asked, DocumentCase, Facts
from services.documents.rules.document_state import Status
from services.documents.rules.settings import SiteSettings
from tests.rules.documents.desk import ID_CARD, NUMBERS, PICKUP, uid
from tests.rules.documents.stages import events
from tests.rules.documents.world import MONDAY_AT_NINE, SITE

S = Status
ID = uid("document")
NOW = MONDAY_AT_NINE + timedelta(days=2)
FACTS = Facts(
    at=NOW,
    by="clerk",
    settings=SiteSettings(locker=True),
    case=DocumentCase(ID, NUMBERS[ID_CARD]),
)
APPROVED: dict[str, Any] = {"document_id": ID, "approved_by": "colleague"}
BIN: dict[str, Any] = {**APPROVED, "bin": "b7"}

STEPS: Mapping[str, Any] = {
    "order": c.Order(document_id=ID, kind=ID_CARD, site=SITE, ordered_at=NOW),
    "receive": c.Receive(batch_id=uid("batch")),
    "join": c.Join(person_id=uid("someone"), person_revision=1),
    "merge": c.Merge(into=uid("another")),
    "note late": told.NoteOrderLate(document_id=ID),
    "ship": ask.RecordShipment(document_id=ID),
    "deliver": ask.ConfirmDelivery(document_id=ID),
    "receive return": ask.ReceiveReturn(**BIN),
    "store": ask.StoreDocument(**BIN),
    "return": ask.ReturnToProducer(**APPROVED),
    "invite": c.Invite(invitation_id=uid("invitation")),
    "book": c.Book(booking_id=PICKUP, starts_at=NOW),
    "book another": c.Book(booking_id=uid("another"), starts_at=NOW),
    "reopen": c.Reopen(booking_id=PICKUP),
    "admit": c.Admit(booking_id=PICKUP, admitted_at=NOW),
    "mark overdue": told.MarkOverdue(document_id=ID),
    "fetch": ask.FetchDocument(document_id=ID, window="window_1"),
    "put back": ask.PutBack(document_id=ID, window="window_1", bin="b7"),
    "hand over": ask.HandOverDocument(
        document_id=ID, window="window_1", scan="x", recipient_role=RecipientRole.APPLICANT
    ),
    "correct": ask.CorrectHandover(authority=Authority.WRITTEN_SEEN, **APPROVED),
    "to locker": ask.PlaceInLocker(document_id=ID, locker="locker_2", agreed=True),
    "collect": ask.CollectFromLocker(document_id=ID, phone=True, code=True, old_document=True),
    "back from locker": told.ReturnFromLocker(document_id=ID),
    "decide destruction": ask.DecideDestruction(destroy_after=date(2027, 1, 1), **APPROVED),
    "destroy": ask.DestroyDocument(**APPROVED),
    "hear": c.Hear(booking_id=PICKUP, epoch=1, position=7),
    "miss": c.Miss(),
    "find": c.Find(),
}

LEADS: Mapping[str, Mapping[Status, str]] = {
    "order": {**dict.fromkeys([*S], "-"), S.NONE: "DocumentOrdered", S.STORED: "wrong-state"},
    "receive": {S.ORDERED: "DocumentReady", S.READY: "-"},
    "join": {S.STORED: "OrderJoined"},
    "merge": {S.ORDERED: "OrderMerged", S.MERGED: "-"},
    "note late": {**dict.fromkeys([*S], "-"), S.ORDERED: "OrderDelayed"},
    "ship": {S.ORDERED: "shipping-not-allowed", S.SHIPPED: "-"},
    "deliver": {S.SHIPPED: "ShipmentDelivered", S.DELIVERED: "-"},
    "receive return": {S.SHIPPED: "DocumentStored"},
    "store": {S.READY: "DocumentStored"},
    "return": {
        **dict.fromkeys([S.READY, S.STORED, S.INVITED, S.BOOKED, S.IN_LOCKER], "DocumentReturned"),
        S.RETURNED: "-",
    },
    "invite": {S.STORED: "DocumentInvited", S.INVITED: "DocumentInvited"},
    "book": {S.INVITED: "PickupBooked", S.BOOKED: "PickupBooked"},
    "book another": {S.INVITED: "PickupBooked"},
    "reopen": {S.BOOKED: "PickupReopened"},
    "admit": {S.BOOKED: "PickupAdmitted"},
    "mark overdue": {**dict.fromkeys([*S], "-"), S.INVITED: "DocumentOverdue"},
    "fetch": dict.fromkeys([S.STORED, S.INVITED, S.BOOKED], "DocumentFetched"),
    "put back": dict.fromkeys([S.STORED, S.INVITED, S.BOOKED], "not-here"),
    "hand over": {**dict.fromkeys([*S], "not-here"), S.HANDED_OVER: "already-handed-over"},
    "correct": {S.HANDED_OVER: "HandoverCorrected"},
    "to locker": {S.INVITED: "DocumentPlacedInLocker"},
    "collect": {S.IN_LOCKER: "DocumentHandedOver"},
    "back from locker": {**dict.fromkeys([*S], "-"), S.IN_LOCKER: "DocumentStored"},
    "decide destruction": dict.fromkeys(
        [S.READY, S.STORED, S.INVITED, S.BOOKED, S.IN_LOCKER], "DestructionDecided"
    ),
    "destroy": {S.INVITED: "retention-unset", S.DESTROYED: "-"},
    "hear": dict.fromkeys([*S], "BookingHeard"),
    "miss": dict.fromkeys([S.READY, S.STORED, S.INVITED, S.BOOKED, S.IN_LOCKER], "DocumentMissed"),
    "find": dict.fromkeys([*S], "-"),
}
"""Step, state, and the first event, ``-`` for none, or the refusal. What is not here is wrong-state."""


@pytest.mark.parametrize("status", [*Status])
@pytest.mark.parametrize("step", [*STEPS])
def test_each_step_in_each_state(step: str, status: Status) -> None:
    expected = LEADS[step].get(status, "wrong-state")
    done = given(DECIDER, *events(status)).when(Asked(STEPS[step], FACTS))
    if expected == "-":
        done.nothing()
    elif expected[0].isupper():
        assert done.refusal is None, done.refusal
        assert type(done.events[0]).__name__ == expected
    else:
        done.refused(expected)


def test_every_row_of_the_table_is_tried() -> None:
    assert {type(step) for step in STEPS.values()} == set(ROWS)


CUSTODY = [
    (S.ORDERED, "receive", pub.DocumentReady, Place.PRODUCER, Place.RECEIVING),
    (S.READY, "store", pub.DocumentStored, Place.RECEIVING, Place.SAFE),
    (S.SHIPPED, "deliver", pub.ShipmentDelivered, Place.CARRIER, Place.HOLDER),
    (S.SHIPPED, "receive return", pub.DocumentStored, Place.CARRIER, Place.SAFE),
    (S.READY, "return", pub.DocumentReturned, Place.RECEIVING, Place.PRODUCER),
    (S.INVITED, "return", pub.DocumentReturned, Place.SAFE, Place.PRODUCER),
    (S.IN_LOCKER, "return", pub.DocumentReturned, Place.LOCKER, Place.PRODUCER),
    (S.BOOKED, "fetch", pub.DocumentFetched, Place.SAFE, Place.WINDOW),
    (S.INVITED, "to locker", pub.DocumentPlacedInLocker, Place.SAFE, Place.LOCKER),
    (S.IN_LOCKER, "collect", pub.DocumentHandedOver, Place.LOCKER, Place.HOLDER),
    (S.IN_LOCKER, "back from locker", pub.DocumentStored, Place.LOCKER, Place.SAFE),
]


@pytest.mark.parametrize(("status", "step", "kind", "from_", "to"), CUSTODY)
def test_each_move_goes_from_where_the_document_is(
    status: Status, step: str, kind: type[pub.DocumentReady], from_: Place, to: Place
) -> None:
    done = given(DECIDER, *events(status)).when(Asked(STEPS[step], FACTS))
    moved = done.of(kind)
    assert (moved.from_, moved.to) == (from_, to)
    assert done.after.place is to


def test_what_lies_at_the_window_goes_back_from_there_and_from_no_other() -> None:
    fetched = given(DECIDER, *events(S.BOOKED)).when(Asked(STEPS["fetch"], FACTS))
    there = given(DECIDER, *events(S.BOOKED), *fetched.events)
    there.when(Asked(STEPS["fetch"], FACTS)).nothing()
    back = there.when(Asked(STEPS["put back"], FACTS))
    back.then(
        like(pub.DocumentStored, from_=Place.WINDOW, to=Place.SAFE),
        like(own.DocumentPlaced, place=Place.SAFE, spot="b7"),
    )
    elsewhere = ask.PutBack(document_id=ID, window="window_2", bin="b7")
    assert there.when(Asked(elsewhere, FACTS)).refused("not-here").details == {"window": "window_1"}
    other = ask.FetchDocument(document_id=ID, window="window_2")
    there.when(Asked(other, FACTS)).refused("not-here")


@pytest.mark.parametrize(
    ("kind", "variant", "days"),
    [
        (DocumentKind.ID_CARD, pub.Variant.NORMAL, 21),
        (DocumentKind.PASSPORT, pub.Variant.NORMAL, 28),
        (DocumentKind.PASSPORT, pub.Variant.EXPRESS, 5),
    ],
)
def test_an_order_says_when_the_document_should_be_here(
    kind: DocumentKind, variant: pub.Variant, days: int
) -> None:
    step = c.Order(document_id=ID, kind=kind, site=SITE, variant=variant, ordered_at=MONDAY_AT_NINE)
    ordered = given(DECIDER).when(Asked(step, FACTS)).of(pub.DocumentOrdered)
    assert ordered.expected_on == date(2026, 11, 23) + timedelta(days=days)
    assert (ordered.from_, ordered.to) == (None, Place.PRODUCER)


@pytest.mark.parametrize("approved_by", [None, "clerk"], ids=["nobody", "the same person"])
@pytest.mark.parametrize(
    ("status", "step"),
    [
        (S.READY, ask.StoreDocument(document_id=ID, bin="b7")),
        (S.SHIPPED, ask.ReceiveReturn(document_id=ID, bin="b7")),
        (S.INVITED, ask.ReturnToProducer(document_id=ID)),
        (S.INVITED, ask.DecideDestruction(document_id=ID, destroy_after=date(2027, 1, 1))),
        (S.DESTROYED, None),
        (S.HANDED_OVER, ask.CorrectHandover(document_id=ID, authority=Authority.NONE_NEEDED)),
    ],
)
def test_what_needs_two_persons_is_not_done_by_one(
    status: Status, step: Any, approved_by: str | None
) -> None:
    if step is None:
        decided = own.DestructionDecided(
            document_id=ID, destroy_after=date(2026, 11, 23), approved_by=own.staff_ref("colleague")
        )
        story = given(DECIDER, *events(S.INVITED), decided)
        step = ask.DestroyDocument(document_id=ID)
    else:
        story = given(DECIDER, *events(status))
    command = type(step)(**{**{f: getattr(step, f) for f in step.__slots__}, "approved_by": approved_by})
    story.when(Asked(command, FACTS)).refused("second-person")


def test_where_one_person_is_enough_the_safe_asks_for_no_second_one() -> None:
    alone = Facts(at=NOW, by="clerk", settings=SiteSettings(safe_two_persons=False))
    stored = ask.StoreDocument(document_id=ID, bin="b7")
    given(DECIDER, *events(S.READY)).when(Asked(stored, alone)).of(pub.DocumentStored)


def test_nothing_is_destroyed_before_the_recorded_day_or_outside_the_safe() -> None:
    decided = own.DestructionDecided(
        document_id=ID, destroy_after=date(2026, 11, 25), approved_by=own.staff_ref("colleague")
    )
    story = given(DECIDER, *events(S.INVITED), decided)
    destroy = ask.DestroyDocument(**APPROVED)
    story.when(Asked(destroy, FACTS)).refused("retention-running")
    later = Facts(at=datetime.fromisoformat("2026-11-25T23:00Z"), by="clerk")
    story.when(Asked(destroy, later)).then(
        like(pub.DocumentDestroyed, from_=Place.SAFE, to=Place.DESTROYED),
        like(own.DepartureApproved, approved_by=own.staff_ref("colleague")),
    )
    fetched = story.when(Asked(STEPS["fetch"], FACTS)).events
    story.and_given(*fetched).when(Asked(destroy, later)).refused("not-here")


@pytest.mark.parametrize(
    ("settings", "agreed"),
    [
        (SiteSettings(), True),
        (SiteSettings(locker=True), False),
        (SiteSettings(locker=True, locker_kinds=(DocumentKind.PASSPORT,)), True),
    ],
    ids=["off by default", "not agreed", "kind not allowed"],
)
def test_no_locker_unless_the_site_the_kind_and_the_person_allow_it(
    settings: SiteSettings, agreed: bool
) -> None:
    step = ask.PlaceInLocker(document_id=ID, locker="locker_1", agreed=agreed)
    facts = Facts(at=NOW, settings=settings)
    given(DECIDER, *events(S.INVITED)).when(Asked(step, facts)).refused("locker-not-allowed")


@pytest.mark.parametrize("missing", ["phone", "code", "old_document"])
def test_a_locker_opens_with_all_three_factors_only(missing: str) -> None:
    factors = {"phone": True, "code": True, "old_document": True, missing: False}
    step = ask.CollectFromLocker(document_id=ID, **factors)
    given(DECIDER, *events(S.IN_LOCKER)).when(Asked(step, FACTS)).refused("check-missing")


def test_an_id_of_nothing_is_nobodys() -> None:
    assert given(DECIDER).state.document_id == UUID(int=0)
