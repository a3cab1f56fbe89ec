"""The post room's pages as forms: what sticks, what is told, what is kept after a refusal, who saw names."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest

from buergerbuero_contracts.documents import ItemChannel, ItemOutcome, ReplyChannel
from services.documents.pages import post_room
from services.documents.pages import post_room_words as words
from services.documents.rules.item_age import AgeClass
from services.documents.rules.item_state import Status
from tests.conftest import Databases
from tests.log.post_room import open_post_room
from tests.way.post_room import FORM, Clerk

PATH = "/amt/posteingang"
LETTER = {"channel": "email", "service": "resident_parking", "received_on": "2026-11-20"}


@pytest.fixture
async def clerk(fresh_database: Databases) -> AsyncIterator[Clerk]:
    async with open_post_room(fresh_database("documents").app_url) as world:
        yield Clerk(world)


async def items(clerk: Clerk) -> list[dict[str, Any]]:
    return (await clerk.get("/items?limit=1000")).json()["items"]  # type: ignore[no-any-return]


def said(page: Any) -> str:
    """What the page says on top."""
    found = re.search(r'id="said">(.*?)</p>', page.text)
    return found[1] if found else ""


def test_every_code_has_a_german_word() -> None:
    assert set(words.CHANNELS) == {one.value for one in ItemChannel}
    assert set(words.OUTCOMES) == {one.value for one in ItemOutcome}
    assert set(words.REPLIES) == {one.value for one in ReplyChannel}
    assert set(words.AGES) == {one.value for one in AgeClass}
    assert set(words.STATES) - {"open"} == {one.value for one in Status} - {"none"}


async def test_after_a_letter_the_form_keeps_channel_matter_and_date_but_no_file_number(clerk: Clerk) -> None:
    answer = await clerk.send(**LETTER, count="3", file_number="33-2 CANARY", note="CANARY")
    assert answer.status_code == 303
    where = urlsplit(answer.headers["location"])
    assert "CANARY" not in answer.headers["location"]
    assert {name: parse_qs(where.query)[name] for name in LETTER} == {n: [v] for n, v in LETTER.items()}
    page = await clerk.page(f"?{where.query}")
    assert said(page) == "3 Eingänge aufgenommen: E-Mail, Bewohnerparkausweis"
    for kept in (
        '<option value="email" selected>',
        '<option value="resident_parking" selected>',
        'name="received_on" type="date" value="2026-11-20"',
        'name="count" type="text" value="1"',
        'name="file_number" type="text" value="" autocomplete="off" autofocus',
    ):
        assert kept in page.text
    assert page.text.count("33-2 CANARY") == 3  # on the list, where it was asked for
    assert len(await items(clerk)) == 3


async def test_the_same_form_twice_logs_once(clerk: Clerk) -> None:
    for _ in range(2):
        assert (await clerk.send(key="double-click", **LETTER)).status_code == 303
    assert len(await items(clerk)) == 1


async def test_times_ten_and_like_the_last_one(clerk: Clerk) -> None:
    await clerk.send(**LETTER, times="10")
    last = {f"last_{name}": value for name, value in LETTER.items()}
    other = {"channel": "fax", "service": "registration", "received_on": "2026-11-23", "file_number": "9"}
    answer = await clerk.send(**other, **last, again="1")
    assert "channel=email" in answer.headers["location"]
    logged = await items(clerk)
    assert len(logged) == 11
    assert {(one["channel"], one["service"]) for one in logged} == {("email", "resident_parking")}


BAD_FORMS: list[tuple[dict[str, str], str]] = [
    ({"received_on": "2026-11-24"}, "Datum in der Zukunft"),
    ({"received_on": ""}, "Bitte füllen Sie dieses Feld aus."),
    ({"received_on": "gestern"}, "nicht die erwartete Form"),
    ({"received_on": "1999-01-01"}, "zu klein oder zu groß"),
    ({"count": "51"}, "zu klein oder zu groß"),
    ({"count": "0"}, "zu klein oder zu groß"),
    ({"count": "viele"}, "zu klein oder zu groß"),
    ({"count": "9" * 400}, "zu klein oder zu groß"),
    ({"times": "1000"}, "zu klein oder zu groß"),
    ({"channel": "pigeon"}, "Dieser Wert ist hier nicht möglich."),
    ({"service": ""}, "Dieser Wert ist hier nicht möglich."),
    ({"sender": "x" * 201}, "zu kurz oder zu lang"),
]


async def test_a_bad_form_comes_back_with_what_was_typed_and_says_what_to_do(clerk: Clerk) -> None:
    for wrong, sentence in BAD_FORMS:
        page = await clerk.send(**LETTER | {"file_number": "33-2"} | wrong)
        assert page.status_code == 422, wrong
        assert sentence in page.text, wrong
        assert 'role="alert"' in page.text and 'value="33-2"' in page.text
    assert await items(clerk) == []


async def test_several_are_ticked_and_done_at_once(clerk: Clerk) -> None:
    ids = [await clerk.letter() for _ in range(3)]
    ticked = {f"item-{one}": "1" for one in ids[:2]}
    answer = await clerk.send("/auswahl", **ticked, action="answer:done")
    page = await clerk.page(f"?{urlsplit(answer.headers['location']).query}")
    assert said(page) == "2 Eingänge bearbeitet."
    assert [one["item_id"] for one in await items(clerk)] == [str(ids[2])]


async def test_what_a_colleague_did_first_is_told_and_the_others_are_done(clerk: Clerk) -> None:
    one, other = await clerk.letter(), await clerk.letter()
    await clerk.post(f"/items/{one}/forward", {"office": "treasury"})
    ticked = {f"item-{item}": "1" for item in (one, other)}
    answer = await clerk.send("/auswahl", **ticked, action="assign:permits")
    page = await clerk.page(f"?{urlsplit(answer.headers['location']).query}")
    assert said(page).startswith("1 Eingang bearbeitet. 1 Eingang nicht: Jemand war schneller")
    refused = await clerk.send("/auswahl", **{f"item-{one}": "1"}, action="assign:permits")
    assert (refused.status_code, "So nicht möglich" in refused.text) == (409, True)


async def test_a_bad_choice_is_told_and_the_ticks_stay(clerk: Clerk) -> None:
    item = await clerk.letter()
    ticked = {f"item-{item}": "1"}
    for form, status, sentence in (
        ({"action": "answer:done"}, 422, "Nichts angekreuzt"),
        ({"action": "answer:done", "item-1": "1", "item-": "1"}, 422, "Nichts angekreuzt"),
        ({**ticked, "action": "answer:eaten"}, 422, "Mindestens eine Angabe"),
        ({**ticked, "action": "assign:night_shift"}, 422, "Unbekanntes Team"),
        ({**ticked, "action": "forward:"}, 422, "Unbekannte Stelle"),
        ({**ticked}, 422, "Mindestens eine Angabe"),
        ({f"item-{uuid4()}": "1", "action": "answer:done"}, 404, "Nicht gefunden"),
    ):
        page = await clerk.send("/auswahl", **form)
        assert (page.status_code, sentence in page.text) == (status, True), form
    page = await clerk.send("/auswahl", **ticked, action="assign:night_shift")
    assert re.search(rf'name="item-{item}"[^>]* checked', page.text)


async def test_ticks_of_a_later_page_stay_too(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post_room, "ROWS", 1)
    await clerk.letter(received_on="2026-11-19")
    second = await clerk.letter(received_on="2026-11-20")
    first_page = await clerk.page()
    more = re.search(r'href="([^"]*after=[^"]*)">Weitere', first_page.text)
    assert more
    page = await clerk.page(unescape(more[1]).removeprefix(PATH))
    after = re.search(r'name="after" value="([^"]+)"', page.text)
    assert after and f"item-{second}" in page.text
    ticked = {f"item-{second}": "1", "after": after[1]}
    refused = await clerk.send("/auswahl", **ticked, action="assign:night_shift")
    assert re.search(rf'name="item-{second}"[^>]* checked', refused.text)
    assert (await clerk.send("/auswahl", after="xyz", action="answer:done")).status_code == 422


async def test_filters_stay_with_the_form_and_strange_ones_show_what_is_open(clerk: Clerk) -> None:
    await clerk.letter()
    page = await clerk.page("?state=waiting&age=0-1&team=permits")
    assert "Hier liegt nichts." in page.text
    assert 'name="state" value="waiting"' in page.text
    for strange in (
        "?state=lost&age=x&team=%3Cb%3E",
        "?after=",
        "?seen=x&logged=-1",
        "?received_on=0000-00-00",
    ):
        assert (await clerk.page(strange)).status_code == 200, strange
    assert (await clerk.page("?after=xyz")).status_code == 422


# --- one item


async def test_papers_are_asked_for_and_come(clerk: Clerk) -> None:
    item = await clerk.letter(sender="Eva Muster")
    form = {"paper-form": "yes", "name": "Eva Muster", "email": "eva@example.org", "language": "de"}
    answer = await clerk.send(f"/{item}/nachfordern", **form)
    assert answer.headers["location"] == f"{PATH}/{item}?done=requested"
    page = await clerk.page(f"/{item}?done=requested")
    assert said(page) == "Die Unterlagen sind nachgefordert."
    assert "Montag, 7. Dezember 2026" in page.text and "eva@example.org" in page.text
    assert "Unterlagen eingetroffen" in page.text and "nachfordern</h2>" not in page.text
    await clerk.send(f"/{item}/unterlagen", **{"paper-form": "yes"})
    assert (await clerk.get(f"/items/{item}")).json()["state"] == "assigned"


async def test_every_form_of_the_item_does_what_it_says(clerk: Clerk) -> None:
    item = await clerk.letter()
    for path, form, state in (
        ("zuweisen", {"team": "permits"}, "assigned"),
        ("beantworten", {"outcome": "refused", "reply_channel": "letter"}, "answered"),
        ("oeffnen", {}, "assigned"),
        ("weiterleiten", {"office": "treasury"}, "closed"),
    ):
        assert (await clerk.send(f"/{item}/{path}", **form)).status_code == 303, path
        assert (await clerk.get(f"/items/{item}")).json()["state"] == state
        assert (await clerk.page(f"/{item}")).status_code == 200


async def test_a_refused_step_keeps_what_was_typed(clerk: Clerk) -> None:
    item = await clerk.letter()
    for path, form, status, sentence in (
        ("nachfordern", {"name": "Eva", "email": "eva@", "paper-form": "yes"}, 422, "name@example.org"),
        ("nachfordern", {"name": "Eva"}, 422, "Unterlagen wählen"),
        ("nachfordern", {"paper-passport": "yes"}, 422, "Unterlagen wählen"),
        ("nachfordern", {"paper-form": "yes", "language": "xx"}, 422, "nicht möglich"),
        ("beantworten", {"outcome": "eaten"}, 422, "nicht möglich"),
        ("beantworten", {"outcome": "done", "reply_channel": "smoke"}, 422, "nicht möglich"),
        ("zuweisen", {}, 422, "Unbekanntes Team"),
        ("weiterleiten", {"office": "x"}, 422, "Unbekannte Stelle"),
        ("unterlagen", {"paper-form": "yes"}, 409, "So nicht möglich"),
        ("oeffnen", {}, 409, "So nicht möglich"),
    ):
        page = await clerk.send(f"/{item}/{path}", **form)
        assert (page.status_code, sentence in page.text) == (status, True), (path, form)
        assert form.get("name", "") in page.text
    assert (await clerk.page(f"/{uuid4()}")).status_code == 404
    assert (await clerk.send(f"/{uuid4()}/zuweisen", team="permits")).status_code == 404


async def test_whoever_sees_a_sender_is_written_down_and_names_are_never_markup(clerk: Clerk) -> None:
    item: UUID = await clerk.letter(sender="<b>Eva</b>", note="wegen <script>")
    plain = await clerk.letter()
    page = await clerk.page(f"/{item}")
    await clerk.page(f"/{plain}")
    assert "&lt;b&gt;Eva&lt;/b&gt;" in page.text and "<script" not in page.text
    reads = await clerk.world.pool.fetch("SELECT staff_id, role, item_id FROM read_log")
    assert [tuple(row) for row in reads] == [("dev:post_room@flensburg", "post_room", item)]


async def test_the_pages_are_for_who_may_open_mail_and_forms_come_from_our_own_pages(clerk: Clerk) -> None:
    item = await clerk.letter()
    window = {"Authorization": "Bearer dev:window@flensburg"}
    for path in ("", f"/{item}"):
        assert (await clerk.page(path, **window)).status_code == 403
    foreign = FORM | {"Sec-Fetch-Site": "cross-site"}
    for path in ("", "/auswahl", f"/{item}/zuweisen"):
        sent = await clerk.client.post(
            PATH + path, data={"idempotency_key": "key-123456", "team": "permits"}, headers=foreign
        )
        assert sent.status_code == 403
    assert (await clerk.get(f"/items/{item}")).json()["state"] == "received"


async def test_what_was_answered_too_long_ago_is_not_offered_to_be_opened_again(clerk: Clerk) -> None:
    item = await clerk.letter()
    assert (await clerk.send(f"/{item}/beantworten", outcome="done")).status_code == 303
    clerk.world.clock.at += timedelta(days=90)
    assert "Wieder öffnen" in (await clerk.page(f"/{item}")).text
    clerk.world.clock.at += timedelta(days=1)
    assert "Wieder öffnen" not in (await clerk.page(f"/{item}")).text
    assert (await clerk.send(f"/{item}/oeffnen")).status_code == 410
