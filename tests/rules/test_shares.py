"""Who reads which partitions in a rebuild."""

from __future__ import annotations

import asyncio
import os
import select
from unittest.mock import patch

from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from servicekit import rebuild_shares
from servicekit.past import Limits
from servicekit.rebuild_shares import MOST, helpers, shares_of

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


def test_no_process_outlives_a_rebuild_that_is_killed() -> None:
    """The rebuild is a copy of this process, ended as by ``kill -9``; the last that has the pipe ends it."""
    living, held = os.pipe()

    async def never_done(_limits: Limits) -> int:
        os.write(held, b"begun")
        await asyncio.Event().wait()
        return 0

    if os.fork() == 0:
        rebuild_shares.WATCH = 0.01
        with helpers(never_done, [{}]):
            os.read(living, 5)
            os._exit(9)
    os.close(held)
    _pid, status = os.wait()
    assert os.waitstatus_to_exitcode(status) == 9
    assert select.select([living], [], [], 10)[0] and os.read(living, 1) == b""
    os.close(living)
