"""Send my appointments again: what holds goes out once more, and the answer tells nobody who has any."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from httpx import ASGITransport, AsyncClient, Response

from servicekit.tokens import Purpose
from servicekit.web.app import make_app
from servicekit.web.pages import Assets, Pages
from servicekit.web.words import whole
from services.notification.again import MOST, Again
from services.notification.copies import Copies
from services.notification.pages.again import routes
from tests.conftest import Databases
from tests.rules.notification import paperwork as p
from tests.way.delivery_desk import called
from tests.way.mail_story import Story, asked
from tests.way.mail_world import START, World, open_world

NOTIFICATION = Path("services/notification")
PAGE, MINE, NOBODY = "/de/termine-senden", "erika@example.org", "nobody@example.org"
FORM = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Asking:
    """Somebody before the page."""

    world: World
    client: AsyncClient
    again: Again

    async def ask(self, email: str, path: str = PAGE, **headers: str) -> Response:
        body = {"email": email, "idempotency_key": "a-key-of-a-form"}
        answer = await self.client.post(path, data=body, headers=FORM | headers)
        await self.again.drain()
        await self.world.work()
        return answer

    async def subjects(self) -> list[str]:
        return [mail.subject for mail in await self.world.mails()]


@pytest.fixture
async def eva(database: Databases, tmp_path: Path) -> AsyncIterator[Asking]:
    async with open_world(database("notification"), tmp_path) as world:
        await world.pool.execute("DELETE FROM limit_use")
        again = Again(world.pool, Copies(world.pool, b"k" * 32), world.handlers, world.clock)
        folders = [NOTIFICATION / "templates"]
        pages = Pages(folders, Assets(tmp_path, "notification"), locales=[NOTIFICATION / "locale"])
        app = make_app(
            [routes(again, pages)],
            refusals={},
            pages=pages,
            now=world.clock.now,
            origins=["http://mails.test"],
            proxies=["127.0.0.1"],
        )
        transport = ASGITransport(app)
        async with AsyncClient(transport=transport, base_url="http://mails.test") as client:
            yield Asking(world, client, again)


async def confirmed(world: World, **changes: object) -> Story:
    story = await asked(world, Story(**changes))  # type: ignore[arg-type]
    await world.happened(story.confirmed())
    await world.work()
    return story


async def test_a_confirmed_appointment_is_sent_with_its_present_time_and_entry(eva: Asking) -> None:
    story = await confirmed(eva.world)
    await eva.world.happened(story.moved(START + timedelta(days=2)))
    await eva.world.work()
    before = await eva.subjects()
    await eva.ask(" Erika@Example.ORG ")
    told = await eva.world.mails()
    assert len(told) == len(before) + 1
    mail = told[-1]
    assert mail.subject == "Ihr Termin am Do, 3.12.2026, 9:00 Uhr ist bestätigt"
    assert "SEQUENCE:2" in mail.body("calendar") and str(story.booking_id) in mail.body("calendar")
    assert re.search(r"/de/t/[\w-]{54}", mail.body("plain"))


async def test_a_request_to_confirm_is_sent_with_the_newest_link(eva: Asking) -> None:
    await asked(eva.world, Story())
    await eva.world.work()
    await eva.ask(MINE)
    first, second = await eva.world.mails()
    assert (first.subject, first.links) == (second.subject, second.links)


async def test_a_request_whose_link_counts_no_more_is_not_sent_to_the_corrected_address(eva: Asking) -> None:
    """The mail to the corrected address was withheld, so no event told of it; its own page sends it later."""
    story = await asked(eva.world, Story(), email="erika@exmaple.org")
    await eva.world.work()
    await eva.world.person(story.person_id, email=MINE, revision=2)
    await eva.ask(MINE)
    assert [mail.to for mail in await eva.world.mails()] == ["erika@exmaple.org"]
    assert (await eva.world.types())[-1] == "MessageSkipped"


async def test_all_appointments_of_a_mailbox_and_nothing_that_is_over(eva: Asking) -> None:
    await confirmed(eva.world)
    gone = await confirmed(eva.world, start=START + timedelta(days=1))
    await eva.world.happened(gone.cancelled())
    await eva.world.work()
    before = len(await eva.subjects())
    await eva.ask(MINE)
    assert (await eva.subjects())[before:] == ["Ihr Termin am Di, 1.12.2026, 9:00 Uhr ist bestätigt"]


async def test_who_cannot_open_the_link_to_collect_gets_the_invitation_once_more(eva: Asking) -> None:
    await called(eva.world, email=MINE)
    await eva.ask(MINE)
    first, second = await eva.world.mails()
    assert first.subject == second.subject == "Ihr Personalausweis liegt zur Abholung bereit"
    (link,) = (one for one in second.links if "/abholung/" in one)
    proof = eva.world.tokens.verify(link.rpartition("/")[2], Purpose.PICKUP)
    assert proof is not None and proof.id == p.INVITATION
    await eva.world.happened(p.booked())
    eva.world.clock.at += timedelta(minutes=11)
    await eva.ask(MINE)
    assert len(await eva.subjects()) == 2, "what is booked calls for nothing more"


async def test_the_answer_is_the_same_for_everybody(eva: Asking) -> None:
    await confirmed(eva.world)
    before = len(await eva.subjects())
    known, unknown, too_soon = [await eva.ask(email) for email in (MINE, NOBODY, MINE)]
    assert {answer.status_code for answer in (known, unknown, too_soon)} == {303}
    assert len({answer.headers["location"] for answer in (known, unknown, too_soon)}) == 1
    assert MINE not in known.headers["location"]
    assert len(await eva.subjects()) == before + 1, "at most every ten minutes"
    eva.world.clock.at += timedelta(minutes=10, seconds=1)
    await eva.ask(MINE)
    assert len(await eva.subjects()) == before + 2
    page = await eva.client.get(known.headers["location"])
    assert "Gibt es zu dieser Adresse Termine" in page.text and page.status_code == 200


async def test_no_reminder_follows_a_repeated_mail(eva: Asking) -> None:
    await confirmed(eva.world)
    due = await eva.world.due()
    await eva.ask(MINE)
    assert await eva.world.due() == due


async def test_a_network_that_asks_for_many_has_to_wait(eva: Asking) -> None:
    for number in range(MOST):
        assert (await eva.ask(f"{number}@example.org")).status_code == 303
    late = await eva.ask(NOBODY)
    assert late.status_code == 429 and f"ab {whole('12:00 Uhr')}" in late.text
    elsewhere = {"X-Forwarded-For": "198.51.100.7"}
    assert (await eva.ask(NOBODY, **elsewhere)).status_code == 303


@pytest.mark.parametrize(
    ("typed", "said"), [("", "füllen Sie dieses Feld aus"), ("kunde@", "E-Mail-Adresse ein")]
)
async def test_what_is_no_address_is_said_at_the_field(eva: Asking, typed: str, said: str) -> None:
    answer = await eva.ask(typed)
    assert answer.status_code == 422 and "<title>Fehler: " in answer.text
    assert said in answer.text and 'href="#email"' in answer.text and f'value="{typed}"' in answer.text


async def test_the_page_speaks_english_and_only_our_own_form_is_heard(eva: Asking) -> None:
    page = await eva.client.get("/en/termine-senden")
    assert "Send my appointments again" in page.text and 'href="/de/termine-senden"' in page.text
    foreign = await eva.client.post(PAGE, data={"email": MINE, "idempotency_key": "k" * 12})
    assert foreign.status_code == 403
    assert (await eva.client.get("/xx/termine-senden")).status_code == 404


async def test_f31_what_goes_wrong_behind_the_answer_is_told_once_in_the_log(
    eva: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F31: nobody waits for the task, so nobody else would notice."""

    async def broken(_copies: Copies, address: str, _at: object) -> None:
        raise KeyError(address)

    monkeypatch.setattr(Copies, "people_of", broken)
    with structlog.testing.capture_logs() as lines:
        assert (await eva.ask("canary@example.org")).status_code == 303
    (line,) = (one for one in lines if one["log_level"] == "error")
    assert (line["event"], line["task"], type(line["exc_info"])) == ("send_again_failed", "again", KeyError)


async def test_the_address_is_in_no_log_line(eva: Asking) -> None:
    with structlog.testing.capture_logs() as lines:
        await eva.ask("canary@example.org")
        await eva.ask("canary@")
    assert lines and "canary" not in repr(lines)
