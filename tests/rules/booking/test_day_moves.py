"""Places that come back: released, moved, taken back by the undo."""

import pytest

from buergerbuero_contracts.booking import Channel, Purpose, ReleaseReason, SlotReleased, SlotReserved
from buergerbuero_contracts.envelope import Event
from servicekit.testing.rules import given, like
from services.booking.rules.day_commands import MoveSlot, ReclaimSlot, ReleaseSlot
from services.booking.rules.day_plan import DECIDER
from services.booking.rules.events import PlaceSetAside
from tests.rules.booking.office import CARD, at, block, planned, reserve, set_aside, slot, uid

MORNING = planned(block("c1", "08:00-12:00"))


TAKEN: tuple[Event, ...] = (MORNING, slot("10:00-10:15", "a"))


def test_a_returned_place_is_set_aside_with_its_buffer() -> None:
    command = ReleaseSlot(booking_id=uid("a"), reason=ReleaseReason.CANCELLED, public_from=at("09:00"))
    released = given(DECIDER, *TAKEN).when(command)
    released.then(
        like(SlotReleased, starts_at=at("10:00"), ends_at=at("10:15"), reason=ReleaseReason.CANCELLED),
        set_aside("10:00", "10:20", "09:00"),
    )
    day = given(DECIDER, *TAKEN, *released.events)
    day.when(reserve(at("10:00"), now=at("08:59"))).refused("not-released")
    day.when(reserve(at("09:50"), now=at("08:59"))).refused("not-released")
    day.when(reserve(at("10:00"), now=at("09:00"))).then(like(SlotReserved))


def test_an_expired_place_is_free_at_once() -> None:
    command = ReleaseSlot(booking_id=uid("a"), reason=ReleaseReason.EXPIRED)
    released = given(DECIDER, *TAKEN).when(command).then(like(SlotReleased, reason=ReleaseReason.EXPIRED))
    given(DECIDER, *TAKEN, *released.events).when(reserve(at("10:00"))).then(like(SlotReserved))


def test_only_its_own_booking_gives_a_slot_back() -> None:
    command = ReleaseSlot(booking_id=uid("stranger"), reason=ReleaseReason.CANCELLED)
    given(DECIDER, *TAKEN).when(command).refused("wrong-state")


def move(start: str, name: str = "a") -> MoveSlot:
    command = reserve(at(start), name, now=at("08:30"), purpose=Purpose.MOVE)
    return MoveSlot(reserve=command, public_from=at("09:00"))


@pytest.mark.parametrize(
    ("start", "freed", "aside"),
    [
        ("11:00", ("10:00", "10:15"), ("10:00", "10:20")),
        ("10:10", ("10:00", "10:10"), ("10:00", "10:10")),
        ("09:50", ("10:05", "10:15"), ("10:10", "10:20")),
        ("09:55", ("10:10", "10:15"), ("10:15", "10:20")),
    ],
)
def test_a_move_frees_what_the_new_place_does_not_cover(
    start: str, freed: tuple[str, str], aside: tuple[str, str]
) -> None:
    given(DECIDER, *TAKEN).when(move(start)).then(
        like(SlotReleased, starts_at=at(freed[0]), ends_at=at(freed[1]), reason=ReleaseReason.MOVED),
        like(PlaceSetAside, starts_at=at(aside[0]), occupied_until=at(aside[1])),
        like(SlotReserved, starts_at=at(start), purpose=Purpose.MOVE),
    )


def test_a_move_to_a_taken_place_leaves_the_old_one() -> None:
    refused = given(DECIDER, *TAKEN, slot("11:00-11:15", "other")).when(move("11:00"))
    refused.refused("slot-taken")
    assert refused.after.slots[uid("a")].start == refused.after.tick(at("10:00"))


def test_a_move_to_where_it_is_changes_nothing() -> None:
    given(DECIDER, *TAKEN).when(move("10:00")).nothing()


def reclaim(now: str, name: str = "a") -> ReclaimSlot:
    return ReclaimSlot(
        booking_id=uid(name),
        slot_id=uid("again"),
        starts_at=at("10:00"),
        ends_at=at("10:15"),
        items=CARD,
        persons=1,
        channel=Channel.ONLINE,
        at=at(now),
    )


def test_only_the_undo_takes_a_place_back_while_it_is_set_aside() -> None:
    released = given(DECIDER, *TAKEN).when(
        ReleaseSlot(booking_id=uid("a"), reason=ReleaseReason.CANCELLED, public_from=at("09:00"))
    )
    day = given(DECIDER, *TAKEN, *released.events)
    day.when(reclaim("08:59")).then(
        like(SlotReserved, purpose=Purpose.UNDO, counter="c1", occupied_until=at("10:20"))
    )
    day.when(reclaim("09:00")).refused("undo-over")
    day.when(reclaim("08:59", "stranger")).refused("undo-over")
    day.and_given(*day.when(reclaim("08:58")).events).when(reclaim("08:59")).refused("wrong-state")
