"""The way to an appointment: find the service, take a time, say who comes, confirm by the mail.

Promises: everything goes through the pages and mails that a person has; what is written into the ledger is
what the answers said.
"""

from __future__ import annotations

from datetime import datetime

from .actor import HOLD, Actor, about, subject_of
from .browser import Form, NotOnPage, Page
from .habits import WORDS
from .ledger import Life
from .post import COMES_BACK


class Booker(Actor):
    """Somebody who wants an appointment."""

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
            if not _shows_times(page):
                self.ledger.note("found nothing free")
                return None, page
            form = page.form("/zeit", last=True)
            chosen = self._picked(form)
            before = self.browser.cookies.get(HOLD)
            page = await self.pressed(page, form, chosen)
            if page.task and not _shows_times(page):  # the level rose meanwhile: the task comes first
                page = await self.pressed(page, page.form("/zeit"))
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
        page = await self.pressed(page, form, ("language", person.language), name=person.name, email=typed)
        if not page.path.endswith("/postfach-pruefen"):
            self.ledger.note(f"contact not taken ({page.status})")
            life.state = "expired_held"  # such as for a start that has passed meanwhile
            return False
        life.state, life.contact_at = "unconfirmed", life.contact_at or self.world.now
        self.ledger.promise(self.world.now, "confirm_request")
        return await self._corrected(life) if wrong else True

    async def _corrected(self, life: Life) -> bool:
        """Nothing comes, as the address is wrong: put it right, if there is time."""
        await self.world.sleep(minutes=4)
        page = await self.browser.open(f"{self.home}/postfach-pruefen", came="same-origin")
        if page.status != 200:
            return self._too_late(life, page)
        page = await self.pressed(page, page.form("/adresse"), email=self.email)
        self.ledger.promise(self.world.now, "confirm_request")
        self.ledger.note("corrected the address")
        return True

    def _too_late(self, life: Life, page: Page) -> bool:
        """A start that is soon ends the time to confirm sooner; nothing is left to be done."""
        self.ledger.note(f"not confirmed ({page.status})")
        life.state = "expired_unconfirmed"
        return False

    async def _confirm(self, life: Life) -> Life | None:
        """The link in the mail, and the button behind it."""
        person, habits = self.person, self.habits
        if person.does(habits.sends_again):
            await self.world.sleep(minutes=3)
            first = await self.post.mail(
                self.email,
                lambda one: one.template == "confirm_request" and about(one, life),
                "the first request",
            )
            life.mailed_at = life.mailed_at or first.at
            page = await self.browser.open(f"{self.home}/postfach-pruefen", came="same-origin")
            if page.status != 200:
                self._too_late(life, page)
                return None
            await self.pressed(page, page.form("/noch-einmal"))
            self.ledger.promise(self.world.now, "confirm_request")
            self.ledger.note("had it sent again")
            await self.world.sleep(minutes=1)
        mail = await self.mail("confirm_request", life)
        life.mailed_at = life.mailed_at or mail.at
        if self.email.startswith(COMES_BACK):
            await self.world.sleep(minutes=1)
            await self.post.give_back(mail)
            life.state = "expired_unconfirmed"
            return None
        if person.does(habits.leaves_unconfirmed):
            life.state = "expired_unconfirmed"
            return None
        await self.world.idle(person.minutes(10).seconds // 60)
        page = await self.browser.open(mail.links[0])
        if page.status == 200:
            page = await self.pressed(page, page.form("/bestaetigen"))
        if page.status != 200:
            self._too_late(life, page)
            return None
        life.state, life.confirmed_at, self.ticket = "confirmed", self.world.now, page.text
        self.ledger.promise(self.world.now, "confirmed")
        if person.does(habits.reopens):
            page = await self.browser.open(mail.links[0])
            self.ledger.note("opened the link once more")
        return life


def _shows_times(page: Page) -> bool:
    return any("starts_at" in one.choices for one in page.forms)
