"""The registry of metrics as JSON."""

from __future__ import annotations

import msgspec

from services.reporting.metrics import METRICS
from services.reporting.metrics.metric import Metric

from .bodies import JsonNumber, number


class Names(msgspec.Struct, frozen=True):
    """A name in three languages."""

    de: str
    en: str
    da: str


class Definition(msgspec.Struct, frozen=True):
    """What is counted, in two languages."""

    de: str
    en: str


class MetricBody(msgspec.Struct, frozen=True):
    """One row of the registry."""

    id: str
    section: str
    names: Names
    definition: Definition
    unit: str
    grain: str
    query: str
    target: JsonNumber | None
    direction: str


class MetricsBody(msgspec.Struct, frozen=True):
    """The registry."""

    metrics: list[MetricBody]


def _metric(metric: Metric) -> MetricBody:
    return MetricBody(
        id=metric.id,
        section=metric.section.value,
        names=Names(*metric.names),
        definition=Definition(*metric.definition),
        unit=metric.unit.value,
        grain=metric.grain,
        query=metric.query,
        target=number(metric.target),
        direction=metric.direction.value,
    )


def metrics_body() -> MetricsBody:
    """The registry as JSON."""
    return MetricsBody([_metric(metric) for metric in METRICS])
