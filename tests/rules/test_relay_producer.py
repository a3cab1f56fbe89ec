"""The relay's producer is thrown away also where the broker takes nothing any more."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from servicekit import relay_ends
from servicekit.kafka import Kafka
from servicekit.relay_ends import KafkaWire


async def test_a_producer_whose_connection_never_closes_is_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A cut network: it waits until what was written is taken, which TCP tries for a quarter of an hour."""
    monkeypatch.setattr(relay_ends, "PATIENCE", 0.01)
    wire = KafkaWire(Kafka("127.0.0.1:1"))
    client = SimpleNamespace(close=asyncio.Event().wait)
    wire._producer = SimpleNamespace(_sender=SimpleNamespace(sender_task=None), client=client)
    await asyncio.wait_for(wire.renew(), 5)
    assert wire._producer is None
