"""The consumer rule as a table: which record of a partition counts, and what the others mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.consumer_rule import (
    Checkpoint,
    Incoming,
    Sifted,
    Unreadable,
    Verdict,
    blames_event,
    judge,
    pack,
    sift,
    unpack,
)
from servicekit.log import Busy
from servicekit.read_model import NoGeneration


@dataclass(frozen=True)
class Link:
    """A record's place in the chain; the last field is what the event says."""

    position: int
    prev: int
    epoch: int = 1
    says: str = "good"


@dataclass(frozen=True)
class Record:
    """The part of a Kafka record that the rule looks at."""

    offset: int
    key: bytes = b"a"


HERE = Checkpoint(position=10, epoch=1, next_offset=5)


@pytest.mark.parametrize(
    ("seen", "link", "verdict"),
    [
        (Checkpoint(), Link(1, 0), Verdict.APPLY),
        (Checkpoint(), Link(70, 65, epoch=3), Verdict.APPLY),  # retention removed what was before
        (HERE, Link(12, 10), Verdict.APPLY),
        (HERE, Link(10, 8), Verdict.REPEAT),
        (HERE, Link(3, 0), Verdict.REPEAT),
        (HERE, Link(15, 12), Verdict.GAP),
        (HERE, Link(12, 9), Verdict.GAP),  # a predecessor that we should have, but did not see as last
        (HERE, Link(12, 10, epoch=0), Verdict.ABANDONED),
        (HERE, Link(3, 0, epoch=0), Verdict.ABANDONED),
        (HERE, Link(12, 10, epoch=2), Verdict.RESTORED),
        (HERE, Link(3, 0, epoch=2), Verdict.RESTORED),
    ],
)
def test_each_record_gets_its_verdict(seen: Checkpoint, link: Link, verdict: Verdict) -> None:
    assert judge(seen, link) is verdict


def decode(one: Incoming) -> str | None:
    """The event; ``unread`` is of a type that is not read, ``bad`` of a shape that cannot be.

    ``worse`` is one that nobody thought of, ``full`` has come when the machine had no memory left.
    """
    if one.headers.says == "bad":
        raise Unreadable("data", "does not fit")
    if one.headers.says in ("worse", "full"):
        raise OverflowError if one.headers.says == "worse" else MemoryError
    return None if one.headers.says == "unread" else f"{one.headers.position}"


def sifted(
    *links: Link | None, seen: Checkpoint = HERE, keys: str = "", blocked: frozenset[bytes] = frozenset()
) -> Sifted[Any]:
    """A batch from offset 5 on; None is a record whose headers are not readable."""
    keys = keys or "a" * len(links)
    incoming = [
        Incoming(Record(5 + n, keys[n].encode()), link, "" if link else "header is null")
        for n, link in enumerate(links)
    ]
    return sift(seen, blocked, incoming, decode)


def applied(result: Sifted[Any]) -> list[str]:
    return [event for _one, event in result.apply]


def test_a_chain_is_applied_and_the_checkpoint_stands_behind_it() -> None:
    result = sifted(Link(11, 10), Link(14, 11))
    assert applied(result) == ["11", "14"]
    assert result.seen == Checkpoint(14, 1, 7)


def test_a_repeat_changes_nothing_but_where_to_read_on() -> None:
    result = sifted(Link(10, 8), Link(11, 10), Link(11, 10))
    assert applied(result) == ["11"]
    assert result.repeats == 2
    assert result.seen == Checkpoint(11, 1, 8)


def test_a_redelivery_from_the_beginning_does_not_move_the_offset_back() -> None:
    assert sifted(Link(3, 0), seen=Checkpoint(10, 1, 900)).seen == Checkpoint(10, 1, 900)


def test_a_new_topic_with_the_republished_tail_moves_the_offset_with_it() -> None:
    assert sifted(Link(11, 10), seen=Checkpoint(10, 1, 900)).seen == Checkpoint(11, 1, 6)


def test_behind_a_gap_nothing_is_applied_and_the_place_to_seek_stays() -> None:
    result = sifted(Link(15, 12), Link(16, 15))
    assert applied(result) == []
    assert (result.gap, result.seen) == (12, HERE)


def test_a_gap_heals_when_the_missing_records_come_behind_it() -> None:
    result = sifted(Link(15, 12), Link(11, 10), Link(12, 11), Link(15, 12))
    assert applied(result) == ["11", "12", "15"]
    assert result.gap is None


def test_a_new_topic_that_lacks_its_beginning_is_a_gap_until_that_comes_behind() -> None:
    def of_new(*links: Link, offset: int, seen: Checkpoint) -> Sifted[Any]:
        incoming = [Incoming(Record(offset + n), link) for n, link in enumerate(links)]
        return sift(seen, frozenset(), incoming, decode)

    lost = of_new(Link(15, 12), Link(16, 15), offset=0, seen=Checkpoint())
    assert (applied(lost), lost.gap, lost.seen) == ([], 12, Checkpoint(0, 1, 0))
    again = of_new(Link(17, 16), Link(4, 0), Link(12, 4), Link(15, 12), offset=2, seen=lost.seen)
    assert (applied(again), again.gap) == (["4", "12", "15"], None)


