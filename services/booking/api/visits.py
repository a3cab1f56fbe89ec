"""Visits over JSON: called, served, parked, finished.

Promises: rights end at the site of the visit; an answer shows what is true after the command, from its
stream; no answer holds a name. Shown by ``tests/way/test_floor_api.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from buergerbuero_contracts.booking import (
    CallOutOfOrderReason,
    NothingDeliveredReason,
    ParkReason,
    ReturnReason,
)
from buergerbuero_contracts.envelope import Item
from servicekit.decider import Refused
from servicekit.web.problems import local
from servicekit.web.requests import AnyRequest, done
from services.booking import floor_commands as f
from services.booking.api import floor_bodies as b
from services.booking.api.bodies import ItemBody, NothingBody
from services.booking.api.bookings import described, json_body
from services.booking.api.door import WHO, somebody
from services.booking.proof import command_context, office_of
from services.booking.rules.visit_state import Visit, VisitStatus

SERVE: dict[str, Any] = {"permission": "serve"}
VISIT = (*WHO, "not-found", "wrong-state")
Nothing = Annotated[NothingBody, json_body({})]


def items_of(items: tuple[Item, ...]) -> tuple[ItemBody, ...]:
    """Services as an answer shows them."""
    return tuple(ItemBody(service=item.service, quantity=item.quantity) for item in items)


def visit_answer(visit: Visit) -> b.VisitAnswer:
    """A visit as it is now."""
    return b.VisitAnswer(
        visit_id=visit.visit_id,
        booking_id=visit.booking_id,
        site=visit.site,
        state=visit.status.value,
        public_number=visit.public_number,
        items=items_of(visit.items),
        calls=visit.calls,
        planned_at=local(visit.planned_at) if visit.planned_at else None,
        called_at=local(visit.called_at) if visit.called_at else None,
        counter=visit.counter or None,
    )


async def _on_visit(request: AnyRequest, visit_id: UUID, command: f.OfVisit) -> Response[bytes]:
    office, who = office_of(request), somebody(request)
    visit = await office.floor.visit(visit_id)
    if visit.status is VisitStatus.NONE:
        raise Refused("not-found")
    who.need("serve", visit.site)
    outcome = await office.execute(command, command_context(request, who.id, who))
    return done(outcome, office.position(), visit_answer(await office.floor.visit(visit_id)))


def _post_visit(step: str, *codes: str) -> Callable[[Callable[..., Any]], HTTPRouteHandler]:
    responses = described(b.VisitAnswer, b.VISIT, *VISIT, *codes, post=True)
    return post(f"/visits/{{visit_id:uuid}}/{step}", opt=SERVE, status_code=200, responses=responses)


@_post_visit("call", "unknown-counter", "counter-busy", "reason-missing")
async def call(
    request: AnyRequest,
    visit_id: FromPath[UUID],
    data: Annotated[b.CallBody, json_body({"counter": "counter_3", "reason": "child"})],
) -> Response[bytes]:
    """Call this person. Another one than the head of the queue needs a reason."""
    reason = CallOutOfOrderReason(data.reason) if data.reason else None
    return await _on_visit(
        request, visit_id, f.CallVisit(visit_id=visit_id, counter=data.counter, reason=reason)
    )


@_post_visit("recall", "recall-later")
async def recall(request: AnyRequest, visit_id: FromPath[UUID], data: Nothing) -> Response[bytes]:
    """Call once more."""
    return await _on_visit(request, visit_id, f.Recall(visit_id=visit_id))


@_post_visit("not-found", "recall-first")
async def not_found(request: AnyRequest, visit_id: FromPath[UUID], data: Nothing) -> Response[bytes]:
    """Nobody came."""
    return await _on_visit(request, visit_id, f.MarkNotFound(visit_id=visit_id))


@_post_visit("return", "past-read-only")
async def give_back(
    request: AnyRequest,
    visit_id: FromPath[UUID],
    data: Annotated[b.ReturnBody, json_body({"reason": "came_late"})],
) -> Response[bytes]:
    """Back into the queue, at the old place."""
    reason = ReturnReason(data.reason)
    return await _on_visit(request, visit_id, f.ReturnToQueue(visit_id=visit_id, reason=reason))


@_post_visit("start", "unknown-counter")
async def start(
    request: AnyRequest,
    visit_id: FromPath[UUID],
    data: Annotated[b.AtCounterBody, json_body({"counter": "counter_3"})],
) -> Response[bytes]:
    """The person is at the counter that called."""
    return await _on_visit(request, visit_id, f.StartService(visit_id=visit_id, counter=data.counter))


@_post_visit("park")
async def park(
    request: AnyRequest,
    visit_id: FromPath[UUID],
    data: Annotated[b.ParkBody, json_body({"reason": "photo"})],
) -> Response[bytes]:
    """The person does something else first; the counter is free."""
    return await _on_visit(request, visit_id, f.ParkVisit(visit_id=visit_id, reason=ParkReason(data.reason)))


@_post_visit("resume")
async def resume(request: AnyRequest, visit_id: FromPath[UUID], data: Nothing) -> Response[bytes]:
    """What a parked visit waited for is there."""
    return await _on_visit(request, visit_id, f.ResumeVisit(visit_id=visit_id))


@_post_visit("transfer", "unknown-counter", "skill-missing")
async def transfer(
    request: AnyRequest,
    visit_id: FromPath[UUID],
    data: Annotated[b.TransferBody, json_body({"counter": "counter_2"})],
) -> Response[bytes]:
    """Go on elsewhere."""
    return await _on_visit(request, visit_id, f.TransferVisit(visit_id=visit_id, counter=data.counter))


Told = Annotated[
    b.FinishBody, json_body({"delivered": [{"service": "id_card_apply"}]}, {"reason": "papers_missing"})
]


def _told(data: b.FinishBody) -> dict[str, Any]:
    return {
        "delivered": tuple(Item(service=item.service, quantity=item.quantity) for item in data.delivered),
        "reason": NothingDeliveredReason(data.reason) if data.reason else None,
    }


@_post_visit("finish", "reason-missing", "unknown-service")
async def finish(request: AnyRequest, visit_id: FromPath[UUID], data: Told) -> Response[bytes]:
    """The visit is done, with what was delivered, or the reason why nothing was."""
    return await _on_visit(request, visit_id, f.FinishService(visit_id=visit_id, **_told(data)))


@_post_visit("correct", "reason-missing", "unknown-service", "past-read-only")
async def correct(request: AnyRequest, visit_id: FromPath[UUID], data: Told) -> Response[bytes]:
    """What a finished visit really delivered, on the same day; it replaces what was told before."""
    return await _on_visit(request, visit_id, f.CorrectVisit(visit_id=visit_id, **_told(data)))


@_post_visit("leave")
async def leave(request: AnyRequest, visit_id: FromPath[UUID], data: Nothing) -> Response[bytes]:
    """The person went away without service."""
    return await _on_visit(request, visit_id, f.LeaveVisit(visit_id=visit_id))


ROUTES = (call, recall, not_found, give_back, start, park, resume, transfer, finish, correct, leave)
