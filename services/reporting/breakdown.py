"""What some figures of a period consist of: by reason, service, age, kind, way. Pure.

Promises: parts of one metric with the same dimensions add up to it; only feeds that spoke are broken
down. CSV and JSON show the same list. Shown by ``tests/way/test_breakdown.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .ages import DOCUMENT_AGES, POST_AGES, by_class
from .catalogue import DOCUMENT_KINDS, MESSAGE_CHANNELS, REFUSALS, service_name
from .figures import Facts, Figure, Status, Unit, minutes, rounded
from .projections.delivery import Outcome
from .projections.visit_queries import ADMITTED

OUTCOME_METRICS = {
    "sent": "delivery.sent",
    "printed": "delivery.printed",
    "bounced": "delivery.bounced",
    "failed": "delivery.given_up",
    "skipped": "delivery.skipped",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a metric: ``of`` are its dimensions and their codes, ``name`` says them in German."""

    metric: str
    of: tuple[tuple[str, str], ...]
    name: str
    figure: Figure


def breakdown(facts: Facts) -> Iterator[Part]:
    """All parts of the period's figures."""
    for feed, parts in _PARTS.items():
        if feed in facts.recorded:
            yield from parts(facts)


def document_kinds(facts: Facts) -> list[str]:
    """The kinds of documents that wait at the office, known ones first."""
    found = {one.kind for one in facts.stock if one.place == "office"}
    return [kind for kind in DOCUMENT_KINDS if kind in found] + sorted(found - set(DOCUMENT_KINDS))


def refusals(facts: Facts) -> dict[str, int]:
    """Refused attempts by reason, in the order of the door's checks."""
    found = facts.entries
    reasons = [*REFUSALS, *sorted(set(found) - set(REFUSALS) - {ADMITTED})]
    return {reason: found[reason] for reason in reasons if reason in found}


def _count(metric: str, name: str, value: int, **of: str) -> Part:
    return Part(metric, tuple(of.items()), name, Figure(value, Status.RECORDED))


def _refusals(facts: Facts) -> Iterator[Part]:
    for reason, count in refusals(facts).items():
        yield _count("door.refused", REFUSALS.get(reason, reason), count, reason=reason)


def _durations(facts: Facts) -> Iterator[Part]:
    for service, found in sorted(facts.durations.items()):
        for rank, seconds in (("p50", found.p50), ("p90", found.p90)):
            value = minutes(seconds)
            if service and value is not None:
                figure = Figure(rounded(value, Unit.MINUTES), Status.RECORDED)
                yield Part(f"service.duration.{rank}", (("service", service),), service_name(service), figure)


def _backlog(facts: Facts) -> Iterator[Part]:
    names = {one.code: one.name for one in POST_AGES}
    for code, count in by_class(facts.post.ages, POST_AGES).items():
        yield _count("mail.backlog", names[code], count, age=code)
    for code, count in by_class(facts.post.own_ages, POST_AGES).items():
        yield _count("mail.backlog", f"eigenes Alter {names[code]}", count, own_age=code)


def _documents(facts: Facts) -> Iterator[Part]:
    names = {one.code: one.name for one in DOCUMENT_AGES}
    for kind in document_kinds(facts):
        for code, count in by_class(facts.document_ages(kind), DOCUMENT_AGES).items():
            name = f"{DOCUMENT_KINDS.get(kind, kind)}, {names[code]}"
            yield _count("docs.waiting", name, count, kind=kind, age=code)


def _messages(facts: Facts) -> Iterator[Part]:
    for outcome, metric in OUTCOME_METRICS.items():
        for channel, name in MESSAGE_CHANNELS.items():
            if count := facts.messages.get(Outcome(channel, outcome), 0):
                yield _count(metric, name, count, channel=channel)


_PARTS = {
    "door": _refusals,
    "service": _durations,
    "post_room": _backlog,
    "documents": _documents,
    "messages": _messages,
}
"""Feed → the parts it tells."""