def test_older_records_that_retention_removed_are_not_missed() -> None:
    incoming = [Incoming(Record(900), Link(70, 65))]
    assert applied(sift(Checkpoint(), frozenset(), incoming, decode)) == ["70"]


def test_a_gap_stays_one_over_batches_that_only_repeat() -> None:
    gapped = sifted(Link(15, 12))
    assert sifted(Link(9, 8)).after(gapped).gap == 12
    assert sifted(Link(11, 10)).after(gapped).gap is None


def test_a_higher_epoch_stops_the_partition_with_what_was_before_applied() -> None:
    result = sifted(Link(11, 10), Link(1, 0, epoch=2), Link(12, 11))
    assert applied(result) == ["11"]
    assert result.restored_at == 6
    assert result.seen.next_offset == 6


def test_a_record_without_headers_is_parked_by_offset_and_does_not_touch_the_chain() -> None:
    result = sifted(None, Link(11, 10))
    assert applied(result) == ["11"]
    (held,) = result.park
    assert (held.key, held.reason, held.error) == (None, "headers", "header is null")


def test_an_unreadable_event_holds_back_later_ones_of_its_key_only() -> None:
    result = sifted(Link(11, 10, says="bad"), Link(12, 11), Link(13, 12), keys="aba")
    assert applied(result) == ["12"]
    assert [(held.one.headers.position, held.reason) for held in result.park] == [
        (11, "data"),
        (13, "behind"),
    ]
    assert result.seen.position == 13


def test_an_event_on_which_reading_stumbles_is_parked_like_an_unreadable_one() -> None:
    result = sifted(Link(11, 10, says="worse"), Link(12, 11), keys="ab")
    assert [(held.key, held.reason) for held in result.park] == [(b"a", "failed")]
    assert applied(result) == ["12"]


def test_what_the_machine_lacks_is_no_fault_of_the_event() -> None:
    with pytest.raises(MemoryError):
        sifted(Link(11, 10, says="full"))


def test_a_key_that_is_parked_already_stays_so() -> None:
    result = sifted(Link(11, 10), Link(12, 11), keys="ab", blocked=frozenset({b"a"}))
    assert applied(result) == ["12"]
    assert [held.reason for held in result.park] == ["behind"]


def test_a_type_that_is_not_read_only_moves_the_checkpoint_even_behind_a_parked_event() -> None:
    result = sifted(Link(11, 10, says="unread"), blocked=frozenset({b"a"}))
    assert (applied(result), result.park, result.seen.position) == ([], [], 11)


@given(st.lists(st.integers(0, 8), min_size=1, max_size=30), st.integers(1, 29))
def test_any_delivery_with_repeats_split_anywhere_applies_each_event_once(order: list[int], cut: int) -> None:
    """A consumer may be given any record again at any time; here a tail is given again from ``order``."""
    links = [Link(n + 1, n) for n in range(9)]
    delivered = [one for start in order for one in links[start:]]
    whole = sifted(*delivered, seen=Checkpoint(0, 1, 0), keys="a" * len(delivered))
    first = sifted(*delivered[:cut], seen=Checkpoint(0, 1, 0), keys="a" * cut)
    rest = delivered[cut:]
    second = sifted(*rest, seen=first.seen, keys="a" * len(rest)) if rest else Sifted(first.seen)
    assert applied(first) + applied(second) == applied(whole)
    assert len(set(applied(whole))) == len(applied(whole))
    assert applied(whole) == [str(n + 1) for n in range(len(applied(whole)))]


@pytest.mark.parametrize(
    ("error", "blamed"),
    [
        (asyncpg.CheckViolationError("x"), True),
        (asyncpg.ExclusionViolationError("x"), True),
        (asyncpg.CardinalityViolationError("x"), True),
        (asyncpg.DataError("x"), True),
        (asyncpg.NumericValueOutOfRangeError("x"), True),
        (KeyError("x"), True),
        (ZeroDivisionError("x"), True),
        (asyncpg.InvalidCachedStatementError("x"), False),
        (asyncpg.InvalidColumnReferenceError("no unique constraint matches"), False),  # index being replaced
        (asyncpg.UndefinedTableError("x"), False),
        (asyncpg.DeadlockDetectedError("x"), False),
        (asyncpg.LockNotAvailableError("x"), False),
        (asyncpg.QueryCanceledError("x"), False),
        (asyncpg.DiskFullError("x"), False),
        (asyncpg.AdminShutdownError("x"), False),
        (asyncpg.ReadOnlySQLTransactionError("x"), False),
        (asyncpg.ConnectionDoesNotExistError("x"), False),
        (asyncpg.InterfaceError("x"), False),
        (ConnectionResetError("x"), False),
        (TimeoutError("x"), False),
        (NoGeneration("x"), False),
        (Busy("x"), False),
    ],
)
def test_only_errors_that_speak_of_the_event_count_as_tries(error: Exception, blamed: bool) -> None:
    assert blames_event(error) is blamed


def test_headers_are_kept_as_they_came_null_and_bad_bytes_included() -> None:
    headers = [("ce_id", b"1"), ("odd", None), ("bytes", b"\xff\x00")]
    assert unpack(pack(headers)) == headers
