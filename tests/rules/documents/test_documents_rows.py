"""The window's read model: one row per document, equal to the fold of its stream however it is batched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.log import Recorded
from servicekit.projection import LOG, Row, Seen
from services.documents import commands as ask
from services.documents.projections import DELIVERIES
from services.documents.projections import documents as rows
from services.documents.projections.deliveries import closed, opened
from services.documents.projections.documents import DOCUMENTS
from services.documents.rules.document_state import Document, Status
from tests.rules.documents.desk import ID_CARD, LICENCE, PASSPORT, Desk, uid
from tests.rules.documents.world import World

COLUMNS: dict[Callable[[Sequence[Seen]], Sequence[Row]], tuple[str, ...]] = {
    rows.orders: (
        *("kind", "variant", "delivery", "site", "ordered_at", "expected_on"),
        *("ordered_booking", "place", "person_id", "person_revision"),
    ),
    rows.states: ("state",),
    rows.places: ("place", "placed_at"),
    rows.bins: ("bin",),
    rows.desks: ("desk",),
    rows.arrivals: ("ready_at",),
    rows.holders: ("person_id", "person_revision", "ordered_booking"),
    rows.pickups: ("booking_id", "starts_at"),
    rows.admissions: ("admitted_at",),
    rows.missing: ("missed_since",),
}
"""What each step's statement sets."""


def seen(one: Recorded) -> Seen:
    name = type(one.event).__name__
    data = msgspec.json.decode(one.event.to_json().encode(), type=DOCUMENTS.reads[name])
    return Seen(name, data, one.event_id, one.meta.at, str(one.stream.id), LOG, one.position)


def told(world: World) -> list[Seen]:
    return [seen(one) for one in world.log.events if type(one.event).__name__ in DOCUMENTS.reads]


def table(batches: Sequence[Sequence[Seen]]) -> dict[UUID, dict[str, Any]]:
    """What the statements write, batch by batch and step by step."""
    made: dict[UUID, dict[str, Any]] = {}
    for batch in batches:
        for step in DOCUMENTS.steps:
            for document_id, *values in step.rows(batch):
                row = made.setdefault(document_id, {"state": "ordered"})
                row |= dict(zip(COLUMNS[step.rows], values, strict=True))
    return made


@pytest.fixture(scope="module")
def world() -> World:
    """A week with everything in it that can become of a document."""
    made = World()
    eva = Desk(made)
    card, passport = eva.at_window(ID_CARD, PASSPORT)
    made.ask(eva.hand_over(card))
    made.hear(eva.missed(card, passport))
    made.ask(ask.PutBack(document_id=passport, window="window_1", bin="Z-9"))
    max_ = Desk(made, uid("Max"), uid("Max's visit"))
    (his,) = max_.booked(PASSPORT, booking=uid("his"))
    made.hear(max_.cancelled(his, booking=uid("his"), undo_until=made.at + timedelta(minutes=10)))
    made.hear(max_.undone(his, booking=uid("his")))
    third = Desk(made, uid("Nguyen"), uid("Nguyen's visit"))
    first, second = third.received(ID_CARD, LICENCE)
    made.ask(ask.ReturnToProducer(document_id=first, approved_by="colleague"))
    third.store(second)
    made.ask(ask.CountSafe(site="flensburg", document_ids=(passport, his)))
    made.ask(ask.CountSafe(site="flensburg", document_ids=(passport, his, second)))
    fourth = Desk(made, uid("Kim"), uid("Kim's visit"))
    batch = fourth.batch()
    number = ask.ReceiveDocument(batch_id=batch, number="C99X00T47", booking_id=fourth.visit, kind=PASSPORT)
    made.ask(number)
    made.ask(ask.CloseBatch(batch_id=batch))
    fourth.ordered(PASSPORT)
    return made


def test_each_row_is_what_the_fold_of_the_stream_says(world: World) -> None:
    made = table([told(world)])
    documents = [one.id for one in world.log.streams if one.category == "document"]
    assert set(made) == set(documents)
    assert len({world.document(one).status for one in documents}) > 3
    for document_id in documents:
        row, state = made[document_id], world.document(document_id)
        assert {name: row.get(name) for name in _EXPECTED} == _expected(state)


_EXPECTED = ("kind", "state", "place", "bin", "desk", "person_id", "booking_id", "starts_at", "admitted_at")


def _expected(state: Document) -> dict[str, Any]:
    booked = state.status is Status.BOOKED
    admitted = booked and state.admitted_by == state.booking_id
    return {
        "kind": state.kind,
        "state": state.status,
        "place": state.place,
        "bin": state.bin,
        "desk": state.window if state.place == "window" else None,
        "person_id": state.person_id,
        "booking_id": state.booking_id if booked else None,
        "starts_at": state.starts_at if booked else None,
        "admitted_at": state.admitted_at if admitted else None,
    }


@given(cuts=st.sets(st.integers(0, 200), max_size=12))
def test_the_same_events_in_other_batches_give_equal_rows(world: World, cuts: set[int]) -> None:
    events = told(world)
    edges = [0, *sorted(cut for cut in cuts if cut < len(events)), len(events)]
    batches = [events[first:last] for first, last in pairwise(edges)]
    assert table(batches) == table([events])


def test_rows_of_a_batch_are_sorted_and_each_document_stands_once(world: World) -> None:
    for step in DOCUMENTS.steps:
        ids = [row[0] for row in step.rows(told(world))]
        assert ids == sorted(set(ids))


def test_a_delivery_is_open_until_it_is_closed(world: World) -> None:
    events = [
        Seen(name, msgspec.json.decode(one.event.to_json(), type=DELIVERIES.reads[name]), *_where(one))
        for one in world.log.events
        if (name := type(one.event).__name__) in DELIVERIES.reads
    ]
    assert len(opened(events)) == 4
    assert [row[0] for row in closed(events)] == [one.stream.id for one in world.log.events if _is_end(one)]


def _where(one: Recorded) -> tuple[Any, ...]:
    return (one.event_id, one.meta.at, str(one.stream.id), LOG, one.position)


def _is_end(one: Recorded) -> bool:
    return type(one.event).__name__ == "BatchClosed"
