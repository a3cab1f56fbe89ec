"""The life of one ID document, from the order to its holder: the state table of the domain as rows.

Promises: ``from`` of each custody event is where the document was; a step without a row in its present
state is ``wrong-state``; one whose effect already holds gives no events; nothing leaves the office without
the checks of ``handover.py`` or a second person. Shown by ``tests/rules/documents/test_document.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, TypeVar

from buergerbuero_contracts import documents as pub
from buergerbuero_contracts.documents import Delivery, Place
from buergerbuero_contracts.envelope import Event
from servicekit.decider import Decider, Refused
from services.documents import commands as ask
from services.documents import followed_commands as told

from . import document_commands as c
from . import events as own
from .calendar import local_date
from .document_commands import Asked, Facts
from .document_state import AT_OFFICE, WAITING, Document, Status, evolve
from .leaving import collect, correct, decide_destruction, destroy, hand_over, return_to_producer
from .moves import moved, placed, second_person
from .open_days import last_day
from .ordering import expected_days

Rule = Callable[[Any, Facts, Document], Sequence[Event]]
E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Row:
    """In which states a step is possible, what it leads to, and when its effect already holds."""

    states: frozenset[Status]
    rule: Rule
    holds: Callable[[Any, Document], bool] = lambda _step, _state: False


def decide(asked: Asked, state: Document) -> Sequence[Event]:
    """The events of one step. Raises ``Refused`` with the codes of the table."""
    row = ROWS[type(asked.step)]
    if row.holds(asked.step, state):
        return []
    if state.status not in row.states:
        raise Refused("wrong-state")
    return row.rule(asked.step, asked.facts, state)


# --- the order and the delivery


def _order(step: c.Order, facts: Facts, _state: Document) -> Sequence[Event]:
    if step.delivery is Delivery.SHIPPING and not step.shippable:
        raise Refused("shipping-not-allowed")
    if step.delivery is Delivery.LOCKER and not locker_allowed(step.kind, facts):
        raise Refused("locker-not-allowed")
    days = expected_days(step.kind, step.variant)
    expected_on = local_date(step.ordered_at) + timedelta(days=days)
    ordered = pub.DocumentOrdered(
        document_id=step.document_id,
        person_id=step.person_id,
        person_revision=step.person_revision,
        kind=step.kind,
        site=step.site,
        to=Place.PRODUCER,
        at=facts.at,
        variant=step.variant,
        delivery=step.delivery,
        expected_on=expected_on,
        pin_letter=step.pin_letter,
        late=step.late,
        booking_id=step.booking_id,
        item_id=step.item_id,
    )
    if step.late:
        return [ordered]
    due_at = facts.days.end_of(expected_on)
    return [ordered, own.OrderDated(document_id=step.document_id, due_at=due_at)]


def _receive(step: c.Receive, facts: Facts, state: Document) -> Sequence[Event]:
    return [moved(pub.DocumentReady, state, facts, Place.RECEIVING, batch_id=step.batch_id)]


def _join(step: c.Join, _facts: Facts, state: Document) -> Sequence[Event]:
    if state.person_id is not None:
        raise Refused("wrong-state")
    return [
        own.OrderJoined(
            document_id=state.document_id,
            person_id=step.person_id,
            person_revision=step.person_revision,
            booking_id=step.booking_id,
            pin_letter=step.pin_letter,
        )
    ]


def _merge(step: c.Merge, facts: Facts, state: Document) -> Sequence[Event]:
    return [own.OrderMerged(document_id=state.document_id, merged_into=step.into, at=facts.at)]


def _delayed(_step: told.NoteOrderLate, _facts: Facts, state: Document) -> Sequence[Event]:
    assert state.expected_on is not None  # noqa: S101 - every order has a date
    return [own.OrderDelayed(document_id=state.document_id, since=state.expected_on)]


def _ship(_step: ask.RecordShipment, facts: Facts, state: Document) -> Sequence[Event]:
    if state.delivery is not Delivery.SHIPPING:
        raise Refused("shipping-not-allowed")
    return [moved(pub.DocumentShipped, state, facts, Place.CARRIER)]


def _delivered(_step: ask.ConfirmDelivery, facts: Facts, state: Document) -> Sequence[Event]:
    return [moved(pub.ShipmentDelivered, state, facts, Place.HOLDER)]


# --- the safe and the window


def _store(step: ask.StoreDocument | ask.ReceiveReturn, facts: Facts, state: Document) -> Sequence[Event]:
    approved = second_person(step.approved_by, facts) if facts.settings.safe_two_persons else None
    stored = moved(pub.DocumentStored, state, facts, Place.SAFE)
    return [stored, placed(state, Place.SAFE, step.bin, approved_by=approved)]


def _in_bin(step: Any, state: Document) -> bool:
    return state.place is Place.SAFE and state.status in WAITING and state.bin == step.bin


def _fetch(step: ask.FetchDocument, facts: Facts, state: Document) -> Sequence[Event]:
    if state.place is not Place.SAFE:
        raise Refused("not-here", window=state.window)
    fetched = moved(pub.DocumentFetched, state, facts, Place.WINDOW)
    return [fetched, placed(state, Place.WINDOW, step.window)]


def _at_window(step: Any, state: Document) -> bool:
    return state.place is Place.WINDOW and state.window == step.window


def _put_back(step: ask.PutBack, facts: Facts, state: Document) -> Sequence[Event]:
    if not _at_window(step, state):
        raise Refused("not-here", window=state.window)
    return [moved(pub.DocumentStored, state, facts, Place.SAFE), placed(state, Place.SAFE, step.bin)]


def locker_allowed(kind: pub.DocumentKind, facts: Facts) -> bool:
    """Whether the site has lockers, and for this kind."""
    return facts.settings.locker and kind in facts.settings.locker_kinds


def _to_locker(step: ask.PlaceInLocker, facts: Facts, state: Document) -> Sequence[Event]:
    if not (step.agreed and locker_allowed(state.kind, facts)):
        raise Refused("locker-not-allowed")
    if state.place is not Place.SAFE:
        raise Refused("not-here", window=state.window)
    until = facts.days.end_after(facts.at, facts.settings.locker_days)
    told = {"collect_until": last_day(until), "language": facts.language}
    in_locker = moved(pub.DocumentPlacedInLocker, state, facts, Place.LOCKER, **told)
    return [in_locker, placed(state, Place.LOCKER, step.locker, until=until)]


def _from_locker(_step: told.ReturnFromLocker, facts: Facts, state: Document) -> Sequence[Event]:
    back = moved(pub.DocumentStored, state, facts, Place.SAFE)
    return [back, placed(state, Place.SAFE, state.bin)] if state.bin else [back]


# --- the pick-up


def _invite(step: c.Invite, facts: Facts, state: Document) -> Sequence[Event]:
    first = state.first_invited_at or facts.at
    overdue_at = None if state.overdue else facts.days.end_after(first, facts.settings.overdue_days)
    return [
        own.DocumentInvited(
            document_id=state.document_id,
            invitation_id=step.invitation_id,
            at=facts.at,
            overdue_at=overdue_at,
        )
    ]


def _book(step: c.Book, _facts: Facts, state: Document) -> Sequence[Event]:
    if state.status is Status.BOOKED and state.booking_id != step.booking_id:
        raise Refused("wrong-state")  # another booking was faster; booking ends this one
    return [
        pub.PickupBooked(document_id=state.document_id, booking_id=step.booking_id, starts_at=step.starts_at)
    ]


def _reopen(step: c.Reopen, _facts: Facts, state: Document) -> Sequence[Event]:
    if state.booking_id != step.booking_id:
        raise Refused("wrong-state")
    return [
        pub.PickupReopened(
            document_id=state.document_id, booking_id=step.booking_id, starts_at=state.starts_at
        )
    ]


def _admit(step: c.Admit, _facts: Facts, state: Document) -> Sequence[Event]:
    if state.booking_id != step.booking_id:
        raise Refused("wrong-state")
    return [
        own.PickupAdmitted(document_id=state.document_id, booking_id=step.booking_id, at=step.admitted_at)
    ]


def _overdue(_step: told.MarkOverdue, _facts: Facts, state: Document) -> Sequence[Event]:
    assert state.first_invited_at and state.person_id and state.person_revision  # noqa: S101 - it is invited
    return [
        pub.DocumentOverdue(
            document_id=state.document_id,
            person_id=state.person_id,
            person_revision=state.person_revision,
            since=local_date(state.first_invited_at),
        )
    ]


def _missed(_step: c.Miss, facts: Facts, state: Document) -> Sequence[Event]:
    return [pub.DocumentMissed(document_id=state.document_id, kind=state.kind, site=state.site, at=facts.at)]


def _found(_step: c.Find, facts: Facts, state: Document) -> Sequence[Event]:
    return [pub.DocumentFound(document_id=state.document_id, kind=state.kind, site=state.site, at=facts.at)]


def _only(*states: Status) -> frozenset[Status]:
    return frozenset(states)


_EVER = frozenset(Status)
_S = Status
ROWS: Mapping[type[Any], Row] = {
    c.Order: Row(_only(_S.NONE), _order, lambda _step, state: state.known and not state.late),
    c.Receive: Row(_only(_S.ORDERED), _receive, lambda _step, state: state.status is _S.READY),
    c.Join: Row(
        AT_OFFICE,
        _join,
        lambda step, state: state.late and state.person_id == step.person_id,
    ),
    c.Merge: Row(_only(_S.ORDERED), _merge, lambda _step, state: state.status is _S.MERGED),
    told.NoteOrderLate: Row(_EVER, _delayed, lambda _step, state: state.status is not _S.ORDERED),
    ask.RecordShipment: Row(_only(_S.ORDERED), _ship, lambda _step, state: state.status is _S.SHIPPED),
    ask.ConfirmDelivery: Row(
        _only(_S.SHIPPED), _delivered, lambda _step, state: state.status is _S.DELIVERED
    ),
    ask.ReceiveReturn: Row(_only(_S.SHIPPED), _store, _in_bin),
    ask.StoreDocument: Row(_only(_S.READY), _store, _in_bin),
    ask.ReturnToProducer: Row(
        AT_OFFICE, return_to_producer, lambda _step, state: state.status is _S.RETURNED
    ),
    c.Invite: Row(_only(_S.STORED, _S.INVITED), _invite),
    c.Book: Row(
        _only(_S.INVITED, _S.BOOKED),
        _book,
        lambda step, state: state.booked_by(step.booking_id) and state.starts_at == step.starts_at,
    ),
    c.Reopen: Row(_only(_S.BOOKED), _reopen, lambda step, state: state.was_booked_by(step.booking_id)),
    c.Admit: Row(
        _only(_S.BOOKED),
        _admit,
        lambda step, state: state.admitted_by == step.booking_id and state.admitted_at == step.admitted_at,
    ),
    c.Hear: Row(
        _EVER, lambda step, _facts, it: [own.BookingHeard(document_id=it.document_id, **asdict(step))]
    ),
    told.MarkOverdue: Row(
        _EVER, _overdue, lambda _step, state: state.overdue or state.status is not _S.INVITED
    ),
    ask.FetchDocument: Row(WAITING, _fetch, _at_window),
    ask.PutBack: Row(WAITING, _put_back, _in_bin),
    ask.HandOverDocument: Row(_EVER, hand_over),
    ask.CorrectHandover: Row(_only(_S.HANDED_OVER), correct),
    ask.PlaceInLocker: Row(
        _only(_S.INVITED),
        _to_locker,
        lambda step, state: state.status is _S.IN_LOCKER and state.locker == step.locker,
    ),
    ask.CollectFromLocker: Row(_only(_S.IN_LOCKER), collect),
    told.ReturnFromLocker: Row(_EVER, _from_locker, lambda _step, state: state.status is not _S.IN_LOCKER),
    ask.DecideDestruction: Row(
        AT_OFFICE, decide_destruction, lambda step, state: state.destroy_after == step.destroy_after
    ),
    ask.DestroyDocument: Row(_only(_S.INVITED), destroy, lambda _step, state: state.status is _S.DESTROYED),
    c.Miss: Row(AT_OFFICE, _missed, lambda _step, state: state.missed),
    c.Find: Row(_EVER, _found, lambda _step, state: not state.missed),
}
"""The state table. A row that ``holds`` answers with no events, before the state is looked at."""

DECIDER: Decider[Document, Asked] = Decider("document", Document(), evolve, decide)
