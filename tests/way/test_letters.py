"""``/amt/zustellung``: who did not get what, the letters of the day as one PDF, and ticking them off."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from httpx import ASGITransport, AsyncClient, Response
from pypdf import PdfReader

from buergerbuero_contracts.booking import Method
from servicekit.staff import Staff
from servicekit.web.codes import spoken_code
from services.notification.bounces import Bounces
from services.notification.copies import Copies
from services.notification.projections.undelivered import MOST, UNDELIVERED
from services.notification.smtp import Rejected
from services.notification.words import reference
from tests.conftest import Databases
from tests.rules.notification import paperwork as p
from tests.rules.notification.given import PERSON
from tests.rules.notification.office import CODES
from tests.rules.notification.test_bounces import report
from tests.way.delivery_desk import DOCUMENTS, an_app, called
from tests.way.mail_story import Story, asked
from tests.way.mail_world import LONG, World, open_world
from tests.way.test_mail_stops import Server

PAGE = "/amt/zustellung"
FORM = {"Sec-Fetch-Site": "same-origin"}
KEY = {"idempotency_key": "a-key-of-a-form"}


@pytest.fixture
async def world(database: Databases, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(database("notification"), tmp_path) as world:
        yield world


@asynccontextmanager
async def logged_in(world: World, who: str | None = "post_room@flensburg") -> AsyncIterator[AsyncClient]:
    """A member of staff before the page."""
    app = an_app(world, "http://mails.test", Path("missing"))
    headers = FORM | ({"Authorization": f"Bearer dev:{who}"} if who else {})
    async with AsyncClient(
        transport=ASGITransport(app), base_url="http://mails.test", headers=headers
    ) as client:
        yield client


def boxes(page: str) -> dict[str, str]:
    """The ticked boxes of the page, as the form would send them."""
    return dict.fromkeys(re.findall(r'name="(brief-[0-9a-f-]{36})"', page), "yes") | KEY


def sheets(answer: Response) -> list[str]:
    reader = PdfReader(io.BytesIO(answer.content))
    return [" ".join(sheet.extract_text().split()) for sheet in reader.pages]


async def letters_printed(world: World) -> int:
    return (await world.types()).count("LetterPrinted")


async def test_a_letter_waits_is_printed_and_ticked_off_once(world: World) -> None:
    await called(world)
    async with logged_in(world) as client:
        page = (await client.get(PAGE)).text
        for said in ("Erika Mustermann", "Dokument liegt bereit", "keine E-Mail-Adresse", "1 Brief als PDF"):
            assert said in page
        assert reference(p.CARD) in page
        made = await client.post(f"{PAGE}/briefe.pdf", data=boxes(page))
        assert (made.status_code, made.headers["content-type"]) == (200, "application/pdf")
        (sheet,) = sheets(made)
        assert "Erika Mustermann" in sheet and "Ihr Personalausweis liegt zur Abholung bereit" in sheet
        again = await client.post(f"{PAGE}/briefe.pdf", data=boxes(page))
        assert sheets(again) == [sheet], "printing changes nothing"
        assert await letters_printed(world) == 0
        for _ in range(2):
            done = await client.post(f"{PAGE}/gedruckt", data=boxes(page))
            assert (done.status_code, done.headers["location"]) == (303, PAGE)
        assert await letters_printed(world) == 1
        assert "Kein Brief wartet" in (await client.get(PAGE)).text, "though the read model lags"
        await world.read_own_log()
        assert "Kein Brief wartet" in (await client.get(PAGE)).text
    assert await world.due() == []


async def test_only_what_is_ticked_is_printed_and_done(world: World) -> None:
    await called(world)
    second, someone = uuid4(), uuid4()
    await world.person(someone, email=None, name="Max Beispiel", keep_until=LONG)
    await world.happened(p.invited(invitation_id=second, person_id=someone))
    await world.work()
    await world.read_own_log()
    async with logged_in(world) as client:
        ticked = boxes((await client.get(PAGE)).text)
        assert len(ticked) == 3
        ticked.pop(next(iter(ticked)))
        assert len(sheets(await client.post(f"{PAGE}/briefe.pdf", data=ticked))) == 1
        await client.post(f"{PAGE}/gedruckt", data=ticked)
        assert await letters_printed(world) == 1
        assert "1 Brief als PDF" in (await client.get(PAGE)).text


async def test_a_mail_that_comes_back_becomes_a_letter(world: World) -> None:
    await called(world, email="erika@example.org")
    (mail,) = await world.mails()
    bounces = Bounces(world.handlers, Copies(world.pool, b"k" * 32), world.clock)
    assert await bounces.take(mail.mail_from, report()) == "bounced"
    assert (await world.types())[-2:] == ["MessageBounced", "LetterWanted"]
    await world.read_own_log()
    async with logged_in(world, "lead@flensburg") as client:
        page = (await client.get(PAGE)).text
        assert "E-Mail kam nicht an" in page and "Alles ist zugestellt" in page
        assert f'href="{DOCUMENTS}/amt/ausgabe/{p.CARD}"' in page, "the lead may look there"
        assert len(sheets(await client.post(f"{PAGE}/briefe.pdf", data=boxes(page)))) == 1


async def test_a_row_without_its_message_hides_no_other(world: World) -> None:
    await called(world)
    async with world.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT enter_projection($1)", UNDELIVERED.name)
        row = "INSERT INTO undelivered VALUES ($1, 'letter', 'no_address', now())"
        await connection.execute(row, uuid4())
    async with logged_in(world) as client:
        answer = await client.get(PAGE)
    assert (answer.status_code, "1 Brief als PDF" in answer.text) == (200, True)


async def test_people_without_an_address_however_many_hide_no_mail_that_failed(world: World) -> None:
    story = await asked(world, Story(), email="hard@example.org")
    await world.happened(story.confirmed())
    await world.work()
    await world.read_own_log()
    async with world.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT enter_projection($1)", UNDELIVERED.name)
        others = """INSERT INTO undelivered SELECT gen_random_uuid(), 'no_address', 'no_address',
            now() + interval '1 year' FROM generate_series(1, $1)"""
        await connection.execute(others, MOST)
    async with logged_in(world) as client:
        assert "Adresse abgelehnt" in (await client.get(PAGE)).text


@pytest.mark.parametrize("most", [1, 3])
async def test_what_is_over_however_much_hides_nobody_who_must_be_called(
    world: World, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Requests to confirm that nobody got are over within the hour; bots make as many as they like."""
    monkeypatch.setattr("services.notification.projections.undelivered.MOST", most)
    refusing, story = world.make_mailer(Server(Rejected(550, suppress=False))), Story()
    await world.person(story.person_id)
    await world.happened(story.opened(), story.confirmed())
    await world.work(refusing)
    for _ in range(4):
        await asked(world, Story())
        await world.work(refusing)
    world.clock.at += timedelta(hours=2)
    await world.read_own_log()
    shown = await world.desk.failed(Staff("somebody", "desk", "flensburg"), world.clock.at)
    assert [case.look.state.public.booking_id for case in shown] == [story.booking_id]


