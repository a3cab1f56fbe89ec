"""What must hold of topics, consumers and whatever anybody may read after a run.

I5 each public event in its topic, I14 nothing personal, I15 all is done; I6 is a rebuild in ``run.py``.
Each is seen to fail in ``tests/chaos/test_checks.py``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from buergerbuero_contracts.cloudevents import partition_for
from buergerbuero_contracts.topics import PEOPLE, TOPICS
from buergerbuero_contracts.topics import SERVICES as TOPIC_OF
from servicekit.projection import LOG
from tests.chaos.citizens import DOMAIN, NAME
from tests.chaos.evidence import Evidence, Place

GAP = '"gap_detected"'


def wanted(evidence: Evidence) -> dict[Place, list[int]]:
    """The positions that must be in each partition."""
    found: dict[Place, list[int]] = defaultdict(list)
    for name, topic in TOPIC_OF.items():
        side = evidence.sides[name]
        for row in side.log:
            if row.position >= side.public.get(row.type, row.position + 1):
                key = partition_for(row.meta["key"], TOPICS[topic].partitions)
                found[Place(topic, key)].append(row.position)
    return found


def published(evidence: Evidence) -> Iterator[str]:
    """I5: a reader of the topic from its start finds every public event of the log, its chain whole."""
    must = wanted(evidence)
    for place, sent in evidence.topics.items():
        if place.topic == PEOPLE:
            continue
        found, last = list[int](), 0
        for record in sent:
            if record.position > last and record.prev == last:
                last = record.position
                found.append(last)
        if missing := set(must[place]) - set(found):
            yield f"I5: {place.topic}-{place.partition} lacks {sorted(missing)[:5]} in its chain"
        if strange := {one.position for one in sent if one.position > 0} - set(must[place]):
            yield f"I5: {place.topic}-{place.partition} has {sorted(strange)[:5]}, which the log has not"


def reacted_once(evidence: Evidence) -> Iterator[str]:
    """I5: repeats are harmless: no event leads a reaction to say the same thing of the same thing twice."""
    said = set[tuple[str, ...]]()
    for name, side in evidence.sides.items():
        for row in side.log:
            if row.meta["actor"]["kind"] != "reaction":
                continue
            cause, actor = row.meta["causation_id"], row.meta["actor"]["id"]
            one = (name, cause, actor, row.stream, row.type, str(row.data))
            if one in said:
                yield f"I5: {name} says {row.type} at position {row.position} once more about {cause}"
            said.add(one)


def nothing_personal(evidence: Evidence) -> Iterator[str]:
    """I14: nobody's name or address in an event, a topic of events, a log line or a metric."""
    for name, side in evidence.sides.items():
        for row in side.log:
            if _personal(f"{row.data} {row.meta}"):
                yield f"I14: {name}'s {row.type} at {row.position} names somebody"
    for place, sent in evidence.topics.items():
        for one in sent if place.topic != PEOPLE else ():
            if _personal(one.text):
                yield f"I14: {place.topic}-{place.partition} names somebody at offset {one.offset}"
    for name, text in evidence.texts.items():
        if _personal(text):
            yield f"I14: {name} names somebody"


def _personal(text: str) -> bool:
    return DOMAIN in text or NAME in text


def all_done(evidence: Evidence) -> Iterator[str]:
    """I15: relays and consumers have come to the end; nothing is parked but poison, and that is."""
    must = wanted(evidence)
    for name, side in evidence.sides.items():
        if side.relayed < len(side.log):
            yield f"I15: {name}'s relay is at {side.relayed} of {len(side.log)}"
        for (consumer, place), position in side.seen.items():
            end = len(side.log) if place.topic == LOG else max(must[place], default=0)
            if place.topic != PEOPLE and (position or 0) != end:
                yield f"I15: {consumer} is at {position} of {end} in {place.topic}-{place.partition}"
        for one in side.parked:
            if (one.place, one.offset) not in evidence.planted:
                yield f"I15: {one.consumer} has parked {one.place} offset {one.offset}: {one.reason}"
        for place, offset in evidence.planted:
            if place.topic in evidence.lost:
                continue
            readers = {consumer for consumer, read in side.seen if read == place}
            parkers = {one.consumer for one in side.parked if (one.place, one.offset) == (place, offset)}
            if readers - parkers:
                yield f"I15: {sorted(readers - parkers)} have not parked the poison at {place} {offset}"


def no_gap(evidence: Evidence) -> Iterator[str]:
    """I5: nobody meets a gap while no topic is lost."""
    if evidence.lost:
        return
    yield from (f"I5: {name} tells of a gap" for name, text in evidence.texts.items() if GAP in text)


CHECKS = (published, reacted_once, no_gap, nothing_personal, all_done)
