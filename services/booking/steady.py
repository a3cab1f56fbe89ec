"""Answers in steady time: an answer to a typed mailbox takes as long, whatever we know of the mailbox.

Promises: never sooner than ``STEADY``, which is longer than any outcome takes on a machine that keeps its
goals; staff, who may know, do not wait, nor does anybody while a clock is played.
Shown by ``tests/way/test_neutral_answers.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

from servicekit.web.requests import AnyRequest

from .proof import staff_of

STEADY = 0.4
"""Seconds."""


@asynccontextmanager
async def steady(request: AnyRequest) -> AsyncIterator[None]:
    """What is done inside ends at the same moment, also when it is refused."""
    floor = 0.0 if staff_of(request) else request.app.state.get("steady", STEADY)
    over = monotonic() + floor
    try:
        yield
    finally:
        await asyncio.sleep(max(0.0, over - monotonic()))
