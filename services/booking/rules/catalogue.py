"""The catalogue: what the office does, how long it takes, and what fits into one appointment.

Promises: combinations are data (sets), never lists in code; a visit is offered only for services
that can be had by visit. Shown by ``tests/rules/booking/test_catalogue.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

import msgspec

from buergerbuero_contracts.booking import Presence, ServiceChannel, ServiceDescribed, ServiceRetired
from buergerbuero_contracts.envelope import Event, Item
from servicekit.decider import Decider, Refused

from .calendar import TICK_MINUTES
from .events import CombinationsSet
from .settings import DEFAULTS, SiteSettings

MAX_PERSONS = 6


@dataclass(frozen=True, slots=True)
class Service:
    """One service of a site. ``minutes`` are planned for one person; ``on_offer`` ends with retirement."""

    site: str = ""
    code: str = ""
    group: str = ""
    minutes: int = 0
    channels: tuple[ServiceChannel, ...] = ()
    presence: Presence = Presence.SELF
    fee_cents: int | None = None
    leika: tuple[str, ...] = ()
    sets: frozenset[str] = frozenset()
    on_offer: bool = False

    @property
    def by_visit(self) -> bool:
        """Whether one can come for it."""
        return ServiceChannel.VISIT in self.channels

    @property
    def by_invitation(self) -> bool:
        """Whether one comes for it once the document is there, and is invited to."""
        return ServiceChannel.PICKUP in self.channels


Catalogue = Mapping[str, Service]


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeService:
    """Put a service on offer, or change its description."""

    service: Service


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireService:
    """Take a service off the list. Bookings of it stay."""


Command = DescribeService | RetireService


def evolve(state: Service, event: Event) -> Service:
    """The service after an event of its stream."""
    match event:
        case ServiceDescribed():
            return Service(
                site=event.site,
                code=event.service_,
                group=event.group,
                minutes=event.minutes,
                channels=event.channels,
                presence=event.presence,
                fee_cents=event.fee_cents,
                leika=event.leika or (),
                sets=state.sets,
                on_offer=True,
            )
        case CombinationsSet():
            return replace(state, sets=frozenset(event.sets))
        case ServiceRetired():
            return replace(state, on_offer=False)
    return state


def decide(command: Command, state: Service) -> Sequence[Event]:
    """Describe or retire. A repeat of what already holds gives no events."""
    match command:
        case DescribeService(service=service):
            events: list[Event] = []
            if replace(service, on_offer=True, sets=state.sets) != state:
                events.append(_described(ServiceDescribed, service))
            if service.sets != state.sets:
                events.append(
                    CombinationsSet(
                        site=service.site, service_=service.code, sets=tuple(sorted(service.sets))
                    )
                )
            return events
        case RetireService():
            if not state.code:
                raise Refused("unknown-service")
            return [_described(ServiceRetired, state)] if state.on_offer else []
        case _:
            assert_never(command)


def _described(kind: type[ServiceDescribed] | type[ServiceRetired], service: Service) -> Event:
    return kind(
        site=service.site,
        service_=service.code,
        group=service.group,
        minutes=service.minutes,
        channels=service.channels,
        presence=service.presence,
        fee_cents=service.fee_cents,
        leika=service.leika or None,
    )


DECIDER: Decider[Service, Command] = Decider("catalogue", Service(), evolve, decide)


class Asked(msgspec.Struct, frozen=True):
    """What a wish for an appointment needs from a place.

    ``ticks`` of 5 minutes in a row; for each service one of its sets among the counter's skills.
    ``groups`` are the service groups, for limits and figures.
    """

    ticks: int
    needs: tuple[frozenset[str], ...]
    groups: tuple[str, ...]


def ask(
    catalogue: Catalogue, items: Sequence[Item], persons: int, settings: SiteSettings = DEFAULTS
) -> Asked:
    """Check a list of services, and say what place it needs.

    Minutes are the sum over the services of minutes times people who need it, rounded up to 5 and
    at most ``longest_booking``. Refuses ``invalid-input`` (a service named twice, or for more people
    than come), ``unknown-service``, ``no-visit-needed``, ``pickup-by-invitation``, ``not-combinable``
    and ``too-long``.
    """
    if not items or not 1 <= persons <= MAX_PERSONS:
        raise Refused("invalid-input", errors={"persons" if items else "items": "range"})
    if len({item.service for item in items}) < len(items):
        raise Refused("invalid-input", errors={"items": "twice"})
    if any(item.quantity > persons for item in items):
        raise Refused("invalid-input", errors={"items.quantity": "above-persons"})
    services = [catalogue.get(item.service, Service()) for item in items]
    if not all(service.on_offer for service in services):
        raise Refused("unknown-service")
    for service in services:
        if not service.by_visit:
            raise Refused("pickup-by-invitation" if service.by_invitation else "no-visit-needed")
    if not combine(services):
        raise Refused("not-combinable")
    minutes = sum(service.minutes * item.quantity for service, item in zip(services, items, strict=True))
    if minutes > settings.longest_booking:
        raise Refused("too-long")
    ticks = -(-minutes // TICK_MINUTES)
    return Asked(
        ticks=max(ticks, 1),
        needs=tuple(dict.fromkeys(service.sets for service in services)),
        groups=tuple(dict.fromkeys(service.group for service in services)),
    )


def needs(catalogue: Catalogue, items: Sequence[Item]) -> tuple[frozenset[str], ...]:
    """The skills that a booked list of services needs, whether or not they are still on offer."""
    found = (catalogue.get(item.service, Service()) for item in items)
    return tuple(dict.fromkeys(service.sets for service in found if service.sets))


def groups(catalogue: Catalogue, items: Sequence[Item]) -> tuple[str, ...]:
    """The service groups of a booked list, for limits and figures."""
    found = (catalogue.get(item.service, Service()) for item in items)
    return tuple(dict.fromkeys(service.group for service in found if service.group))


def combine(services: Sequence[Service]) -> bool:
    """Whether one appointment can hold them all: they share a set, or it is one service only."""
    if len({service.code for service in services}) == 1:
        return True
    return bool(frozenset.intersection(*(service.sets for service in services)))


def combinable_with(catalogue: Catalogue, code: str) -> tuple[str, ...]:
    """The other services on offer that can join this one, by code."""
    one = catalogue[code]
    return tuple(
        sorted(
            other.code
            for other in catalogue.values()
            if other.code != code and other.on_offer and other.by_visit and combine([one, other])
        )
    )
