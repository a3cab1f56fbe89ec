"""Pages of staff: who may open which, and how one is made.

How to build one (the model: ``services/booking/pages/door.py``):

1. The route declares a permission: ``@get("/amt/einlass", opt={"permission": "admit"},
   include_in_schema=False)``. ``request.state.staff`` is then a ``Staff(id, role, site)`` that holds
   it; without a session the answer is the way to the development login and back, in production 401.
   A page is about the own site, ``staff.site``; a site that a form or address names goes through
   ``staff.need(permission, site)``.
2. The handler answers ``staff_page(request, "door.html.jinja", **values)``; the template extends
   ``staff.html.jinja`` and fills ``title``, ``main``, and ``keys`` (list items: what the keyboard does
   here). Besides ``values`` it has ``who``, ``who_name``, ``role_name``, ``screens``, ``path``, ``key``
   (a fresh idempotency key), and ``told`` (see 4).
3. Forms: ``{% from "macros/form.html.jinja" import form %}``, then
   ``{% call form(path ~ "/einlassen", key) %}…{% endcall %}`` writes ``<form method="post">`` with the
   hidden key. Macros: ``field`` (``macros/field.html.jinja``, with ``focus=true`` where the cursor shall
   be), ``select``, ``radios``, ``checkbox`` (``macros/choice.html.jinja``), ``button``. Origin and key
   are checked by the edge; ``request.state.payload`` is the form as a dict of text.
4. A refusal shows the form again: ``except Refused as refused: return staff_page(request, template,
   told=told(request, refused), **values, typed=payload)``. The layout shows ``told.title`` and
   ``told.detail`` on top with ``role="alert"``, ``told.fields`` (field → message) is for ``error=``.
   The status is the refusal's.
5. After a change: ``return see_other("/amt/…")``, so that loading again sends nothing. The key in the
   form makes a double click one command (``servicekit.web.requests.context``).

Staff pages are German; texts stand in the templates as they are, without ``trans``. They work without
scripts, under the same CSP as citizens' pages. A page that shows names writes a read record.

Promises: a link to a screen is shown only to a role that may open it. Shown by
``tests/way/test_staff_login.py`` and ``tests/pages``.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from litestar import Response

from servicekit.decider import Refused
from servicekit.staff import Staff

from .problems import FIELD_MESSAGES
from .requests import AnyRequest

if TYPE_CHECKING:
    from .login import Login

ROLE_NAMES: Mapping[str, str] = {
    "door": "Einlass",
    "desk": "Schalter",
    "phone": "Telefon",
    "post_room": "Posteingang",
    "window": "Ausgabe",
    "lead": "Leitung",
    "data_protection": "Datenschutz",
    "operations": "Betrieb",
}


class Screen(NamedTuple):
    """A screen that the bar of each staff page links to."""

    label: str
    service: str
    path: str
    permission: str


SCREENS = (
    Screen("Einlass", "booking", "/amt/einlass", "admit"),
    Screen("Schalter", "booking", "/amt/schalter", "serve"),
    Screen("Abholtermin", "booking", "/amt/abholtermin", "book_for_others"),
    Screen("Schutz", "booking", "/amt/schutz", "opening"),
    Screen("Ausgabe", "documents", "/amt/ausgabe", "documents"),
    Screen("Abholliste", "documents", "/amt/abholliste", "documents"),
    Screen("Lieferung", "documents", "/amt/lieferung", "documents"),
    Screen("Posteingang", "documents", "/amt/posteingang", "mail"),
    Screen("Zustellung", "notification", "/amt/zustellung", "delivery"),
    Screen("Wochenbericht", "reporting", "/berichte/woche", "see_figures"),
)
HOME: Mapping[str, str] = {"post_room": "Posteingang", "window": "Ausgabe", "desk": "Schalter"}
"""Where a role's work begins, if that is not the first screen that it may open."""


class Link(NamedTuple):
    """A screen's link on a page."""

    label: str
    href: str


class Told(NamedTuple):
    """A refusal in words: what happened, what to do, and the message of each field."""

    code: str
    status: int
    title: str
    detail: str
    fields: Mapping[str, str]


def screens(login: Login | None, who: Staff) -> list[Link]:
    """The screens that the role may open. Within a service the link has no host."""
    homes = login.homes if login else {}
    service = login.service if login else None
    return [
        Link(one.label, one.path if one.service == service else homes.get(one.service, "") + one.path)
        for one in SCREENS
        if who.may(one.permission)
    ]


def first_screen(login: Login, who: Staff) -> str | None:
    """Where this role's work begins, on whichever service that is."""
    links = screens(login, who)
    named = [link.href for link in links if link.label == HOME.get(who.role)]
    return next(iter(named or [link.href for link in links]), None)


def colleagues(request: AnyRequest, permission: str) -> list[tuple[str, str]]:
    """Id and name of the others of this site who hold a permission, for a second person's approval."""
    login, who = request.app.state.login, request.state.staff
    people = login.people.values() if login else ()
    return [
        (one.staff.id, one.name)
        for one in people
        if one.staff.id != who.id and one.staff.may(permission, who.site)
    ]


def told(request: AnyRequest, refused: Refused) -> Told:
    """A refusal in German words, for the page that shows the form again."""
    row = request.app.state.refusals[refused.code]
    errors = refused.details.get("errors", {})
    fields = {name: FIELD_MESSAGES[why][0] for name, why in errors.items()}
    request.state.code = refused.code
    return Told(refused.code, row.status, row.de.title, row.de.detail, fields)


def staff_page(
    request: AnyRequest, template: str, *, status: int = 200, told: Told | None = None, **values: Any
) -> Response[bytes]:
    """A page of staff as an answer; with ``told`` it has the refusal's status."""
    who, login, pages = request.state.staff, request.app.state.login, request.app.state.pages
    content = pages.render(
        template,
        "de",
        who=who,
        who_name=login.name(who.id) if login else who.id,
        role_name=ROLE_NAMES[who.role],
        site_name=who.site.replace("_", " ").title(),
        screens=screens(login, who),
        path=request.scope["path"],
        key=secrets.token_urlsafe(12),
        told=told,
        **values,
    )
    answer: Response[bytes] = pages.answer(content, told.status if told else status)
    return answer


def see_other(where: str) -> Response[bytes]:
    """303 to a page of ours."""
    return Response(b"", status_code=303, headers={"Location": where})
