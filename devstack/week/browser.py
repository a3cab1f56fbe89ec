"""A browser: follows links and redirects, keeps cookies, sends forms as the page has them.

Promises: a form goes where its page says, with the fields that stand in it, its hidden ones included; a field
or value that the page does not offer cannot be sent; every request of a person comes from the person's own
household.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import pbkdf2_hmac
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

FORMS = re.compile(r"<form\b.*?</form>", re.S)
TASK = re.compile(r'<script\b[^>]*\bdata-task="([^"]+)"')
LINKS = re.compile(r'<a\b[^>]*\bhref="([^"]+)"')
REDIRECTS = 5


class NotOnPage(RuntimeError):
    """A person looked for something that the page does not have; the message says what, and where."""


@dataclass
class Form:
    """A form: where it goes, what it carries, and what may be chosen in it."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)
    actions: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """Reads the HTML of one form."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.form = Form("", "get")
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = Form(given.get("action", ""), given.get("method", "get"))
        elif tag == "input":
            self._input(given)
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and self._select:
            self._choice(self._select, given.get("value", ""), "selected" in given)
        elif tag == "button" and "formaction" in given:
            self.form.actions.append(given["formaction"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""

    def _input(self, given: dict[str, str]) -> None:
        name = given.get("name", "")
        if given.get("type") in ("radio", "checkbox"):
            self._choice(name, given.get("value", "on"), "checked" in given)
        else:
            self.form.fields.append((name, given.get("value", "")))
            if given.get("type") != "hidden":
                self.form.typed.add(name)

    def _choice(self, name: str, value: str, chosen: bool) -> None:
        self.form.choices.setdefault(name, []).append(value)
        if chosen:
            self.form.fields.append((name, value))


@dataclass
class Page:
    """An answer as a person sees it, and the address that it has in the end."""

    url: str
    status: int
    text: str

    @property
    def path(self) -> str:
        """Path of the address."""
        return urlsplit(self.url).path

    @cached_property
    def forms(self) -> list[Form]:
        """All forms, in the order of the page."""
        return [_Reader(html).form for html in FORMS.findall(self.text)]

    def form(self, ending: str, *, last: bool = False) -> Form:
        """The first or last form whose address ends so. Raises ``NotOnPage``."""
        found = [one for one in self.forms if urlsplit(one.action).path.endswith(ending)]
        if not found:
            raise NotOnPage(f"no form for …{ending} on {_named(self.path)} ({self.status}): {self.heading}")
        return found[-1 if last else 0]

    def links(self, part: str) -> list[str]:
        """Addresses of links that contain ``part``."""
        return [one.replace("&amp;", "&") for one in LINKS.findall(self.text) if part in one]

    @property
    def task(self) -> str | None:
        """The task that the page's script solves before a form goes out, if there is one."""
        found = TASK.search(self.text)
        return found[1] if found else None

    @property
    def heading(self) -> str:
        """What the page says first."""
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.text, re.S)
        return re.sub(r"<[^>]+>", "", found[1]).strip() if found else self.text[:200]


def _solved(task: str) -> str:
    """What the page's script finds: the number whose key begins as the task says."""
    cost, tries, _until, salt, prefix = task.split(".")[:5]
    for number in range(int(tries)):
        key = pbkdf2_hmac("sha256", str(number).encode(), bytes.fromhex(salt), int(cost), 32).hex()
        if key.startswith(prefix):
            return f"{task}~{key}"
    return ""


def _named(path: str) -> str:
    """A path without its token."""
    return re.sub(r"/t/[^/]+", "/t/…", path)


class Browser:
    """One person's browser. ``client`` is shared by all; it keeps no cookies, each browser has its own.

    ``scripts``: a task of the raised level is solved, as the page's own script would.
    """

    def __init__(
        self, client: httpx.AsyncClient, base: str, address: str, language: str, *, scripts: bool = False
    ) -> None:
        self._scripts = scripts
        self._client, self._base, self.cookies = client, base, dict[str, str]()
        self._headers = {"X-Forwarded-For": address, "Accept-Language": language}

    async def open(self, address: str, *, came: str = "none") -> Page:
        """A page by its address, redirects followed."""
        return await self._go("GET", urljoin(self._base, address), {"Sec-Fetch-Site": came})

    async def send(
        self, page: Page, form: Form, *chosen: tuple[str, str], by: str = "", **typed: str
    ) -> Page:
        """Press a form's button; ``by`` another one of its buttons, named by the end of its address."""
        for name, value in chosen:
            if value not in form.choices.get(name, ()):
                raise NotOnPage(f"{name} offers no {value} on {_named(page.path)}")
        if strange := typed.keys() - form.typed:
            raise NotOnPage(f"no field {', '.join(sorted(strange))} on {_named(page.path)}")
        names = {name for name, _value in chosen}
        sent = [(name, typed.get(name, value)) for name, value in form.fields if name not in names]
        sent += chosen
        if self._scripts and page.task and ("proof", "") in sent:
            sent[sent.index(("proof", ""))] = ("proof", await asyncio.to_thread(_solved, page.task))
        action = form.action
        if by:
            action = next((one for one in form.actions if one.endswith(by)), "")
            if not action:
                raise NotOnPage(f"no button for …{by} on {_named(page.path)}")
        address, same = urljoin(page.url, action), {"Sec-Fetch-Site": "same-origin"}
        if form.method.lower() == "get":
            return await self._go("GET", f"{address}?{urlencode(sent)}", same)
        same["Content-Type"] = "application/x-www-form-urlencoded"
        return await self._go("POST", address, same, urlencode(sent))

    async def _go(self, method: str, url: str, headers: dict[str, str], body: str | None = None) -> Page:
        for _ in range(REDIRECTS):
            given = self._headers | headers
            if self.cookies:
                given["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            answer = await self._client.request(method, url, headers=given, content=body)
            for line in answer.headers.get_list("set-cookie"):
                name, _, value = line.partition(";")[0].partition("=")
                self.cookies[name] = value
            if answer.status_code != 303:
                return Page(url, answer.status_code, answer.text)
            url, method, body = urljoin(url, answer.headers["location"]), "GET", None
        raise NotOnPage(f"more than {REDIRECTS} redirects to {_named(urlsplit(url).path)}")
