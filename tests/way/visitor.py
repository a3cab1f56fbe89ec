"""A citizen at booking's pages, as a browser without scripts is: follows links, fills forms, presses buttons.

Promises: a form is sent with exactly the fields that a browser would send, found in the page's HTML; the
client's cookies are those that the pages have set.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from tests.way.booking_desk import Desk
from tests.way.memory_office import ORIGIN

FORM = {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}


@dataclass
class Form:
    """A form of a page: where it goes, what it carries, its buttons as (label, address or None)."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    choices: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str | None]] = field(default_factory=list)


class _Forms(HTMLParser):
    """The forms of a page, and the ids and text of it."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.ids: set[str] = set()
        self._select = self._button = ""
        self._formaction: str | None = None
        self._within = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        if "id" in given:
            self.ids.add(given["id"])
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
            self._within = True
        elif self._within and tag == "input":
            self._input(self.forms[-1], given)
        elif self._within and tag == "select":
            self._select = given["name"]
        elif self._select and tag == "option" and "selected" in given:
            self.forms[-1].fields.append((self._select, given["value"]))
        elif self._within and tag == "button":
            self._button, self._formaction = " ", given.get("formaction")

    def _input(self, form: Form, given: dict[str, str]) -> None:
        if given.get("type") in ("radio", "checkbox") and "checked" not in given:
            form.choices.append((given["name"], given["value"]))
        else:
            form.fields.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._within = False
        elif tag == "select":
            self._select = ""
        elif tag == "button" and self._button:
            self.forms[-1].buttons.append((self._button.strip(), self._formaction))
            self._button = ""

    def handle_data(self, data: str) -> None:
        if self._button:
            self._button += data


class Visitor:
    """Somebody with a browser."""

    def __init__(self, desk: Desk, language: str = "de") -> None:
        self.desk, self.language = desk, language
        self.cookies: dict[str, str] = {}

    def open(self, path: str) -> Any:
        """A page, with the cookies that pages before have set; redirects are followed."""
        return self._seen(self.desk.client.get(path, headers=self._cookie(), follow_redirects=False))

    def press(self, page: Any, label: str, **typed: str | None) -> Any:
        """Send the form of a button with what is typed; None leaves a box unticked."""
        form, action = self.form(page, label)
        fields = dict(form.fields) | {name: text for name, text in typed.items() if text is not None}
        return self.send(action, fields)

    def send(self, action: str, fields: dict[str, str]) -> Any:
        """Post fields from our own page."""
        headers = FORM | self._cookie()
        return self._seen(self.desk.client.post(action, data=fields, headers=headers, follow_redirects=False))

    def form(self, page: Any, label: str) -> tuple[Form, str]:
        """The form that has the button, and where the button sends it."""
        for form in _read(page).forms:
            for name, action in form.buttons:
                if name == label:
                    return form, action or form.action
        raise AssertionError(f"no button {label!r} in {words(page)}")

    def _seen(self, answer: Any) -> Any:
        for cookie in answer.headers.get_list("set-cookie"):
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        self.desk.client.cookies.clear()
        if answer.status_code == 303:
            return self.open(answer.headers["location"])
        return answer

    def _cookie(self) -> dict[str, str]:
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": kept} if kept else {}


def _read(page: Any) -> _Forms:
    found = _Forms()
    found.feed(page.text)
    return found


def forms(page: Any) -> list[Form]:
    """The forms of a page."""
    return _read(page).forms


def ids(page: Any) -> set[str]:
    """All ids of a page."""
    return _read(page).ids


def choices(page: Any, name: str) -> list[str]:
    """The values of the radios or boxes of a name."""
    return [value for form in _read(page).forms for one, value in form.choices if one == name]


def heading(page: Any) -> str:
    """What the page asks or says first."""
    (text,) = re.findall(r"<h1[^>]*>(.*?)</h1>", page.text, re.S)
    return html.unescape(str(text))


def words(page: Any) -> str:
    """What the page says, without its frame."""
    main = page.text.split("<main", 1)[-1].split("</main>")[0]
    main = re.sub(r'<span class="office-whole">([^<]*)</span>', r"\1", main)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())
