"""What every service's edge promises: problems, keys, permissions, languages, addresses of clients."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from litestar import Request, get
from litestar.testing import TestClient

from servicekit.log import Busy
from servicekit.read_model import NoGeneration
from servicekit.web.app import make_app
from servicekit.web.pages import Assets, Pages
from servicekit.web.problems import EDGE
from servicekit.web.requests import network, trusted
from servicekit.web.role import UNAVAILABLE
from tests.way.edge_world import CANARY, KEY, NOW, an_app, edge


@pytest.fixture
def client(tmp_path: Path) -> Any:
    with edge(tmp_path) as made:
        yield made


def problem_of(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:buergerbuero:problem:{code}")
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", body["reference"])
    return body


def send(client: Any, body: bytes, **headers: str) -> Any:
    given = {
        "Content-Type": "application/json",
        **KEY,
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    return client.post("/api/test/v1/things", content=body, headers=given)


DEEP = b'{"site": "f", "items": ' + b"[" * 30_000 + b"]" * 30_000 + b"}"
BAD_BODIES = {
    "broken JSON": (b'{"site": ', 400, "bad-request"),
    "no body": (b"", 400, "bad-request"),
    "not UTF-8": (b'{"site": "\xff"}', 400, "bad-request"),
    "half a surrogate pair": (b'{"site": "\\ud800"}', 400, "bad-request"),
    "very deep": (DEEP, 400, "bad-request"),
    "deeper than any command": (b'{"site": [[[[[[[[[[1]]]]]]]]]]}', 400, "bad-request"),
    "too large": (b'{"site": "' + b"f" * 70_000 + b'"}', 413, "too-large"),
    "NUL": (b'{"site": "f\\u0000"}', 422, "invalid-input"),
    "line break": (b'{"site": "f\\r\\nBcc: x"}', 422, "invalid-input"),
    "unknown field": (b'{"site": "f", "minutes": 5}', 422, "invalid-input"),
    "missing field": (b"{}", 422, "invalid-input"),
    "text for a number": (b'{"site": "f", "persons": "2"}', 422, "invalid-input"),
    "a list": (b"[]", 422, "invalid-input"),
    "not a number": (b'{"site": "f", "persons": NaN}', 400, "bad-request"),
    "a number beyond all": (b'{"site": "f", "persons": 1e999}', 400, "bad-request"),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_bad_body_gets_the_problem_that_names_it(client: Any, name: str) -> None:
    body, status, code = BAD_BODIES[name]
    problem_of(send(client, body), status, code)


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
        "application/json;x=y",
        "application/jsonp",
    ],
)
def test_json_routes_take_exactly_json(client: Any, kind: str) -> None:
    problem_of(send(client, b'{"site": "f"}', Content_Type=kind), 415, "wrong-content-type")


def test_the_field_is_named_and_its_value_is_not_repeated(client: Any) -> None:
    answer = send(client, b'{"site": "f", "persons": "CANARYTOKENx7Zq"}')
    assert problem_of(answer, 422, "invalid-input")["errors"][0] == {
        "field": "persons",
        "code": "type",
        "message": "Dieser Wert hat die falsche Art.",
    }
    assert CANARY not in answer.text
    named_by_the_sender = send(client, b'{"site": "f", "CANARYTOKENx7Zq": 1}')
    assert CANARY not in named_by_the_sender.text


def test_an_unknown_address_and_a_wrong_method_are_problems(client: Any) -> None:
    problem_of(client.get("/api/test/v1/nothing"), 404, "not-found")
    answer = client.put("/api/test/v1/things")
    problem_of(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["allow"] and "POST" in answer.headers["allow"]


def test_asking_what_is_allowed_needs_no_key(client: Any) -> None:
    for path in ("/api/test/v1/things", "/de/t/x"):
        answer = client.options(path)
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["allow"] == "GET, OPTIONS, POST"
    problem_of(client.options("/api/test/v1/nothing"), 404, "not-found")


def test_a_wrong_parameter_is_invalid_input(client: Any) -> None:
    body = problem_of(client.get("/api/test/v1/things?limit=many"), 422, "invalid-input")
    assert body["errors"][0]["field"] == "limit"
    problem_of(client.get("/api/test/v1/things?limit=1&q=%00"), 422, "invalid-input")


@pytest.mark.parametrize("key", [None, "short", "x" * 65, "with space in it", "ümläut-key"])
def test_a_command_needs_a_key(client: Any, key: str | None) -> None:
    headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key.encode()} if key else {})
    answer = client.post("/api/test/v1/things", content=b'{"site": "f"}', headers=headers)
    problem_of(answer, 400, "idempotency-key-missing")


def test_the_same_call_is_the_same_command_and_another_body_is_another(client: Any) -> None:
    first = send(client, b'{"site": "f", "persons": 2}').json()
    again = send(client, b'{ "persons": 2,\n "site": "f" }').json()
    other = send(client, b'{"site": "f", "persons": 3}').json()
    other_key = send(client, b'{"site": "f", "persons": 2}', Idempotency_Key="another-key").json()
    assert first == again
    assert len({first["command"], other["command"], other_key["command"]}) == 3


def test_language_is_parameter_before_header_before_german(client: Any) -> None:
    def told(query: str = "", accept: str = "") -> str:
        headers = {"Accept-Language": accept}
        return str(client.get(f"/api/test/v1/things{query}", headers=headers).json()["language"])

    assert told() == "de"
    assert told(accept="da;q=0.9, en-GB;q=0.8, de;q=0.1") == "en"
    assert told(accept="fr, *;q=0.5, ;;;q=x") == "de"
    assert told("?lang=de", "en") == "de"
    assert told("?lang=xx", "en") == "en"
    assert "not exist" in client.get("/api/test/v1/nothing?lang=en").json()["detail"]


PEERS = {
    "peer": ("192.0.2.9", "", "192.0.2.0/24"),
    "peer that claims": ("192.0.2.9", "198.51.100.7", "192.0.2.0/24"),
    "last hop before ours": ("10.1.1.1", "203.0.113.5, 198.51.100.7", "198.51.100.0/24"),
    "several proxies of ours": ("10.1.1.1", "198.51.100.7, 10.2.2.2", "198.51.100.0/24"),
    "nonsense": ("10.1.1.1", "nonsense", "10.1.1.0/24"),
    "nothing": ("10.1.1.1", "", "10.1.1.0/24"),
    "IPv6": ("10.1.1.1", "2001:db8:1:2345::1", "2001:db8:1:2300::/56"),
    "mapped": ("10.1.1.1", "::ffff:198.51.100.7", "198.51.100.0/24"),
    "socket": ("unix", "198.51.100.7", "0.0.0.0/24"),
}


@pytest.mark.parametrize("name", PEERS)
def test_only_a_trusted_proxy_may_name_the_client(name: str) -> None:
    peer, forwarded, expected = PEERS[name]
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope: Any = {"type": "http", "client": (peer, 1), "headers": headers}
    assert network(Request(scope), trusted(["10.0.0.0/8"])) == expected


def test_a_limit_names_the_moment_to_come_back(client: Any) -> None:
    answer = client.post("/api/test/v1/things/x/refuse", headers=KEY)
    body = problem_of(answer, 429, "too-many-requests")
    assert body["retry_at"] == "2026-11-25T10:05:00+01:00"
    assert body["alternatives"] == ["2026-11-25T10:00:00+01:00"]
    assert answer.headers["retry-after"] == "300"


def test_our_own_faults_say_nothing_and_a_lost_database_asks_to_come_back(client: Any) -> None:
    broken_answer = client.post(f"/api/test/v1/things/{CANARY}/break", headers=KEY)
    problem_of(broken_answer, 500, "fault")
    assert CANARY not in broken_answer.text
    away_answer = client.post(f"/api/test/v1/things/{CANARY}/away", headers=KEY)
    problem_of(away_answer, 503, "unavailable")
    assert away_answer.headers["retry-after"] == "2"


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (Busy(), True),
        (NoGeneration("x"), True),
        (TimeoutError(), True),
        (asyncpg.InterfaceError("the connection is closed"), True),
        (asyncpg.ReadOnlySQLTransactionError("x"), True),
        (asyncpg.InvalidCachedStatementError("x"), True),
        (asyncpg.LockNotAvailableError("x"), True),
        (asyncpg.QueryCanceledError("x"), False),  # too slow a statement is our own fault
        (asyncpg.UniqueViolationError("x"), False),
        (KeyError("x"), False),
    ],
)
def test_only_what_passes_by_itself_asks_to_come_back(error: Exception, passes: bool) -> None:
    """F16, F23: a database that is away, leads no more or is under migration; the rest is a fault of ours."""
    assert isinstance(error, UNAVAILABLE) is passes


def test_known_bytes_are_not_sent_again(client: Any) -> None:
    first = client.get("/api/test/v1/free")
    tag = first.headers["etag"]
    assert (first.status_code, first.headers["cache-control"]) == (200, "no-cache")
    for header in (tag, f'"other", W/{tag}', "*"):
        again = client.get("/api/test/v1/free", headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get("/api/test/v1/free", headers={"If-None-Match": '"other"'}).status_code == 200


def test_head_answers_like_get_without_a_body(client: Any) -> None:
    answer = client.head("/api/test/v1/free")
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.head("/de/t/nothing").status_code == 404


STAFF = {
    "nobody": (None, 401, "proof-missing"),
    "a role that may not": ("dev:door@flensburg", 403, "role-forbidden"),
    "another site": ("dev:lead@kiel", 403, "role-forbidden"),
    "no such role": ("dev:mayor@flensburg", 401, "proof-missing"),
    "malformed": ("dev:lead", 401, "proof-missing"),
    "a booking's proof": ("AAAAAAAAAAAAAAAA", 401, "proof-missing"),
}


@pytest.mark.parametrize("name", STAFF)
def test_a_staff_route_is_closed_to(client: Any, name: str) -> None:
    token, status, code = STAFF[name]
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    problem_of(client.get("/api/test/v1/days/flensburg", headers=headers), status, code)


def test_a_staff_route_is_open_to_the_role_at_its_own_site(client: Any) -> None:
    headers = {"Authorization": "Bearer dev:lead@flensburg"}
    assert client.get("/api/test/v1/days/flensburg", headers=headers).json() == {"site": "flensburg"}


def test_development_tokens_count_nowhere_else(tmp_path: Path) -> None:
    with TestClient(an_app(tmp_path, dev_tokens=False)) as client:
        headers = {"Authorization": "Bearer dev:lead@flensburg"}
        problem_of(client.get("/api/test/v1/days/flensburg", headers=headers), 401, "proof-missing")


def test_a_route_without_a_permission_stops_the_start(tmp_path: Path) -> None:
    @get("/forgotten")
    async def forgotten() -> None: ...

    @get("/mistyped", opt={"permission": "se_day"})
    async def mistyped() -> None: ...

    for handler in (forgotten, mistyped):
        with pytest.raises(RuntimeError, match="declares no known permission"):
            make_app(
                [handler], refusals={}, pages=Pages([], Assets(tmp_path, "t")), now=lambda: NOW, origins=[]
            )


def test_each_code_of_the_edge_has_both_languages() -> None:
    for code, refusal in EDGE.items():
        for language_ in ("de", "en"):
            assert all(refusal.text(language_)), code
