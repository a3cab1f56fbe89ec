"""What a mailed pick-up link opens: the way to booking's free times, or why there is none.

Promises: GET and HEAD change nothing; unknown, expired and foreign tokens get one page, byte for byte
the same; a document that waits leads on with a signed grant of 30 minutes; what the page says follows
the documents' state, never the link's age. Shown by ``tests/way/test_pickup_link.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from buergerbuero_contracts.documents import InvitationEnd
from servicekit.decider import Refused
from servicekit.tokens import Purpose
from servicekit.web.pages import Pages
from servicekit.web.requests import AnyRequest
from servicekit.web.staff_pages import see_other
from services.documents.office import Office, office_of
from services.documents.rules.document_state import Document, Status
from services.documents.rules.invitation import Invitation

OPEN: dict[str, Any] = {"permission": "own_booking"}
GRANTED = timedelta(minutes=30)


@get("/{l:str}/abholung/{token:str}", opt=OPEN, include_in_schema=False)
async def show(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """On to booking with a grant, or a page that says how it stands."""
    office = office_of(request)
    link = office.tokens.verify(token, Purpose.PICKUP, office.clock.now())
    if l not in request.app.state.languages or link is None:
        raise Refused("not-found")
    invitation = await office.invitation(link.id)
    if not invitation.known:
        raise Refused("not-found")
    documents = [await office.document(one) for one in invitation.document_ids]
    standing = stands(invitation, documents)
    if standing == "waits":
        grant = office.tokens.sign(Purpose.GRANT, link.id, office.clock.now() + GRANTED)
        return see_other(f"{office.booking_url}/{l}/abholtermin/{grant}")
    return _page(request, l, standing, office, invitation, documents)


def stands(invitation: Invitation, documents: Sequence[Document]) -> str:
    """How it stands with what a person was called for; ``waits`` if a time can be booked."""
    mine = [one for one in documents if one.document_id in invitation.waiting or one.status is Status.BOOKED]
    if any(one.status is Status.BOOKED for one in mine):
        return "booked"
    if any(one.status is Status.INVITED and not one.awaits_invitation for one in mine):
        return "waits"
    if any(one.awaits_invitation for one in mine):
        return "lost"
    if any(one.status is Status.IN_LOCKER for one in mine):
        return "locker"
    if invitation.ended is InvitationEnd.REPLACED:
        return "replaced"
    if any(one.status is Status.HANDED_OVER for one in documents):
        return "handed_over"
    return "gone"


def _page(
    request: AnyRequest,
    language: str,
    standing: str,
    office: Office,
    invitation: Invitation,
    documents: Sequence[Document],
) -> Response[bytes]:
    pages: Pages = request.app.state.pages
    content = pages.render(
        "pickup.html.jinja",
        language,
        standing=standing,
        starts_at=next((one.starts_at for one in documents if one.status is Status.BOOKED), None),
        site=office.sites[invitation.site],
        links=pages.links(request.scope["path"], language),
    )
    return pages.answer(content, 200 if standing in ("booked", "lost", "locker") else 410)


ROUTES = (show,)
