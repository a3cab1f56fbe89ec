"""Programs that take places and mean none: each try comes from another device and household.

Promises: a bot sends the forms of the pages, without scripts; what it holds it leaves.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from .actor import HOLD, Town, subject_of
from .browser import Browser
from .habits import Habits
from .ledger import Life
from .world import BERLIN

BEGIN, TRIES, PAUSE = time(10), 6, timedelta(minutes=10)
"""On the second day, every ten minutes for an hour."""


def swarm(seed: int, habits: Habits, town: Town) -> Iterator[Coroutine[Any, Any, None]]:
    """The bots of the scenario; none in most."""
    begin = datetime.combine(habits.begins_on + timedelta(days=1), BEGIN, BERLIN)
    for number in range(habits.bots):
        yield _bot(town, habits, begin, Random(f"{seed}:bot:{number}"), number)  # noqa: S311 - no secret


async def _bot(town: Town, habits: Habits, begin: datetime, random: Random, number: int) -> None:
    await town.world.until(begin + timedelta(minutes=random.randrange(10)))
    for attempt in range(TRIES):
        household = number * TRIES + attempt
        browser = Browser(town.client, town.base, f"172.{household // 250 % 250}.{household % 250}.9", "de")
        service = random.choice(list(habits.services))
        page = await browser.open(f"/de/zeit?service={service}&persons=1")
        forms = [one for one in page.forms if "starts_at" in one.choices]
        if forms:
            starts = random.choice(forms[-1].choices["starts_at"])
            page = await browser.send(page, forms[-1], ("starts_at", starts))
            town.ledger.note(f"bots answered {page.status}")
            if page.path.endswith("/kontakt"):
                start, booking_id = datetime.fromisoformat(starts), subject_of(browser.cookies[HOLD])
                now = town.world.now
                life = Life(booking_id, service, 1, now, start, start, state="expired_held")
                town.ledger.lives[booking_id] = life
        await town.world.sleep(minutes=PAUSE.seconds // 60)
