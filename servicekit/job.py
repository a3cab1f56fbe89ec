"""One caller's work on its way through the committer.

Promises: a caller hears one answer, the first; who has gone away hears nothing and disturbs nobody.
Shown by ``tests/log/test_rounds.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from servicekit.log import Answer, Decision, Request, Status, Stream, Undecided

Work = Request | Undecided | tuple[Stream, ...]


class Job(msgspec.Struct, eq=False):
    """One caller who waits: for a request, a decision, or streams in memory."""

    work: Work
    done: asyncio.Future[tuple[Answer, Decision]]
    until: float
    request: Request | None = None
    refused: Exception | None = None
    answer: Answer | None = None

    @property
    def needs(self) -> Sequence[Stream]:
        """The planned streams that must be in memory."""
        if isinstance(self.work, Undecided):
            return self.work.planned
        return self.work if isinstance(self.work, tuple) else ()

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
