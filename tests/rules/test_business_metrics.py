"""What operations see of each service's work: its own events, counted by outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from prometheus_client import REGISTRY

from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.registry import EVENTS, public
from services.booking import metrics as booking
from services.documents import metrics as documents
from services.notification import metrics as notification
from tests.contract.records import sample

TABLES = [
    ("booking", "bookings_total", booking.OUTCOMES, booking.count),
    ("documents", "documents_total", documents.OUTCOMES, documents.count),
    ("notification", "messages_total", notification.OUTCOMES, notification.count),
]


def an(kind: type[Event]) -> Event:
    """The golden sample of a type."""
    name = kind.__name__
    return kind.model_validate(sample(f"{kind.service}.{name}.{EVENTS[name].schema_version}")["data"])


def counted(metric: str, outcome: str) -> float:
    """All that stands under one outcome, whatever the other labels."""
    return sum(
        one.value
        for family in REGISTRY.collect()
        for one in family.samples
        if one.name == metric and one.labels["outcome"] == outcome
    )


@pytest.mark.parametrize(("service", "metric", "outcomes", "count"), TABLES, ids=lambda one: str(one)[:12])
def test_each_event_of_the_table_counts_once_and_no_other_counts(
    service: str, metric: str, outcomes: Mapping[type[Event], str], count: Callable[[Event], None]
) -> None:
    for kind in public(service):
        before = {outcome: counted(metric, outcome) for outcome in outcomes.values()}
        count(an(kind))
        more = {outcome for outcome, value in before.items() if counted(metric, outcome) == value + 1}
        assert more == ({outcomes[kind]} if kind in outcomes else set()), kind
