"""The edge of all services at once: forms from elsewhere, headers planted in fields, APIs as described."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.pages.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="session")

FOREIGN = {
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "another host of ours": {"Sec-Fetch-Site": "same-site"},
    "no origin": {},
    "a sandbox": {"Origin": "null"},
}
LEAD = {"Authorization": "Bearer dev:lead@flensburg"}
PLANTED = [
    "x\r\nBcc: y@example.org",
    "x\nBcc: y@example.org",
    "x%0d%0aBcc: y",
    "x\r\n\r\nbody",
    "x\u2028Bcc: y",
]
CHECKS = [response_schema_conformance, content_type_conformance]
"""For documents also the status; reporting's description does not name its refusals yet."""
_PARAMETER = re.compile(r"\{[^}]*\}")


def posts(town: Town) -> list[tuple[str, str]]:
    """Every address that takes a POST: server and path."""
    return [
        (server, _PARAMETER.sub("x", route.path_format))
        for server, app in town.apps.items()
        for route in app.routes
        if "POST" in getattr(route, "methods", ())
    ]


async def test_no_form_of_another_site_is_taken_anywhere(town: Town) -> None:
    found, taken = posts(town), []
    assert len(found) > 90
    async with httpx.AsyncClient(headers=LEAD) as client:
        for server, path in found:
            for name, headers in FOREIGN.items():
                form = {"idempotency_key": "12345678", "person": "lead_1"}
                answer = await client.post(town.addresses[server] + path, data=form, headers=headers)
                if answer.status_code not in (403, 404, 415) or "set-cookie" in answer.headers:
                    taken.append((path, name, answer.status_code))
    assert taken == []


async def test_json_in_the_clothes_of_a_form_is_taken_nowhere(town: Town) -> None:
    """What a page of another site may send without being asked first: text/plain."""
    async with httpx.AsyncClient(headers=LEAD | {"Content-Type": "text/plain"}) as client:
        statuses = {
            path: (await client.post(town.addresses[server] + path, content=b'{"a": 1}')).status_code
            for server, path in posts(town)
            if path.startswith("/api/")
        }
    assert {path: status for path, status in statuses.items() if status not in (403, 404, 415)} == {}


@pytest.mark.parametrize("planted", PLANTED, ids=repr)
async def test_no_field_of_a_form_becomes_a_header(town: Town, planted: str) -> None:
    async with httpx.AsyncClient(headers={"Sec-Fetch-Site": "same-origin"}) as client:
        for server, path in (
            ("notification", "/de/termine-senden"),
            ("booking", "/de/frueher?service=id_card_apply"),
        ):
            fields = {
                "idempotency_key": "12345678",
                "email": planted,
                "name": planted,
                "service": "id_card_apply",
            }
            answer = await client.post(town.addresses[server] + path, data=fields)
            assert answer.status_code == 422, path
            assert not {"bcc", "x"} & {name.lower() for name in answer.headers}
        for path, name in (("/de/anliegen", "q"), ("/dev/anmelden", "next")):
            answer = await client.get(town.addresses["booking"] + path, params={name: planted})
            assert answer.status_code in (200, 422) and "bcc" not in answer.headers


def asked(schema: Any, address: str, wanted: Callable[[str], bool], examples: int) -> int:
    """Call every wanted operation as described; how many there were."""
    operations = [one for one in (found.ok() for found in schema.get_all_operations()) if wanted(one.path)]
    for operation in operations:

        @settings(
            max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
        )
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            answer = case.call(base_url=address, headers=LEAD)
            assert answer.status_code < 500, answer.text
            if answer.status_code < 400 or "/documents/" in case.path:
                case.validate_response(answer, checks=[*CHECKS, status_code_conformance])

        ask()
    return len(operations)


@pytest.mark.parametrize(
    ("service", "served_by", "part"),
    [("reporting", "reporting", "/"), ("documents", "post_room", "/items")],
    ids=["reporting", "post room"],
)
async def test_an_api_keeps_to_its_description(town: Town, service: str, served_by: str, part: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{town.addresses[service]}/api/{service}/v1/openapi.json")
    schema, address = schemathesis.openapi.from_dict(answer.json()), town.addresses[served_by]
    assert await asyncio.to_thread(asked, schema, address, lambda path: part in path, 6) > 2
