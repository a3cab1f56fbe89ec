"""What is the same for everybody is given again without the application, and never a moment too long."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Response, get
from litestar.params import FromQuery
from litestar.testing import TestClient

from servicekit.decider import Refused
from servicekit.web import full, kept
from servicekit.web.app import make_app
from servicekit.web.kept import keep
from servicekit.web.pages import Assets, Pages
from servicekit.web.requests import AnyRequest, tagged
from tests.way.booking_desk import LEAD, Desk, refused
from tests.way.edge_world import NOW, PUBLIC

FREE = "/free?days=7"


class Shop:
    """An application that counts how often it is asked, and whose one answer has a version."""

    def __init__(self, folder: Path) -> None:
        self.asked, self.version = list[str](), 1

        @get("/free", opt=PUBLIC)
        async def free(request: AnyRequest, closed: FromQuery[bool] = False) -> Response[bytes]:
            self.asked.append(request.method)
            keep(request, self.tag(), self.tag)
            if closed:
                raise Refused("not-found")
            return tagged(request, self.tag(), b"free %d" % self.version)

        pages, origins = Pages([], Assets(folder, "test")), ["https://termin.example"]
        self.app = make_app([free], refusals={}, pages=pages, now=lambda: NOW, origins=origins)

    def tag(self) -> str:
        return f'"{self.version}"'


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def client(shop: Shop) -> Iterator[Any]:
    with TestClient(shop.app, raise_server_exceptions=False) as made:
        yield made


def test_the_same_question_gets_the_same_answer_without_the_application(shop: Shop, client: Any) -> None:
    first, again = client.get(FREE), client.get(FREE)
    assert (again.status_code, again.content, again.headers) == (200, b"free 1", first.headers)
    known = client.get(FREE, headers={"If-None-Match": first.headers["etag"]})
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", '"1"')
    assert known.headers["content-security-policy"] == first.headers["content-security-policy"]
    assert client.get(FREE, headers={"If-None-Match": '"0"'}).content == b"free 1"
    assert shop.asked == ["GET"]


def test_once_the_tag_is_another_the_application_is_asked_again(shop: Shop, client: Any) -> None:
    old = client.get(FREE).headers["etag"]
    shop.version = 2
    for _ in range(2):
        new = client.get(FREE, headers={"If-None-Match": old})
        assert (new.status_code, new.content) == (200, b"free 2")
    assert shop.asked == ["GET", "GET"]


def test_other_questions_and_those_that_want_to_be_told_of_a_position_are_asked(
    shop: Shop, client: Any
) -> None:
    client.get(FREE)
    client.get("/free?days=8")
    client.get(FREE, headers={"Min-Log-Position": "7"})
    assert client.get(FREE, headers={"Host": ""}).status_code == 400
    assert len(shop.asked) == 3


def test_head_never_has_a_body_and_a_refusal_is_never_kept(shop: Shop, client: Any) -> None:
    assert client.head(FREE).content == b""
    assert client.get(FREE).content == b"free 1"
    assert client.head(FREE).content == b""
    assert [client.get("/free?closed=true").status_code for _ in range(2)] == [404, 404]
    assert len(shop.asked) == 4


def test_with_too_many_all_are_made_again(shop: Shop, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 2)
    for days in (1, 2, 3, 1):
        client.get(f"/free?days={days}")
    assert len(shop.asked) == 4


def test_a_full_process_still_gives_what_it_keeps(
    shop: Shop, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get(FREE)
    monkeypatch.setattr(full, "AT_ONCE", 0)
    monkeypatch.setattr(full, "IN_LINE", 0)
    assert [client.get(path).status_code for path in (FREE, "/free?days=8")] == [200, 503]


def test_what_staff_may_ask_for_is_not_kept_for_citizens(desk: Desk) -> None:
    path = "/sites/flensburg/free-slots/2026-12-02?service=id_card_apply&pool=online"
    assert desk.get(path, **LEAD).status_code == 200
    refused(desk.get(path), 401, "proof-missing")


def test_no_request_takes_the_way_through_a_thread(tmp_path: Path) -> None:
    """A guard that is no coroutine function would, and a request would cost twice as much."""

    @get("/alone", opt=PUBLIC)
    async def alone() -> bool:
        return getattr(asyncio.get_running_loop(), "_default_executor") is None  # noqa: B009 - no public name

    pages = Pages([], Assets(tmp_path, "test"))
    with TestClient(make_app([alone], refusals={}, pages=pages, now=lambda: NOW, origins=[])) as client:
        assert client.get("/alone").json() is True
