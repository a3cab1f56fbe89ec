"""The post room over JSON: commands, the list, repeats, rights, and every kind of bad input."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import Databases
from tests.log.post_room import open_post_room
from tests.rules.documents.items import MONDAY, noon
from tests.way.booking_desk import refused
from tests.way.post_room import LETTER, Clerk


@pytest.fixture
async def clerk(fresh_database: Databases) -> AsyncIterator[Clerk]:
    async with open_post_room(fresh_database("documents").app_url) as world:
        yield Clerk(world)


async def test_a_letter_goes_its_way_to_the_answer_and_back(clerk: Clerk) -> None:
    item = await clerk.letter(sender="Eva CANARY", file_number="33-2")

    async def step(path: str, body: Any) -> dict[str, Any]:
        answer = await clerk.post(f"/items/{item}/{path}", body)
        assert answer.status_code == 200, answer.text
        assert int(answer.headers["log-position"]) > 0
        return answer.json()  # type: ignore[no-any-return]

    assert (await step("assign", {"team": "registration"}))["team"] == "registration"
    asked = {"papers": ["form", "id_copy"], "name": " Eva  CANARY ", "email": "Eva.CANARY@Example.org"}
    waiting = await step("request-papers", asked)
    assert (waiting["state"], waiting["missing"]) == ("waiting", ["form", "id_copy"])
    assert waiting["due_on"] == "2026-12-07"
    some = await step("record-papers", {"papers": ["form"]})
    assert (some["state"], some["missing"]) == ("waiting", ["id_copy"])
    assert (await step("record-papers", {"papers": ["id_copy"]}))["state"] == "assigned"
    done = await step("answer", {"outcome": "done", "reply_channel": "email"})
    assert (done["state"], done["outcome"], done["ended_on"]) == ("answered", "done", "2026-11-23")
    assert (await step("reopen", {}))["state"] == "assigned"
    closed = await step("forward", {"office": "registry_office"})
    assert (closed["state"], closed["office"]) == ("closed", "registry_office")
    assert "CANARY" not in (await clerk.get(f"/items/{item}")).text
    (person,) = await clerk.world.pool.fetch("SELECT name, email, revision FROM person")
    assert tuple(person) == ("Eva CANARY", "eva.canary@example.org", 4)


async def test_fifty_letters_come_with_one_call_and_its_repeat_gets_the_first_answer(clerk: Clerk) -> None:
    first = await clerk.post("/items", LETTER | {"count": 50}, key="fifty-letters")
    again = await clerk.post("/items", LETTER | {"count": 50}, key="fifty-letters")
    assert (first.status_code, len(set(first.json()["item_ids"]))) == (201, 50)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    listed = (await clerk.get("/items?limit=1000")).json()
    assert sorted(one["item_id"] for one in listed["items"]) == sorted(first.json()["item_ids"])


async def test_the_list_pages_by_an_opaque_mark_until_the_end(clerk: Clerk) -> None:
    for n in (0, 5, 1, 9):
        await clerk.letter(received_on=(MONDAY - timedelta(days=n)).isoformat())
    seen, after = [], ""
    while True:
        page = (await clerk.get(f"/items?limit=3{after}")).json()
        seen += [one["received_on"] for one in page["items"]]
        if "next" not in page:
            break
        after = f"&after={page['next']}"
    assert seen == ["2026-11-14", "2026-11-18", "2026-11-22", "2026-11-23"]


async def test_ages_are_told_and_searched_by(clerk: Clerk) -> None:
    item = await clerk.letter()
    await clerk.post(f"/items/{item}/request-papers", {"papers": ["form"]})
    clerk.world.clock.at = noon(MONDAY + timedelta(days=9))
    (one,) = (await clerk.get("/items?age=over-5&state=waiting")).json()["items"]
    assert (one["item_id"], one["age"], one["own_age"]) == (str(item), 7, 0)
    assert (await clerk.get("/items?age=4-5")).json()["items"] == []


BAD_BODIES: list[tuple[Any, int, str]] = [
    (LETTER | {"received_on": "2026-11-24"}, 422, "future-date"),
    (LETTER | {"received_on": "1999-01-01"}, 422, "invalid-input"),
    (LETTER | {"received_on": "0001-01-01"}, 422, "invalid-input"),
    (LETTER | {"received_on": "9999-12-31"}, 422, "future-date"),
    (LETTER | {"received_on": "23.11.2026"}, 422, "invalid-input"),
    (LETTER | {"service": "tax_return"}, 422, "unknown-service"),
    (LETTER | {"service": "DROP TABLE"}, 422, "invalid-input"),
    (LETTER | {"channel": "pigeon"}, 422, "invalid-input"),
    (LETTER | {"count": 0}, 422, "invalid-input"),
    (LETTER | {"count": 51}, 422, "invalid-input"),
    (LETTER | {"count": 2**70}, 422, "invalid-input"),
    (LETTER | {"count": 1.5}, 422, "invalid-input"),
    (LETTER | {"sender": "x" * 201}, 422, "invalid-input"),
    (LETTER | {"note": "a\x00b"}, 422, "invalid-input"),
    (LETTER | {"priority": 1}, 422, "invalid-input"),
    ({}, 422, "invalid-input"),
    ([], 422, "invalid-input"),
]


async def test_bad_letters_are_refused_by_name_and_nothing_is_kept(clerk: Clerk) -> None:
    for body, status, code in BAD_BODIES:
        refused(await clerk.post("/items", body), status, code)
    assert await clerk.world.pool.fetchval("SELECT count(*) FROM event") == 0
    assert await clerk.world.pool.fetchval("SELECT count(*) FROM item_case") == 0


BAD_STEPS: list[tuple[str, Any, int, str]] = [
    ("assign", {"team": "night_shift"}, 422, "unknown-team"),
    ("assign", {"team": ""}, 422, "invalid-input"),
    ("forward", {"office": "registration"}, 422, "unknown-office"),
    ("answer", {"outcome": "eaten"}, 422, "invalid-input"),
    ("answer", {"outcome": "done", "reply_channel": "smoke"}, 422, "invalid-input"),
    ("request-papers", {"papers": []}, 422, "unknown-paper"),
    ("request-papers", {"papers": ["passport"]}, 422, "unknown-paper"),
    ("request-papers", {"papers": ["form"], "email": "eva@"}, 422, "invalid-input"),
    ("request-papers", {"papers": ["form"], "email": "eva@example.org"}, 422, "invalid-input"),
    ("request-papers", {"papers": ["form"], "name": "123"}, 422, "invalid-input"),
    ("request-papers", {"papers": ["form"] * 31}, 422, "invalid-input"),
    ("record-papers", {"papers": ["form"]}, 409, "wrong-state"),
    ("reopen", {}, 409, "wrong-state"),
]


async def test_bad_steps_are_refused_by_name_and_the_item_stays_as_it_was(clerk: Clerk) -> None:
    item = await clerk.letter()
    for path, body, status, code in BAD_STEPS:
        refused(await clerk.post(f"/items/{item}/{path}", body), status, code)
        refused(await clerk.post(f"/items/{uuid4()}/{path}", body), *_unknown(status, code))
    assert (await clerk.get(f"/items/{item}")).json()["state"] == "received"


def _unknown(status: int, code: str) -> tuple[int, str]:
    """What an unknown item answers: bad input is told first, everything else is not found."""
    return (status, code) if code == "invalid-input" else (404, "not-found")


BAD_QUERIES = [
    *("state=lost", "state=none", "age=7", "age=", "limit=0", "limit=1001", "limit=ten"),
    *("after=xyz", "after=%00", "after=" + "A" * 60, "after=MjAyNi0xMS0yMw"),
]


async def test_a_bad_search_names_its_field(clerk: Clerk) -> None:
    for query in BAD_QUERIES:
        answer = refused(await clerk.get(f"/items?{query}"), 422, "invalid-input")
        assert [one["field"] for one in answer["errors"]] in ([query.split("=")[0]], ["?"]), query


async def test_only_who_may_open_mail_gets_in(clerk: Clerk) -> None:
    item = await clerk.letter()
    calls = [("get", "/items"), ("get", f"/items/{item}"), ("post", "/items")]
    calls += [("post", f"/items/{item}/{path}") for path, *_rest in BAD_STEPS]
    for method, path in calls:
        for role, status, code in (
            ("lead", None, None),
            ("window", 403, "role-forbidden"),
            ("door", 403, "role-forbidden"),
            ("nobody", 401, "proof-missing"),
        ):
            proof = {"Authorization": f"Bearer dev:{role}@flensburg"}
            post = method == "post"
            answer = await (clerk.post(path, {}, **proof) if post else clerk.get(path, **proof))
            if status is None or code is None:
                assert answer.status_code not in (401, 403)
            else:
                refused(answer, status, code)


async def test_an_item_is_reopened_for_ninety_days(clerk: Clerk) -> None:
    item = await clerk.letter()
    await clerk.post(f"/items/{item}/answer", {"outcome": "information"})
    clerk.world.clock.at = noon(MONDAY + timedelta(days=91))
    refused(await clerk.post(f"/items/{item}/reopen", {}), 410, "reopen-over")
