"""A visitor of the pages before there is a booking: sees every redirect, and may choose several services."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urlencode, urlsplit

from servicekit.tokens import Purpose
from tests.way.booking_desk import Desk
from tests.way.memory_office import ORIGIN
from tests.way.visitor import FORM, Visitor

URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


ID_CARD = "/de/zeit?service=id_card_apply"
GO = "Weiter mit der gewählten Zeit"
NINE, TEN = "2026-12-01T09:00:00+01:00", "2026-12-01T10:00:00+01:00"
HOLD = "__Host-booking-hold"


class Chooser:
    """A person with a browser of their own. ``cookies=False``: a browser that keeps none."""

    def __init__(self, desk: Desk, *, cookies: bool = True) -> None:
        self.desk, self._visitor, self._keeps = desk, Visitor(desk), cookies

    @property
    def cookies(self) -> dict[str, str]:
        """What the pages have set."""
        return self._visitor.cookies

    def open(self, path: str, **headers: str) -> Any:
        """Follow a link; a redirect is not followed."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._ask("GET", path, named)

    def press(self, page: Any, label: str, *chosen: tuple[str, str], **typed: str) -> Any:
        """Send the form of the first button of this label, with what was chosen and typed in it."""
        form, action = self._visitor.form(page, label)
        sent = [(name, typed.pop(name, value)) for name, value in form.fields] + [*chosen, *typed.items()]
        if form.method == "get":
            return self.open(f"{action}?{urlencode(sent)}")
        return self.send(action, sent)

    def send(self, action: str, fields: list[tuple[str, str]]) -> Any:
        """Send these very fields."""
        return self._ask("POST", action, FORM | URLENCODED, urlencode(fields))

    def follow(self, answer: Any) -> Any:
        """Go where a redirect leads."""
        assert answer.status_code == 303, answer.text
        return self.open(answer.headers["location"])

    def _ask(self, method: str, path: str, headers: dict[str, str], body: str | None = None) -> Any:
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = headers | ({"Cookie": kept} if kept else {})
        client = self.desk.client
        answer = client.request(method, ORIGIN + path, content=body, headers=given, follow_redirects=False)
        client.cookies.clear()
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            assert name.startswith("__Host-") and "Secure" in line and "HttpOnly" in line, line
            assert "Path=/" in line and "samesite=lax" in line.lower() and "Domain" not in line, line
            if self._keeps:
                self.cookies[name] = value
        return answer


def links(page: Any, part: str = "main") -> list[str]:
    """Where the links of a part of the page lead."""
    within = page.text.split(f"<{part}", 1)[1].split(f"</{part}>")[0]
    return [html.unescape(one) for one in re.findall(r'href="([^"#]+)"', within)]


def title(page: Any) -> str:
    """What the browser's tab says."""
    (one,) = re.findall(r"<title>(.*?)</title>", page.text, re.S)
    return html.unescape(str(one))


def where(answer: Any) -> str:
    """The path that a redirect leads to."""
    return str(urlsplit(answer.headers["location"]).path)


def pick(eva: Chooser, starts_at: str = NINE, path: str = ID_CARD) -> Any:
    """Open the page and take a time."""
    return eva.press(eva.open(path), GO, starts_at=starts_at)


def held(eva: Chooser) -> Any:
    """The booking that the browser holds."""
    office = eva.desk.office
    link = office.tokens.verify(eva.cookies[HOLD], Purpose.HOLD, office.clock.now())
    assert link
    return office.log.state(next(one for one in office.log.streams if one.id == link.id))
