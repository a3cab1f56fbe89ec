"""The description of an API: OpenAPI 3.1 from the routes themselves, and a page for people.

Promises: every operation has an example of its answer and of each problem; the document and the
routes cannot differ, because one is made from the other; the page loads nothing foreign.
Shown by ``tests/way/test_booking_api.py``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Any

import msgspec
from litestar import Litestar, Response, get
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.spec import Example
from litestar.types import ControllerRouterHandler

from .pages import Pages, packed
from .problems import EDGE, Problem, Refusal, problem
from .requests import AnyRequest, language, tagged

ALWAYS = ("unavailable",)
ON_GET = ("invalid-input",)
ON_POST = (
    "idempotency-key-missing",
    "bad-request",
    "too-large",
    "wrong-content-type",
    "invalid-input",
)
KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The same key with the same body is the same command: it gets the first answer.",
    "schema": {"type": "string", "minLength": 8, "maxLength": 64, "pattern": "^[\\x21-\\x7e]+$"},
    "example": "3f0a6c1e-booking-1",
}


class Described:
    """Makes the ``responses`` of a route from its answer, an example, and its refusal codes."""

    def __init__(self, refusals: Mapping[str, Refusal]) -> None:
        self._refusals = {**EDGE, **refusals}

    def __call__(
        self, answer: Any, example: Any, *codes: str, status: int = 200, post: bool = False
    ) -> dict[int, ResponseSpec]:
        """The answers of one operation: the good one, and one example for each problem."""
        by_status: dict[int, list[Example]] = defaultdict(list)
        for code in dict.fromkeys((*codes, *(ON_POST if post else ON_GET), *ALWAYS)):
            row = self._refusals[code]
            body = problem(code, row, "en", "4K7M-9QTX", {})
            by_status[row.status].append(Example(id=code, value=msgspec.to_builtins(body)))
        good = ResponseSpec(
            answer, generate_examples=False, description="Done.", examples=[Example(id="good", value=example)]
        )
        return {status: good} | {
            one: ResponseSpec(
                Problem,
                generate_examples=False,
                description="Refused: " + ", ".join(example.id or "" for example in examples),
                media_type="application/problem+json",
                examples=examples,
            )
            for one, examples in by_status.items()
        }


def document(routes: Sequence[ControllerRouterHandler], title: str, description: str) -> dict[str, Any]:
    """The OpenAPI document of ``routes``.

    Made in an application of its own, so that the real one gets no documentation routes that load
    scripts from elsewhere.
    """
    config = OpenAPIConfig(title=title, version="1", description=description, use_handler_docstrings=True)
    made = Litestar(routes, openapi_config=config, logging_config=None).openapi_schema.to_schema()
    for methods in made["paths"].values():
        for method, operation in methods.items():
            _tidy(operation, is_post=method == "post")
    for schema in made["components"]["schemas"].values():
        if schema.get("title", "").endswith("Body"):
            schema["additionalProperties"] = False
    made["components"]["securitySchemes"] = {
        "proof": {"type": "http", "scheme": "bearer", "description": "A booking's access, or staff."}
    }
    return dict(made)


def _tidy(operation: dict[str, Any], *, is_post: bool) -> None:
    answers = operation["responses"]
    if "application/json" in answers.get("400", {}).get("content", {}):
        del answers["400"]  # the framework's own wording, which this edge never gives
    for answer in answers.values():
        for content in answer.get("content", {}).values():
            given = content.get("examples", {}).values()
            content["examples"] = {one.pop("id", "example"): one for one in given}
    if is_post:
        operation["parameters"] = [*operation.get("parameters", ()), KEY_PARAMETER]


def documentation(
    prefix: str, make: Callable[[], dict[str, Any]], pages: Pages
) -> tuple[ControllerRouterHandler, ControllerRouterHandler]:
    """The two routes ``<prefix>/openapi.json`` and ``<prefix>/docs``, the document made when first asked."""

    @cache
    def made() -> tuple[dict[str, Any], bytes, str]:
        described = make()
        body = msgspec.json.encode(described)
        return described, body, f'"{sha256(body).hexdigest()[:16]}"'

    @get(f"{prefix}/openapi.json", opt={"permission": "public"}, include_in_schema=False)
    async def openapi_json(request: AnyRequest) -> Response[bytes]:
        _described, body, tag = made()
        return tagged(request, tag, body)

    @get(f"{prefix}/docs", opt={"permission": "public"}, include_in_schema=False)
    async def docs(request: AnyRequest) -> Response[bytes]:
        shown = language(request, pages.languages)
        content = pages.render("api.html.jinja", shown, api=made()[0], prefix=prefix)
        return packed(request, pages.answer(content))

    return openapi_json, docs
