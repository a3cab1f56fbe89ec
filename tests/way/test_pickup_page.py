"""The page behind a grant: one question, plain radios, one button; then the ticket, once."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from tests.way.booking_desk import Desk
from tests.way.memory_office import ORIGIN, events_of
from tests.way.pickup_desk import ID_CARD, PASSPORT, Waiting, pick

FORM = {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}
TEN = "2026-12-01T10:00:00+01:00"


class Visitor:
    """A person who came from documents' page."""

    def __init__(self, desk: Desk, waiting: Waiting, language: str = "de") -> None:
        self.desk, self.waiting = desk, waiting
        self.grant = waiting.grant()
        self.path = f"/{language}/abholtermin/{self.grant}"

    def open(self, path: str | None = None) -> Any:
        return self.desk.client.get(path or self.path, follow_redirects=False)

    def press(self, page: Any, **chosen: str) -> Any:
        """Send the form as a browser would."""
        found = re.search(r'<form method="post" action="([^"]*)".*?</form>', page.text, re.S)
        assert found, page.text
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', found.group(0)))
        return self.desk.client.post(
            found.group(1), data=fields | chosen, headers=FORM, follow_redirects=False
        )

    def follow(self, answer: Any) -> Any:
        assert answer.status_code == 303, answer.text
        return self.open(answer.headers["location"])


@pytest.fixture
def eva(desk: Desk) -> Visitor:
    return Visitor(desk, Waiting(desk.office, ID_CARD, PASSPORT))


