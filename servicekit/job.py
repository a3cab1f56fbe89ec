"""One caller's work on its way through the committer.

Promises: a caller hears one answer, the first; who has gone away hears nothing and disturbs nobody; a
decision stands only on the very states that it was made on. Shown by ``tests/log/test_rounds.py`` and
``tests/rules/test_standing.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

import msgspec
from prometheus_client import Counter

from servicekit.append_sql import encoded
from servicekit.log import Answer, Decision, Request, Status, Stream, Undecided
from servicekit.plans import Overlay, Planned, Plans, Step, TailRow

Work = Request | Undecided | tuple[Stream, ...]
APPENDED = Counter("event_log_appended_events_total", "Stored events", ["type"])

_appended = lru_cache(lambda kind: APPENDED.labels(kind.__name__))


class Job(msgspec.Struct, eq=False):
    """One caller, who waits for a request, a decision, or streams in memory.

    ``basis`` are the states that it was decided on, ``steps`` what it led to.
    """

    work: Work
    done: asyncio.Future[tuple[Answer, Decision]]
    until: float
    request: Request | None = None
    refused: Exception | None = None
    answer: Answer | None = None
    basis: Mapping[Stream, Planned] = {}
    steps: Sequence[Step] = ()

    @property
    def needs(self) -> Sequence[Stream]:
        """The planned streams that must be in memory."""
        if isinstance(self.work, Undecided):
            return self.work.planned
        return self.work if isinstance(self.work, tuple) else ()

    def refusable(self, plans: Plans) -> bool:
        """Whether what is in memory, which may be a moment old, is good enough to refuse it."""
        return not isinstance(self.work, Undecided) or self.work.refusable(plans.cursor)

    def decidable(self, plans: Plans) -> bool:
        """Whether it can be decided at any moment, for the first time, by what is in memory."""
        known = not isinstance(self.work, tuple) and all(stream in plans for stream in self.needs)
        return known and self.refusable(plans)

    def decide(self, plans: Plans, overlay: Overlay) -> None:
        """On the states that the ones before it left. What was decided on the very same ones stands."""
        work = self.work
        if not isinstance(work, Undecided):
            return
        known = any(plans.knows(stream, work.context.command_id) for stream in work.planned)
        planned = {stream: overlay.get(stream) for stream in work.planned}
        if self.basis and not known and all(one.same(self.basis[stream]) for stream, one in planned.items()):
            overlay.keep(self.steps)
            return
        self.forget()
        if known:
            self.answer = Answer(Status.REPEATED)
            return
        versions = {stream: one.version for stream, one in planned.items()}
        try:
            decision = work.decide({stream: one.state for stream, one in planned.items()})
            request = Request(work.context, {**work.settled, **versions}, decision, encoded(decision))
            self.steps = overlay.take(decision.events)
            self.request = request
        except Exception as refused:  # a rule's fault too belongs to its caller, not to the task
            self.refused = refused
        self.basis = planned

    def forget(self) -> None:
        """Nothing is decided."""
        self.refused = self.answer = self.request = None
        self.basis, self.steps = {}, ()

    @property
    def unsound(self) -> bool:
        """Whether those behind were decided on what it did not add: it failed, or had been stored before."""
        appended = self.answer is not None and self.answer.status is Status.APPENDED
        return self.request is not None and not appended

    @property
    def stored(self) -> bool:
        """Whether the log has it, from now on or before."""
        return self.answer is not None and self.answer.status in (Status.APPENDED, Status.REPEATED)

    def fail(self, error: Exception) -> None:
        """Answer with an error."""
        if not self.done.done():
            self.done.set_exception(error)

    def finish(self) -> None:
        """Answer with what came of it."""
        if self.refused is not None:
            self.fail(self.refused)
        elif not self.done.done():
            decision = self.request.decision if self.request is not None else Decision(())
            self.done.set_result((self.answer or Answer(Status.APPENDED), decision))


def stored_rows(request: Request, position: int, categories: Collection[str]) -> list[TailRow]:
    """What a tail read of these categories would bring of a request whose events follow ``position``."""
    rows, versions = [], dict(request.expected)
    for number, (stream, event) in enumerate(request.decision.events, 1):
        _appended(type(event)).inc()
        versions[stream] += 1
        if stream.category in categories:
            rows.append(
                TailRow(position + number, stream, versions[stream], event, request.context.command_id)
            )
    return rows
