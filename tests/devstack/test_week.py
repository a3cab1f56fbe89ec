"""The parts of the simulated week that need no platform: forms, time, figures."""

from __future__ import annotations

import asyncio
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from devstack.passport.clock import StoryClock
from devstack.week import truth
from devstack.week.browser import Browser, NotOnPage, Page
from devstack.week.catalogue import larger
from devstack.week.compare import compared
from devstack.week.draws import people
from devstack.week.habits import Habits
from devstack.week.quiet import Quiet
from devstack.week.truth import Figure
from devstack.week.world import World
from servicekit.testing.binaries import ROOT

MONDAY = datetime(2026, 11, 30, 6, tzinfo=UTC)
PAGE = Page(
    "http://office/de/kontakt?service=x",
    200,
    """<form method="post" action="/de/kontakt"><input type="hidden" name="key" value="k1">
    <input type="radio" name="at" value="9"><input type="radio" name="at" value="10" checked>
    <select name="language"><option value="de" selected>de</option><option value="en">en</option></select>
    <input name="name" value=""><button formaction="/de/kontakt/verlaengern">+</button></form>""",
)


async def sent(*chosen: tuple[str, str], by: str = "", **typed: str) -> httpx.Request:
    """The request that pressing the form's button makes."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, text="", headers=[("set-cookie", "__Host-a=1; Secure")])

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        browser = Browser(client, "http://office", "10.0.0.7", "de")
        await browser.send(PAGE, PAGE.form("/kontakt"), *chosen, by=by, **typed)
        assert browser.cookies == {"__Host-a": "1"}
    return requests[0]


async def test_a_form_is_sent_with_what_the_page_has_in_it() -> None:
    request = await sent(("at", "9"), name="Ö & Co")
    assert (request.method, request.url.path) == ("POST", "/de/kontakt")
    assert request.content == b"key=k1&language=de&name=%C3%96+%26+Co&at=9"
    assert request.headers["x-forwarded-for"] == "10.0.0.7"
    extended = await sent(by="/verlaengern")
    assert extended.url.path == "/de/kontakt/verlaengern"


@pytest.mark.parametrize("wrong", [{"street": "x"}, {"key": "other"}])
async def test_what_the_page_has_no_field_for_cannot_be_sent(wrong: dict[str, str]) -> None:
    with pytest.raises(NotOnPage):
        await sent(**wrong)
    with pytest.raises(NotOnPage):
        await sent(("at", "11"))


async def test_the_clock_stands_while_anybody_acts_and_stops_where_something_is_due(tmp_path: Path) -> None:
    world, seen = World(StoryClock(tmp_path / "clock", MONDAY)), list[tuple[str, float]]()

    def note(who: str) -> None:
        seen.append((who, (world.now - MONDAY) / timedelta(minutes=1)))

    async def act(who: str, minutes: int) -> None:
        await world.sleep(minutes=minutes)
        await asyncio.sleep(0.01)  # the platform answers
        note(who)
        await world.sleep(minutes=30)
        note(who)

    async def between(wanted: datetime) -> datetime | None:
        due = MONDAY + timedelta(minutes=20, seconds=5)
        return due if world.now < due < wanted else None

    world.begin(act("anna", 10))
    world.begin(act("bert", 16))
    clock: list[datetime] = []
    await world.run(MONDAY + timedelta(hours=1), between, clock.append)
    assert seen == [("anna", 10.5), ("bert", 16.5), ("anna", 40.5), ("bert", 46.5)]
    minutes = [(moment - MONDAY) / timedelta(minutes=1) for moment in clock]
    assert minutes == [10.5, 16.5, 20 + 1 / 12, 40.5, 46.5, 60]


async def test_what_breaks_off_for_one_ends_the_run(tmp_path: Path) -> None:
    world = World(StoryClock(tmp_path / "clock", MONDAY))

    async def break_off() -> None:
        await world.sleep(minutes=1)
        raise NotOnPage("no button")

    async def never(_wanted: datetime) -> None:
        return None

    world.begin(break_off())
    with pytest.raises(NotOnPage, match="no button"):
        await world.run(MONDAY + timedelta(hours=1), never, lambda _moment: None)


class OneAtATime:
    """A connection that answers one question, as PostgreSQL's do."""

    busy = False

    async def fetchrow(self, _query: str, *_values: Any) -> dict[str, int]:
        assert not self.busy, "another question is under way"
        self.busy = True
        await asyncio.sleep(0)
        self.busy = False
        return {"sending": 0}


async def test_many_may_wait_for_the_platform_beside_each_other() -> None:
    quiet = Quiet(cast(Any, {"notification": OneAtATime()}))
    await asyncio.gather(quiet.settled(), quiet.settled(), quiet.settled())


def test_the_same_seed_gives_the_same_people() -> None:
    def drawn(seed: int) -> list[tuple[object, ...]]:
        crowd = people(seed, Habits(), MONDAY.date(), 0, 50)
        return [(one.comes_at, one.service, one.email, one.random.random()) for one in crowd]

    assert drawn(7) == drawn(7) != drawn(8)


def test_a_percentile_is_the_nearest_rank_and_rounded_as_it_is_published() -> None:
    spans = [timedelta(seconds=one) for one in (60, 120, 180, 240)]
    assert truth.minutes(truth.ranked(spans, 50)) == 2.0
    assert truth.minutes(truth.ranked(spans, 90)) == 4.0
    assert truth.minutes(timedelta(seconds=100)) == 1.667
    assert truth.ranked([], 50) is None
    assert truth.share(1, 8) == 12.5
    assert truth.share(0, 0) is None


def test_a_figure_that_only_one_side_knows_differs() -> None:
    told = {"phone.offered": None, "docs.ready": None, "no_shows": 2, "arrivals/1/9": 1}
    differences = compared(
        "2026-W49", {"no_shows": Figure("no_shows", 2), "door.admitted": Figure("", 3)}, told
    )
    assert [(one.name, one.expected, one.found) for one in differences] == [
        ("arrivals/1/9", None, 1),
        ("door.admitted", 3, None),
    ]


def test_a_larger_office_has_more_of_every_counter_and_the_same_hours(tmp_path: Path) -> None:
    seed = ROOT / "config" / "flensburg.toml"
    three = tomllib.loads(larger(seed, 3, tmp_path / "office").read_text())
    one = tomllib.loads(seed.read_text())
    assert len(three["counters"]) == 3 * len(one["counters"])
    assert three["hours"].keys() == one["hours"].keys()
    assert len(three["hours"]["online_mon"]["counters"]) == 3 * len(one["hours"]["online_mon"]["counters"])
    assert (tmp_path / "office" / "service_texts.toml").exists()
