"""The relay against a broker that does everything a broker may do, thousands of times.

The positive control sends the same rounds record by record instead of as one batch: the model must
find it, else it proves nothing.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from servicekit import relay as module
from servicekit import relay_reading
from servicekit.relay import Relay
from servicekit.relay_plan import Place, Planner, Row, held
from tests.rules.relay_memory import TOPIC, MemoryKafka, MemoryLog, row

SOURCE = "/buergerbuero/flensburg/booking"
EXAMPLES = 300
FATES = ("stored", "lost", "refused", "late")
LOSSES = (*FATES, "tail", "stored", "stray", "filled")

events = st.lists(
    st.one_of(st.just(None), st.sampled_from(["a", "b", "c", "d"])), min_size=1, max_size=40
).map(lambda keys: [row(n, key, "SlotReserved" if key else "DeviceNoted") for n, key in enumerate(keys, 1)])


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No pauses, small pages."""
    for name, value in {"BUSY": 0.0, "IDLE": 0.0, "PAUSES": (0.0, 0.0), "PAGE": 7}.items():
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(relay_reading, "READ", 5)
    monkeypatch.setattr(module.log, "warning", lambda *_words, **_keys: None)
    yield


def sent(log: MemoryLog, kafka: MemoryKafka, lives: int = 1) -> None:
    """Relay the whole log; with several ``lives`` the relay is made anew in between, as after a crash."""

    async def live(until: int) -> None:
        stop = asyncio.Event()
        relay = Relay(SOURCE, {"SlotReserved": TOPIC}, {TOPIC: kafka.partitions}, log.open(), kafka)
        task = asyncio.create_task(relay.run(stop))
        async with asyncio.timeout(20):
            while (log.position < until or not relay.ready) and not task.done():  # noqa: ASYNC110 - the relay's own progress
                await asyncio.sleep(0)
        stop.set()
        await task

    for life in range(1, lives + 1):
        asyncio.run(live(len(log.rows) * life // lives))


def what_is_wrong(log: MemoryLog, kafka: MemoryKafka, ordered: bool = True) -> list[str]:
    """Empty if every reader gets every public event, in order."""
    planner = Planner(SOURCE, 1, log.table, {TOPIC: kafka.partitions})
    due: dict[Place, list[int]] = {place: [] for place in planner.places()}
    for one in log.rows:
        if one.type == "SlotReserved":
            place = planner.place(one.position, one.type, one.meta.rpartition('"key": "')[2][:-2])
            assert place is not None
            due[place].append(one.position)
    wrong = []
    for place, positions in due.items():
        records = kafka.records[place]
        first = list(dict.fromkeys(record.position for record in records))
        if sorted(first) != positions:
            wrong.append(f"{place}: missing or foreign")
        if ordered and first != positions:
            wrong.append(f"{place}: out of order")
        if held(records, 0) != (positions[-1] if positions else 0):
            wrong.append(f"{place}: a reader gets stuck at {held(records, 0)}")
        if len({(record.position, record.prev) for record in records}) != len(first):
            wrong.append(f"{place}: a repeat names another predecessor")
    return wrong


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(events, st.lists(st.sampled_from(FATES), max_size=25), st.integers(1, 4))
def test_lost_answers_and_late_batches_never_lose_or_reorder(
    rows: list[Row], fates: list[str], lives: int
) -> None:
    log, kafka = MemoryLog(rows), MemoryKafka(iter(fates))
    sent(log, kafka, lives)
    assert what_is_wrong(log, kafka) == []


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(events, st.lists(st.sampled_from(LOSSES), max_size=25), st.integers(1, 4))
@example([row(n, "a") for n in range(1, 17)], ["stray", "stored", "stored", "filled"], 1)
def test_a_tail_that_was_lost_at_any_moment_is_sent_again(
    rows: list[Row], fates: list[str], lives: int
) -> None:
    log, kafka = MemoryLog(rows), MemoryKafka(iter(fates))
    sent(log, kafka, lives)
    kafka.fates = iter(())
    sent(log, kafka)  # one more look, as each start does
    assert what_is_wrong(log, kafka, ordered=False) == []


def test_the_model_finds_records_that_are_sent_one_by_one() -> None:
    found = 0
    for seed in range(150):
        dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
        rows = [row(n, dice.choice("abcd")) for n in range(1, 31)]
        kafka = MemoryKafka(iter(dice.choices(FATES, k=25)), single=True)
        log = MemoryLog(rows)
        sent(log, kafka)
        found += bool(what_is_wrong(log, kafka))
    assert found > 15
