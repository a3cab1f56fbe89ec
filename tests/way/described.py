"""What every service's description of its API must be: its routes, told whole, with true examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema


def check_description(made: dict[str, Any], routes: Any, prefix: str) -> None:
    """The description has each route once, words and examples for each answer, and every example fits."""
    assert made["openapi"].startswith("3.1")
    routed = {
        (path.replace(":uuid", "").replace(":str", "").replace(":date", ""), method.lower())
        for route in routes
        if (path := route.path).startswith(prefix) and not path.endswith(("/docs", "/openapi.json"))
        for handler in route.route_handlers
        for method in handler.http_methods
        if method != "OPTIONS"
    }
    told = {(path, method) for path, methods in made["paths"].items() for method in methods}
    assert told == routed
    for path, method, operation in _operations(made):
        assert operation["description"], path
        for status, answer in operation["responses"].items():
            for kind, content in answer["content"].items():
                assert content["examples"] or kind == "text/calendar", (path, method, status)
                for example in content["examples"].values():
                    if "json" in kind:
                        _check(made, content["schema"], example["value"])
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert content["schema"]["examples"]
            for example in content["schema"]["examples"]:
                _check(made, content["schema"], example)
        if method == "post":
            assert "Idempotency-Key" in [one["name"] for one in operation["parameters"]]


def problems_of(made: dict[str, Any], path: str, method: str) -> set[str]:
    """The refusals that the description of a call names."""
    answers = made["paths"][path][method]["responses"].values()
    return {name for one in answers for kind in one["content"].values() for name in kind["examples"]}


def _operations(made: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _check(made: dict[str, Any], schema: dict[str, Any], example: Any) -> None:
    whole = {**schema, "components": made["components"]}
    jsonschema.Draft202012Validator(whole).validate(example)
