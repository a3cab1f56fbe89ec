"""Somebody with a mail, who opens its link and presses the buttons behind it."""

from __future__ import annotations

import re
from typing import Any

from servicekit.tokens import Purpose
from tests.way.booking_desk import Desk
from tests.way.memory_office import ORIGIN

FORM = {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}


class Reader:
    """A person with a mail."""

    def __init__(self, desk: Desk, language: str = "de", **booked: Any) -> None:
        self.desk, self.language = desk, language
        self.booking = desk.asked(**booked)["booking_id"]
        self.link = desk.link(self.booking)
        desk.client.cookies.clear()

    def path(self, token: str | None = None) -> str:
        return f"/{self.language}/t/{token or self.link}"

    def open(self, path: str | None = None) -> Any:
        return self.desk.client.get(path or self.path(), follow_redirects=False)

    def press(self, page: Any, button: str, **typed: str) -> Any:
        """Send the form behind a button as a browser would, then go where it leads."""
        action, fields = form(page.text, button)
        answer = self.desk.client.post(action, data=fields | typed, headers=FORM, follow_redirects=False)
        if answer.status_code == 303:
            return self.open(answer.headers["location"])
        return answer

    def confirm(self) -> Any:
        return self.press(self.open(), "bestaetigen")

    def ticket(self) -> str:
        return self.path(self.desk.link(self.booking, purpose=Purpose.TICKET))


def form(page: str, button: str) -> tuple[str, dict[str, str]]:
    found = re.search(rf'<form method="post" action="([^"]*/{button})".*?</form>', page, re.S)
    assert found, page
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', found.group(0))
    return found.group(1), dict(fields)


def heading(answer: Any) -> str:
    """What the page asks or says first."""
    (text,) = re.findall(r"<h1[^>]*>(.*?)</h1>", answer.text)
    return str(text)
