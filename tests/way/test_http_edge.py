"""What every service's edge promises: problems, keys, permissions, origins, headers, quiet logs."""

from __future__ import annotations

import asyncio
import gzip
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog
from httpx import ASGITransport, AsyncClient
from litestar import Request, Response, Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.testing import TestClient

from servicekit.decider import Refused
from servicekit.log import Actor
from servicekit.web.app import make_app
from servicekit.web.headers import HEADERS
from servicekit.web.pages import Assets, Pages
from servicekit.web.problems import EDGE
from servicekit.web.requests import AnyRequest, context, language, network, tagged, trusted

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
KEY = {"Idempotency-Key": "a-key-of-mine"}
FORM = {"Sec-Fetch-Site": "same-origin"}
CANARY = "CANARYTOKENx7Zq"
PUBLIC = {"permission": "public"}


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """A body with what bodies have: an enum-like text, a bounded number, a list."""

    site: str
    persons: int = msgspec.field(default=1)
    items: list[str] = []


@get("/things", opt=PUBLIC)
async def things(request: AnyRequest, limit: FromQuery[int] = 100) -> dict[str, Any]:
    return {
        "limit": limit,
        "language": language(request, ("de", "en")),
    }


@get("/days/{site:str}", opt={"permission": "see_day"})
async def day(site: FromPath[str]) -> dict[str, str]:
    return {"site": site}


@post("/things", opt=PUBLIC)
async def make(request: AnyRequest, data: JSONBody[Wish]) -> dict[str, str]:
    made = context(request, "-", Actor("citizen"), NOW)
    return {"command": str(made.command_id), "site": data.site}


@post("/things/{thing:str}/refuse", opt=PUBLIC)
async def refuse(thing: FromPath[str]) -> None:
    raise Refused("too-many-requests", retry_at=datetime(2026, 11, 25, 9, 5, tzinfo=UTC), alternatives=[NOW])


@post("/things/{thing:str}/break", opt=PUBLIC)
async def broken(thing: FromPath[str]) -> None:
    raise RuntimeError(thing)


@post("/things/{thing:str}/away", opt=PUBLIC)
async def away(thing: FromPath[str]) -> None:
    raise ConnectionResetError(thing)


@get("/free", opt=PUBLIC)
async def free(request: AnyRequest) -> Response[bytes]:
    return tagged(request, '"b-flensburg-7-1"', b"{}")


