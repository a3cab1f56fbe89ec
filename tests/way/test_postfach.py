"""The development mailbox: every mail can be read, its links opened, and what looks bad cannot act."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import quote

import aiosmtplib
import pytest
from httpx import ASGITransport, AsyncClient

from servicekit.web.app import make_app
from servicekit.web.pages import Assets, Pages
from services.notification.pages.postfach import routes
from services.notification.postfach import ANSWERS, Sink, listen
from tests.conftest import Databases
from tests.way.mail_story import Story, asked
from tests.way.mail_world import NOW, World, open_world

TEMPLATES = Path("services/notification/templates")
PAGE = {"Sec-Fetch-Site": "same-origin"}
Client = AsyncClient


@pytest.fixture
async def world(database: Databases, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(database("notification"), tmp_path) as world:
        yield world


@pytest.fixture
async def client(world: World, tmp_path: Path) -> AsyncIterator[Client]:
    pages = Pages([TEMPLATES], Assets(tmp_path, "notification"))
    app = make_app(
        [routes(world.postfach, pages)],
        refusals={},
        pages=pages,
        now=world.clock.now,
        origins=["http://testserver"],
    )
    async with AsyncClient(transport=ASGITransport(app), base_url="http://postfach.test") as client:
        yield client


async def test_a_mail_can_be_read_in_all_its_forms(world: World, client: Client) -> None:
    story = await asked(world, Story())
    await world.happened(story.confirmed())
    await world.work()
    (mail,) = await world.mails()
    overview = (await client.get("/dev/postfach")).text
    assert f'href="/dev/postfach/{mail.mail_id}"' in overview and mail.subject in overview
    page = (await client.get(f"/dev/postfach/{mail.mail_id}")).text
    assert f'<a class="kern-link" href="{mail.links[0]}">' in page
    assert "METHOD:REQUEST" in page
    raw = (await client.get(f"/dev/postfach/{mail.mail_id}.eml")).content
    assert message_from_bytes(raw, policy=policy.default)["Subject"] == mail.subject
    assert (await client.get(f"/dev/postfach/{mail.mail_id}.ics")).text.startswith("BEGIN:VCALENDAR")


async def test_the_framed_mail_runs_no_script_and_opens_links_outside(world: World, client: Client) -> None:
    await asked(world, Story())
    await world.work()
    (mail,) = await world.mails()
    page = await client.get(f"/dev/postfach/{mail.mail_id}")
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    framed = await client.get(f"/dev/postfach/{mail.mail_id}.html")
    rules = framed.headers["content-security-policy"]
    assert "default-src 'none'" in rules and "frame-ancestors 'self'" in rules and "script" not in rules
    assert framed.headers["x-frame-options"] == "SAMEORIGIN"
    assert mail.links[0] in framed.text


async def test_the_framed_mail_shows_the_pictures_that_came_with_it(world: World, client: Client) -> None:
    story = await asked(world, Story())
    await world.happened(story.confirmed())
    await world.work()
    (mail,) = await world.mails()
    framed = await client.get(f"/dev/postfach/{mail.mail_id}.html")
    assert '<img src="data:image/png;base64,' in framed.text and "cid:" not in framed.text
    assert "img-src data:" in framed.headers["content-security-policy"]


async def test_tools_read_the_mailbox_as_json_by_address_and_time(world: World, client: Client) -> None:
    await asked(world, Story(), email="a+b@example.org")
    await world.work()
    world.clock.at += timedelta(minutes=5)
    await asked(world, Story(language="en"), email="later@example.org")
    await world.work()
    everything = (await client.get("/dev/postfach.json")).json()
    assert [mail["to"] for mail in everything] == ["later@example.org", "a+b@example.org"], "latest first"
    (one,) = (await client.get("/dev/postfach.json", params={"to": "a+b@example.org"})).json()
    assert set(one) == {"id", "to", "subject", "sent_at", "text", "html", "links", "attachments"}
    assert one["links"] and one["links"][0] in one["text"]
    since = quote((NOW + timedelta(minutes=5)).isoformat())
    assert [mail["to"] for mail in (await client.get(f"/dev/postfach.json?since={since}")).json()] == [
        "later@example.org"
    ]
    assert (await client.get("/dev/postfach.json?since=yesterday")).status_code == 422
    assert (await client.get("/dev/postfach.json?to=%00")).status_code == 422


async def test_it_can_be_emptied_by_its_own_page_or_a_tool_and_by_no_other_site(
    world: World, client: Client
) -> None:
    await asked(world, Story())
    await world.work()
    assert (await client.delete("/dev/postfach")).status_code == 403
    assert (
        await client.post("/dev/postfach/leeren", headers={"Sec-Fetch-Site": "cross-site"})
    ).status_code == 403
    assert len(await world.mails()) == 1
    assert (await client.delete("/dev/postfach", headers=PAGE)).status_code == 204
    assert await world.mails() == []
    answer = await client.post("/dev/postfach/leeren", headers=PAGE, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/dev/postfach")


@pytest.mark.parametrize("name", ["0", "1", "x", "1.exe", "99999999999999999999", "1.eml.html", "-1", "١"])
async def test_what_is_not_there_is_not_found(client: Client, name: str) -> None:
    for method in ("GET", "HEAD"):
        assert (await client.request(method, f"/dev/postfach/{quote(name)}")).status_code == 404


@pytest.mark.parametrize(("address", "code"), [("hardship@example.org", 550), ("soft@example.org", 451)])
async def test_some_addresses_are_refused_for_good_or_for_now(world: World, address: str, code: int) -> None:
    server = await listen(Sink(world.postfach, world.clock.now), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
            await aiosmtplib.send(
                b"Subject: x\r\n\r\nx\r\n",
                sender="a@example.org",
                recipients=[address],
                hostname="127.0.0.1",
                port=port,
            )
    assert [one.code for one in refused.value.recipients] == [code]
    assert str(code) in " ".join(ANSWERS.values())
    assert await world.mails() == []


async def test_a_hostile_mail_is_shown_as_text(world: World, client: Client) -> None:
    await world.postfach.keep(
        "x@example.org", ["y@example.org"], NOW, b"Subject: <script>alert(1)</script>\r\n\r\n<b>x</b>\r\n"
    )
    (mail,) = await world.mails()
    for path in ("/dev/postfach", f"/dev/postfach/{mail.mail_id}"):
        assert "<script>" not in (await client.get(path)).text
    await world.postfach.keep("x@example.org", ["y@example.org"], NOW, b"\xff\x00no headers at all")
    assert (await client.get("/dev/postfach")).status_code == 200
    assert (await client.get("/dev/postfach.json")).status_code == 200
