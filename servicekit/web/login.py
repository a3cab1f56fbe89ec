"""The development login: demo people on a page, instead of the city's login server.

Promises: it exists only where APP_ENV is dev or test (``demo_staff.py``), and without it no session
cookie counts; a session holds the person's role and site of ``config/demo_staff.toml``; a staff page
without a session leads here and back; only a POST from our own page logs in or out, and nobody is
sent to a foreign address. With the city's login server a second class of this shape takes its place.
Shown by ``tests/way/test_staff_login.py``.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from litestar import Response, get, post

from servicekit.decider import Refused
from servicekit.staff import Staff

from .requests import AnyRequest
from .session import COOKIE, LASTS, Sessions
from .staff_pages import ROLE_NAMES, first_screen, screens, see_other

PATH, LEAVE = "/dev/anmelden", "/dev/abmelden"
OPEN: dict[str, Any] = {"permission": "public"}
_OWN = re.compile(r"/(?![/\\])[\x21-\x7e]{0,500}")
"""A path of ours: never ``//host`` or ``/\\host``, which browsers read as another host."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may log in."""

    name: str
    staff: Staff


@dataclass(frozen=True, slots=True)
class Login:
    """Who is logged in, and how to become so. ``homes``: service → its address, for links between them."""

    service: str
    people: Mapping[str, Person]
    sessions: Sessions
    homes: Mapping[str, str]

    def who(self, request: Any) -> Staff | None:
        """Whom the session cookie of a request names, None if there is none that counts.

        A call that brings a proof of its own in ``Authorization`` speaks for that proof alone.
        """
        if "authorization" in request.headers:
            return None
        return self.sessions.read(request.cookies.get(COOKIE, ""), request.app.state.now())

    def name(self, staff_id: str) -> str:
        """What the person is called; the id itself for a development token."""
        return self.people[staff_id].name if staff_id in self.people else staff_id

    def redirect(self, request: AnyRequest) -> Response[bytes]:
        """303 to the login, and from there back: a form's answer leads back to its screen."""
        path = request.scope["path"]
        if request.method != "GET":
            path = "/".join(path.split("/", 3)[:3])
        elif query := request.scope["query_string"].decode("ascii", "replace"):
            path = f"{path}?{query}"
        return see_other(f"{PATH}?next={quote(path, safe='/')}")

    def routes(self) -> Sequence[Any]:
        """The two pages."""
        return (show, log_in, log_out)


def login_of(request: AnyRequest) -> Login:
    """The application's login. Only for routes that :meth:`Login.routes` gives."""
    login: Login = request.app.state.login
    return login


@get(PATH, opt=OPEN, include_in_schema=False)
async def show(request: AnyRequest) -> Response[bytes]:
    """The demo people, each a button; who is logged in now, and where that person may go."""
    login, pages, who = login_of(request), request.app.state.pages, request.state.staff
    content = pages.render(
        "login.html.jinja",
        "de",
        people=list(login.people.values()),
        roles=ROLE_NAMES,
        next=_own(request.query_params.get("next", "")) or "",
        here=login.name(who.id) if who else None,
        screens=screens(login, who) if who else (),
        home=first_screen(login, who) if who else None,
        key=secrets.token_urlsafe(12),
    )
    answer: Response[bytes] = pages.answer(content)
    return answer


@post(PATH, opt=OPEN, include_in_schema=False)
async def log_in(request: AnyRequest) -> Response[bytes]:
    """Become one of the demo people: 303 to where one came from, else to the role's first screen.

    Where that is another service's, the page links to it: under ``form-action 'self'`` no browser follows a
    form's answer to another host.
    """
    login, payload = login_of(request), request.state.payload
    person = login.people.get(str(payload.get("person", "")))
    if person is None:
        raise Refused("invalid-input", errors={"person": "value"})
    answer = see_other(_own(payload.get("next", "")) or _own(first_screen(login, person.staff)) or PATH)
    answer.set_cookie(
        COOKIE,
        login.sessions.sign(person.staff, request.app.state.now()),
        max_age=int(LASTS.total_seconds()),
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return answer


@post(LEAVE, opt=OPEN, include_in_schema=False)
async def log_out(request: AnyRequest) -> Response[bytes]:
    """Forget the session in this browser."""
    answer = see_other(PATH)
    answer.set_cookie(COOKIE, "", max_age=0, secure=True, httponly=True, samesite="lax")
    return answer


def _own(path: object) -> str | None:
    return path if isinstance(path, str) and _OWN.fullmatch(path) else None
