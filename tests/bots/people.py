"""Slow humans at the real pages: they read, choose, type and look into their mailbox, minutes apart.

Promises: forms are those found in the HTML, sent as a browser sends them; every second one has no scripts and
takes the mailbox first where a task is set, the others solve it; so does whoever reads that their network is
full; whoever is too slow tries another time, and gives up after ``PATIENCE`` tries.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from random import Random
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from servicekit.tokens import Purpose
from services.booking.work import solve
from tests.bots.town import Town
from tests.way.visitor import forms

PATIENCE = 12
ADDRESS = "/de/zeit?service=id_card_apply"
STEP, FULL = "Noch ein Schritt vor der Reservierung", "Gerade ist keine weitere Reservierung möglich"
_TASK = re.compile(r'data-task="([^"]+)"')


class Human:
    """One person with a browser, at an address of some network."""

    def __init__(self, town: Town, number: int, random: Random, address: str) -> None:
        self._town, self._random, self._scripts = town, random, number % 2 == 0
        self._email, self.address = f"human{number}@example.org", address
        self._cookies: dict[str, str] = {}
        self.booking: UUID | None = None
        self.minutes: float | None = None
        self.tries, self.mailbox_first = 0, False

    async def life(self) -> AsyncIterator[float]:
        """Until there is an appointment or no patience left; yields the minutes until the next step."""
        begin = self._town.minute()
        for self.tries in range(1, PATIENCE + 1):
            times = await self._open(ADDRESS)
            yield self._random.uniform(0.5, 2)
            page = await self._taken(times)
            if page is not None and self._other_way(page):
                self.mailbox_first = True
                await self._mailbox_first()
                yield self._random.uniform(1, 4)
                await self._prove()
                continue
            if page is None or urlsplit(str(page.url)).path != "/de/kontakt":
                yield self._random.uniform(1, 3)
                continue
            yield self._random.uniform(2, 6)
            after = await self._press(page, "Termin reservieren", name="Eva Muster", email=self._email)
            if urlsplit(str(after.url)).path == "/de/postfach-pruefen":
                yield self._random.uniform(1, 4)
                await self._confirm()
            if self.booking in await self._town.confirmed():
                self.minutes = self._town.minute() - begin
                return

    def _other_way(self, page: httpx.Response) -> bool:
        """Whether the page leads to the mailbox first, and the person has not been there."""
        asked = _heading(page) in (STEP, FULL) and "/de/postfach-zuerst?" in page.text
        return asked and not self.mailbox_first

    async def _taken(self, page: httpx.Response) -> httpx.Response | None:
        """Choose one of the times that the page shows; nothing if it shows none."""
        posts = [form for form in forms(page) if form.method == "post"]
        times = [(form, value) for form in posts for name, value in form.choices if name == "starts_at"]
        if not times:
            return None
        form, starts_at = self._random.choice(times)
        fields = dict(form.fields) | {"starts_at": starts_at}
        task = _TASK.search(page.text)
        if task and self._scripts:
            fields["proof"] = (await asyncio.to_thread(list, solve(task[1])))[-1]
        return await self._send(form.action, fields)

    async def _mailbox_first(self) -> None:
        page = await self._open("/de/postfach-zuerst?service=id_card_apply")
        await self._press(page, "Link schicken", name="Eva Muster", email=self._email)

    async def _prove(self) -> None:
        """Open the mail's link and press its button."""
        wish = await self._town.wish_of(self._email)
        if wish is not None:
            page = await self._open(f"/de/frueher/{self._town.link(Purpose.WISH, wish)}")
            if "Wunsch bestätigen" in page.text:
                await self._press(page, "Wunsch bestätigen")

    async def _confirm(self) -> None:
        assert self.booking is not None
        page = await self._open(f"/de/t/{self._town.link(Purpose.CONFIRM, self.booking)}")
        if "Termin bestätigen" in page.text:
            await self._press(page, "Termin bestätigen")

    # --- the browser

    async def _open(self, path: str) -> httpx.Response:
        return await self._ask("GET", path)

    async def _press(self, page: httpx.Response, label: str, **typed: str) -> httpx.Response:
        for form in forms(page):
            if label in [name for name, _action in form.buttons]:
                return await self._send(form.action, dict(form.fields) | typed)
        raise AssertionError(f"no button {label!r} on {page.url}")

    async def _send(self, action: str, fields: dict[str, str]) -> httpx.Response:
        return await self._ask("POST", action, fields)

    async def _ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> httpx.Response:
        headers = {"X-Forwarded-For": self.address, "Sec-Fetch-Site": "same-origin"}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        answer = await self._town.client.request(method, path, data=fields, headers=headers)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        self._town.client.cookies.clear()
        self._note_hold()
        return await self._open(answer.headers["location"]) if answer.status_code == 303 else answer

    def _note_hold(self) -> None:
        held = self._town.tokens.verify(self._cookies.get("__Host-booking-hold", ""), Purpose.HOLD)
        self.booking = held.id if held else self.booking


def _heading(page: Any) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page.text, re.S)
    return found[1] if found else ""
