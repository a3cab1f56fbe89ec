"""The post room over JSON: what came in, the list, and every command on one item.

Promises: for staff with ``mail``; the same call again gets the first answer, rebuilt from the stored
events; a refused command changes nothing. Shown by ``tests/way/test_items_api.py``.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter

from servicekit.decider import Refused
from servicekit.web.requests import AnyRequest, done, min_position
from services.documents import post_room_commands as ask
from services.documents.access import command_context
from services.documents.api import item_bodies as b
from services.documents.api.bodies import NothingBody
from services.documents.api.documents import STAFF, answer, described, json_body
from services.documents.office import office_of
from services.documents.post_room import item_ids
from services.documents.post_room_desk import Looked, PostRoomDesk
from services.documents.projections.items import ItemRow, Wanted
from services.documents.rules.item_age import AgeClass, arrivals
from services.documents.rules.item_state import OPEN, Status

MAIL: dict[str, Any] = {"permission": "mail"}
ONE = (*STAFF, "not-found", "wrong-state")
MOST = 1000
STATES = {one.value for one in Status if one is not Status.NONE}
InState = Annotated[str, QueryParameter(name="state", description="A state, or `open` for all that are.")]
AnAge = Annotated[str | None, QueryParameter(description="`0-1`, `2-3`, `4-5` or `over-5` working days.")]
ATeam = Annotated[str | None, QueryParameter(description="A team's code; `-` for items without a team.")]
Limit = Annotated[int, QueryParameter(description="1 to 1000.")]
After = Annotated[str | None, QueryParameter(description="`next` of the page before.")]


def desk_of(request: AnyRequest) -> PostRoomDesk:
    """What is seen of the post room."""
    desk: PostRoomDesk = request.app.state.post_room
    return desk


def of_item(path: str, *codes: str, after: Any) -> post:
    """The route of one command on an item; ``codes`` are its own refusals, ``after`` an answer."""
    return post(
        f"/items/{{item_id:uuid}}/{path}",
        opt=MAIL,
        status_code=200,
        responses=described(b.ItemState, after, *ONE, *codes, post=True),
    )


async def carry_out(request: AnyRequest, command: ask.OfItem) -> Response[bytes]:
    """One command on an item; the answer is the state right after it."""
    office, desk = office_of(request), desk_of(request)
    outcome = await office.execute(command, command_context(request))
    looked = await desk.item(command.item_id, outcome.position)
    return done(outcome, office.position(), shown(looked, desk.today()))


@post(
    "/items",
    opt=MAIL,
    responses=described(
        b.Received, b.RECEIVED, *STAFF, "unknown-service", "future-date", status=201, post=True
    ),
)
async def receive(request: AnyRequest, data: Annotated[b.ItemsBody, json_body(b.LETTERS)]) -> Response[bytes]:
    """Letters, e-mails, forms or faxes came in, up to 50 alike."""
    office = office_of(request)
    command = ask.ReceiveItems(
        service=data.service,
        channel=data.channel,
        received_on=data.received_on,
        count=data.count,
        sender=data.sender or None,
        note=data.note or None,
        file_number=data.file_number or None,
    )
    outcome = await office.execute(command, command_context(request))
    return done(outcome, office.position(), b.Received(item_ids(outcome)), 201)


@get("/items", opt=MAIL, responses=described(b.Items, b.LIST, *STAFF))
async def listed(
    request: AnyRequest,
    in_state: InState = "open",
    age: AnAge = None,
    team: ATeam = None,
    limit: Limit = 100,
    after: After = None,
) -> Response[bytes]:
    """The list, oldest arrival first."""
    office, desk = office_of(request), desk_of(request)
    asked = wanted(in_state, age, team, limit, after, desk.today())
    if position := min_position(request):
        await office.caught_up(position)
    page = await desk.page(asked, position)
    rows = tuple(row(one, desk.today()) for one in page.rows)
    return answer(b.Items(rows, cursor(*page.next) if page.next else None))


@get("/items/{item_id:uuid}", opt=MAIL, responses=described(b.ItemState, b.WAITING, *STAFF, "not-found"))
async def look(request: AnyRequest, item_id: FromPath[UUID]) -> Response[bytes]:
    """One item. Who sent it stands on its page only."""
    desk = desk_of(request)
    return answer(shown(await desk.item(item_id), desk.today()))


@of_item("assign", "unknown-team", after=b.ITEM)
async def assign(
    request: AnyRequest, item_id: FromPath[UUID], data: Annotated[b.TeamBody, json_body({"team": "permits"})]
) -> Response[bytes]:
    """To a team, not to a person. Papers are waited for no longer."""
    return await carry_out(request, ask.AssignItem(item_id=item_id, team=data.team))


@of_item("answer", after=b.ANSWERED)
async def answered(
    request: AnyRequest,
    item_id: FromPath[UUID],
    data: Annotated[b.AnswerBody, json_body({"outcome": "done", "reply_channel": "email"})],
) -> Response[bytes]:
    """Done, with an outcome."""
    return await carry_out(
        request, ask.AnswerItem(item_id=item_id, outcome=data.outcome, reply_channel=data.reply_channel)
    )


@of_item("forward", "unknown-office", after=b.FORWARDED)
async def forward(
    request: AnyRequest,
    item_id: FromPath[UUID],
    data: Annotated[b.OfficeBody, json_body({"office": "vehicle_registration"})],
) -> Response[bytes]:
    """To another office; it is closed here."""
    return await carry_out(request, ask.ForwardItem(item_id=item_id, office=data.office))


@of_item("request-papers", "unknown-paper", after=b.WAITING)
async def request_papers(
    request: AnyRequest, item_id: FromPath[UUID], data: Annotated[b.RequestPapersBody, json_body(b.ASK)]
) -> Response[bytes]:
    """Ask for what is missing, due in ten working days."""
    command = ask.RequestPapers(item_id=item_id, papers=frozenset(data.papers), contact=data.contact())
    return await carry_out(request, command)


@of_item("record-papers", "unknown-paper", after=b.ITEM)
async def record_papers(
    request: AnyRequest,
    item_id: FromPath[UUID],
    data: Annotated[b.PapersBody, json_body({"papers": ["vehicle_papers"]})],
) -> Response[bytes]:
    """Papers came in. If some are still missing the item waits on."""
    return await carry_out(request, ask.RecordPapers(item_id=item_id, papers=frozenset(data.papers)))


@of_item("reopen", "reopen-over", after=b.ITEM)
async def reopen(
    request: AnyRequest, item_id: FromPath[UUID], data: Annotated[NothingBody, json_body({})]
) -> Response[bytes]:
    """The answer was not the last word; at most 90 days later."""
    return await carry_out(request, ask.ReopenItem(item_id=item_id))


# --- from queries and to answers


def wanted(
    state: str, age: str | None, team: str | None, limit: int, after: str | None, today: date
) -> Wanted:
    """What is looked for, or ``invalid-input`` with the fields that are wrong."""
    errors: dict[str, str] = {}
    if state not in STATES | {"open"}:
        errors["state"] = "value"
    if age is not None and age not in set(AgeClass):
        errors["age"] = "value"
    if not 1 <= limit <= MOST:
        errors["limit"] = "range"
    begin = _begin(after) if after else Wanted(()).after
    if begin is None:
        errors["after"] = "format"
    if errors or begin is None:
        raise Refused("invalid-input", errors=errors)
    first, last = arrivals(AgeClass(age), today) if age else (date.min, date.max)
    states = tuple(sorted(OPEN)) if state == "open" else (state,)
    return Wanted(states, first, last, team or None, begin, limit)


def cursor(day: date, item_id: UUID) -> str:
    """The opaque mark of a place in the list."""
    return urlsafe_b64encode(f"{day.isoformat()}.{item_id}".encode()).decode().rstrip("=")


def _begin(after: str) -> tuple[date, UUID] | None:
    try:
        day, _, item_id = urlsafe_b64decode(after.encode() + b"==").decode().partition(".")
        return date.fromisoformat(day), UUID(item_id)
    except ValueError:
        return None


def shown(looked: Looked, today: date) -> b.ItemState:
    """One item from its stream."""
    item, old = looked.item, looked.ages(today)
    return b.ItemState(
        item_id=item.item_id,
        service=item.service,
        channel=item.channel.value,
        received_on=item.received_on,
        state=item.status.value,
        age=old.age,
        own_age=old.own,
        team=item.team,
        office=item.office,
        outcome=item.outcome.value if item.outcome else None,
        missing=item.missing,
        due_on=item.due_on,
        ended_on=looked.ended_on,
    )


def row(one: ItemRow, today: date) -> b.ItemState:
    """One item of the list; which papers are missing its own look says."""
    old = one.ages(today)
    return b.ItemState(
        item_id=one.item_id,
        service=one.service,
        channel=one.channel,
        received_on=one.received_on,
        state=one.state,
        age=old.age,
        own_age=old.own,
        team=one.team,
        office=one.office,
        outcome=one.outcome,
        due_on=one.due_on,
        ended_on=one.ended_on,
    )


ROUTES = (receive, listed, look, assign, answered, forward, request_papers, record_papers, reopen)
