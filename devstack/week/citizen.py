"""A citizen's life with the office: book, perhaps move or cancel and take it back, come or stay away.

Promises: everything goes through the pages and mails that a person has; what is written into the ledger is
what the answers said.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from .booking import Booker
from .browser import NotOnPage, Page
from .ledger import Life
from .post import Mail

CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]\b")
"""The spoken code, in a mail or on a page."""


class Citizen(Booker):
    """One person, from the first look to the last."""

    async def live(self) -> None:
        """From the first look to the last."""
        await self.world.until(self.person.comes_at)
        life = await self.book(self.person.service)
        if life is not None:
            await self.after(life)

    async def after(self, life: Life) -> None:
        """Move, cancel, come, or stay away."""
        person, habits = self.person, self.habits
        said = self.ticket
        if self.world.now < life.starts_at:  # else the mail is of no more use, and the page has the code
            mail = await self.told("confirmed", life)
            if life.starts_at - self.world.now > timedelta(hours=3) and person.does(habits.moves):
                mail = await self._move(life, mail)
            cancels = life.starts_at - self.world.now > timedelta(hours=2) and person.does(habits.cancels)
            if cancels and await self._cancel(life, mail):
                await self._again(life.service)
                return
            said = mail.text
        if person.does(habits.no_show):
            life.came = False
            return
        code = CODE.search(said)
        if code is None:
            raise NotOnPage("neither mail nor ticket has a code for the door")
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
        page = await self.pressed(page, form, chosen)
        if page.status != 200:
            self.ledger.note(f"not moved ({page.status})")
            return mail
        self.left(life)
        life.starts_at = datetime.fromisoformat(chosen[1])
        self.ledger.note("moved")
        self.ledger.promise(self.world.now, "moved")
        return await self.told("moved", life)

    async def _later(self, life: Life) -> None:
        """Some time between now and two hours before the start."""
        left = life.starts_at - self.world.now - timedelta(hours=2)
        await self.world.idle(max(1, int(left.total_seconds() / 60 * self.person.random.random())))

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
            page = await self.pressed(page, page.form("/absagen"), typed="XXXX")
            self.ledger.note(f"mistyped the code ({page.status})")
        page = await self.pressed(page, page.form("/absagen"), typed=code[0] if code else "")
        if page.status != 200:
            raise NotOnPage(f"not cancelled: {page.status} {page.heading}")
        life.state, life.cancelled_at = "cancelled", self.world.now
        self.left(life)
        self.ledger.note("cancelled")
        self.ledger.promise(self.world.now, "cancelled_by_citizen")
        if person.does(self.habits.undoes):
            # within the ten minutes on any grid
            await self.world.sleep(minutes=person.random.randint(1, 5))
            page = await self._ticket(mail)
            page = await self.pressed(page, page.form("/rueckgaengig"))
            if page.status == 200:
                life.state = "confirmed"
                self.ledger.note("took the cancellation back")
                self.ledger.promise(self.world.now, "moved")
                await self.told("moved", life)
                return False
            self.ledger.note(f"not taken back ({page.status})")
        return True
