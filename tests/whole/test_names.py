"""Real names go unharmed through form, mail, calendar entry and ticket, in every language (F36).

A browser without scripts at the pages of the running platform; the mails come from a real mail server; the
calendar entries are read by vobject, which shares no code with the library that writes them.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
import vobject

from tests.way.citizen import SAME_ORIGIN, Citizen, Form
from tests.way.platform import Platform

LONG = "Maximiliane-Theodora von und zu " + "Hohenstaufen-" * 5 + "Åse"
NAMES = (
    ("de", "Conan O'Brien"),
    ("en", "Đặng Thị Ánh"),
    ("da", "Søren Sørensen"),
    ("da", "Łukasz Łukasiewicz"),
    ("de-leicht", "Ø"),
    ("en", "O"),
    ("de", LONG),
    ("de-leicht", LONG),
)
CONFIRMED = {
    "de": "Ihr Termin ist bestätigt",
    "de-leicht": "Ihr Termin ist bestätigt",
    "en": "Your appointment is confirmed",
    "da": "Din aftale er bekræftet",
}
SUMMARY = {"de": "Termin", "de-leicht": "Termin", "en": "Appointment", "da": "Aftale"}


@dataclass
class Booker(Citizen):
    """A person who books at the pages."""

    language: str = "de"

    def pick(self) -> httpx.Response:
        """Take the nearest time; the page that asks who comes."""
        page = self.browser.get(f"/{self.language}/zeit?service=id_card_apply")
        answer = self.send(page, Form(page.text).fields)
        assert answer.status_code == 303, answer.text
        for cookie in answer.headers.get_list("set-cookie"):  # secure ones, which httpx keeps from http
            self.browser.cookies.set(*cookie.partition(";")[0].split("=", 1))
        return self.browser.get(answer.headers["location"])

    def send(self, page: httpx.Response, fields: dict[str, str], action: str = "") -> httpx.Response:
        """The page's first form."""
        url = urljoin(str(page.url), action or Form(page.text).action)
        return self.browser.post(url, data=fields, headers=SAME_ORIGIN)


def shown(page: httpx.Response) -> str:
    """What the page says, as people read it."""
    return html.unescape(re.sub(r"<[^>]+>", "", page.text))


def typed(page: httpx.Response) -> str:
    """What stands in the field of the name, in one spelling."""
    (value,) = re.findall(r'id="name" name="name" type="text" value="([^"]*)"', page.text)
    return unicodedata.normalize("NFC", html.unescape(str(value)))


def attendee(person: Booker, mail: Any) -> tuple[str, str]:
    """Who comes, and the title, as a calendar program reads them."""
    file = httpx.get(f"{person.platform.url('notification')}/dev/postfach/{mail['id']}.ics").text
    event = vobject.readOne(file).vevent
    return event.attendee.params["CN"][0], event.summary.value


@pytest.fixture(scope="module")
def bookers(platform: Platform) -> list[Booker]:
    """All of them have asked for their time; the first mails come while the last ones still type."""
    assert len(LONG) == 100
    found = []
    for language, name in NAMES:
        person = Booker(platform, name, language=language)
        page = person.pick()
        given = Form(page.text).fields | {"language": language, "name": unicodedata.normalize("NFD", name)}
        again = person.send(page, given)
        assert (again.status_code, typed(again)) == (422, name), (
            "what was typed stays, the mailbox is missing"
        )
        sent = person.send(page, given | {"email": person.email})
        assert sent.status_code == 303, sent.text
        found.append(person)
    return found


@pytest.mark.parametrize("number", range(len(NAMES)), ids=[f"{lang}-{name[:18]}" for lang, name in NAMES])
def test_a_name_comes_through_form_mails_calendar_and_ticket(bookers: list[Booker], number: int) -> None:
    person = bookers[number]
    request = person.mail(1)
    assert f" {person.name}, " in request["text"].splitlines()[0]
    assert f"/{person.language}/t/" in request["links"][0]

    ticket = person.press(person.open(request["links"][0]))
    assert CONFIRMED[person.language] in shown(ticket)
    assert person.name in [html.unescape(name) for name in re.findall("<bdi>(.*?)</bdi>", ticket.text)]
    assert "&amp;#" not in ticket.text, "nothing is escaped twice"

    confirmed = person.mail(2)
    for part in (confirmed["text"], html.unescape(confirmed["html"])):
        assert f" {person.name}, " in part
    name, summary = attendee(person, confirmed)
    assert name == person.name
    assert summary.startswith(f"{SUMMARY[person.language]} Bürgerbüro Flensburg: ")

    path = str(ticket.url).partition("?")[0]
    event = vobject.readOne(person.open(f"{path}/termin.ics").text).vevent
    assert event.summary.value == summary, "the download names it as the mail does"
    assert person.name in shown(person.open(f"{path}/meine-daten"))
