"""One item's page: what it is, how old, who sent it, and everything that can be done with it.

Promises: what is offered fits the item's state; whoever is shown a sender, a note or a person leaves a read
record first; a refusal keeps what was typed.
Shown by ``tests/way/test_post_room_pages.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from buergerbuero_contracts.documents import ItemOutcome, ReplyChannel
from servicekit.decider import Refused
from servicekit.web.requests import AnyRequest
from servicekit.web.staff_pages import Told, see_other, staff_page, told
from services.documents import post_room_commands as ask
from services.documents.access import command_context, staff_of
from services.documents.api.item_bodies import contact
from services.documents.api.items import MAIL, desk_of
from services.documents.item_cases import NOTHING
from services.documents.office import office_of
from services.documents.pages import post_room_words as words
from services.documents.pages.post_room import PATH
from services.documents.rules.item import may_reopen
from services.documents.rules.item_state import OPEN, Status

PAPER = "paper-"


async def _page(
    request: AnyRequest, item_id: UUID, refused: Told | None = None, **values: Any
) -> Response[bytes]:
    desk, office = desk_of(request), office_of(request)
    looked = await desk.item(item_id)
    item, matter = looked.item, desk.config.matters.get(looked.item.service)
    case = (await desk.cases.of([item_id])).get(item_id, NOTHING)
    person = await desk.person(item.person_id) if item.person_id else None
    if case != NOTHING or person:
        await desk.cases.record(
            staff_of(request), item_id, person.person_id if person else None, office.clock.now()
        )
    return staff_page(
        request,
        "staff/item.html.jinja",
        told=refused,
        home=PATH,
        here=f"{PATH}/{item_id}",
        item=item,
        matter=matter.name if matter else item.service,
        team=item.team or (matter.team if matter else ""),
        ages=looked.ages(desk.today()),
        ended_on=looked.ended_on,
        case=case,
        person=person,
        is_open=item.status in OPEN,
        may_ask=item.status in (Status.RECEIVED, Status.ASSIGNED) and matter is not None,
        waits=item.status is Status.WAITING,
        may_reopen=item.status is Status.ANSWERED and may_reopen(looked.ended_on, desk.today()),
        papers=[(code, desk.config.papers[code]) for code in matter.papers] if matter else [],
        config=desk.config,
        words=words,
        **{"typed": {}, "done": "", **values},
    )


@get(f"{PATH}/{{item_id:uuid}}", opt=MAIL, include_in_schema=False)
async def show(request: AnyRequest, item_id: FromPath[UUID]) -> Response[bytes]:
    """The item as it is now."""
    said = str(request.query_params.get("done", ""))
    return await _page(request, item_id, done=said if said in words.DONE else "")


async def _act(
    request: AnyRequest, item_id: UUID, make: Callable[[dict[str, str]], ask.OfItem], done: str
) -> Response[bytes]:
    """One command from a form of the page."""
    typed = request.state.payload
    try:
        await office_of(request).execute(make(typed), command_context(request))
    except Refused as refused:
        if refused.code == "not-found":
            raise
        return await _page(request, item_id, told(request, refused), typed=typed)
    return see_other(f"{PATH}/{item_id}?done={done}")


@post(f"{PATH}/{{item_id:uuid}}/beantworten", opt=MAIL, include_in_schema=False)
async def answer(request: AnyRequest, item_id: FromPath[UUID]) -> Response[bytes]:
    """Done, with an outcome and the way of the reply."""

    def make(typed: dict[str, str]) -> ask.OfItem:
        outcome, reply = typed.get("outcome", ""), typed.get("reply_channel", "")
        wrong = {"outcome": outcome not in words.OUTCOMES}
        wrong["reply_channel"] = bool(reply) and reply not in words.REPLIES
        if any(wrong.values()):
            raise Refused("invalid-input", errors={name: "value" for name, bad in wrong.items() if bad})
        channel = ReplyChannel(reply) if reply else None
        return ask.AnswerItem(item_id=item_id, outcome=ItemOutcome(outcome), reply_channel=channel)

    return await _act(request, item_id, make, "answered")


@post(f"{PATH}/{{item_id:uuid}}/zuweisen", opt=MAIL, include_in_schema=False)
async def assign(request: AnyRequest, item_id: FromPath[UUID]) -> Response[bytes]:
    """To a team."""
    return await _act(
        request,
        item_id,
        lambda typed: ask.AssignItem(item_id=item_id, team=typed.get("team", "")),
        "assigned",
    )


@post(f"{PATH}/{{item_id:uuid}}/weiterleiten", opt=MAIL, include_in_schema=False)
async def forward(request: AnyRequest, item_id: FromPath[UUID]) -> Response[bytes]:
    """To another office."""
    return await _act(
        request,
        item_id,
        lambda typed: ask.ForwardItem(item_id=item_id, office=typed.get("office", "")),
        "forwarded",
    )


@post(f"{PATH}/{{item_id:uuid}}/nachfordern", opt=MAIL, include_in_schema=False)
async def request_papers(request: AnyRequest, item_id: FromPath[UUID]) -> Response[bytes]:
    """Ask for what is missing."""

    def make(typed: dict[str, str]) -> ask.OfItem:
        language = typed.get("language", "de")
        if language not in words.LANGUAGES:
            raise Refused("invalid-input", errors={"language": "value"})
        person = contact(typed.get("name"), typed.get("email"), language)
        return ask.RequestPapers(item_id=item_id, papers=_ticked(typed), contact=person)

    return await _act(request, item_id, make, "requested")


@post(f"{PATH}/{{item_id:uuid}}/unterlagen", opt=MAIL, include_in_schema=False)
async def record_papers(request: AnyRequest, item_id: FromPath[UUID]) -> Response[bytes]:
    """Papers came in."""
    return await _act(
        request, item_id, lambda typed: ask.RecordPapers(item_id=item_id, papers=_ticked(typed)), "recorded"
    )


@post(f"{PATH}/{{item_id:uuid}}/oeffnen", opt=MAIL, include_in_schema=False)
async def reopen(request: AnyRequest, item_id: FromPath[UUID]) -> Response[bytes]:
    """The answer was not the last word."""
    return await _act(request, item_id, lambda _typed: ask.ReopenItem(item_id=item_id), "reopened")


def _ticked(typed: dict[str, str]) -> frozenset[str]:
    return frozenset(name.removeprefix(PAPER) for name in typed if name.startswith(PAPER))


ROUTES = (show, answer, assign, forward, request_papers, record_papers, reopen)