@get("/{l:str}/t/{token:str}", opt=PUBLIC)
async def page(l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    raise Refused("not-found")


@post("/{l:str}/t/{token:str}", opt=PUBLIC)
async def press(request: AnyRequest, l: FromPath[str], token: FromPath[str]) -> Response[bytes]:  # noqa: E741
    if token == "broken":
        raise ValueError(CANARY)
    answer: Response[bytes] = request.app.state.pages.answer("<p>gut")
    return answer


def an_app(tmp_path: Path, **options: Any) -> Any:
    api = Router("/api/test/v1", route_handlers=[things, day, make, refuse, broken, away, free])
    assets = Assets(tmp_path, "test")
    options.setdefault("dev_tokens", True)
    return make_app(
        [api, page, press, assets.handler()],
        refusals={},
        pages=Pages([], assets),
        now=lambda: NOW,
        origins=["https://termin.example"],
        proxies=["10.0.0.0/8"],
        unavailable=(ConnectionError,),
        **options,
    )


@pytest.fixture
def client(tmp_path: Path) -> Any:
    (tmp_path / "manifest.json").write_text('{"office.css": "office.12ab.css"}')
    (tmp_path / "office.12ab.css").write_text("p{}")
    (tmp_path / "office.12ab.css.gz").write_bytes(gzip.compress(b"p{}"))
    with TestClient(an_app(tmp_path), raise_server_exceptions=False) as made:
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


ORIGINS = {
    "cross-site": ({"Sec-Fetch-Site": "cross-site"}, 403),
    "same-site but another host": ({"Sec-Fetch-Site": "same-site"}, 403),
    "typed by hand": ({"Sec-Fetch-Site": "none"}, 403),
    "no header at all": ({}, 403),
    "null": ({"Origin": "null"}, 403),
    "foreign": ({"Origin": "https://evil.example"}, 403),
    "ours, old browser": ({"Origin": "https://termin.example"}, 200),
    "ours": ({"Sec-Fetch-Site": "same-origin"}, 200),
    "the header of the browser wins": (
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://termin.example"},
        403,
    ),
}


@pytest.mark.parametrize("name", ORIGINS)
def test_a_form_must_come_from_our_own_page(client: Any, name: str) -> None:
    headers, status = ORIGINS[name]
    answer = client.post("/de/t/x", data={"idempotency_key": "12345678"}, headers=headers)
    assert answer.status_code == status


BAD_FORMS = {
    "NUL": ("idempotency_key=12345678&name=a%00b", 422),
    "no key": ("name=x", 400),
    "too large": ("name=" + "x" * 70_000, 413),
    "not UTF-8": (b"name=\xff", 400),
}


@pytest.mark.parametrize("name", BAD_FORMS)
def test_a_bad_form_gets_a_page(client: Any, name: str) -> None:
    body, status = BAD_FORMS[name]
    headers = {"Content-Type": "application/x-www-form-urlencoded", **FORM}
    answer = client.post(f"/en/t/{CANARY}", content=body, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert '<html lang="en">' in answer.text and CANARY not in answer.text
    multipart = client.post("/de/t/x", files={"a": b"b"}, headers=FORM)
    assert multipart.status_code == 415


def test_every_answer_carries_the_security_headers(client: Any) -> None:
    answers = [
        client.get("/api/test/v1/things"),
        client.get("/api/test/v1/nothing"),
        client.get("/de/t/x"),
        client.get("/anything/else"),
        client.post("/de/t/broken", data={"idempotency_key": "12345678"}, headers=FORM),
        client.get("/static/test/office.12ab.css"),
    ]
    for answer in answers:
        for name in HEADERS:
            assert name.decode() in answer.headers, (name, answer.request.url)
        assert answer.headers["referrer-policy"] == "strict-origin"
        assert "unsafe" not in answer.headers["content-security-policy"]
    assert answers[2].headers["cache-control"] == "no-store"


def test_static_files_are_immutable_and_come_compressed(client: Any) -> None:
    plain = client.get("/static/test/office.12ab.css", headers={"Accept-Encoding": "identity"})
    assert (plain.text, plain.headers["cache-control"]) == ("p{}", "public, max-age=31536000, immutable")
    assert plain.headers["content-type"].startswith("text/css")
    for name in ("nothing.css", "manifest.json", "..%2Fmanifest.json", "%2e%2e/office.css"):
        assert client.get(f"/static/test/{name}").status_code == 404
    assert "/static/test/office.12ab.css" in client.get("/de/t/x").text


def test_logs_and_answers_hold_neither_path_nor_body_nor_referer(client: Any) -> None:
    """F27: every way a request can go wrong, errors of our own included."""
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", f"/de/t/{CANARY}", {}),
        ("HEAD", f"/de/t/{CANARY}", {}),
        ("PUT", f"/de/t/{CANARY}", {}),
        ("GET", f"/nowhere/{CANARY}?q={CANARY}", {}),
        ("POST", "/de/t/broken", {"data": {"idempotency_key": "12345678", "name": CANARY}}),
        ("POST", f"/de/t/{CANARY}", {"content": b"x=" + CANARY.encode() + b"\0" * 70_000}),
        ("POST", f"/api/test/v1/things/{CANARY}/break", {"headers": KEY}),
        ("POST", f"/api/test/v1/things/{CANARY}/away", {"headers": KEY}),
    ]
    with structlog.testing.capture_logs() as lines:
        for method, path, options in calls:
            options["headers"] = {
                **FORM,
                "Referer": f"https://x.example/{CANARY}",
                **options.get("headers", {}),
            }
            answer = client.request(method, path, **options)
            assert CANARY not in answer.text and CANARY not in str(answer.headers)
    requests = [line for line in lines if line["event"] == "http_request"]
    assert len(requests) == len(calls)
    assert CANARY not in repr(lines)
    assert requests[0]["route"] == "/{l}/t/{token}"
    assert {line["error"] for line in lines if line["event"] == "http_fault"} == {
        "ValueError",
        "RuntimeError",
    }


def test_each_code_of_the_edge_has_both_languages() -> None:
    for code, refusal in EDGE.items():
        for language_ in ("de", "en"):
            assert all(refusal.text(language_)), code


async def test_whoever_would_wait_too_long_hears_at_once_when_to_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servicekit.web.full.PATIENCE", 0.1)
    app = an_app(tmp_path)
    async with AsyncClient(transport=ASGITransport(app), base_url="https://termin.example") as client:
        things = "/api/test/v1/things"

        async def late(method: str, path: str, **more: Any) -> Any:
            await asyncio.sleep(0)  # another round of the loop
            assert not app.door.shut
            time.sleep(0.2)  # noqa: ASYNC251 - the loop itself is busy with others, so this one waits
            return await client.request(method, path, **more)

        away = await late("POST", f"{things}?lang=en", content=b"{", headers=KEY)
        page, head = await late("GET", "/de/t/x"), await late("HEAD", "/de/t/x")
        told = away.json()
        assert (away.status_code, told["code"]) == (503, "unavailable")
        assert told["title"] == "Not available just now"
        assert 2 <= int(away.headers["retry-after"]) <= 6
        assert away.headers["content-security-policy"] == HEADERS[b"content-security-policy"].decode()
        assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert (head.status_code, head.content) == (503, b"")
        await asyncio.sleep(0)
        assert (await client.get(things)).status_code == 200, "as before"