async def test_rows_that_are_no_letters_of_this_site_however_many_hide_none_that_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notification.projections.undelivered.MOST", 2)
    await called(world)
    async with world.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT enter_projection($1)", UNDELIVERED.name)
        older = """INSERT INTO undelivered SELECT gen_random_uuid(), 'letter', 'no_address',
            timestamptz '2026-01-01' FROM generate_series(1, 5)"""
        await connection.execute(older)
    assert len(await world.desk.letters(Staff("somebody", "post_room", "flensburg"), world.clock.at)) == 1


async def test_a_letter_that_lost_its_sense_is_not_printed_and_the_page_says_so(world: World) -> None:
    await called(world)
    async with logged_in(world) as client:
        page = (await client.get(PAGE)).text
        await world.happened(p.booked())
        refused = await client.post(f"{PAGE}/briefe.pdf", data=boxes(page))
        assert refused.status_code == 409
        assert "Kein Brief zu drucken" in refused.text and "Bitte laden Sie die Seite neu" in refused.text
        await client.post(f"{PAGE}/gedruckt", data=boxes(page))
    assert await letters_printed(world) == 0
    await world.later(hours=1)
    assert (await world.types())[-1] == "MessageSkipped" and await world.due() == []


async def test_a_person_who_was_erased_stands_on_no_letter(world: World) -> None:
    await called(world)
    await world.person(PERSON, revision=2, erased=True)
    async with logged_in(world) as client:
        page = (await client.get(PAGE)).text
    assert "Erika" not in page and "Kein Brief wartet" in page


