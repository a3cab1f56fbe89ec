"""The post room's screen: a form that keeps what stays the same, and the list, oldest first.

Promises: Enter logs an item and the cursor is back where the next one begins; channel, matter and date stay
as they were, the file number is empty again; no address holds a file number; the same form sent again logs
nothing twice; what a colleague did meanwhile is told, and the other items are done.
Shown by ``tests/way/test_post_room_pages.py`` and ``tests/pages/test_post_room_screen.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid5

from litestar import Response, get, post

from buergerbuero_contracts.documents import ItemChannel, ItemOutcome
from servicekit.decider import Refused
from servicekit.web.requests import AnyRequest
from servicekit.web.staff_pages import Told, see_other, staff_page, told
from services.documents import post_room_commands as ask
from services.documents.access import command_context
from services.documents.api.items import MAIL, cursor, desk_of, wanted
from services.documents.office import office_of
from services.documents.pages import post_room_words as words
from services.documents.post_room_desk import PostRoomDesk

PATH = "/amt/posteingang"
ROWS = 50
TICK = "item-"
NO_NUMBER = "-"


@dataclass(frozen=True, slots=True)
class Sticky:
    """What the form keeps from one item to the next."""

    channel: str
    service: str
    received_on: str

    @classmethod
    def of(cls, values: Mapping[str, str], desk: PostRoomDesk, prefix: str = "") -> Sticky:
        """From a form or an address; what is missing or strange begins anew."""
        channel, service = values.get(f"{prefix}channel", ""), values.get(f"{prefix}service", "")
        try:
            day = date.fromisoformat(values.get(f"{prefix}received_on", ""))
        except ValueError:
            day = desk.today()
        return cls(
            channel if channel in words.CHANNELS else "letter",
            service if service in desk.config.matters else next(iter(desk.config.matters)),
            day.isoformat(),
        )

    def query(self) -> dict[str, str]:
        """For the address of the page that follows."""
        return {"channel": self.channel, "service": self.service, "received_on": self.received_on}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which items the list shows. Strange values show what the page shows without them."""

    state: str = "open"
    age: str = ""
    team: str = ""

    @classmethod
    def of(cls, values: Mapping[str, str], desk: PostRoomDesk) -> Filters:
        """From a form or an address."""
        state, age, team = (values.get(name, "") for name in ("state", "age", "team"))
        return cls(
            state if state in words.STATES else "open",
            age if age in words.AGES else "",
            team if team in desk.config.teams or team == NO_NUMBER else "",
        )

    def query(self) -> dict[str, str]:
        """For addresses; what shows all is left out."""
        given = {"state": self.state if self.state != "open" else "", "age": self.age, "team": self.team}
        return {name: value for name, value in given.items() if value}


def _address(sticky: Sticky, filters: Filters, **said: object) -> str:
    return f"{PATH}?{urlencode({**filters.query(), **sticky.query(), **said})}"


