"""A decision that is kept is the one that would be made: whatever others wrote, and whoever has gone."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.decider import Refused
from servicekit.job import Job
from servicekit.log import Decision, States, Stream, Undecided
from servicekit.plans import Overlay, Plans, Step, TailRow
from tests.log.desk import SHELF, PlaceTaken, context

SHELVES = tuple(Stream.named("shelf", number) for number in range(3))
WISHES = st.lists(st.sampled_from(SHELVES), min_size=1, max_size=2, unique=True)


def plans() -> Plans:
    """Three shelves in memory, all of them empty."""
    memory = Plans({"shelf": SHELF})
    memory.loaded(SHELVES, ())
    return memory


def job(wanted: list[Stream], place: int | None) -> Job:
    """Take a place, or the first free one, on each of these shelves."""

    def decide(states: States) -> Decision:
        return Decision(tuple((one, event) for one in wanted for event in SHELF.decide(place, states[one])))

    return Job(Undecided(context(), {}, wanted, decide), None, 0.0)  # type: ignore[arg-type]


def told(one: Job) -> tuple[Any, ...]:
    """What came of it: events and expected versions, or the refusal."""
    if one.request is None:
        return (str(one.refused),)
    return one.request.decision.events, one.request.expected, one.request.texts


def others_take(memory: Plans, shelf: Stream, place: int) -> None:
    """Another process has written."""
    row = TailRow(memory.cursor + 1, shelf, memory.get(shelf).version + 1, PlaceTaken(place=place), uuid4())
    memory.apply([row], row.position)


@given(
    jobs=st.lists(st.tuples(WISHES, st.none() | st.integers(0, 4)), max_size=8),
    foreign=st.lists(st.tuples(st.sampled_from(SHELVES), st.integers(0, 4)), max_size=3),
    gone=st.sets(st.integers(0, 7)),
)
def test_what_stands_is_what_would_be_decided_afresh(
    jobs: list[tuple[list[Stream], int | None]], foreign: list[tuple[Stream, int]], gone: set[int]
) -> None:
    memory, made = plans(), [job(*wish) for wish in jobs]
    before = memory.overlay()
    for one in made:
        one.decide(memory, before)
    for shelf, place in foreign:
        others_take(memory, shelf, place)
    again, afresh = memory.overlay(), memory.overlay()
    for number, one in enumerate(made):
        if number not in gone:
            new = Job(one.work, one.done, 0.0)
            one.decide(memory, again)
            new.decide(memory, afresh)
            assert told(one) == told(new)
    assert [again.get(one) for one in SHELVES] == [afresh.get(one) for one in SHELVES]


@pytest.mark.parametrize("place", [0, 1])
def test_only_what_others_touched_is_decided_again(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    memory, one, other = plans(), job([SHELVES[0]], 0), job([SHELVES[1]], 0)
    for each in (one, other):
        each.decide(memory, memory.overlay())
    others_take(memory, SHELVES[0], place)
    decided, take = list[Any](), Overlay.take

    def seen(overlay: Overlay, events: Any) -> list[Step]:
        decided.append(events)
        return take(overlay, events)

    monkeypatch.setattr(Overlay, "take", seen)
    for each in (one, other):
        each.decide(memory, memory.overlay())
    assert len(decided) == place
    assert isinstance(one.refused, Refused) == (place == 0)
    assert other.request is not None