async def test_who_wants_an_appointment_on_paper_gets_its_code_and_time_by_letter(world: World) -> None:
    story = Story()
    await world.person(story.person_id, email=None, keep_until=LONG)
    await world.happened(story.opened(), story.confirmed().model_copy(update={"method": Method.LETTER}))
    await world.work()
    await world.read_own_log()
    async with logged_in(world, "desk@flensburg") as client:
        page = (await client.get(PAGE)).text
        assert "Termin bestätigt" in page and "1 Brief als PDF" in page
        (sheet,) = sheets(await client.post(f"{PAGE}/briefe.pdf", data=boxes(page)))
    for said in ("Ihr Termin am Di, 1.12.2026", spoken_code(CODES, story.booking_id), "Rathausplatz 1"):
        assert said in sheet
    assert "http" not in sheet and "Mein Termin" not in sheet


async def test_what_cannot_be_a_letter_stands_on_the_call_list_until_it_is_over(world: World) -> None:
    story = await asked(world, Story(), email="hard@example.org", phone="+49461123456")
    await world.happened(story.confirmed())
    await world.work()
    await world.read_own_log()
    async with logged_in(world, "desk@flensburg") as client:
        page = (await client.get(PAGE)).text
        for said in ("Erika Mustermann", "+49461123456", "Termin bestätigt", "Adresse abgelehnt"):
            assert said in page
        assert spoken_code(CODES, story.booking_id) in page
        assert "hard@example.org" not in page and "Bitte um Bestätigung" not in page
        await world.happened(story.cancelled())
        assert "Alles ist zugestellt" in (await client.get(PAGE)).text


@pytest.mark.parametrize(
    ("who", "status"),
    [(None, 401), ("window@flensburg", 403), ("operations@flensburg", 403), ("lead@flensburg", 200)],
)
async def test_the_page_is_for_those_who_print_and_call(world: World, who: str | None, status: int) -> None:
    async with logged_in(world, who) as client:
        assert (await client.get(PAGE)).status_code == status
        for path in ("briefe.pdf", "gedruckt"):
            if status != 200:
                assert (await client.post(f"{PAGE}/{path}", data=KEY)).status_code == status


async def test_another_site_neither_sees_nor_prints_nor_ticks_off(world: World) -> None:
    await called(world)
    async with logged_in(world) as client:
        ticked = boxes((await client.get(PAGE)).text)
    async with logged_in(world, "lead@elsewhere") as client:
        assert "Kein Brief wartet" in (await client.get(PAGE)).text
        assert (await client.post(f"{PAGE}/briefe.pdf", data=ticked)).status_code == 409
        await client.post(f"{PAGE}/gedruckt", data=ticked)
    assert await letters_printed(world) == 0


@pytest.mark.parametrize(
    ("form", "status"),
    [
        (KEY, 409),
        (KEY | {f"brief-{uuid4()}": "yes"}, 409),
        (KEY | {"brief-<b>": "yes"}, 422),
        ({f"brief-{uuid4()}": "yes"}, 400),
    ],
    ids=["nothing ticked", "unknown", "no id", "no key"],
)
async def test_bad_input_is_told_in_words(world: World, form: dict[str, str], status: int) -> None:
    async with logged_in(world) as client:
        answer = await client.post(f"{PAGE}/briefe.pdf", data=form)
        assert answer.status_code == status and "<h1" in answer.text
        assert "<b>" not in answer.text


async def test_who_is_shown_a_name_is_written_down_and_get_changes_nothing_else(world: World) -> None:
    await called(world)
    before = await world.types()
    async with logged_in(world) as client:
        page = (await client.get(PAGE)).text
        await client.post(f"{PAGE}/briefe.pdf", data=boxes(page))
    assert await world.types() == before
    rows = await world.pool.fetch("SELECT staff_id, reason, person_id FROM read_log ORDER BY read_id")
    assert [row["reason"] for row in rows] == ["delivery", "letters"]
    assert {(row["staff_id"], row["person_id"]) for row in rows} == {("dev:post_room@flensburg", PERSON)}
