"""The consumer that the documentation prints runs as printed, on a real Kafka."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from buergerbuero_contracts import topics
from tests.contract.records import Sent, sent

REPOSITORY = Path(__file__).resolve().parents[2]
CONSUMER = REPOSITORY / "docs" / "consumer.py"
PATIENCE = 60.0
PARTITION = 0

CONFIRMED = sent("booking.BookingConfirmed.1")
SLOT = sent("booking.SlotReserved.1")


def another(record: Sent) -> Sent:
    """The same event about another booking."""
    booking_id = str(uuid4())
    changed = record.data(booking_id=booking_id).header("ce_id", str(uuid4()).encode())
    return replace(changed, key=booking_id.encode())


def booking(record: Sent) -> str:
    return (record.key or b"").decode()


async def send(bootstrap: str, *records: Sent) -> list[int]:
    """All into one partition, so that their order is certain; the offsets they got."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        sent_to = [
            await producer.send_and_wait(
                one.topic, one.value, key=one.key, headers=list(one.headers), partition=PARTITION
            )
            for one in records
        ]
    return [one.offset for one in sent_to]


@asynccontextmanager
async def consumer(bootstrap: str) -> AsyncIterator[asyncio.StreamReader]:
    """The documented file in a process of its own; gives what it prints."""
    env = {**os.environ, "KAFKA_BOOTSTRAP": bootstrap, "PYTHONPATH": str(REPOSITORY / "contracts")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(CONSUMER), env=env, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.send_signal(signal.SIGINT)  # as Ctrl-C: it leaves its group at once
        await asyncio.wait_for(process.wait(), PATIENCE)


async def lines_until(out: asyncio.StreamReader, beginning: str) -> list[str]:
    """What it prints up to the line with this beginning."""
    lines: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while not lines or not lines[-1].startswith(beginning):
            lines.append((await out.readline()).decode().strip())
            assert lines[-1], "the consumer ended"
    return lines


async def committed(bootstrap: str) -> int | None:
    """The offset that the group goes on from."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        found = await admin.list_consumer_group_offsets("my-service")
    finally:
        await admin.close()
    place = TopicPartition(topics.BOOKING, PARTITION)
    return int(found[place].offset) if place in found else None


def test_it_has_less_than_thirty_lines() -> None:
    assert len(CONSUMER.read_text("utf-8").splitlines()) < 30


async def test_it_prints_each_confirmed_booking_once_and_survives_everything_else(kafka: str) -> None:
    first, second, third = another(CONFIRMED), another(CONFIRMED), another(CONFIRMED)
    tomorrow = SLOT.header("ce_type", b"de.buergerbuero.booking.SlotSwapped").header(
        "ce_dataschema", b"urn:buergerbuero:booking.SlotSwapped:1"
    )
    poison = [CONFIRMED.header("ce_time", None), replace(CONFIRMED, value=b"{"), CONFIRMED.data(method="fax")]
    offsets = await send(kafka, SLOT, first, first, tomorrow, *poison, second, first)
    async with consumer(kafka) as out:
        lines = await lines_until(out, booking(second))
        await send(kafka, second, third)
        lines += await lines_until(out, booking(third))
    for one in (first, second, third):
        assert lines.count(f"{booking(one)} 2026-12-01 08:00:00+00:00") == 1
    parked = [line.split()[2] for line in lines if line.startswith(f"parked {PARTITION} ")]
    assert [offset for offset in parked if int(offset) in offsets] == [str(one) for one in offsets[4:7]]


async def test_started_again_it_goes_on_where_it_was(kafka: str) -> None:
    read, slot = another(CONFIRMED), another(SLOT)
    offset, *_ = await send(kafka, read, slot, marker := another(CONFIRMED))
    async with consumer(kafka) as out:
        await lines_until(out, booking(marker))
    on_from = await committed(kafka)
    assert on_from is not None
    assert on_from > offset
    after = another(CONFIRMED)
    await send(kafka, after)
    async with consumer(kafka) as out:
        lines = await lines_until(out, booking(after))
    assert not [line for line in lines if line.startswith(booking(read))]