def words(page: Any) -> str:
    """The page's text as people read it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text.split("<main")[1])).split())


def radios(page: Any) -> list[str]:
    return re.findall(r'type="radio"[^>]* value="([^"]+)"', page.text)


def test_the_page_asks_when_and_tells_what_to_bring(eva: Visitor) -> None:
    page = eva.open()
    assert page.status_code == 200
    said = words(page)
    assert "Wann möchten Sie Ihre Dokumente abholen?" in said
    for wanted in ("Personalausweis abholen", "Reisepass abholen", "etwa 10 Minuten", "alter Reisepass"):
        assert wanted in said
    assert "schriftlichen Vollmacht" in said
    assert "Donnerstag, 26. November 2026, nachmittags" in said
    assert page.text.count("<details") == 5 and page.text.count(" open>") == 1
    assert "<script" not in page.text
    assert TEN in radios(page)
    assert events_of(eva.desk.office).get("SlotReserved") is None


def test_a_chosen_time_leads_to_the_ticket_with_the_copied_name(eva: Visitor) -> None:
    eva.waiting.copied("Nguyễn Żółć")
    ticket = eva.follow(eva.press(eva.open(), starts_at=TEN))
    said = words(ticket)
    assert "Ihr Termin ist bestätigt" in said and "Danke, der Termin gilt jetzt" in said
    assert "Dienstag, 1. Dezember 2026, 10:00 Uhr" in said
    assert "Nguyễn Żółć" in said and "Personalausweis abholen" in said


def test_double_click_and_back_button_book_once(eva: Visitor) -> None:
    page = eva.open()
    first = eva.press(page, starts_at=TEN)
    assert eva.press(page, starts_at=TEN).headers["location"] == first.headers["location"]
    other = eva.follow(eva.press(page, starts_at="2026-12-02T09:00:00+01:00"))
    assert "schon bestätigt" in words(other) and "1. Dezember 2026, 10:00 Uhr" in words(other)
    assert "schon bestätigt" in words(eva.follow(eva.open()))
    assert events_of(eva.desk.office)["BookingConfirmed"] == 1


def test_nothing_chosen_or_nonsense_shows_the_form_again(eva: Visitor) -> None:
    later = eva.open(eva.path + "?ab=2026-12-07")
    for typed in ({}, {"starts_at": ""}, {"starts_at": "morgen"}, {"starts_at": "2026-12-01T10:00:00"}):
        again = eva.press(later, **typed)
        assert again.status_code == 422
        assert "<title>Fehler: " in again.text
        assert "Uhrzeit: Bitte wählen Sie eine Uhrzeit." in words(again)
        assert min(radios(again)) == "2026-12-07T07:30:00+01:00"
    assert events_of(eva.desk.office).get("SlotReserved") is None


def test_a_time_that_was_taken_shows_the_nearest_free_ones(eva: Visitor) -> None:
    page = eva.open()
    other = Waiting(eva.desk.office, PASSPORT, name="other")
    assert pick(eva.desk, other.grant(), TEN).status_code == 201
    again = eva.press(page, starts_at=TEN)
    assert again.status_code == 409
    assert "Jemand war schneller" in words(again) and "noch frei" in words(again)
    assert eva.follow(eva.press(again, starts_at=radios(again)[0])).status_code == 200


@pytest.mark.parametrize("start", ["2026-12-01T10:02:00+01:00", "2027-06-01T10:00:00+01:00"])
def test_a_time_that_is_none_shows_the_page_again(eva: Visitor, start: str) -> None:
    assert eva.press(eva.open(), starts_at=start).status_code in (409, 422)


def test_later_days_are_one_link_away_and_the_way_back(eva: Visitor) -> None:
    page = eva.open()
    (later,) = re.findall(r'href="([^"]*\?ab=[^"]+)"', page.text)
    following = eva.open(html.unescape(later))
    assert min(radios(following)) > max(radios(page))
    assert f'href="{eva.path}"' in following.text
    assert eva.open(eva.path + "?ab=nonsense").status_code == 200
    empty = eva.open(eva.path + "?ab=2026-12-31")
    assert empty.status_code == 200 and "Zurzeit ist keine Zeit frei" in words(empty)


def test_bad_grants_are_one_page_and_a_late_one_says_what_to_do(eva: Visitor) -> None:
    unknown = eva.open("/de/abholtermin/x")
    assert unknown.status_code == 404
    forged = eva.grant[:-1] + ("A" if eva.grant[-1] != "A" else "B")
    for bad in (forged, eva.grant[:-3], eva.grant + ".", "%C3%A4"):
        assert eva.open(f"/de/abholtermin/{bad}").content == unknown.content
    late = eva.open(f"/de/abholtermin/{eva.waiting.grant(minutes=-1)}")
    assert late.status_code == 410
    assert "Bitte öffnen Sie den Link aus der E-Mail noch einmal" in words(late)
    assert eva.open(f"/xx/abholtermin/{eva.grant}").status_code == 404
    page = eva.open()
    assert eva.press(page, token=eva.waiting.grant(minutes=20), starts_at=TEN).status_code == 404
    assert events_of(eva.desk.office).get("SlotReserved") is None


def test_an_invitation_on_its_way_asks_for_patience(eva: Visitor) -> None:
    eva.waiting.unknown()
    page = eva.open()
    assert (page.status_code, page.headers["retry-after"]) == (503, "2")
    assert "Ihre Einladung ist bei uns noch unterwegs" in words(page)


def test_a_form_from_elsewhere_books_nothing(eva: Visitor) -> None:
    page = eva.open()
    answer = eva.desk.client.post(
        eva.path, data={"token": eva.grant, "starts_at": TEN, "idempotency_key": "k" * 16}
    )
    assert answer.status_code == 403 and page.status_code == 200


def test_a_cancelled_pickup_shows_its_ticket_with_the_undo(eva: Visitor) -> None:
    booked = pick(eva.desk, eva.grant, TEN).json()
    cancel = {"Authorization": f"Bearer {booked['access']}"}
    eva.desk.post(f"/bookings/{booked['booking_id']}/cancel", {"date": "2026-12-01"}, **cancel)
    said = words(eva.follow(eva.open()))
    assert "Ihr Termin ist abgesagt" in said and "Absage zurücknehmen" in said
    assert "laden wir Sie neu ein" in said


def test_everything_is_said_in_english_too(desk: Desk) -> None:
    eva = Visitor(desk, Waiting(desk.office, PASSPORT), "en")
    said = words(eva.open())
    assert "When would you like to collect your document?" in said
    assert "Thursday, 26 November 2026, morning" in said and "old passport" in said
    assert "Please choose a time." in words(eva.press(eva.open()))
