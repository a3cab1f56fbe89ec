"""A citizen's way: finds the service, takes a time, says who comes, confirms by the mail, comes or does not.

Promises: everything goes through the pages and mails that a person has; a link is one that stands on a page
or in a mail, a form is the page's; what is written into the ledger is what the answers said.
"""

from __future__ import annotations

import asyncio
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import httpx

from .browser import Browser, Form, NotOnPage, Page
from .draws import Person
from .habits import WORDS
from .ledger import Ledger, Life, Told
from .office import Office
from .post import COMES_BACK, Mail, Post
from .world import World

HOLD = "__Host-booking-hold"
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]\b")
DAY = re.compile(r'<time datetime="([^"]+)"')


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


class Citizen:
    """One person's life with the office."""

    def __init__(self, town: Town, person: Person) -> None:
        self.town, self.person, self.habits = town, person, person.habits
        self.world, self.post, self.ledger = town.world, town.post, town.ledger
        self.browser = Browser(town.client, town.base, person.address, person.language)
        self.home, self.email = f"/{person.language}", person.email

    async def live(self) -> None:
        """From the first look to the last."""
        await self.world.until(self.person.comes_at)
        life = await self.book(self.person.service)
        if life is not None:
            await self.after(life)

    # --- finding and choosing

    async def book(self, service: str) -> Life | None:
        """Up to the confirmed appointment; None if it does not come to that."""
        person = self.person
        times = await self._times(service)
        if person.does(self.habits.only_looks):
            return None
        life, page = await self._take(times, service)
        if life is None:
            return None
        if person.does(self.habits.goes_back):
            life, page = await self._back(life, service)
        if person.does(self.habits.leaves_held):
            life.state = "expired_held"
            return None
        if not await self._contact(life, page):
            return None
        return await self._confirm(life)

    async def _times(self, service: str) -> Page:
        """The page of times: by search and service page, or by a link from elsewhere."""
        person = self.person
        if not person.does(self.habits.searches):
            query = f"service={service}&persons={person.persons}"
            return await self.browser.open(f"{self.home}/zeit?{query}")
        page = await self.browser.open(f"{self.home}/")
        word = WORDS.get(service)
        if word and person.language == "de":
            page = await self.browser.send(page, page.form("/anliegen"), q=word)
        elif not page.links(f"/leistung/{service}"):
            page = await self.browser.open(page.links("/anliegen")[0], came="same-origin")
        links = page.links(f"/leistung/{service}")
        if not links:
            raise NotOnPage(f"no link to {service} on {page.path}")
        page = await self.browser.open(links[0], came="same-origin")
        await self.world.sleep(minutes=1)
        return await self.browser.send(page, page.form("/zeit"), ("persons", str(person.persons)))

    def _picked(self, form: Form) -> tuple[str, str]:
        """The soonest times are liked most; some want a day of their own."""
        times = form.choices["starts_at"]
        eager = int(len(times) * self.person.random.random() ** 2)
        return ("starts_at", times[eager])

    async def _take(self, page: Page, service: str) -> tuple[Life | None, Page]:
        """Press a time; if somebody was faster, one of those that the page then offers."""
        await self.world.sleep(minutes=self.person.random.randint(0, 2))
        for _ in range(3):
            if not [one for one in page.forms if "starts_at" in one.choices]:
                self.ledger.note("found nothing free")
                return None, page
            form = page.form("/zeit", last=True)
            chosen = self._picked(form)
            before = self.browser.cookies.get(HOLD)
            page = await self._pressed(page, form, chosen)
            if page.path.endswith("/kontakt"):
                return self._held(chosen[1], service, before), page
            self.ledger.note(f"time not had ({page.status})")
            if page.status not in (409, 422):
                return None, page
        return None, page

    def _held(self, starts: str, service: str, before: str | None) -> Life:
        booking_id = subject_of(self.browser.cookies[HOLD])
        start = datetime.fromisoformat(starts)
        life = self.ledger.lives.get(booking_id)
        if life is not None:  # the same hold at another time
            life.starts_at = start
            return life
        if before and (old := self.ledger.lives.get(subject_of(before))) and old.state == "held":
            old.state = "cancelled"  # this browser gave it back for the new one
        life = Life(booking_id, service, self.person.persons, self.world.now, start, start)
        self.ledger.lives[booking_id] = life
        return life

    async def _back(self, life: Life, service: str) -> tuple[Life, Page]:
        """The back button: another time, or another matter."""
        person = self.person
        await self.world.sleep(minutes=1)
        if person.does(self.habits.changes_matter / self.habits.goes_back):
            others = [one for one in self.habits.services if one != service]
            service = person.random.choice(others)
            self.ledger.note("went back for another matter")
        else:
            self.ledger.note("went back for another time")
        query = f"service={service}&persons={person.persons}"
        page = await self.browser.open(f"{self.home}/zeit?{query}", came="same-origin")
        again, contact = await self._take(page, service)
        if again is None:
            return life, await self.browser.open(f"{self.home}/kontakt", came="same-origin")
        return again, contact

    # --- contact and confirmation

    async def _contact(self, life: Life, page: Page) -> bool:
        """Say who comes; whether the office took it."""
        person, habits = self.person, self.habits
        if person.does(habits.extends):
            await self.world.sleep(minutes=8)
            page = await self.browser.send(page, page.form("/kontakt"), by="/verlaengern", name="E")
            self.ledger.note("extended the hold")
        await self.world.sleep(minutes=2)
        if person.does(habits.forgets_tab):
            life.state = "expired_held"
            await self.world.sleep(minutes=person.random.choice((15, 40, 600)))
            self.ledger.note("sent a forgotten tab")
        wrong = person.does(habits.wrong_address)
        typed = f"nobody.{self.email}" if wrong else self.email
        form = page.form("/kontakt")
        page = await self._pressed(page, form, ("language", person.language), name=person.name, email=typed)
        if not page.path.endswith("/postfach-pruefen"):
            self.ledger.note(f"contact not taken ({page.status})")
            return False
        life.state, life.contact_at = "unconfirmed", life.contact_at or self.world.now
        self.ledger.promise(self.world.now, "confirm_request")
        if wrong:
            await self._corrected()
        return True

    async def _corrected(self) -> None:
        """Nothing comes, as the address is wrong: put it right."""
        await self.world.sleep(minutes=4)
        page = await self.browser.open(f"{self.home}/postfach-pruefen", came="same-origin")
        page = await self._pressed(page, page.form("/adresse"), email=self.email)
        self.ledger.promise(self.world.now, "confirm_request")
        self.ledger.note("corrected the address")

    async def _confirm(self, life: Life) -> Life | None:
        """The link in the mail, and the button behind it."""
        person, habits = self.person, self.habits
        if person.does(habits.sends_again):
            await self.world.sleep(minutes=3)
            await self.post.mail(self.email, _is("confirm_request"), "the first request")
            page = await self.browser.open(f"{self.home}/postfach-pruefen", came="same-origin")
            await self._pressed(page, page.form("/noch-einmal"))
            self.ledger.promise(self.world.now, "confirm_request")
            self.ledger.note("had it sent again")
            await self.world.sleep(minutes=1)
        mail = await self._mail("confirm_request", life)
        life.mailed_at = life.mailed_at or mail.at
        if self.email.startswith(COMES_BACK):
            await self.world.sleep(minutes=1)
            await self.post.give_back(mail)
            life.state = "expired_unconfirmed"
            return None
        if person.does(habits.leaves_unconfirmed):
            life.state = "expired_unconfirmed"
            return None
        await self.world.sleep(minutes=person.minutes(10).seconds // 60)
        page = await self.browser.open(mail.links[0])
        if page.status == 200:
            page = await self._pressed(page, page.form("/bestaetigen"))
        if page.status != 200:  # a start that is soon ends the time to confirm sooner
            self.ledger.note(f"not confirmed ({page.status})")
            life.state = "expired_unconfirmed"
            return None
        life.state, life.confirmed_at = "confirmed", self.world.now
        self.ledger.promise(self.world.now, "confirmed")
        if person.does(habits.reopens):
            page = await self.browser.open(mail.links[0])
            self.ledger.note("opened the link once more")
        return life

    async def _mail(self, template: str, life: Life) -> Mail:
        """The newest mail of a template about a booking, as a scanner and then the person see it."""
        mail = await self.post.mail(
            self.email, lambda one: one.template == template and _about(one, life), template
        )
        await self._scanned(mail)
        return mail

    async def _scanned(self, mail: Mail) -> None:
        """Some mails are opened by a program first, with every link in them."""
        if self.person.does(self.habits.scanned):
            self.ledger.note("mails scanned")
            scanner = Browser(self.town.client, self.town.base, "10.255.255.1", "en")
            for link in mail.links:
                if link.startswith(self.town.base):
                    await scanner.open(link)

    # --- what comes after

    async def after(self, life: Life) -> None:
        """Move, cancel, come, or stay away."""
        person, habits = self.person, self.habits
        mail = await self._told("confirmed", life)
        if life.starts_at - self.world.now > timedelta(hours=3) and person.does(habits.moves):
            mail = await self._move(life, mail)
        cancels = life.starts_at - self.world.now > timedelta(hours=2) and person.does(habits.cancels)
        if cancels and await self._cancel(life, mail):
            await self._again(life.service)
            return
        if person.does(habits.no_show):
            life.came = False
            return
        code = CODE.search(mail.text)
        if code is None:
            raise NotOnPage(f"the mail {mail.template} has no code for the door")
        await self.town.office.visited(life, person, code[0])

    async def _again(self, service: str) -> None:
        """Half of those who cancelled book anew."""
        if self.person.does(self.habits.books_again):
            await self.world.sleep(minutes=5)
            life = await self.book(service)
            if life is not None:
                await self.after(life)

    async def _ticket(self, mail: Mail) -> Page:
        """The page behind the mail's link."""
        return await self.browser.open(mail.links[0])

    async def _move(self, life: Life, mail: Mail) -> Mail:
        """Another time for the same appointment, some hours later."""
        await self._later(life)
        page = await self._ticket(mail)
        links = page.links("/verschieben")
        if not links:
            return mail
        page = await self.browser.open(links[0], came="same-origin")
        if not [one for one in page.forms if "starts_at" in one.choices]:
            return mail
        form = page.form("/verschieben")
        chosen = self._picked(form)
        page = await self._pressed(page, form, chosen)
        if page.status != 200:
            self.ledger.note(f"not moved ({page.status})")
            return mail
        self._left(life)
        life.starts_at = datetime.fromisoformat(chosen[1])
        self.ledger.note("moved")
        self.ledger.promise(self.world.now, "moved")
        return await self._told("moved", life)

    def _left(self, life: Life) -> None:
        """What was told holds no more."""
        if life.told:
            life.told[-1].until = life.told[-1].until or self.world.now

    async def _told(self, template: str, life: Life) -> Mail:
        """The mail that tells the time; from it on the reminders count."""
        now = self.world.now
        mail = await self.post.mail(
            self.email, lambda one: one.template == template and _about(one, life) and one.at >= now, template
        )
        life.told.append(Told(mail.at, life.starts_at))
        await self._scanned(mail)
        return mail

    async def _later(self, life: Life) -> None:
        """Some time between now and two hours before the start."""
        left = life.starts_at - self.world.now - timedelta(hours=2)
        await self.world.sleep(minutes=max(1, int(left.total_seconds() / 60 * self.person.random.random())))

    async def _cancel(self, life: Life, mail: Mail) -> bool:
        """Cancel with the code; some type something else first, some take it back."""
        person = self.person
        await self._later(life)
        page = await self._ticket(mail)
        links = page.links("/absagen")
        if not links:
            raise NotOnPage("a standing appointment has no link to cancel")
        page = await self.browser.open(links[0], came="same-origin")
        code = CODE.search(page.text)
        if person.does(self.habits.mistypes):
            page = await self._pressed(page, page.form("/absagen"), typed="XXXX")
            self.ledger.note(f"mistyped the code ({page.status})")
        page = await self._pressed(page, page.form("/absagen"), typed=code[0] if code else "")
        if page.status != 200:
            raise NotOnPage(f"not cancelled: {page.status} {page.heading}")
        life.state = "cancelled"
        self._left(life)
        self.ledger.note("cancelled")
        self.ledger.promise(self.world.now, "cancelled_by_citizen")
        if person.does(self.habits.undoes):
            await self.world.sleep(minutes=person.random.randint(1, 9))
            page = await self._ticket(mail)
            page = await self._pressed(page, page.form("/rueckgaengig"))
            if page.status == 200:
                life.state = "confirmed"
                self.ledger.note("took the cancellation back")
                self.ledger.promise(self.world.now, "moved")
                await self._told("moved", life)
                return False
            self.ledger.note(f"not taken back ({page.status})")
        return True

    async def _pressed(self, page: Page, form: Form, *chosen: tuple[str, str], **typed: str) -> Page:
        """Press the button, some twice at once: then the last answer is what the person sees."""
        if not self.person.does(self.habits.double_clicks):
            return await self.browser.send(page, form, *chosen, **typed)
        self.ledger.note("double clicks")
        pages = await asyncio.gather(*(self.browser.send(page, form, *chosen, **typed) for _ in range(2)))
        return pages[1]


def _is(template: str) -> Callable[[Mail], bool]:
    return lambda mail: mail.template == template


def _about(mail: Mail, life: Life) -> bool:
    """Whether a mail's first link is about this booking."""
    token = re.search(r"/t/([A-Za-z0-9_-]{54})", mail.text)
    return token is not None and subject_of(token[1]) == life.booking_id
