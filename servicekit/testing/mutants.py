"""Planted bugs: a checker that has never failed proves nothing. ``MUTANT=M4`` switches one on.

Each is a spot in the product and a function from what stands there to what is wrong, so that the product
itself knows of none. A role plants its bug before it starts; production settings refuse ``MUTANT``, and the
images have no ``servicekit/testing``. ``make mutants`` shows that each is caught, and by what.
Shown by ``tests/simulation/test_mutants.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any
from unittest.mock import patch

from faststream import AckPolicy

from servicekit import consumer_rule, parking
from servicekit.log import Answer, Request, Status
from servicekit.settings import SettingsError
from servicekit.testing import relay_mutants, service_mutants

Spoil = Callable[[Any], Any]
"""From what stands at a spot to what is wrong. It is typed loosely, as a bug is."""


@dataclass(frozen=True)
class Mutant:
    """``breaks`` in a few words; ``spots`` by their names in the code."""

    breaks: str
    spots: Mapping[str, Spoil]


# --- appending


def _no_versions(columns: Any) -> Any:
    def wrong(requests: Sequence[Request]) -> list[Any]:
        first, *rest = columns(requests)
        return [first, *rest[:9], [], [], [], *rest[12:]]

    return wrong


def _no_fence(store: Any) -> Any:
    async def wrong(self: Any, connection: Any, jobs: Any, *, locked: bool = False, fence: Any = None) -> Any:
        return await store(self, connection, jobs, locked=locked)

    return wrong


def _blind_timers(columns: Any) -> Any:
    def wrong(requests: Sequence[Request]) -> list[Any]:
        first, *rest = columns(requests)
        fired = {number for number, one in enumerate(requests, 1) if one.context.actor.kind == "timer"}
        kept = [row for row in zip(*rest[9:12], strict=True) if row[0] not in fired]
        return [first, *rest[:9], *([row[n] for row in kept] for n in range(3)), *rest[12:]]

    return wrong


def _answers_first(store: Any) -> Any:
    async def wrong(self: Any, connection: Any, jobs: Any, **how: Any) -> Any:
        for job in jobs:
            request = job.request or (job.work if isinstance(job.work, Request) else None)
            if request is not None and not job.done.done():
                job.done.set_result((Answer(Status.APPENDED, self.plans.cursor), request.decision))
        return await store(self, connection, jobs, **how)

    return wrong


def _same_again(attempt: Any) -> Any:
    async def wrong(self: Any, jobs: Any, **how: Any) -> None:
        def dropped() -> None:
            for job in jobs:
                job.work = job.request or job.work
            drop()

        drop = self._tail.drop
        with patch.object(self._tail, "drop", dropped):
            await attempt(self, jobs, **how)

    return wrong


def _at_hand(repeat: Any) -> Any:
    async def wrong(self: Any, context: Any) -> Any:
        outcome = await repeat(self, context)
        first = outcome.events[0][0]
        return replace(outcome, events=tuple(one for one in outcome.events if one[0] == first))

    return wrong


def _lazy_commits(settings: Any) -> Any:
    return {**settings, "synchronous_commit": "off"}


# --- consumers and timers


def _acknowledges_first(settings: Any) -> Any:
    return {**settings, "ack_policy": AckPolicy.ACK_FIRST}


def _takes(verdict: str) -> Spoil:
    def spoil(judge: Any) -> Any:
        def wrong(seen: Any, link: Any) -> Any:
            found = judge(seen, link)
            return type(found).APPLY if found == verdict else found

        return wrong

    return spoil


def _checkpoint_before_commands(_chunk: Any) -> Any:
    async def wrong(self: Any, where: Any, incoming: Any) -> Any:
        async with self._tables() as connection:
            old, blocked = await parking.lock(connection, where), await parking.blocked(connection, where)
            sifted = consumer_rule.sift(old, blocked, incoming, import_module("servicekit.react")._read)
            await parking.move(connection, where, old, sifted.seen)
        for one in sifted.apply:
            await self._in_order([one])
        return sifted

    return wrong


def _timer_first(once: Any) -> Any:
    async def wrong(self: Any, connection: Any, subjects: Any = None) -> Any:
        fire, turn, done = self._fire, asyncio.Lock(), import_module("servicekit.timers")._DONE

        async def deleted(due: Any) -> object:
            async with turn:
                await connection.execute(done, due.kind, due.subject, due.due_at)
            return await fire(due)

        self._fire = deleted
        try:
            return await once(self, connection, subjects)
        finally:
            self._fire = fire

    return wrong


COLUMNS, STORE = "servicekit.committer.columns", "servicekit.committer.Committer._store"
JUDGE = "servicekit.consumer_rule.judge"
MUTANTS: Mapping[str, Mutant] = {
    "M1": Mutant("append without version check", {COLUMNS: _no_versions, STORE: _no_fence}),
    "M2": Mutant(
        "positions seen in another order", {"servicekit.relay_ends.PostgresLog.page": relay_mutants.sequence}
    ),
    "M3": Mutant("acknowledged first", {"servicekit.feed.SUBSCRIBER": _acknowledges_first}),
    "M3b": Mutant(
        "reaction's checkpoint first", {"servicekit.react.Reactor._chunk": _checkpoint_before_commands}
    ),
    "M4": Mutant(
        "relay's checkpoint before send", {"servicekit.relay.Relay._round": relay_mutants.checkpoint_first}
    ),
    "M5a": Mutant("commits that do not wait", {"servicekit.service.SETTINGS": _lazy_commits}),
    "M5b": Mutant("answered before the commit", {STORE: _answers_first}),
    "M6a": Mutant("projector takes repeats", {JUDGE: _takes("repeat")}),
    "M6b": Mutant("projector steps over gaps", {JUDGE: _takes("gap")}),
    "M7": Mutant("timers append blindly", {COLUMNS: _blind_timers}),
    "M8": Mutant(
        "mail before commit", {"services.notification.mailer.Mailer._claim": service_mutants.mails_first}
    ),
    "M9": Mutant(
        "confirmed when opened",
        {"services.booking.pages.links.open_link": service_mutants.confirms_when_opened},
    ),
    "M12": Mutant("timer deleted before append", {"servicekit.timers.TimerRunner.once": _timer_first}),
    "M13": Mutant("records sent one by one", {"servicekit.relay.Relay._lead": relay_mutants.singly}),
    "M14": Mutant(
        "booking before its token",
        {"services.booking.pages.behind.mailed_link": service_mutants.booking_first},
    ),
    "M15": Mutant(
        "a name in the log", {"services.booking.handlers.Handlers.execute": service_mutants.logs_commands}
    ),
    "M16": Mutant("lost calls sent as they were", {"servicekit.committer.Committer._attempt": _same_again}),
    "M17": Mutant(
        "relay believes its marks", {"servicekit.relay_reading.Readers.behind": relay_mutants.marks_only}
    ),
    "M18": Mutant("a repeat tells one stream", {"servicekit.handle.Handler._repeat": _at_hand}),
}


KEPT: list[Any] = []


def plant(name: str, service: str | None = None) -> None:
    """For as long as this process lives. ``service`` leaves out what only others have."""
    bug = planted(name, service)
    bug.__enter__()
    KEPT.append(bug)


@contextmanager
def planted(name: str, service: str | None = None) -> Iterator[Mutant]:
    """With this bug, for the length of a block; with ``service`` only where that process can have it.

    Raises ``SettingsError`` for a name that no bug has.
    """
    mutant = MUTANTS.get(name)
    if mutant is None:
        raise SettingsError(f"MUTANT: {' '.join(MUTANTS)} are the planted bugs there are")
    with ExitStack() as stack:
        for spot, spoil in mutant.spots.items():
            module, _, rest = spot.partition(".")
            if service is None or module != "services" or rest.startswith(f"{service}."):
                where, _, what = spot.rpartition(".")
                stack.enter_context(patch(spot, spoil(_there(where, what))))
        yield mutant


def _there(where: str, what: str) -> Any:
    """What stands at a spot: of a module, or of a class in one."""
    try:
        return getattr(import_module(where), what)
    except ModuleNotFoundError:
        module, _, name = where.rpartition(".")
        return getattr(getattr(import_module(module), name), what)
