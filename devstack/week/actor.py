"""What everybody who deals with the office has: a browser, a mailbox, a finger that sometimes clicks twice.

Promises: a link is one that stands on a page or in a mail, a form is the page's; a mail is waited for before
anybody acts on it.
"""

from __future__ import annotations

import asyncio
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from uuid import UUID

import httpx

from .browser import Browser, Form, Page
from .draws import Person
from .ledger import Ledger, Life, Told
from .office import Office
from .post import Mail, Post
from .world import World

HOLD = "__Host-booking-hold"
SCANNER = "10.255.255.1"


def subject_of(token: str) -> str:
    """The id that a link's token is about; anybody can read it, nobody can forge it."""
    return str(UUID(bytes=urlsafe_b64decode(token + "==")[4:20]))


@dataclass
class Town:
    """What all citizens share."""

    world: World
    post: Post
    ledger: Ledger
    office: Office
    client: httpx.AsyncClient
    base: str


class Actor:
    """One person at the pages, with the mailbox."""

    def __init__(self, town: Town, person: Person) -> None:
        self.town, self.person, self.habits = town, person, person.habits
        self.world, self.post, self.ledger = town.world, town.post, town.ledger
        self.browser = Browser(town.client, town.base, person.address, person.language, scripts=True)
        self.home, self.email = f"/{person.language}", person.email
        self.ticket = ""

    async def pressed(self, page: Page, form: Form, *chosen: tuple[str, str], **typed: str) -> Page:
        """Press the button, some twice at once: then the last answer is what the person sees."""
        if not self.person.does(self.habits.double_clicks):
            return await self.browser.send(page, form, *chosen, **typed)
        self.ledger.note("double clicks")
        pages = await asyncio.gather(*(self.browser.send(page, form, *chosen, **typed) for _ in range(2)))
        return pages[1]

    async def mail(self, template: str, life: Life) -> Mail:
        """The newest mail of a template about a booking, as a scanner and then the person see it."""
        mail = await self.post.mail(
            self.email, lambda one: one.template == template and about(one, life), template
        )
        await self._scanned(mail)
        return mail

    async def _scanned(self, mail: Mail) -> None:
        """Some mails are opened by a program first, with every link in them."""
        if self.person.does(self.habits.scanned):
            self.ledger.note("mails scanned")
            scanner = Browser(self.town.client, self.town.base, SCANNER, "en")
            for link in mail.links:
                if link.startswith(self.town.base):
                    await scanner.open(link)

    async def told(self, template: str, life: Life) -> Mail:
        """The mail that tells the time; from it on the reminders count."""
        now = self.world.now
        mail = await self.post.mail(
            self.email, lambda one: one.template == template and about(one, life) and one.at >= now, template
        )
        life.told.append(Told(mail.at, life.starts_at))
        await self._scanned(mail)
        return mail

    def left(self, life: Life) -> None:
        """What was told holds no more."""
        if life.told:
            life.told[-1].until = life.told[-1].until or self.world.now


def about(mail: Mail, life: Life) -> bool:
    """Whether a mail's first link is about this booking."""
    token = re.search(r"/t/([A-Za-z0-9_-]{54})", mail.text)
    return token is not None and subject_of(token[1]) == life.booking_id
