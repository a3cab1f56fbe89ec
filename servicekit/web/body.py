"""The body of a request: size, kind, depth, characters, fields; all before a handler sees it.

Promises: JSON is exactly ``application/json``, a form exactly urlencoded; what is wrong gets the
4xx that names it; messages never repeat a value. Afterwards ``request.state.payload`` holds the
plain value and ``request.state.key`` the idempotency key. Shown by ``tests/way/test_http_edge.py``.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Response
from litestar.exceptions import InternalServerException

from servicekit.decider import Refused

from .problems import from_msgspec
from .requests import AnyRequest, is_api, language, valid_key

BODY_LIMIT = 64 * 1024
DEPTH_LIMIT = 8
PATIENCE = 20.0
"""Seconds in which a body must have arrived."""
JSON, FORM = "application/json", "application/x-www-form-urlencoded"

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


async def check_body(request: AnyRequest) -> Response[bytes] | None:
    """Read, bound and check the body before the handler; keep its plain value and the key.

    Only OPTIONS is answered here, since it changes nothing and so needs no key.
    """
    _check_plain([part for pair in request.query_params.multi_items() for part in pair], DEPTH_LIMIT)
    if request.method == "OPTIONS":
        return _allowed(request)
    if request.method == "GET":
        return None
    api, raw = is_api(request.scope["path"]), await _read(request)
    data_field = getattr(request.route_handler, "parsed_data_field", None)
    kind = request.headers.get("content-type", "").replace(" ", "").lower()
    if (raw or data_field) and kind.removesuffix(";charset=utf-8") != (JSON if api else FORM):
        raise Refused("wrong-content-type")
    if data_field and not raw:
        raise Refused("bad-request")
    try:
        payload = _decode(raw) if api else _form(raw)
    except (msgspec.DecodeError, ValueError, RecursionError) as broken:
        raise Refused("bad-request") from broken
    _check_plain(payload, DEPTH_LIMIT)
    key = request.headers.get("idempotency-key") if api else payload.get("idempotency_key")
    request.state.key, request.state.payload = valid_key(key), payload
    if api and data_field:
        try:
            msgspec.convert(payload, data_field.annotation)
        except msgspec.ValidationError as wrong:
            error = from_msgspec(str(wrong), language(request, request.app.state.languages))
            raise Refused("invalid-input", errors=[error]) from None
    return None


def _allowed(request: AnyRequest) -> Response[bytes]:
    """What a path takes. The framework's own answer knows only the first of its handlers."""
    routes = (one for one in request.app.routes if one.path_format == request.scope.get("path_template"))
    handlers = (handler for route in routes for handler in getattr(route, "route_handlers", ()))
    methods = sorted({method for handler in handlers for method in handler.http_methods})
    return Response(b"", status_code=204, headers={"Allow": ", ".join(methods)})


async def _read(request: AnyRequest) -> bytes:
    """The bytes. A client that hangs up or dawdles has sent no request, which is nobody's fault here."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await request.body()
    except TimeoutError:
        raise Refused("too-slow") from None
    except InternalServerException:
        raise Refused("bad-request") from None


def _form(raw: bytes) -> dict[str, str]:
    """The fields. A tab is a space: it comes along with what people paste, and must not cost the form."""
    return dict(parse_qsl(raw.decode().replace("%09", "+"), keep_blank_values=True))


def _decode(raw: bytes) -> Any:
    return msgspec.json.decode(raw) if raw else {}


def _check_plain(value: Any, depth: int) -> None:
    """Refuse nesting beyond ``depth`` and control characters, NUL first: PostgreSQL cannot store it."""
    if isinstance(value, str):
        if _CONTROL.search(value):
            raise Refused("invalid-input", errors={"?": "control-character"})
    elif isinstance(value, (dict, list)):
        if depth == 0:
            raise Refused("bad-request")
        parts = [*value, *value.values()] if isinstance(value, dict) else value
        for part in parts:
            _check_plain(part, depth - 1)
