"""Who takes part in the story: a citizen with a browser and a mailbox, and the office's staff.

Promises: all that they do goes through addresses that anybody has: pages, mailed links, the JSON API.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any, TypeVar
from urllib.parse import urljoin
from uuid import uuid4

import httpx

T = TypeVar("T")
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
SITE = "flensburg"
SECONDS = 60.0
"""How long anything may take before the story has failed."""


class StoryBroken(RuntimeError):
    """A step did not go as it should; the message says which and how."""


def eventually(look: Callable[[], T | None], what: str) -> T:
    """The first answer that is not None."""
    deadline = time.monotonic() + SECONDS
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise StoryBroken(f"{what}: not after {SECONDS:.0f} s")
        time.sleep(0.05)
    return found


def good(answer: httpx.Response) -> httpx.Response:
    """The answer, if it is none of refusal."""
    if answer.status_code >= 400:
        raise StoryBroken(f"{answer.request.method} {answer.request.url.path.split('/t/')[0]}: {answer.text}")
    return answer


class _Forms(HTMLParser):
    """The forms of a page: where each goes, and what it carries unseen or has chosen."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.choices: dict[str, list[str]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), {}))
        elif tag == "input" and self.forms and "name" in given:
            if given.get("type") == "hidden":
                self.forms[-1][1][given["name"]] = given["value"]
            elif given.get("type") == "radio":
                self.choices.setdefault(given["name"], []).append(given["value"])


class Citizen:
    """Somebody with a browser and a mailbox."""

    def __init__(self, booking: str, mailbox: str, name: str, email: str) -> None:
        self.browser = httpx.Client(base_url=booking, timeout=30, follow_redirects=True)
        self.browser.cookies.set("__Host-booking-device", uuid4().hex)
        self._mailbox, self.name, self.email = mailbox, name, email

    def get(self, path: str, **parameters: str) -> Any:
        """A question to the JSON API."""
        return good(self.browser.get(path, params=parameters)).json()

    def post(self, path: str, body: dict[str, Any], proof: str = "") -> dict[str, Any]:
        """A command to the JSON API."""
        headers = {"Idempotency-Key": uuid4().hex} | ({"Authorization": f"Bearer {proof}"} if proof else {})
        found: dict[str, Any] = good(self.browser.post(path, json=body, headers=headers)).json()
        return found

    def mails(self) -> list[dict[str, Any]]:
        """What came to the mailbox, oldest first."""
        url = f"{self._mailbox}/dev/postfach.json"
        found: list[dict[str, Any]] = good(httpx.get(url, params={"to": self.email})).json()
        return found[::-1]

    def mail(self, number: int) -> dict[str, Any]:
        """The nth mail, once it is there."""
        return eventually(lambda: next(iter(self.mails()[number - 1 : number]), None), f"mail {number}")

    def open(self, link: str) -> httpx.Response:
        """Follow a mailed link."""
        return good(self.browser.get(link, headers={"Sec-Fetch-Site": "none"}))

    def press(self, page: httpx.Response, **typed: str) -> httpx.Response:
        """Send the page's first form."""
        action, hidden = _Forms(page.text).forms[0]
        url = urljoin(str(page.url), action)
        return good(self.browser.post(url, data=hidden | typed, headers=SAME_ORIGIN))

    def choices(self, page: httpx.Response, name: str) -> list[str]:
        """The radio buttons of one question."""
        return _Forms(page.text).choices.get(name, [])


class Staff:
    """Somebody of the office, in one role, at one service's API."""

    def __init__(self, base: str, role: str) -> None:
        self.browser = httpx.Client(
            base_url=base, timeout=30, headers={"Authorization": f"Bearer dev:{role}@{SITE}"}
        )

    def get(self, path: str, **parameters: str) -> Any:
        """A question."""
        return good(self.browser.get(path, params=parameters)).json()

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """A command."""
        answer = good(self.browser.post(path, json=body, headers={"Idempotency-Key": uuid4().hex}))
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found
