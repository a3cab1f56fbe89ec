"""The edge: one Litestar application per service, and what every request and answer has in common.

Promises: no input leads to a 5xx; every refusal is a problem (RFC 9457) below ``/api/`` and a page
elsewhere; each route has declared its permission; a POST carries an idempotency key; a form comes
from our own page; answers carry the security headers; the access log holds route templates, never
paths, queries, bodies or Referers. Shown by ``tests/way/test_page_edge.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec
from litestar import Response
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import HTTPException, ValidationException
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from servicekit import staff
from servicekit.decider import Refused

from .body import BODY_LIMIT, check_body
from .csrf import same_origin
from .edge import Edge, report
from .login import Login
from .problems import BY_STATUS, EDGE, LANGUAGES, Refusal, problem
from .requests import AnyRequest, is_api, language, trusted

SAME = "4040-4040"
"""The reference of every ``not-found``: unknown, foreign and expired are one answer to the byte."""


class ErrorPages(Protocol):
    """How a refusal looks to a person."""

    def error(
        self, code: str, refusal: Refusal, language: str, reference: str, retry_at: datetime | None
    ) -> str:
        """The whole page."""


def make_app(
    routes: Sequence[ControllerRouterHandler],
    *,
    refusals: Mapping[str, Refusal],
    pages: ErrorPages,
    now: Callable[[], datetime],
    origins: Collection[str],
    proxies: Sequence[str] = (),
    dev_tokens: bool = False,
    login: Login | None = None,
    languages: Collection[str] = LANGUAGES,
    unavailable: tuple[type[Exception], ...] = (),
    openapi: OpenAPIConfig | None = None,
    state: Mapping[str, Any] | None = None,
    **options: Any,
) -> Edge:
    """The application of one service.

    ``origins`` are ours, ``proxies`` the setting TRUSTED_PROXIES; ``unavailable`` are the errors
    that a later try may not meet (database away), answered with 503; ``dev_tokens`` only where
    APP_ENV is dev or test, and so ``login``, without which there are no sessions. ``state`` and
    ``options`` go to Litestar as they are.
    Raises RuntimeError for a route without a known permission.
    """
    app = Edge(
        [*routes, *(login.routes() if login else ())],
        before_request=check_body,
        guards=[_admit],
        exception_handlers={Refused: _refused, HTTPException: _http_error, Exception: _fault},
        logging_config=None,
        openapi_config=openapi,
        request_max_body_size=BODY_LIMIT,
        debug=False,
        state=State(
            {
                **(state or {}),
                "refusals": {**EDGE, **refusals},
                "pages": pages,
                "now": now,
                "origins": frozenset(origin.lower().rstrip("/") for origin in origins),
                "proxies": trusted(proxies),
                "dev_tokens": dev_tokens,
                "login": login,
                "languages": frozenset(languages),
                "unavailable": unavailable,
            }
        ),
        **options,
    )
    handlers = [
        (route.path, handler) for route in app.routes for handler in getattr(route, "route_handlers", ())
    ]
    staff.check_declared(
        (path, handler.opt.get("permission"))
        for path, handler in handlers
        if handler.http_methods != {"OPTIONS"}
    )
    return app


def answer_problem(request: AnyRequest, code: str, details: Mapping[str, Any]) -> Response[Any]:
    """The answer to a refusal, in the request's language, as problem or page."""
    state = request.app.state
    refusal, wording = state.refusals[code], language(request, state.languages)
    request.state.code = code
    headers = dict(details.get("headers", {}))
    if retry_at := details.get("retry_at"):
        headers["Retry-After"] = str(max(1, int((retry_at - state.now()).total_seconds())))
    elif refusal.status == 503:
        headers["Retry-After"] = "2"
    if is_api(request.scope["path"]):
        told = SAME if code == "not-found" else request.state.reference
        body = problem(code, refusal, wording, told, details)
        kind, content = "application/problem+json", msgspec.json.encode(body)
    elif code == "proof-missing" and state.login:
        return state.login.redirect(request)  # type: ignore[no-any-return]
    else:
        path = request.scope["path"]
        page = state.pages.error(code, refusal, wording, request.state.reference, retry_at, path)
        kind, content = "text/html", page.encode()
    return Response(content, status_code=refusal.status, headers=headers, media_type=kind)


def _refused(request: AnyRequest, refused: Refused) -> Response[Any]:
    return answer_problem(request, refused.code, refused.details)


def _http_error(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """What Litestar refuses: routes, methods, sizes, and parameters of the wrong kind."""
    if isinstance(error, ValidationException):
        extra = error.extra if isinstance(error.extra, list) else []
        fields = {str(one.get("key", "?")): "value" for one in extra} or {"?": "value"}
        return answer_problem(request, "invalid-input", {"errors": fields})
    if error.status_code not in BY_STATUS:
        return _fault(request, error)
    return answer_problem(request, BY_STATUS[error.status_code], {"headers": error.headers or {}})


def _fault(request: AnyRequest, fault: Exception) -> Response[Any]:
    if isinstance(fault, request.app.state.unavailable):
        return answer_problem(request, "unavailable", {})
    report(fault, request.scope)
    return answer_problem(request, "fault", {})


async def _admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Permission of the route, and for forms their origin."""
    method, path, state = connection.scope.get("method"), connection.scope["path"], connection.app.state
    if method == "OPTIONS":
        return
    if not connection.headers.get("host"):  # RFC 9112, 3.2: whoever does not say whom it asks gets no answer
        raise Refused("bad-request")
    session = state.login.who(connection) if state.login else None
    who = session or staff.identify(connection.headers.get("authorization"), dev_tokens=state.dev_tokens)
    connection.state.staff = who
    staff.authorise(handler.opt["permission"], who, connection.path_params.get("site"))
    by_browser = session is not None or not is_api(path)
    if method != "GET" and by_browser and not same_origin(connection.headers, state.origins):
        raise Refused("foreign-origin")
