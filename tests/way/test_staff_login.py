"""The development login: who gets a session, what it lets through, and where there is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.testing import TestClient

from servicekit.decider import Refused
from servicekit.settings import Settings
from servicekit.staff import PERMISSIONS, ROLES, Staff
from servicekit.tokens import new_key
from servicekit.web.app import make_app
from servicekit.web.demo_staff import development_login, read_people
from servicekit.web.login import Login
from servicekit.web.pages import Assets, Pages
from servicekit.web.requests import AnyRequest
from servicekit.web.session import COOKIE, LASTS, Sessions
from servicekit.web.staff_pages import SCREENS, colleagues, see_other, staff_page, told
from tests.pages.browser import ROOT

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
FORM = {"Sec-Fetch-Site": "same-origin"}
PEOPLE = read_people(ROOT / "config/demo_staff.toml")
TEMPLATE = """{% extends "staff.html.jinja" %}{% block title %}Tür{% endblock %}
{% block main %}<h1>Tür</h1>{{ others }}{% endblock %}"""


@get("/amt/einlass", opt={"permission": "admit"})
async def door(request: AnyRequest) -> Response[bytes]:
    return staff_page(request, "tuer.html.jinja", others=colleagues(request, "documents_exception"))


@post("/amt/einlass", opt={"permission": "admit"})
async def admit(request: AnyRequest) -> Response[bytes]:
    if request.state.payload.get("code") == "wrong":
        refused = Refused("invalid-input", errors={"code": "format"})
        return staff_page(request, "tuer.html.jinja", told=told(request, refused), others="")
    return see_other("/amt/einlass")


@post("/api/test/v1/admissions", opt={"permission": "admit"})
async def by_api(request: AnyRequest) -> dict[str, str]:
    return {"who": request.state.staff.id}


@get("/api/test/v1/sites/{site:str}/day", opt={"permission": "see_day"})
async def one_site(site: FromPath[str]) -> dict[str, str]:
    return {"site": site}


class World:
    """An application with a login, its clock, and a browser before it."""

    def __init__(self, folder: Path, login: bool = True) -> None:
        ring = folder / "link-keys"
        ring.write_text(new_key(1))
        (folder / "tuer.html.jinja").write_text(TEMPLATE)
        self.at, self.sessions = NOW, Sessions.from_ring(ring)
        homes = {"documents": "http://127.0.0.1:8001"}
        assets = Assets(folder, "test")
        app = make_app(
            [door, admit, by_api, one_site],
            refusals={},
            pages=Pages([folder], assets),
            now=lambda: self.at,
            origins=["https://termin.example"],
            login=Login("booking", PEOPLE, self.sessions, homes) if login else None,
        )
        self.client: Any = TestClient(app, base_url="https://termin.example")
        self.client.follow_redirects = False

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=headers)

    def send(self, path: str, headers: dict[str, str] | None = None, **form: str) -> Any:
        form = {"idempotency_key": "key-000001", **form}
        return self.client.post(path, data=form, headers=FORM if headers is None else headers)

    def as_(self, person: str, back: str = "") -> Any:
        return self.send("/dev/anmelden", person=person, next=back)

    def holding(self, role: str, site: str = "flensburg") -> Any:
        self.client.cookies.set(COOKIE, self.sessions.sign(Staff("somebody", role, site), self.at))
        return self


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    with made.client:
        yield made


def test_a_staff_page_without_a_session_leads_to_the_login_and_back(world: World) -> None:
    asked = world.get("/amt/einlass?ansicht=liste")
    assert (asked.status_code, asked.headers["location"]) == (
        303,
        "/dev/anmelden?next=/amt/einlass%3Fansicht%3Dliste",
    )
    page = world.get(asked.headers["location"]).text
    assert 'name="next" value="/amt/einlass?ansicht=liste"' in page
    assert [one for one in PEOPLE if f'value="{one}"' not in page] == []
    answer = world.as_("door_1", "/amt/einlass?ansicht=liste")
    assert (answer.status_code, answer.headers["location"]) == (303, "/amt/einlass?ansicht=liste")
    shown = world.get("/amt/einlass")
    assert shown.status_code == 200
    assert "Petra Tanner" in shown.text and "Einlass · Flensburg" in shown.text
    assert "Tastatur" in shown.text and 'aria-current="page"' in shown.text


def test_the_cookie_is_sent_by_this_host_alone_and_lasts_twelve_hours(world: World) -> None:
    cookie = world.as_("door_1").headers["set-cookie"]
    assert cookie.startswith("__Host-staff=door_1.door.flensburg.")
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"secure", "httponly", "samesite=lax", "path=/", "max-age=43200"} <= parts
    assert not any(part.startswith("domain") for part in parts) and "Petra" not in cookie
    world.at = NOW + LASTS - timedelta(seconds=1)
    assert world.get("/amt/einlass").status_code == 200
    world.at = NOW + LASTS
    assert world.get("/amt/einlass").status_code == 303


def test_logging_out_ends_it_and_a_link_cannot(world: World) -> None:
    world.as_("door_1")
    assert world.get("/dev/abmelden").status_code == 405
    assert world.get("/amt/einlass").status_code == 200
    assert world.send("/dev/abmelden").headers["location"] == "/dev/anmelden"
    assert world.get("/amt/einlass").status_code == 303


def test_each_changed_character_makes_the_cookie_void(world: World) -> None:
    good = world.sessions.sign(PEOPLE["door_1"].staff, NOW)
    assert world.sessions.read(good, NOW) == PEOPLE["door_1"].staff
    for place, letter in enumerate(good):
        other = "b" if letter != "b" else "c"
        assert world.sessions.read(good[:place] + other + good[place + 1 :], NOW) is None, place
    assert world.sessions.read("", NOW) is None and world.sessions.read(good + "x", NOW) is None
    foreign = Sessions([b"another office's secret of 32 byte"])
    assert foreign.read(good, NOW) is None


def test_a_new_key_in_the_ring_leaves_present_sessions_standing() -> None:
    old, new = b"o" * 32, b"n" * 32
    signed = Sessions([old]).sign(PEOPLE["lead_1"].staff, NOW)
    assert Sessions([new, old]).read(signed, NOW) == PEOPLE["lead_1"].staff


@pytest.mark.parametrize(
    "back", ["//evil.example", "/\\evil.example", "https://evil.example", "", "amt", "/\tx"]
)
def test_nobody_is_sent_to_a_foreign_address(world: World, back: str) -> None:
    answer = world.as_("door_1", back)
    assert answer.status_code in (303, 422)
    assert answer.headers.get("location", "/amt/einlass") == "/amt/einlass"


def test_a_role_begins_at_its_own_screen_on_whichever_service(world: World) -> None:
    """A browser follows no form to another host, so the login page stays and links there."""
    assert world.as_("window_1").headers["location"] == "/dev/anmelden"
    page = world.get("/dev/anmelden").text
    assert 'href="http://127.0.0.1:8001/amt/ausgabe" autofocus>Ausgabe</a>' in page
    assert world.as_("desk_2").headers["location"] == "/amt/schalter"
    assert world.as_("nobody").status_code == 422


def test_an_error_tells_staff_what_to_do_and_nothing_about_mailed_links(world: World) -> None:
    missing = world.holding("door").get("/amt/einlass/nirgends")
    assert missing.status_code == 404
    assert '<a class="kern-link" href="/amt/einlass">Zurück zur Übersicht</a>' in missing.text
    assert "Link aus unserer E-Mail" not in missing.text and "Rufen Sie uns an" not in missing.text
    forbidden = world.holding("post_room").get("/amt/einlass")
    assert forbidden.status_code == 403 and "der dafür zuständig ist" in forbidden.text


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_page_opens_for_the_roles_of_its_permission_only(world: World, role: str) -> None:
    shown = world.holding(role).get("/amt/einlass")
    assert shown.status_code == (200 if "admit" in ROLES[role] else 403)
    if shown.status_code == 200:
        for screen in SCREENS:
            assert (f">{screen.label}</a>" in shown.text) == (screen.permission in ROLES[role])


def test_every_screen_needs_a_permission_that_some_role_holds() -> None:
    assert {screen.permission for screen in SCREENS} <= PERMISSIONS


def test_rights_end_at_the_own_site(world: World) -> None:
    world.holding("desk", "harrislee")
    assert world.get("/api/test/v1/sites/harrislee/day").status_code == 200
    assert world.get("/api/test/v1/sites/flensburg/day").status_code == 403


def test_forms_and_calls_with_a_session_come_from_our_own_pages(world: World) -> None:
    world.as_("door_1")
    assert world.send("/amt/einlass", code="x").status_code == 303
    for headers in (
        {},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        assert world.send("/amt/einlass", headers).status_code == 403
        assert world.send("/dev/anmelden", headers, person="lead_1").status_code == 403
        key = {"Idempotency-Key": "key-000001"}
        called = world.client.post("/api/test/v1/admissions", json={}, headers=headers | key)
        assert called.json()["code"] == "foreign-origin"
    called = world.client.post("/api/test/v1/admissions", json={}, headers=FORM | key)
    assert called.json() == {"who": "door_1"}


def test_a_form_sent_after_the_session_ended_leads_back_to_its_screen(world: World) -> None:
    answer = world.send("/amt/einlass/ausgang", code="x")
    assert answer.status_code == 404
    answer = world.send("/amt/einlass", code="x")
    assert answer.headers["location"] == "/dev/anmelden?next=/amt/einlass"


def test_a_refused_form_is_shown_again_with_words(world: World) -> None:
    answer = world.holding("door").send("/amt/einlass", code="wrong")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text and "Bitte prüfen Sie Ihre Angaben" in answer.text


def test_a_proof_in_the_header_stands_alone(world: World) -> None:
    world.as_("door_1")
    called = world.client.post(
        "/api/test/v1/admissions",
        json={},
        headers=FORM | {"Idempotency-Key": "key-000001", "Authorization": "Bearer something"},
    )
    assert called.status_code == 401


def test_colleagues_are_the_others_who_may(world: World) -> None:
    world.as_("desk_1")
    page = world.get("/amt/einlass").text
    assert all(name in page for name in ("Inga Lorenzen", "Birte Hansen")) and "desk_1&#39;" not in page


def test_without_a_login_no_session_counts_and_the_page_is_a_plain_401(tmp_path: Path) -> None:
    world = World(tmp_path, login=False)
    with world.client:
        answer = world.holding("door").get("/amt/einlass")
        assert answer.status_code == 401 and "Bitte melden Sie sich an" in answer.text
        assert world.get("/dev/anmelden").status_code == 404


def test_production_has_no_development_login(tmp_path: Path) -> None:
    ring = tmp_path / "link-keys"
    ring.write_text(new_key(1))

    def settings(env: str) -> Settings:
        return Settings(
            app_env=env,  # type: ignore[arg-type]
            database_url="postgres://x",
            link_keys_file=ring,
            catalogue_file=ROOT / "config/flensburg.toml",
        )

    assert development_login("booking", settings("production")) is None
    found = development_login("booking", settings("dev"))
    assert found is not None and re.fullmatch("http.*", found.homes["reporting"])
