"""What the read models say about periods, and which feeds spoke at all.

Promises: a feed counts as recorded from the week in which it first told something (imports: only in
weeks for which records are there), so that "nothing happened" is 0 and "nobody told us" is not.
Shown by ``tests/way/test_week_page.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from .backlog import post_room
from .catalogue import BY_VISIT, CHANNELS, group_of
from .figures import Facts
from .projections import (
    CONTACT_VOLUME,
    DELIVERY,
    DOCUMENTS,
    FRAMES,
    FUNNEL,
    POST_ROOM,
    VISITS,
    WAITING,
    delivery,
    documents,
    frames,
    funnel,
    waiting,
)
from .projections import contact_queries as contacts
from .projections import post_room_queries as post
from .projections import visit_queries as visits
from .projections.read import Periods, Span
from .weeks import BERLIN, Week

Read = Callable[[str], AbstractAsyncContextManager[Any]]
"""Gives a connection on the current generation of the read model of that name."""

Part = Mapping[str, Mapping[str, Any]]
"""Field of ``Facts`` → label of a period → value. A label without a value has nothing to tell."""


@dataclass
class Ask:
    """What is asked for, and what the feeds answered about themselves meanwhile.

    ``ends`` names for each period the weeks at whose ends stocks are looked at; a week that goes on is
    looked at ``now``. ``site`` None means the whole office.
    """

    read: Read
    periods: Periods
    ends: Periods
    now: datetime
    site: str | None
    spans: dict[str, Span] = field(default_factory=dict)
    imported: set[date] = field(default_factory=set)

    @property
    def mondays(self) -> list[date]:
        """The weeks of all periods."""
        return sorted({week.monday for weeks in self.periods.values() for week in weeks})


Teller = Callable[[Ask], Awaitable[Part]]


async def facts_of(ask: Ask, *of: Teller) -> dict[str, Facts]:
    """The facts of each period, by its label; with ``of`` (such as ``told_contacts``) only these parts."""
    parts = [await part(ask) for part in of or _PARTS]
    today = Week.of(ask.now).monday
    recorded = {monday: _recorded(monday, ask.spans, ask.imported, today) for monday in ask.mondays}
    return {
        label: Facts(
            weeks=len(weeks),
            recorded=frozenset.intersection(*(recorded[week.monday] for week in weeks)),
            **{name: told[label] for part in parts for name, told in part.items() if label in told},
        )
        for label, weeks in ask.periods.items()
    }


async def told_contacts(ask: Ask) -> Part:
    """Contacts by channel and service group, calls of both kinds."""
    async with ask.read(CONTACT_VOLUME.name) as connection:
        groups = await contacts.groups(connection)
        counts = await contacts.counts(connection, ask.periods, ask.site)
        ask.spans |= await contacts.feeds(connection, ask.site)
        ask.imported |= await contacts.imported(connection, ask.mondays, ask.site)
        return {
            "contacts": {label: _grouped(told, groups) for label, told in counts.items()},
            "calls": await contacts.calls(connection, ask.periods, ask.site),
            "hand_log": await contacts.hand_log(connection, ask.periods, ask.site),
        }


async def told_waits(ask: Ask) -> Part:
    """Arrivals and waits."""
    async with ask.read(WAITING.name) as connection:
        ask.spans |= await waiting.feeds(connection, ask.site)
        return {
            "waits": await waiting.waits(connection, ask.periods, ask.site),
            "called": await waiting.called(connection, ask.periods, ask.site),
        }


async def _funnel(ask: Ask) -> Part:
    async with ask.read(FUNNEL.name) as connection:
        ask.spans |= await funnel.feeds(connection, ask.site)
        return {"stages": await funnel.stages(connection, ask.periods, ask.site)}


async def _visits(ask: Ask) -> Part:
    async with ask.read(VISITS.name) as connection:
        ask.spans |= await visits.feeds(connection, ask.site)
        return {
            "durations": await visits.durations(connection, ask.periods, ask.site),
            "starts": await visits.starts(connection, ask.periods, ask.now, ask.site),
            "served": await visits.served(connection, ask.periods, ask.site),
            "entries": await visits.entries(connection, ask.periods, ask.site),
        }


async def _frames(ask: Ask) -> Part:
    async with ask.read(FRAMES.name) as connection:
        ask.spans |= await frames.feeds(connection, ask.site)
        return {"offered": await frames.offered(connection, ask.periods, ask.now, ask.site)}


async def _documents(ask: Ask) -> Part:
    async with ask.read(DOCUMENTS.name) as connection:
        ask.spans |= await documents.feeds(connection, ask.site)
        return {
            "moves": await documents.moves(connection, ask.periods, ask.site),
            "stock": await documents.stock(connection, ask.ends, ask.now, ask.site),
        }


async def _post_room(ask: Ask) -> Part:
    if ask.site is not None:  # letters and e-mails belong to no site
        return {}
    async with ask.read(POST_ROOM.name) as connection:
        ask.spans |= await post.feeds(connection)
        received = await post.received(connection, ask.periods)
        closed = await post.closed(connection, ask.periods)
        lying = await post.open_items(connection, ask.ends, ask.now)
        described = await post.visit_services(connection)
    today = ask.now.astimezone(BERLIN).date()

    def by_visit(service: str) -> bool:
        return described.get(service, service in BY_VISIT)

    return {
        "post": {
            label: post_room(received[label], closed[label], lying.get(label, ()), today, by_visit)
            for label in ask.periods
        }
    }


async def _messages(ask: Ask) -> Part:
    if ask.site is not None:  # messages belong to no site
        return {}
    async with ask.read(DELIVERY.name) as connection:
        ask.spans |= await delivery.feeds(connection)
        return {"messages": await delivery.counts(connection, ask.periods)}


_PARTS: tuple[Teller, ...] = (
    *(told_contacts, told_waits, _funnel, _visits, _frames),
    *(_documents, _post_room, _messages),
)


def _recorded(
    monday: date, spans: Mapping[str, Span], imported: Iterable[date], today: date
) -> frozenset[str]:
    """The feeds that speak about a week: live ones from their first week to today's or their last.

    The phone is recorded if the telephone system told about the week, else if the hand log was live.
    """
    live = {
        feed
        for feed, span in spans.items()
        if span.first is not None and span.last is not None and span.first <= monday <= max(span.last, today)
    }
    logged = "phone" in live
    live -= {"phone"}
    if monday in imported:
        live |= {"phone_import", "phone"}
    if logged:
        live |= {"phone_log", "phone"}
    return frozenset(live)


def _grouped(
    counts: Mapping[tuple[str, str | None], int], described: Mapping[str, str]
) -> dict[tuple[str, str], int]:
    """Counts by channel and service as counts by channel and service group."""
    found: dict[tuple[str, str], int] = {}
    for (channel, service), count in counts.items():
        key = (channel, group_of(service, described))
        found[key] = found.get(key, 0) + count
    return {key: found[key] for key in sorted(found, key=lambda one: (list(CHANNELS).index(one[0]), one[1]))}
