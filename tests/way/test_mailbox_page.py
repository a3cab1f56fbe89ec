"""Screen 5: where we wrote to, until when to confirm, and what to do if no mail comes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from servicekit.decider import Refused
from services.booking import commands as ask
from services.booking.pages.citizen import HOLD_COOKIE
from tests.way.booking_desk import Desk
from tests.way.memory_office import events_of
from tests.way.visitor import Visitor, heading, ids, words

PAGE, AGAIN, ADDRESS = "/de/postfach-pruefen", "Noch einmal senden", "An diese Adresse senden"


class Waiting(Visitor):
    """Somebody who has given a contact and waits for the mail."""

    def __init__(self, desk: Desk, **changes: Any) -> None:
        super().__init__(desk)
        asked = desk.asked(**changes)
        self.booking = asked["booking_id"]
        self.cookies[HOLD_COOKIE] = asked["access"]


@pytest.fixture
def eva(desk: Desk) -> Waiting:
    return Waiting(desk)


async def told(eva: Waiting, command: Any) -> None:
    await eva.desk.office.execute(command, eva.desk.office.context())


def test_it_says_where_we_wrote_to_and_until_when(eva: Waiting) -> None:
    page = eva.open(PAGE)
    said = words(page)
    assert (page.status_code, heading(page)) == (200, "Prüfen Sie Ihr Postfach")
    for text in ("Bestätigen Sie bis 10:00 Uhr", "e…@example.org", "1. Dezember 2026, 9:00 Uhr", "Spam"):
        assert text in said, text
    assert "canary" not in page.text.casefold(), "neither name nor mailbox is for whoever holds the phone"
    assert eva.booking not in page.text


def test_sending_again_renews_the_time_and_is_offered_only_while_it_can_be_done_f43(eva: Waiting) -> None:
    eva.desk.office.clock.pass_(minutes=25)
    page = eva.press(eva.open(PAGE), AGAIN)
    assert "Wir haben Ihnen noch einmal geschrieben" in words(page)
    assert "Bestätigen Sie bis 10:25 Uhr" in words(page)
    assert AGAIN not in words(page)
    assert "ab 10:00 Uhr (Mi, 25.11.2026)" in words(page)
    eva.desk.office.clock.pass_(minutes=36)
    assert AGAIN in words(eva.open(PAGE))
    assert events_of(eva.desk.office)["ConfirmationRequested"] == 2


def test_where_others_of_the_network_asked_for_many_mails_nobody_is_told_of_several(
    eva: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, free_at = eva.open(PAGE), eva.desk.office.clock.now() + timedelta(minutes=30)

    async def full(*_: object) -> None:
        raise Refused("mail-limit", limit="mail-network", retry_at=free_at)

    monkeypatch.setattr(eva.desk.office, "execute", full)
    refused = eva.press(page, AGAIN)
    assert refused.status_code == 429 and "ab 9:30 Uhr (Mi, 25.11.2026)" in words(refused)
    assert "mehrmals" not in words(refused)


def test_a_button_pressed_twice_sends_one_mail(eva: Waiting) -> None:
    page = eva.open(PAGE)
    eva.press(page, AGAIN)
    eva.press(page, AGAIN)
    assert events_of(eva.desk.office)["ConfirmationRequested"] == 2


def test_the_limit_of_the_mailbox_counts_all_its_bookings_and_shows_nobody(desk: Desk) -> None:
    first = Waiting(desk)
    desk.client.cookies.clear()
    second = Waiting(desk, starts_at="2026-12-03T10:00:00+01:00")
    page = first.press(first.open(PAGE), AGAIN)
    assert events_of(desk.office)["ConfirmationWithheld"] == 1, "two mails went out, and no third"
    assert page.status_code == 200 and "höchstens 2-mal in der Stunde" in words(page)
    assert AGAIN not in words(page), "its own two within the hour: what would be refused is not offered"
    assert second.open(PAGE).status_code == 200


def test_a_wrong_address_is_put_right_and_older_links_are_dead(eva: Waiting) -> None:
    page = eva.open(PAGE)
    wrong = eva.press(page, ADDRESS, email="eva@")
    assert wrong.status_code == 422 and "<title>Fehler: " in wrong.text
    assert 'href="#email"' in wrong.text and {"email", "email-error"} <= ids(wrong)
    assert 'value="eva@"' in wrong.text and "<details" in wrong.text and " open>" in wrong.text
    empty = eva.press(page, ADDRESS, email=" ")
    assert "Bitte füllen Sie dieses Feld aus" in words(empty)
    right = eva.press(wrong, ADDRESS, email="right@müller.example")
    assert "Die Adresse ist geändert" in words(right) and "r…@müller.example" in words(right)
    old, new = eva.desk.link(eva.booking, 1), eva.desk.link(eva.booking, 2)
    assert (eva.open(f"/de/t/{old}").status_code, eva.open(f"/de/t/{new}").status_code) == (404, 200)


async def test_a_mail_that_came_back_is_told_with_the_field_open(eva: Waiting) -> None:
    await told(eva, ask.ReportUndeliverable(booking_id=UUID(eva.booking), attempt=1))
    page = eva.open(PAGE)
    assert "Unsere E-Mail ist zurückgekommen" in words(page) and " open>" in page.text
    assert "Bestätigen Sie bis 9:10 Uhr" in words(page)
    fixed = eva.press(page, ADDRESS, email="right@example.org")
    assert "zurückgekommen" not in words(fixed)


async def test_after_the_limit_a_new_booking_is_offered_and_no_new_mail_f43(eva: Waiting) -> None:
    page = eva.open(PAGE)
    eva.desk.office.clock.pass_(hours=2)
    answers = [eva.open(PAGE), eva.press(page, AGAIN), eva.press(page, ADDRESS, email="x@example.org")]
    await told(eva, ask.ExpireHold(booking_id=UUID(eva.booking)))
    answers += [eva.press(page, AGAIN), eva.press(page, ADDRESS, email="x@example.org"), eva.open(PAGE)]
    for late in answers:
        assert (late.status_code, heading(late)) == (410, "Die Frist zum Bestätigen ist abgelaufen")
        assert AGAIN not in words(late) and 'href="/de/"' in late.text


def test_once_confirmed_the_page_says_so_and_shows_no_way_to_change_it(eva: Waiting) -> None:
    page = eva.open(PAGE)
    eva.desk.post(f"/bookings/{eva.booking}/confirm", {"token": eva.desk.link(eva.booking)})
    for seen in (eva.open(PAGE), eva.open("/de/kontakt"), eva.press(page, AGAIN)):
        assert heading(seen) == "Ihr Termin ist bestätigt"
        assert "/t/" not in seen.text, "this browser held the time; the mailbox has the ticket"


def test_once_cancelled_it_says_so(eva: Waiting) -> None:
    proof = {"Authorization": f"Bearer {eva.cookies[HOLD_COOKIE]}"}
    eva.desk.post(f"/bookings/{eva.booking}/cancel", {}, **proof)
    page = eva.open(PAGE)
    assert (page.status_code, heading(page)) == (409, "Dieser Termin ist abgesagt")


def test_without_a_hold_it_leads_to_the_services(desk: Desk) -> None:
    nobody = Visitor(desk)
    assert heading(nobody.open(PAGE)) == "Bitte wählen Sie zuerst eine Zeit"
    for path in ("noch-einmal", "adresse"):
        answer = nobody.send(f"{PAGE}/{path}", {"idempotency_key": "k" * 12, "email": "x@example.org"})
        assert heading(answer) == "Bitte wählen Sie zuerst eine Zeit"


def test_who_lost_the_mail_is_led_to_where_it_is_sent_again(desk: Desk) -> None:
    for page in (desk.client.get("/de/t/x"), desk.client.get(PAGE)):
        assert 'href="/de/meine-termine"' in page.text
    lead = desk.client.get("/de/meine-termine", follow_redirects=False)
    assert lead.status_code == 303
    assert lead.headers["location"] == "https://nachrichten.example/de/termine-senden"
    assert desk.client.get("/xx/meine-termine", follow_redirects=False).status_code == 404
