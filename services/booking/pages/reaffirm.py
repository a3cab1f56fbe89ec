"""The link "I will come" of a reminder: one question, one button.

Promises: GET and HEAD change nothing, since mail programs open links; a second press records nothing more;
an appointment that does not stand any more leads to its ticket, which says how it ended.
Shown by ``tests/way/test_reaffirm_page.py``.
"""

from __future__ import annotations

from litestar import Response, get, post
from litestar.params import FromPath

from servicekit.decider import Refused
from servicekit.web.requests import AnyRequest
from services.booking import commands as ask
from services.booking.api.bookings import OWN
from services.booking.pages.behind import link_page, open_link, pressed, to_ticket
from services.booking.proof import command_context, office_of
from services.booking.rules.booking_state import Status


@get("/{l:str}/t/{token:str}/ich-komme", opt=OWN, include_in_schema=False)
async def ask_whether(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741 - the path's name
    """Do you still come?"""
    opened = await open_link(request, l, token)
    opened.for_change()
    if opened.booking.status is not Status.CONFIRMED:
        return to_ticket(office_of(request), opened, "")
    return link_page(request, opened, "reaffirm.html.jinja")


@post("/{l:str}/t/{token:str}/ich-komme", opt=OWN, include_in_schema=False)
async def reaffirm(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """I will come."""
    office, opened = office_of(request), await pressed(request, l, token)
    opened.for_change()
    command = ask.ReaffirmAttendance(booking_id=opened.booking.booking_id)
    try:
        await office.execute(command, command_context(request, opened.proven.principal))
    except Refused as refused:
        if refused.code != "wrong-state":
            raise
        return to_ticket(office, opened, "")
    return to_ticket(office, opened, "reaffirmed")


ROUTES = (ask_whether, reaffirm)
