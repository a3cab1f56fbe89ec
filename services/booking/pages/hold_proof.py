"""What a browser shows before a hold while the level is raised, and the page between for who has not yet.

Promises: a browser whose mailbox is proven is asked for nothing more; a form that was sent without an answer,
or with one that is over, keeps its time and everything that was chosen; our script runs on the pages that set
a task and on no other. Shown by ``tests/way/test_raised_level.py`` and ``tests/pages/test_raised_level.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from litestar import Response

from servicekit.log import Person
from servicekit.web.headers import TASK_CSP
from servicekit.web.requests import AnyRequest
from services.booking import work
from services.booking.holding import mailbox_of, proof_of, proven_wish, raised
from services.booking.pages.citizen import cookie, page, site_of
from services.booking.pages.wish import Wish
from services.booking.proof import command_context, office_of
from services.booking.refusals import REFUSALS
from services.booking.rules.hold_proof import MISSING, Mailbox, Proof
from services.booking.wish_commands import CloseWish

MAILBOX_COOKIE = "__Host-booking-mailbox"
"""Holds the token (purpose ``wish``) of the mailbox that this browser has proven."""
MAILBOX_SECONDS = int(timedelta(hours=24).total_seconds())


def _token(request: AnyRequest) -> str:
    return request.cookies.get(MAILBOX_COOKIE, "")


async def keep_mailbox(request: AnyRequest, answer: Response[bytes], token: str) -> None:
    """Let the browser carry a proven mailbox to the free times."""
    if await proven_wish(office_of(request), token) is not None:
        cookie(answer, MAILBOX_COOKIE, token, MAILBOX_SECONDS)


async def mailbox(request: AnyRequest) -> Mailbox | None:
    """The mailbox that this browser has proven."""
    token = _token(request)
    return await mailbox_of(office_of(request), token) if token else None


async def has_proven(request: AnyRequest, email: str | None) -> bool:
    """Whether this very address is the one that this browser has proven."""
    found = await mailbox(request)
    return (
        found is not None
        and email is not None
        and found.address == office_of(request).hashed("mailbox", email)
    )


async def who_proved(request: AnyRequest) -> Person | None:
    """The person whose mailbox this browser has proven, so that nobody types it a second time."""
    office = office_of(request)
    wish = await proven_wish(office, _token(request))
    person = await office.person(wish.person_id) if wish is not None and wish.booking_id is None else None
    return None if person is None or person.erased else person


async def shown(request: AnyRequest, wish: Wish) -> Proof | None:
    """What this form shows: its task's answer, else the browser's mailbox."""
    office, answer = office_of(request), str(request.state.payload.get("proof", ""))
    site = site_of(office).code
    found = await proof_of(office, answer, site, wish.items, wish.persons) if answer else None
    return found or await mailbox(request)


async def task_for(request: AnyRequest, wish: Wish) -> str | None:
    """The task that a page about this wish gives the browser; None if nothing is asked."""
    office = office_of(request)
    site = site_of(office).code
    if not raised(office, site) or await mailbox(request) is not None:
        return None
    return work.task(office.hashed, work.subject(site, wish.items, wish.persons), office.clock.now()).text


async def waits_no_more(request: AnyRequest) -> None:
    """The wish whose link proved the mailbox ends: its person has a time now."""
    office = office_of(request)
    wish = await proven_wish(office, _token(request))
    if wish is not None and wish.booking_id is None:
        own = command_context(request, str(wish.wish_id))
        await office.execute(CloseWish(wish_id=wish.wish_id), own)


def with_task(answer: Response[bytes], task: str | None) -> Response[bytes]:
    """The page, allowed to run our script if it has a task."""
    if task:
        answer.headers["Content-Security-Policy"] = TASK_CSP
    return answer


async def one_more_step(
    request: AnyRequest, language: str, wish: Wish, starts_at: datetime, facts: Mapping[str, Any]
) -> Response[bytes]:
    """The chosen time, and the two ways to show that somebody means it."""
    task = await task_for(request, wish)
    answer = page(
        request,
        language,
        "citizen/hold_proof.html.jinja",
        REFUSALS[MISSING].status,
        address=f"/{language}/zeit?{wish.query}",
        starts_at=starts_at,
        task=task,
        **facts,
    )
    return with_task(answer, task)
