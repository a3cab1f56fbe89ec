"""What must hold of any service after a run, judged from the log, the topic and what was answered.

The numbers are those of the promises: I3 acknowledged means stored, I4 in the order that people saw, I5
each public event in its topic, in order per partition. A finding is a sentence. What belongs to one
service (I1, I2, I7, I9) stands beside its tests. Shown by ``tests/simulation/test_simulation.py``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

import msgspec

from servicekit.relay_plan import Place, Planner

from .log_tables import Stored
from .platform import FAIL, OK, Call, Platform, Side
from .topics import sighting

OURS = ("AttributeError", "TypeError", "KeyError", "IndexError", "AssertionError", "NameError", "ValueError")
CANARY = "@example.org"
"""The end of everybody's address in a run."""


def acknowledged_is_stored(platform: Platform, side: Side) -> Iterator[str]:
    """I3: events of an ``ok`` exactly once, of a ``fail`` none; a double click is one command.

    What led to nothing leaves nothing by which its own first try would be known that a frozen process
    carries out later.
    """
    stored: dict[UUID, list[str]] = defaultdict(list)
    for row in side.log.events:
        stored[row.command_id].append(row.data)
    doubtful = {call.command_id for call in platform.history if call.doubtful}
    done = {call.command_id for call in platform.history if call.outcome == OK} | doubtful
    if len({row.event_id for row in side.log.events}) < len(side.log.events):
        yield "I3: an event is stored twice"
    if [row.position for row in side.log.events] != list(range(1, len(side.log.events) + 1)):
        yield "I3: positions have holes"
    for call in platform.history:
        if call.service != side.name:
            continue
        found = stored.get(call.command_id, [])
        told = [event.to_json() for event in call.events]
        held_up = not told and call.command_id in doubtful
        if call.outcome == OK and sorted(told) != sorted(found) and not held_up:
            yield f"I3: {_name(call)} was told {len(told)} events, {len(found)} are stored"
        if call.outcome == FAIL and call.command_id not in done and found:
            yield f"I3: {_name(call)} was refused ({call.code}), {len(found)} events are stored"


def in_the_order_seen(platform: Platform, side: Side) -> Iterator[str]:
    """I4: what was acknowledged before another call was made comes before it in their common stream."""
    rows: dict[UUID, list[Stored]] = defaultdict(list)
    for row in side.log.events:
        rows[row.command_id].append(row)
    calls = [one for one in platform.history if one.service == side.name and one.outcome == OK and one.events]
    by_stream: dict[UUID, list[tuple[Call, int]]] = defaultdict(list)
    for call in calls:
        for row in rows.get(call.command_id, ()):
            by_stream[row.stream_id].append((call, row.position))
    for of_stream in by_stream.values():
        for call, position in of_stream:
            for later, after in of_stream:
                if call.answered < later.asked and position > after:
                    yield f"I4: {_name(call)} was answered before {_name(later)} and is stored after it"


def published(platform: Platform, side: Side) -> Iterator[str]:
    """I5: the set of positions in the topic is that of the public events; first appearances are chained."""
    planner = Planner("-", 1, side.readers.public, platform.cluster.partitions)
    wanted: dict[Place, list[int]] = {place: [] for place in planner.places()}
    for row in side.log.events:
        place = planner.place(row.position, row.type, row.key)
        if place is not None:
            wanted[place].append(row.position)
    for place, positions in wanted.items():
        found, last = list[int](), 0
        for record in platform.cluster.records[place]:
            seen = sighting(record)
            if seen.position <= last:
                continue
            if seen.prev == last:
                found.append(seen.position)
                last = seen.position
        if found != positions:
            missing = sorted(set(positions) - set(found))
            yield f"I5: {place.topic}-{place.partition} lacks {missing[:5]} in its chain"


def reacted_once(_platform: Platform, side: Side) -> Iterator[str]:
    """I5: repeats are harmless: no event leads a reaction to say the same thing of the same thing twice."""
    said: set[tuple[str, str, UUID, str, str]] = set()
    for row in side.log.events:
        meta = msgspec.json.decode(row.meta)
        if meta["actor"]["kind"] == "reaction":
            one = (meta["causation_id"], meta["actor"]["id"], row.stream_id, row.type, row.data)
            if one in said:
                yield f"I5: {one[1]} says {row.type} at position {row.position} once more about {one[0]}"
            said.add(one)


def nothing_personal(platform: Platform) -> Iterator[str]:
    """I14: no address of anybody in a log line, nor in any event."""
    for _moment, who, what, about in platform.story.entries:
        if what.startswith("log:") and CANARY in str(about):
            yield f"I14: {who} logs an address with {what.removeprefix('log:')}"
    for side in platform.sides.values():
        yield from (
            f"I14: {row.type} at {row.position} has an address"
            for row in side.log.events
            if CANARY in row.data
        )


def no_fault_of_ours(platform: Platform) -> Iterator[str]:
    """I15: what fails and is tried again failed because of its surroundings."""
    for _moment, who, what, about in platform.story.entries:
        if what.startswith("log:") and about and str(about[-1]).startswith(OURS):
            yield f"I15: {who} logs {what.removeprefix('log:')} with {about[-1]}"


def _name(call: Call) -> str:
    return f"{type(call.command).__name__} #{call.number}"
