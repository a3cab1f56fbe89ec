"""What the office does about messages that did not arrive: see them, print letters, tick them off.

Promises: a letter is printed only while it is true, is of use and its person's copy lives; printing changes
nothing and may be repeated; the PDF is made anew each time and stored nowhere; ticking off twice records one
``LetterPrinted``; whoever is shown a name leaves a read record first. A site's people see their own letters
and those of the post room, which belongs to the whole office. Shown by ``tests/way/test_letters.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid5

import structlog

from servicekit.decider import Refused
from servicekit.log import Context
from servicekit.postgres import Pool
from servicekit.staff import Staff

from . import paper
from .handlers import Handlers
from .looks import Look, Looks, Unasked
from .projections import undelivered
from .projections.undelivered import NotDelivered, Undelivered
from .rules.commands import TickOff
from .rules.state import Phase
from .rules.templates import PersonLook, SourceLook
from .writer import Page, Writer

log = structlog.get_logger()
SHOWN_FOR = timedelta(days=30)
"""How long a failure stands on the page, if what it was about does not end before."""
Pages = Callable[..., Awaitable[list[Undelivered]]]
"""The next rows behind one, or the first."""
LIVING = frozenset({PersonLook.HERE, PersonLook.NO_ADDRESS, PersonLook.SUPPRESSED})

_READ = """
INSERT INTO read_log (read_at, staff_id, role, site, reason, person_id, message_id)
SELECT $1, $2, $3, $4, $5, * FROM unnest($6::uuid[], $7::uuid[])"""


@dataclass(frozen=True, slots=True)
class Case:
    """One message on the page: why it stands there, and what is known of it now."""

    row: Undelivered
    look: Look

    @property
    def site(self) -> str | None:
        """The site it concerns; None where it is the whole office's, or nobody can tell any more."""
        try:
            return self.look.facts.site
        except LookupError:
            return None

    @property
    def holds(self) -> bool:
        """Whether it would still be right to tell this person."""
        return self.look.person in LIVING and self.look.source == SourceLook.HOLDS


class Desk:
    """The page's way to the messages."""

    def __init__(
        self, pool: Pool, handlers: Handlers, looks: Looks, rows: NotDelivered, writer: Writer
    ) -> None:
        self._pool, self._handlers, self._looks = pool, handlers, looks
        self._undelivered, self._writer = rows, writer

    async def letters(self, who: Staff, at: datetime) -> list[Case]:
        """What this site's people can print now."""
        cases = await self._cases(self._undelivered.letters, who, at)
        return [case for case in cases if case.look.state.phase == Phase.LETTER and self._page(case)]

    async def failed(self, who: Staff, at: datetime) -> list[Case]:
        """What nobody could be told, as long as it would still be right to tell."""
        return await self._cases(partial(self._undelivered.failed, at - SHOWN_FOR), who, at)

    async def printed(self, ids: Sequence[UUID], who: Staff, at: datetime) -> bytes:
        """One PDF of those of ``ids`` that can be printed now. Refuses ``no-letters``."""
        chosen = [case for case in await self.letters(who, at) if case.row.message_id in ids]
        pages = [page for case in chosen if (page := self._page(case)) is not None]
        if not pages:
            raise Refused("no-letters")
        await self.note_read(chosen, who, "letters", at)
        return await asyncio.to_thread(paper.pdf, pages, at)

    async def tick_off(self, ids: Sequence[UUID], who: Staff, context: Context) -> int:
        """Record as printed what waits of ``ids``; how many letters that were."""
        mine = {case.row.message_id for case in await self.letters(who, context.at)}
        count = 0
        for message_id in sorted(mine & set(ids)):
            one = replace(context, command_id=uuid5(context.command_id, str(message_id)))
            outcome = await self._handlers.execute(TickOff(message_id), one)
            count += len(outcome.events)
        return count

    async def note_read(self, cases: Sequence[Case], who: Staff, reason: str, at: datetime) -> None:
        """Write down who saw whose name."""
        people = [case.look.state.public.person_id for case in cases]
        messages = [case.row.message_id for case in cases]
        await self._pool.execute(_READ, at, who.id, who.role, who.site, reason, people, messages)

    async def _cases(self, rows_behind: Pages, who: Staff, at: datetime) -> list[Case]:
        """As many as a page shows of what holds and concerns this site; what is over hides none of them."""
        cases: list[Case] = []
        rows = await rows_behind()
        while rows and len(cases) < undelivered.MOST:
            useful = await self._looks.useful([row.message_id for row in rows], at)
            found = [await self._case(row, at) for row in rows if row.message_id in useful]
            cases += [case for case in found if case and case.holds and case.site in (None, who.site)]
            rows = await rows_behind(rows[-1])
        return cases[: undelivered.MOST]

    async def _case(self, row: Undelivered, at: datetime) -> Case | None:
        """The message of a row; None if there is no such message, which must not hide all others."""
        try:
            return Case(row, await self._looks.look(row.message_id, at))
        except Unasked:
            log.warning("message_unknown")
            return None

    def _page(self, case: Case) -> Page | None:
        """The letter, or None for one that cannot be written: our own fault, seen in the log."""
        try:
            return self._writer.page(case.look.ask, case.look.recipient, case.look.facts)
        except Exception as fault:
            log.error("letter_not_written", message_id=str(case.row.message_id), exc_info=fault)
            return None