async def _page(
    request: AnyRequest, sticky: Sticky, filters: Filters, *, refused: Told | None = None, **values: Any
) -> Response[bytes]:
    desk = desk_of(request)
    query = request.query_params if request.method == "GET" else request.state.payload
    seen, after = _number(query.get("seen", "")), str(query.get("after", "")) or None
    asked = wanted(filters.state, filters.age or None, filters.team or None, ROWS, after, desk.today())
    page = await desk.page(asked, seen)
    cases = await desk.cases.of([one.item_id for one in page.rows])
    more = f"&after={cursor(*page.next)}" if page.next else None
    return staff_page(
        request,
        "staff/post_room.html.jinja",
        told=refused,
        home=PATH,
        sticky=sticky,
        filters=filters,
        rows=[(one, one.ages(desk.today()), cases.get(one.item_id)) for one in page.rows],
        after=after or "",
        more=_address(sticky, filters) + more if more else None,
        config=desk.config,
        matters=[(one.code, one.name) for one in desk.config.matters.values()],
        words=words,
        **{"typed": {}, "logged": 0, "done": 0, "left": 0, **values},
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


@get(PATH, opt=MAIL, include_in_schema=False)
async def show(request: AnyRequest) -> Response[bytes]:
    """The form and the list."""
    desk, query = desk_of(request), request.query_params
    said: dict[str, Any] = {name: _number(query.get(name, "")) for name in ("logged", "done", "left")}
    return await _page(request, Sticky.of(query, desk), Filters.of(query, desk), **said)


@post(PATH, opt=MAIL, include_in_schema=False)
async def log(request: AnyRequest) -> Response[bytes]:
    """Log what came in. ``again``: one more like the last one; ``times``: so many of these."""
    office, desk, typed = office_of(request), desk_of(request), request.state.payload
    again = bool(typed.get("again"))
    sticky, filters = Sticky.of(typed, desk, "last_" if again else ""), Filters.of(typed, desk)
    try:
        command = _like_last(sticky) if again else _received(typed, desk)
        outcome = await office.execute(command, command_context(request))
    except Refused as refused:
        said = told(request, refused)
        if refused.code == "future-date":
            said = said._replace(fields={"received_on": said.detail})
        return await _page(request, sticky, filters, refused=said, typed=typed)
    return see_other(_address(sticky, filters, logged=command.count, seen=outcome.position))


def _like_last(sticky: Sticky) -> ask.ReceiveItems:
    return ask.ReceiveItems(
        service=sticky.service,
        channel=ItemChannel(sticky.channel),
        received_on=date.fromisoformat(sticky.received_on),
    )


def _received(typed: Mapping[str, str], desk: PostRoomDesk) -> ask.ReceiveItems:
    """The command of the form. Refuses ``invalid-input`` with the fields that are wrong."""
    errors: dict[str, str] = {}
    sticky = Sticky.of(typed, desk)
    for name, value in (("channel", sticky.channel), ("service", sticky.service)):
        if typed.get(name) != value:
            errors[name] = "value"
    if typed.get("received_on") != sticky.received_on:
        errors["received_on"] = "format" if typed.get("received_on") else "missing"
    count = _number(typed.get("times") or typed.get("count") or "1")
    if not 1 <= count <= ask.MOST_ALIKE:
        errors["count"] = "range"
    texts = {name: typed.get(name, "").strip() for name in ("file_number", "sender", "note")}
    errors |= {name: "length" for name, text in texts.items() if len(text) > 200}
    if errors:
        raise Refused("invalid-input", errors=errors)
    given: dict[str, Any] = {name: text or None for name, text in texts.items()}
    return replace(_like_last(sticky), count=count, **given)


@post(f"{PATH}/auswahl", opt=MAIL, include_in_schema=False)
async def chosen(request: AnyRequest) -> Response[bytes]:
    """Do the same with all ticked items, each by itself."""
    office, desk, typed = office_of(request), desk_of(request), request.state.payload
    sticky, filters = Sticky.of(typed, desk), Filters.of(typed, desk)
    ticked = [UUID(name.removeprefix(TICK)) for name in typed if _is_tick(name)]
    context, done, position, last = command_context(request), 0, 0, None
    try:
        if not ticked:
            raise Refused("nothing-chosen")
        commands = [_action(typed.get("action", ""), item_id) for item_id in ticked]
    except Refused as refused:
        return await _page(request, sticky, filters, refused=told(request, refused), typed=typed)
    for command in commands:
        own = replace(context, command_id=uuid5(context.command_id, str(command.item_id)))
        try:
            outcome = await office.execute(command, own)
            done, position = done + 1, max(position, outcome.position)
        except Refused as refused:
            last = refused
    if last is not None and not done:
        return await _page(request, sticky, filters, refused=told(request, last), typed=typed)
    return see_other(_address(sticky, filters, done=done, left=len(ticked) - done, seen=position))


def _is_tick(name: str) -> bool:
    try:
        return name.startswith(TICK) and str(UUID(name.removeprefix(TICK))) == name.removeprefix(TICK)
    except ValueError:
        return False


def _action(action: str, item_id: UUID) -> ask.OfItem:
    """``answer:done``, ``assign:permits``, ``forward:treasury`` as a command. Refuses ``invalid-input``."""
    verb, _, what = action.partition(":")
    if verb == "answer" and what in words.OUTCOMES:
        return ask.AnswerItem(item_id=item_id, outcome=ItemOutcome(what))
    if verb == "assign":
        return ask.AssignItem(item_id=item_id, team=what)
    if verb == "forward":
        return ask.ForwardItem(item_id=item_id, office=what)
    raise Refused("invalid-input", errors={"action": "value"})


ROUTES = (show, log, chosen)
