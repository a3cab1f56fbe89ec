"""Who of the office asks, about which document, and who agrees as second person.

Promises: an unknown document and one of another site are refused alike for whoever has no business
there; a second person is a colleague of this site who holds the permission, never who asks.
Shown by ``tests/way/test_documents_api.py``.
"""

from __future__ import annotations

from uuid import UUID

from servicekit.decider import Refused
from servicekit.log import Actor, Context
from servicekit.staff import Staff
from servicekit.web.requests import AnyRequest, context
from servicekit.web.staff_pages import colleagues

from .office import office_of
from .rules.document_state import Document, Status


def staff_of(request: AnyRequest) -> Staff:
    """Who of the office asks. The route's permission has let only staff in."""
    who: Staff | None = request.state.staff
    if who is None:
        raise Refused("proof-missing")
    return who


def command_context(request: AnyRequest) -> Context:
    """The context of this request's command."""
    who = staff_of(request)
    return context(request, who.id, Actor("staff", who.id), office_of(request).clock.now())


async def document_of(request: AnyRequest, document_id: UUID) -> Document:
    """A document of the own site, as it is now. Refuses ``not-found``, ``role-forbidden``."""
    office, who = office_of(request), staff_of(request)
    found = await office.document(document_id)
    if found.status is Status.NONE:
        raise Refused("not-found")
    need_site(who, request, found.site)
    return found


def need_site(who: Staff, request: AnyRequest, site: str) -> None:
    """Refuse a site that is not there, or not where this person works."""
    if site not in office_of(request).sites:
        raise Refused("unknown-site")
    who.need(str(request.route_handler.opt["permission"]), site)


def second_person(request: AnyRequest, named: str | None, permission: str) -> str | None:
    """Who agrees. Refuses ``second-person`` for somebody who may not, or is not of this site.

    Whether a second person is needed, the rules say. Without a login nobody can be looked up: then the
    rules alone see to it that it is another one than who asks.
    """
    if named is None or request.app.state.login is None:
        return named
    if named not in {one for one, _name in colleagues(request, permission)}:
        raise Refused("second-person")
    return named
