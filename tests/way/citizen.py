"""People who book: over HTTP and by the links in their mails, as a browser would; and one bare request.

``Citizen`` goes the whole way with one device and one household network. ``ask`` is for crowds and for
requests that no client library would send: one connection, bytes out, the answer back.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import count
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import httpx

from tests.way.platform import Platform
from tests.way.program import eventually

API = "/api/booking/v1"
STAFF = {"Authorization": "Bearer dev:phone@flensburg"}
LEAD = {"Authorization": "Bearer dev:lead@flensburg"}
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
HOUSEHOLDS = count(1)
MAIL_SECONDS = 60.0


def network(number: int) -> str:
    """An address whose /24 no other number shares."""
    return f"10.{number // 250}.{number % 250}.7"


def key() -> dict[str, str]:
    """A fresh idempotency key."""
    return {"Idempotency-Key": uuid4().hex}


def device(number: int) -> dict[str, str]:
    """The headers of the nth of many: a device and a household of its own."""
    return {
        "X-Forwarded-For": network(number),
        "Cookie": f"__Host-booking-device={number:032x}",
        "Content-Type": "application/json",
    }


def body_of(starts_at: str, *services: str) -> bytes:
    """The body that asks for a place."""
    items = [{"service": service} for service in services or ("id_card_apply",)]
    return json.dumps({"site": "flensburg", "starts_at": starts_at, "items": items}).encode()


class Form(HTMLParser):
    """The first form of a page: where it goes and what it carries unseen."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action, self.fields = "", dict[str, str]()
        self.feed(page)
        assert self.action, page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = given["action"]
        elif tag == "input" and given.get("type") == "hidden":
            self.fields.setdefault(given["name"], given["value"])


@dataclass
class Citizen:
    """A person with a device, a mailbox and, after ``reserve``, a booking."""

    platform: Platform
    name: str = "Erika Mustermann"
    email: str = ""
    phone: str | None = None
    held: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        number = next(HOUSEHOLDS)
        self.email = self.email or f"erika.{number}@example.org"
        headers = {"X-Forwarded-For": network(10_000 + number)}
        self.browser = httpx.Client(base_url=self.platform.url("booking"), headers=headers, timeout=30)
        self.browser.cookies.set("__Host-booking-device", uuid4().hex)

    def post(self, path: str, body: Any, proof: str = "", **headers: str) -> httpx.Response:
        """A command to the JSON API."""
        given = key() | ({"Authorization": f"Bearer {proof}"} if proof else {}) | headers
        return self.browser.post(API + path, json=body, headers=given)

    def command(self, name: str, body: Any, proof: str = "") -> dict[str, Any]:
        """A command on the own booking that is carried out."""
        answer = self.post(f"/bookings/{self.booking_id}/{name}", body, proof or self.held["access"])
        assert answer.status_code in (200, 202), answer.text
        state: dict[str, Any] = answer.json()
        return state

    @property
    def booking_id(self) -> str:
        """The booking."""
        return str(self.held["booking_id"])

    def free(self, day: str, *services: str) -> list[str]:
        """The free times of a day for all these services together, else for an identity card.

        What is asked for is what is booked: a longer visit may reach into a half hour that is not released.
        """
        asked = {"service": services or ("id_card_apply",)}
        answer = self.browser.get(f"{API}/sites/flensburg/free-slots/{day}", params=asked)
        assert answer.status_code == 200, answer.text
        return [time["starts_at"] for time in answer.json()["times"]]

    def reserve(self, starts_at: str, *services: str) -> dict[str, Any]:
        """Hold a place."""
        answer = self.post("/bookings", json.loads(body_of(starts_at, *services)))
        assert answer.status_code == 201, answer.text
        self.held = answer.json()
        return self.held

    def give_contact(self) -> dict[str, Any]:
        """Say who comes."""
        contact = {"name": self.name, "email": self.email}
        return self.command("give-contact", contact | ({"phone": self.phone} if self.phone else {}))

    def look(self, proof: str = "") -> dict[str, Any]:
        """The booking as it is."""
        headers = {"Authorization": f"Bearer {proof or self.held['access']}"}
        answer = self.browser.get(f"{API}/bookings/{self.booking_id}", headers=headers)
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()
        return state

    def mails(self) -> list[dict[str, Any]]:
        """What came to the mailbox, oldest first."""
        url = f"{self.platform.url('notification')}/dev/postfach.json"
        found: list[dict[str, Any]] = httpx.get(url, params={"to": self.email}).json()
        return found[::-1]

    def mail(self, number: int) -> dict[str, Any]:
        """The nth mail, once it is there."""
        what = f"mail {number} for {self.email} does not come"
        found: dict[str, Any] = eventually(lambda: self.mails()[number - 1 : number], MAIL_SECONDS, what)[0]
        return found

    def entry(self, mail: Mapping[str, Any]) -> dict[str, str]:
        """The calendar entry that a mail carries; empty if it has none."""
        file = httpx.get(f"{self.platform.url('notification')}/dev/postfach/{mail['id']}.ics").text
        return calendar(file) if file else {}

    def open(self, link: str) -> httpx.Response:
        """Follow a link."""
        return self.browser.get(link, headers={"Sec-Fetch-Site": "none"})

    def press(self, page: httpx.Response, **typed: str) -> httpx.Response:
        """Send the page's first form, and go where it leads."""
        form = Form(page.text)
        url = urljoin(str(page.url), form.action)
        return self.browser.post(url, data=form.fields | typed, headers=SAME_ORIGIN, follow_redirects=True)

    def confirm(self) -> dict[str, Any]:
        """From the mail over its link and button to the mail that confirms, which comes back."""
        page = self.open(self.mail(1)["links"][0])
        assert page.status_code == 200, page.text
        ticket = self.press(page)
        assert ticket.status_code == 200, ticket.text
        assert urlsplit(str(ticket.url)).query == "done=confirmed"
        return self.mail(2)


