"""What each person is going to do, drawn before anything happens.

Promises: the same seed, week and number give the same person, whoever else there is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from .habits import GROUPS, HOURS, LANGUAGES, MINUTES, WEEKDAYS, Habits
from .post import COMES_BACK
from .world import BERLIN, LEISURE, on_grid

RELEASE = time(7, 30)
NAMES = (
    *("Erika Mustermann", "Ole Sørensen", "Sinéad O'Brien", "Đặng Văn Ân", "Zofia Łukasiewicz", "Ø"),
    *("Anna-Lena von der Heide", "Мария Иванова", "Ayşe Yılmaz", "M" * 100, "Frederik Ågård", "Jürgen Groß"),
)


@dataclass(frozen=True)
class Person:
    """One person with their plans. ``random`` draws what only a page shows, such as which time is taken."""

    number: int
    name: str
    email: str
    address: str
    language: str
    comes_at: datetime
    service: str
    persons: int
    habits: Habits
    random: Random

    def does(self, share: float) -> bool:
        """One draw."""
        return self.random.random() < share

    def minutes(self, median: float, most: float = 55.0) -> timedelta:
        """A time that is short for most and long for some: log-normal."""
        drawn = self.random.lognormvariate(math.log(median), 0.7)
        return timedelta(minutes=max(1, round(min(drawn, most))))

    def at_door(self) -> timedelta:
        """When the person comes, counted from the start: normal(-7, 6) minutes."""
        return timedelta(minutes=round(self.random.gauss(-7, 6)))

    def served(self, service: str, persons: int) -> timedelta:
        """How long it takes at the counter: gamma, by group."""
        mean = MINUTES[GROUPS[service]] * (1 + 0.5 * (persons - 1))
        return timedelta(minutes=max(1, round(self.random.gammavariate(4, mean / 4))))


def people(seed: int, habits: Habits, monday: date, first: int, number: int, days: int = 7) -> list[Person]:
    """``number`` people of one week, or its first ``days``, by the moment at which they come.

    ``first`` numbers the first of them.
    """
    found = [_person(seed, habits, monday, days, first + n) for n in range(number)]
    return sorted(found, key=lambda one: one.comes_at)


def _person(seed: int, habits: Habits, monday: date, days: int, number: int) -> Person:
    random = Random(f"{seed}:{number}")  # noqa: S311 - no secret
    day = monday + timedelta(days=random.choices(range(days), WEEKDAYS[:days])[0])
    hour = random.choices(range(24), HOURS)[0]
    local = datetime(day.year, day.month, day.day, hour, random.randrange(60), tzinfo=BERLIN)
    if random.random() < habits.burst:
        local = datetime.combine(monday, RELEASE, BERLIN) + timedelta(minutes=random.randrange(5))
    kind = COMES_BACK if random.random() < habits.full_mailbox else ""
    service = random.choices(list(habits.services), list(habits.services.values()))[0]
    return Person(
        number=number,
        name=random.choice(NAMES),
        email=f"{kind}citizen{number}@{random.choice(('post', 'mail', 'web'))}{number % 50}.example",
        address=f"10.{number // 250 % 250}.{number % 250}.7",  # a household has a /24 of its own
        language=random.choices(list(LANGUAGES), list(LANGUAGES.values()))[0],
        comes_at=on_grid(local.astimezone(UTC), LEISURE),
        service=service,
        persons=random.choices((1, 2, 3), (88, 8, 4))[0],
        habits=habits,
        random=random,
    )
