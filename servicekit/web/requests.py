"""What a request says about itself: language, network, key, positions, tags.

Promises: only a trusted proxy's ``X-Forwarded-For`` counts; the same call with the same key and
body always has the same command id, another body has another one. Nothing here is ever logged.
Shown by ``tests/way/test_http_edge.py``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Protocol
from uuid import uuid5

import msgspec
from litestar import Request, Response
from litestar.status_codes import HTTP_304_NOT_MODIFIED

from servicekit.decider import Refused
from servicekit.log import NAMESPACE, Actor, Context

AnyRequest = Request[Any, Any, Any]
Network = IPv4Network | IPv6Network

_TRACEPARENT = re.compile(r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")
_KEY = re.compile(r"^[\x21-\x7e]{8,64}$")
_MOST = 2**63 - 1


def is_api(path: str) -> bool:
    """True where answers are JSON: everything below ``/api/``."""
    return path.startswith("/api/")


def language(request: AnyRequest, known: Collection[str]) -> str:
    """The page's prefix, else ``?lang=``, else ``Accept-Language``, else ``de``."""
    for wish in (request.scope["path"].split("/", 2)[1], request.query_params.get("lang", "")):
        if wish in known:
            return str(wish)
    weighed = []
    for part in request.headers.get("accept-language", "")[:200].split(","):
        name, _, quality = part.replace(" ", "").lower().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        weighed.append((-weight, name.split("-")[0]))
    return next((name for weight, name in sorted(weighed) if name in known and weight < 0), "de")


def trusted(proxies: Sequence[str]) -> tuple[Network, ...]:
    """The setting TRUSTED_PROXIES, addresses or networks, as networks."""
    return tuple(ip_network(proxy, strict=False) for proxy in proxies)


def network(request: AnyRequest, proxies: Collection[Network]) -> str:
    """The prefix that limits count by: /24 or /56 of the first address that is no trusted proxy."""
    address = _address(request.scope.get("client"))
    hops = request.headers.get("x-forwarded-for", "").split(",")
    while hops and any(address in proxy for proxy in proxies):
        try:
            address = ip_address(hops.pop().strip())
        except ValueError:
            break
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ip_network(f"{address}/{24 if address.version == 4 else 56}", strict=False))


def _address(client: tuple[str, int] | None) -> IPv4Address | IPv6Address:
    """The peer. One without an address (a local socket) is one network of its own."""
    try:
        return ip_address(client[0] if client else "")
    except ValueError:
        return IPv4Address(0)


def valid_key(key: object) -> str:
    """The idempotency key, or ``idempotency-key-missing``."""
    if not isinstance(key, str) or not _KEY.match(key):
        raise Refused("idempotency-key-missing")
    return key


def context(request: AnyRequest, principal: str, actor: Actor, at: datetime) -> Context:
    """What surrounds the command of this request.

    ``principal`` is the staff id, else the booking id of the proof, else the device cookie, else
    ``-``. The path holds the ids that the call is about, so it stands for the route.
    """
    body = sha256(msgspec.json.encode(request.state.payload, order="sorted")).hexdigest()
    call = "\x1f".join((principal, request.method, request.scope["path"], request.state.key, body))
    command_id = uuid5(NAMESPACE, call)
    parent = request.headers.get("traceparent", "")
    return Context(
        command_id, at, actor, command_id, traceparent=parent if _TRACEPARENT.match(parent) else None
    )


def min_position(request: AnyRequest) -> int:
    """The log position that the answer must have seen, 0 for any."""
    text = request.headers.get("min-log-position", "0")
    if not text.isascii() or not text.isdigit() or int(text[:20]) > _MOST:
        raise Refused("invalid-input", errors={"min_log_position": "format"})
    return int(text)


def knows(request: AnyRequest, tag: str) -> bool:
    """True if the client already holds the bytes that ``tag`` (with its quotes) names."""
    return among(tag, request.headers.get("if-none-match", ""))


def among(tag: str, given: str) -> bool:
    """True if ``If-None-Match`` names a tag."""
    return given == "*" or tag in (one.strip().removeprefix("W/") for one in given.split(","))


def tagged(
    request: AnyRequest, tag: str, body: bytes, media_type: str = "application/json"
) -> Response[bytes]:
    """Prepared bytes with their ETag, or 304 if the client holds them. It must ask again each time."""
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if knows(request, tag):
        return Response(b"", status_code=HTTP_304_NOT_MODIFIED, headers=headers, media_type=media_type)
    return Response(body, headers=headers, media_type=media_type)


class Done(Protocol):
    """What a command led to, as ``servicekit.handle.Outcome`` says it."""

    @property
    def position(self) -> int:
        """The log position of its last event, 0 if there is none."""

    @property
    def replayed(self) -> bool:
        """True if it had been carried out before."""


def done(
    outcome: Done, head: int, body: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    """The answer to a command, ``body`` as JSON. ``head`` stands in where no event was needed."""
    given = {"Log-Position": str(outcome.position or head), **(headers or {})}
    if outcome.replayed:
        given["Idempotency-Replayed"] = "true"
    return Response(
        msgspec.json.encode(body), status_code=status, headers=given, media_type="application/json"
    )
