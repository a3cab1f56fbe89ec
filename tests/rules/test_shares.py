"""Who reads which partitions in a rebuild."""

from __future__ import annotations

import os
from unittest.mock import patch

from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from servicekit.rebuild_shares import MOST, shares_of

PLACES = st.builds(TopicPartition, st.sampled_from(["a", "b"]), st.integers(0, 9))


@given(st.dictionaries(PLACES, st.integers(0, 10**6), min_size=1), st.integers(1, 64))
def test_every_partition_is_read_by_one_process_and_none_has_much_more_than_another(
    limits: dict[TopicPartition, int], cores: int
) -> None:
    with patch.object(os, "cpu_count", return_value=cores):
        shares = shares_of(limits)
    assert len(shares) == min(cores, MOST, len(limits))
    dealt = [place for share in shares for place in share]
    assert sorted(dealt) == sorted(limits)
    sums = [sum(share.values()) for share in shares]
    assert max(sums) - min(sums) <= max(limits.values())


def test_a_machine_that_does_not_tell_its_cores_has_one() -> None:
    with patch.object(os, "cpu_count", return_value=None):
        assert shares_of({TopicPartition("a", 0): 5, TopicPartition("a", 1): 5}) == [
            {TopicPartition("a", 0): 5, TopicPartition("a", 1): 5}
        ]
