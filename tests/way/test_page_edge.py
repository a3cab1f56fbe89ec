"""What every edge promises of pages: origins, forms, headers, static files, quiet logs, a door that shuts."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
import structlog
from httpx import ASGITransport, AsyncClient

from servicekit.web.headers import HEADERS
from tests.way.edge_world import CANARY, FORM, KEY, an_app, edge


@pytest.fixture
def client(tmp_path: Path) -> Any:
    with edge(tmp_path) as made:
        yield made


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


async def test_whoever_would_wait_too_long_hears_at_once_when_to_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servicekit.web.full.PATIENCE", 0.1)
    app = an_app(tmp_path)
    async with AsyncClient(transport=ASGITransport(app), base_url="https://termin.example") as client:
        things = "/api/test/v1/things"

        async def late(method: str, path: str, **more: Any) -> Any:
            await asyncio.sleep(0)  # another round of the loop
            assert await app.gate.enter(), "somebody with whom the round begins"
            app.gate.leave()
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
