"""The relay's pure part: rows become record batches, and what a topic holds becomes a decision."""

from __future__ import annotations

import pytest

from servicekit.relay_plan import NOTHING, LogGap, Mark, Place, Planner, Public, Sighting, Tail, held, lost
from tests.rules.relay_memory import CAPACITY, TOPIC, Batch, row

PLANNER = Planner("/buergerbuero/flensburg/booking", 1, {"SlotReserved": Public(TOPIC, 3)}, {TOPIC: 2})
ONLY = Place(TOPIC, 0)


def whole(*positions: int) -> list[Sighting]:
    """Records whose chain has no hole."""
    return [Sighting(position, prev, 1) for position, prev in zip(positions, (0, *positions), strict=False)]


class TestPlan:
    def test_private_events_move_the_checkpoint_and_nothing_else(self) -> None:
        planned = PLANNER.plan([row(1, None, "DeviceNoted"), row(2, None, "DeviceNoted")], 0, {}, Batch)
        assert planned == (2, {}, {})

    def test_a_type_is_private_before_the_position_from_which_it_is_public(self) -> None:
        planned = PLANNER.plan([row(n, "a") for n in (1, 2, 3, 4)], 0, {}, Batch)
        ((_place, batch),) = planned.batches.items()
        assert [record.position for record in batch.records] == [3, 4]

    def test_each_record_names_the_one_before_it_in_its_partition(self) -> None:
        rows = [row(n, "abcdefgh"[n % 8]) for n in range(3, 11)]
        planned = PLANNER.plan(rows, 2, {ONLY: 1}, Batch)
        assert len(planned.batches) == 2
        for place, batch in planned.batches.items():
            positions = [record.position for record in batch.records]
            assert [record.prev for record in batch.records] == [1 if place == ONLY else 0, *positions[:-1]]
            assert planned.heads[place] == positions[-1]

    def test_the_heads_that_went_in_stay_as_they_were(self) -> None:
        heads = {ONLY: 1}
        PLANNER.plan([row(3, "a"), row(4, "b")], 2, heads, Batch)
        assert heads == {ONLY: 1}

    def test_the_round_ends_before_the_event_that_its_batch_does_not_take(self) -> None:
        rows = [row(n, "a") for n in range(3, 4 + CAPACITY)] + [row(4 + CAPACITY, "b")]
        planned = PLANNER.plan(rows, 2, {}, Batch)
        assert planned.upto == 2 + CAPACITY
        assert sum(batch.record_count() for batch in planned.batches.values()) == CAPACITY

    @pytest.mark.parametrize("positions", [(4,), (3, 5), (3, 3)])
    def test_a_hole_in_the_log_is_never_stepped_over(self, positions: tuple[int, ...]) -> None:
        with pytest.raises(LogGap):
            PLANNER.plan([row(n, "a") for n in positions], 2, {}, Batch)

    def test_a_public_event_without_a_key_is_a_fault_of_the_log(self) -> None:
        with pytest.raises(LogGap, match="no key"):
            PLANNER.plan([row(3, None)], 2, {}, Batch)


class TestLost:
    @pytest.mark.parametrize(
        ("mark", "tail", "answer"),
        [
            (Mark(0, -1), Tail(0, 0, NOTHING, NOTHING), False),  # nothing sent, nothing there
            (Mark(0, -1), Tail(0, 9, Sighting(9, 8, 1), NOTHING), False),  # nothing claimed
            (Mark(9, 12), Tail(0, 9, Sighting(12, 11, 1), Sighting(12, 11, 1)), False),  # as left
            (Mark(9, 12), Tail(0, 11, Sighting(14, 13, 1), Sighting(12, 11, 1)), False),  # more than claimed
            (Mark(9, 12), Tail(9, 9, NOTHING, NOTHING), False),  # emptied from the front, on purpose
            (Mark(9, 12), Tail(0, 0, NOTHING, NOTHING), True),  # made anew
            (Mark(9, 12), Tail(0, 8, Sighting(11, 10, 1), NOTHING), True),  # cut
            (Mark(9, 12), Tail(0, 11, Sighting(14, 13, 1), Sighting(13, 12, 1)), True),  # cut, then sent upon
            (Mark(9, -1), Tail(0, 9, NOTHING, NOTHING), False),  # somebody's rubbish stands last
        ],
    )
    def test_a_partition_is_judged_by_what_stands_at_its_mark(
        self, mark: Mark, tail: Tail, answer: bool
    ) -> None:
        assert lost(mark, tail) is answer


class TestHeld:
    def test_a_whole_partition_is_held_to_its_end(self) -> None:
        assert held(whole(2, 5, 9), 0) == 9

    def test_repeats_and_rubbish_change_nothing(self) -> None:
        assert held([*whole(2, 5), *whole(2, 5), NOTHING, Sighting(9, 5, 1)], 0) == 9

    def test_behind_a_hole_nothing_counts_until_the_missing_records_come(self) -> None:
        behind = [*whole(2, 5), Sighting(12, 9, 1)]
        assert held(behind, 0) == 5
        assert held([*behind, Sighting(9, 5, 1), Sighting(12, 9, 1)], 0) == 12

    def test_a_topic_made_anew_holds_nothing_although_it_begins_late(self) -> None:
        assert held([Sighting(101, 100, 1)], 0) == 0

    def test_a_partition_without_its_first_records_counts_from_what_is_left(self) -> None:
        assert held([Sighting(101, 100, 1), Sighting(104, 101, 1)], None) == 104

    def test_reading_in_pieces_gives_the_same(self) -> None:
        records = whole(1, 4, 6, 7)
        assert held(records[2:], held(records[:2], 0)) == held(records, 0)
