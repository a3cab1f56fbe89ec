"""What a device works off before a hold while the protection level is raised.

Promises: a task is good once, for the services that it was asked for; it costs nothing to ask for one and
nothing is stored; whoever cannot run it proves a mailbox instead (``POST /wishes``), which counts the same.
Shown by ``tests/way/test_raised_level.py``.
"""

from __future__ import annotations

from typing import Annotated

from litestar import Response, post

from buergerbuero_contracts.envelope import Item
from servicekit.decider import Refused
from servicekit.web.problems import local
from servicekit.web.requests import AnyRequest
from services.booking import work
from services.booking.api import bodies as b
from services.booking.api import examples as ex
from services.booking.api import views
from services.booking.api.bookings import PUBLIC, described, json_body
from services.booking.holding import raised
from services.booking.proof import office_of

ASKED = {name: ex.RESERVE[name] for name in ("site", "items", "persons")}
TASK = {
    "needed": True,
    "task": "1000.1000.1764057600.00112233445566778899aabbccddeeff.0123456789abcdef." + "0" * 32,
    "until": "2026-11-25T09:00:00+01:00",
}


@post(
    "/hold-tasks",
    opt=PUBLIC,
    status_code=200,
    responses=described(b.HoldTask, TASK, "unknown-site", post=True),
)
async def ask_for_task(request: AnyRequest, data: Annotated[b.TaskBody, json_body(ASKED)]) -> Response[bytes]:
    """A task for one hold, if one is needed now."""
    office = office_of(request)
    if data.site not in office.sites:
        raise Refused("unknown-site")
    views.set_up(office, data.site)
    answer = b.HoldTask(needed=False)
    if raised(office, data.site):
        items = tuple(Item(service=item.service, quantity=item.quantity) for item in data.items)
        made = work.task(office.hashed, work.subject(data.site, items, data.persons), office.clock.now())
        answer = b.HoldTask(needed=True, task=made.text, until=local(made.until))
    return Response(views.encoded(answer), media_type="application/json")


ROUTES = (ask_for_task,)
