"""What stands behind a difference: the events, from the topics, of the bookings that are on one side only.

Promises: read only when something differs; a figure without a rule is shown without events.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer
from rich.console import Console
from rich.table import Table

from buergerbuero_contracts import topics
from buergerbuero_contracts.parse import Received, parse_event

from .compare import Difference
from .ledger import week_of

TOPICS = (topics.BOOKING, topics.DOCUMENTS, topics.NOTIFICATION)
SHOWN = 12
"""Bookings whose events are shown for a difference."""
FACTS = ("at", "admitted_at", "starts_at", "stage", "purpose", "template", "reason")
STATES = (
    *("BookingOpened", "ConfirmationRequested", "BookingConfirmed"),
    *("HoldExpired", "BookingCancelled", "CancellationUndone"),
)
History = Sequence[Received]
Rule = Callable[[str, History], bool]
"""Whether the events of a booking put it into a figure of a week."""


async def histories(bootstrap: str) -> Mapping[str, list[Received]]:
    """Booking to its events on all topics, in the order of their moments."""
    found: dict[str, list[Received]] = defaultdict(list)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.subscribe(TOPICS)
        left = 0
        while left < 3:  # three looks without anything new
            records = [one for some in (await consumer.getmany(timeout_ms=1000)).values() for one in some]
            left = 0 if records else left + 1
            for received in filter(None, map(parse_event, records)):
                if (booking := getattr(received.event, "booking_id", None)) is not None:
                    found[str(booking)].append(received)
    finally:
        await consumer.stop()
    return {booking: sorted(some, key=lambda one: one.time) for booking, some in found.items()}


def show(differences: Sequence[Difference], known: Mapping[str, list[Received]], console: Console) -> None:
    """Each difference, and the events of the bookings on one side only."""
    table = Table("week", "figure", "expected", "found", title="What differs")
    for one in differences:
        table.add_row(one.week, one.name, str(one.expected), str(one.found))
    console.print(table)
    for one in differences:
        if rule := RULES.get(one.name):
            there = {booking for booking, history in known.items() if rule(one.week, history)}
            for side, ids in (("expected only", one.of - there), ("found only", there - one.of)):
                for booking in sorted(ids)[:SHOWN]:
                    console.print(f"{one.week} {one.name}, {side}: booking {booking}")
                    console.print("\n".join(map(_line, known.get(booking, ()))), soft_wrap=True)


def _line(one: Received) -> str:
    event: Any = one.event
    facts = [f"{name}={value}" for name in FACTS if (value := getattr(event, name, None)) is not None]
    return f"    {one.time:%a %d.%m. %H:%M:%S} {one.position:>6} {_type(one)} {' '.join(facts)}"


def _type(one: Received) -> str:
    return type(one.event).__name__


def _is(one: Received, kind: str, about: Mapping[str, str]) -> bool:
    return _type(one) == kind and all(str(getattr(one.event, name)) == value for name, value in about.items())


def _reserved(week: str, history: History) -> bool:
    return any(_is(one, "SlotReserved", {"purpose": "hold"}) and week_of(one.time) == week for one in history)


def _reached(kind: str, **about: str) -> Rule:
    """A reservation of the week that came so far."""
    return lambda week, history: _reserved(week, history) and any(_is(one, kind, about) for one in history)


def _ended(kind: str, **about: str) -> Rule:
    """A reservation of the week that stands so at last."""

    def rule(week: str, history: History) -> bool:
        last = [one for one in history if _type(one) in STATES][-1:]
        return _reserved(week, history) and any(_is(one, kind, about) for one in last)

    return rule


def _within(kind: str) -> Rule:
    """Something that happened in the week."""
    return lambda week, history: any(_type(one) == kind and week_of(one.time) == week for one in history)


RULES: Mapping[str, Rule] = {
    "funnel.held": _reserved,
    "funnel.contact_given": lambda week, history: (
        _reached("ConfirmationRequested")(week, history)
        or _reached("HoldExpired", stage="unconfirmed")(week, history)  # its mail was withheld
    ),
    "funnel.mail_accepted": _reached("MessageSent", template="confirm_request"),
    "funnel.confirmed": _reached("BookingConfirmed"),
    "funnel.expired_held": _ended("HoldExpired", stage="held"),
    "funnel.expired_unconfirmed": _ended("HoldExpired", stage="unconfirmed"),
    "funnel.cancelled": _ended("BookingCancelled"),
    "door.admitted": _within("CitizenAdmitted"),
    "door.refused": _within("AdmissionRefused"),
    "visits.arrivals": _within("CitizenAdmitted"),
    "visits.called": _within("CitizenCalled"),
    "contacts.personal": _within("ServiceFinished"),
    "no_shows": _within("AppointmentMissed"),
    "docs.ordered": _within("DocumentOrdered"),
}
"""Figure to the events that put a booking into it."""
