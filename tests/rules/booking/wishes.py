"""Who waits for an earlier place, folded from a log in memory: what the read model would say at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from servicekit.log import Recorded, Stream
from services.booking.rules import waiting_list
from services.booking.rules.wish_state import Waiting, Wish, WishStatus

Streams = Mapping[Stream, Sequence[Recorded]]


def all_wishes(streams: Streams) -> Iterable[Wish]:
    """Every wish ever made, oldest first."""
    histories = [events for stream, events in streams.items() if stream.category == waiting_list.CATEGORY]
    for events in sorted((one for one in histories if one), key=lambda events: events[0].position):
        yield waiting_list.DECIDER.fold(one.event for one in events)


def active_wishes(streams: Streams, site: str, day: date) -> Sequence[Waiting]:
    """Those that a place of a day may be offered to."""
    return [
        Waiting(one.wish_id, one.booking_id, one.items, one.minutes, one.window)
        for one in all_wishes(streams)
        if one.window is not None
        and one.status is WishStatus.ACTIVE
        and one.site == site
        and one.window.earliest <= day <= one.window.latest
    ]


def open_wishes(streams: Streams, booking_id: UUID) -> Sequence[UUID]:
    """Those for an earlier place than this booking's."""
    return [one.wish_id for one in all_wishes(streams) if one.is_open and one.booking_id == booking_id]