def link_token(mail: Mapping[str, Any]) -> str:
    """The token in a mail's first link."""
    return urlsplit(str(mail["links"][0])).path.rpartition("/")[2]


def calendar(file: str) -> dict[str, str]:
    """The fields of a calendar file, unfolded; of its VEVENT where a name occurs twice."""
    lines = re.sub(r"\r?\n[ \t]", "", file).splitlines()
    names = [
        line.partition(":")
        for line in lines[: lines.index("BEGIN:VALARM") if "BEGIN:VALARM" in lines else None]
    ]
    return {name.partition(";")[0]: value for name, _, value in names}


REFUSED, CUT = 0, -1
"""Nobody listened; the connection ended without an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back on a connection of one's own; status ``REFUSED`` or ``CUT`` if nothing did."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem, else nothing."""
        return (
            str(self.json()["code"]) if self.headers.get("content-type") == "application/problem+json" else ""
        )


async def ask(
    url: str,
    method: str = "GET",
    path: str = "/",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    *,
    seconds: float = 60.0,
) -> Answer:
    """One request on one connection. ``path`` and ``headers`` go out as they are."""
    given = {"Host": urlsplit(url).netloc, "Connection": "close", "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {text}\r\n" for name, text in (given | dict(headers or {})).items())
    return await exchange(url, f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body, seconds=seconds)


async def exchange(url: str, sent: bytes, *, seconds: float = 60.0, hang_up: bool = False) -> Answer:
    """These very bytes, and what comes back; with ``hang_up`` the connection ends without waiting."""
    host = urlsplit(url)
    async with asyncio.timeout(seconds):
        try:
            reader, writer = await asyncio.open_connection(host.hostname, host.port)
        except ConnectionError:
            return Answer(REFUSED)
        try:
            writer.write(sent)
            await writer.drain()
            if hang_up:
                writer.transport.abort()
                return Answer(CUT)
            return _answer(await reader.read())
        except ConnectionError:
            return Answer(CUT)
        finally:
            writer.close()


async def post(url: str, path: str, body: Any, headers: Mapping[str, str]) -> Answer:
    """A command to booking's JSON API."""
    given = key() | {"Content-Type": "application/json"} | dict(headers)
    return await ask(url, "POST", API + path, given, json.dumps(body).encode())


def _answer(raw: bytes) -> Answer:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    if not first:
        return Answer(CUT)
    headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in rest)}
    if headers.get("transfer-encoding") == "chunked":
        body = _unchunked(body)
    return Answer(int(first.split()[1]), headers, body)


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        whole, body = whole + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return whole
