"""The weekly figures once more, from the ledger alone.

Promises: no code of the platform is used; percentiles are nearest rank over exact durations; numbers are
rounded as they are published. A figure names the things that make it up, so that a difference can be traced.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

from .habits import DOCUMENTS, GROUPS
from .ledger import Ledger, Life, Look, Visit, day_of, week_of
from .offer import Offer
from .post import Post
from .world import BERLIN

Number = int | float | None


@dataclass(frozen=True)
class Figure:
    """One figure of a week: its value, and the bookings (or visits' bookings) behind it."""

    name: str
    value: Number
    of: frozenset[str] = field(default_factory=frozenset)


def figures(ledger: Ledger, post: Post, offer: Offer, monday: date, until: datetime) -> dict[str, Figure]:
    """Every figure of a week that this generator moves."""
    week = f"{monday:%G-W%V}"
    found = [
        *_funnel(ledger.held(week)),
        *_door(ledger, week, until),
        *_utilisation(ledger, offer, monday, until),
        *_waits([one for one in ledger.visits.values() if week_of(one.admitted_at) == week]),
        *_visits(ledger, week),
        *_mails(ledger, post, week, until),
        *_lead_times([one for one in ledger.looks if week_of(one.at) == week]),
    ]
    return {one.name: one for one in found}


def _ids(some: Iterable[Life | Visit]) -> frozenset[str]:
    return frozenset(one.booking_id for one in some)


def _count(name: str, some: Sequence[Life | Visit]) -> Figure:
    return Figure(name, len(some), _ids(some))


def _funnel(held: Sequence[Life]) -> Iterable[Figure]:
    def state(*states: str) -> list[Life]:
        return [one for one in held if one.state in states]

    yield _count("funnel.held", held)
    yield _count("funnel.contact_given", [one for one in held if one.contact_at])
    yield _count("funnel.mail_accepted", [one for one in held if one.mailed_at])
    yield _count("funnel.confirmed", [one for one in held if one.confirmed_at])
    for one in ("expired_held", "expired_unconfirmed", "cancelled"):
        yield _count(f"funnel.{one}", state(one))
    expired = len(state("expired_held", "expired_unconfirmed"))
    yield Figure("unconfirmed_rate", share(expired, len(held)))
    soon = [one for one in held if (day_of(one.first_start) - day_of(one.reserved_at)).days <= 14]
    yield Figure(
        "lead_time.within_14", share(len(soon), len(held)), frozenset(one.booking_id for one in soon)
    )


def _door(ledger: Ledger, week: str, until: datetime) -> Iterable[Figure]:
    admitted = [one for one in ledger.visits.values() if week_of(one.admitted_at) == week]
    refused = [one for one in ledger.refusals if week_of(one[0]) == week]
    starts = ledger.starts(week, until)
    missed = [one for one in starts if one.came is False]
    yield _count("door.admitted", admitted)
    yield Figure("door.refused", len(refused), frozenset(one[1] for one in refused))
    for reason, count in Counter(one[2] for one in refused).items():
        yield Figure(
            f"door.refused/{reason}", count, frozenset(one[1] for one in refused if one[2] == reason)
        )
    yield _count("no_shows", missed)
    yield Figure("no_show_rate", share(len(missed), len(starts)), _ids(starts))
    late = ledger.cancelled_late(week, until)
    yield Figure("late_cancel_rate", share(len(late), len(starts) + len(late)), _ids(late))


def _utilisation(ledger: Ledger, offer: Offer, monday: date, until: datetime) -> Iterable[Figure]:
    week, none = f"{monday:%G-W%V}", timedelta()
    starts = ledger.starts(week, until)
    ends = [min(one.starts_at + offer.planned(one.service, one.persons), until) for one in starts]
    booked = sum((end - one.starts_at for one, end in zip(starts, ends, strict=True)), none)
    ended = [one for one in ledger.visits.values() if one.finished_at and week_of(one.finished_at) == week]
    timed = [one for one in ended if not one.inaccurate]
    told = any(one.finished_at for one in ledger.visits.values())
    served = sum((end - begin for one in timed for begin, end in one.legs), none)
    tick, whole = timedelta(microseconds=1), offer.counters_open(monday, until)
    yield Figure("utilisation.booked", share(booked // tick, whole // tick), _ids(starts))
    yield Figure("utilisation.served", share(served // tick, whole // tick) if told else None, _ids(timed))


def _waits(visits: Sequence[Visit]) -> Iterable[Figure]:
    none = timedelta()
    waits = [one.called_at - one.admitted_at for one in visits if one.called_at]
    delays = [max(one.called_at - one.planned_at, none) for one in visits if one.called_at]
    lateness = [max(one.admitted_at - one.planned_at, none) for one in visits]
    yield _count("visits.arrivals", visits)
    for name, spans in (("wait", waits), ("appt.delay", delays), ("lateness", lateness)):
        for rank in (50, 90):
            yield Figure(f"{name}.p{rank}", minutes(ranked(spans, rank)))
    for rank in (50, 90):
        yield Figure(f"walkin.wait.p{rank}", None)
    for (weekday, hour), count in Counter(map(_hour, visits)).items():
        yield Figure(f"arrivals/{weekday}/{hour}", count)


def _hour(visit: Visit) -> tuple[int, int]:
    local = visit.admitted_at.astimezone(BERLIN)
    return local.isoweekday(), local.hour


def _visits(ledger: Ledger, week: str) -> Iterable[Figure]:
    visits = ledger.visits.values()
    called = [one for one in visits if one.called_at and week_of(one.called_at) == week]
    ended = [one for one in visits if one.finished_at and week_of(one.finished_at) == week]
    yield _count("visits.called", called)
    yield _count("contacts.total", ended)
    yield _count("contacts.personal", ended)
    for group, count in Counter(GROUPS[one.service] for one in ended).items():
        yield Figure(f"contacts.personal/{group}", count)
    for day, count in Counter(day_of(one.finished_at) for one in ended if one.finished_at).items():
        yield Figure(f"contacts.personal/{day}", count)
    timed = [one for one in ended if one.delivered and not one.inaccurate]
    spans = {one.visit_id: sum((end - begin for begin, end in one.legs), timedelta()) for one in timed}
    by_service = {service: [one for one in timed if one.service == service] for service in GROUPS}
    for service, some in {"": timed, **by_service}.items():
        for rank in (50, 90):
            value = minutes(ranked([spans[one.visit_id] for one in some], rank))
            if some or not service:
                name = f"service.duration.p{rank}" + (f"/{service}" if service else "")
                yield Figure(name, value, _ids(some))
    ordered = [one for one in ended if one.delivered and one.service in DOCUMENTS]
    yield Figure(
        "docs.ordered", sum(one.persons for one in ordered), frozenset(one.booking_id for one in ordered)
    )


def _mails(ledger: Ledger, post: Post, week: str, until: datetime) -> Iterable[Figure]:
    sent = [one for one in post.taken if week_of(one.at) == week]
    refused = [one for one in post.refused if week_of(one[0]) == week]
    returned = [one for one in post.returned if week_of(one[0]) == week]
    yield Figure("delivery.sent", len(sent), frozenset(one.to for one in sent))
    yield Figure("delivery.bounced", len(returned))
    yield Figure("delivery.given_up", len(refused))
    yield Figure("delivery.failed", len(returned) + len(refused))
    yield Figure("delivery.printed", 0)
    asked = [one for one, _ in ledger.promised] + ledger.reminders()
    promised = [one for one in asked if week_of(one) == week and one <= until]
    yield Figure("delivery.skipped", len(promised) - len(sent) - len(refused))


def _lead_times(looks: Sequence[Look]) -> Iterable[Figure]:
    for service in sorted({one.service for one in looks}):
        days = sorted(
            (one.days for one in looks if one.service == service), key=lambda one: (one is None, one)
        )
        yield Figure(f"lead_time/{service}/looks", len(days))
        yield Figure(f"lead_time/{service}/with_place", sum(one is not None for one in days))
        yield Figure(f"lead_time/{service}/median", days[-(-len(days) // 2) - 1])
        yield Figure(f"lead_time/{service}/worst", days[-1])


def share(part: int, whole: int) -> float | None:
    """In percent, as published; None of nothing."""
    return float(_rounded(Decimal(100 * part) / whole, "0.1")) if whole else None


def ranked(spans: Sequence[timedelta], rank: int) -> timedelta | None:
    """The percentile by nearest rank; None of nothing."""
    return sorted(spans)[-(-len(spans) * rank // 100) - 1] if spans else None


def minutes(span: timedelta | None) -> float | None:
    """A span in minutes, as published."""
    return None if span is None else float(_rounded(Decimal(str(span.total_seconds())) / 60, "0.001"))


def _rounded(value: Decimal, step: str) -> Decimal:
    return value.quantize(Decimal(step), ROUND_HALF_EVEN)


def write(file: Path, weeks: dict[str, dict[str, Figure]], told: dict[str, Any]) -> None:
    """``truth.json``: every figure of every week, and what else was done."""
    plain = {week: {name: one.value for name, one in sorted(found.items())} for week, found in weeks.items()}
    file.write_text(json.dumps({"weeks": plain, "told": told}, indent=1, ensure_ascii=False) + "\n")
