"""States in memory: the fold of a stream up to what the tail confirmed."""

from __future__ import annotations

from uuid import uuid4

import pytest

from servicekit.log import Stream
from servicekit.plans import Plans, TailRow
from tests.log.desk import SHELF, PlaceTaken

ONE, OTHER = Stream.named("shelf", "one"), Stream.named("shelf", "other")


def row(position: int, version: int, place: int, stream: Stream = ONE) -> TailRow:
    return TailRow(position, stream, version, PlaceTaken(place=place), uuid4())


def plans(*known: Stream) -> Plans:
    made = Plans({"shelf": SHELF})
    made.loaded(known, ())
    return made


def test_the_tail_carries_a_known_stream_on() -> None:
    memory = plans(ONE)
    memory.apply([row(1, 1, 4), row(3, 2, 5)], head=3)
    planned = memory.get(ONE)
    assert (planned.state.taken, planned.version, planned.position) == ({4, 5}, 2, 3)
    assert memory.cursor == 3


def test_a_stream_that_nobody_asked_for_stays_out() -> None:
    memory = plans(ONE)
    memory.apply([row(1, 1, 4, OTHER)], head=1)
    assert OTHER not in memory


def test_what_was_loaded_beyond_the_cursor_is_not_applied_twice() -> None:
    memory = plans()
    memory.loaded([ONE], [row(1, 1, 4), row(2, 2, 5)])
    memory.apply([row(1, 1, 4), row(2, 2, 5), row(3, 3, 6)], head=3)
    assert memory.get(ONE).version == 3


def test_a_skipped_version_is_an_error_never_a_guess() -> None:
    memory = plans(ONE)
    with pytest.raises(RuntimeError, match="the tail skipped"):
        memory.apply([row(2, 2, 4)], head=2)


def test_a_round_decides_on_what_it_decided_before_but_leaves_the_states_alone() -> None:
    memory, command = plans(ONE), uuid4()
    overlay = memory.overlay()
    overlay.take([(ONE, PlaceTaken(place=4)), (ONE, PlaceTaken(place=5))])
    assert (overlay.get(ONE).state.taken, overlay.get(ONE).version) == ({4, 5}, 2)
    assert not memory.knows(ONE, command)
    assert memory.get(ONE).version == 0


def test_what_a_round_worked_out_is_not_worked_out_again_but_only_on_the_same_state() -> None:
    memory, command, event = plans(ONE), uuid4(), PlaceTaken(place=4)
    overlay = memory.overlay()
    overlay.take([(ONE, event)])
    stored = TailRow(1, ONE, 1, event, command)
    other = plans(ONE)
    other.apply([row(1, 1, 7)], head=1)
    other.apply([TailRow(2, ONE, 2, event, command)], 2, overlay)
    memory.apply([stored], 1, overlay)
    assert memory.get(ONE).state is overlay.get(ONE).state
    assert other.get(ONE).state.taken == {4, 7}
    assert memory.knows(ONE, command)


def test_the_oldest_streams_make_room() -> None:
    memory = Plans({"shelf": SHELF}, limit=2)
    streams = [Stream.named("shelf", n) for n in range(4)]
    memory.loaded(streams[:1], [row(1, 1, 4, streams[0])])
    memory.loaded(streams[1:2], ())
    memory.loaded([streams[0], streams[2]], ())
    assert [stream in memory for stream in streams] == [True, False, True, False]
    assert memory.get(streams[0]).version == 1


def test_what_one_round_needs_stays_even_if_there_is_no_room_for_it() -> None:
    memory = Plans({"shelf": SHELF}, limit=2)
    streams = [Stream.named("shelf", n) for n in range(3)]
    memory.loaded(streams, ())
    assert all(stream in memory for stream in streams)


def test_followed_categories_are_told_whole_at_the_start_and_then_one_by_one() -> None:
    told: list[tuple[list[int], bool]] = []
    memory = Plans(
        {}, followed=["shelf"], follow=lambda rows, all_: told.append(([r.position for r in rows], all_))
    )
    memory.restart(2, [row(1, 1, 4), row(2, 2, 5)])
    memory.apply([row(3, 3, 6)], head=4)
    memory.apply([], head=5)
    assert told == [([1, 2], True), ([3], False)]
