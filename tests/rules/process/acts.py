"""Everything that can happen in a life, by name: people, the office, and what the machinery does to both.

The table says how often each happens. ``OPENINGS`` bring most lives to where the services must agree.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from tests.rules.process import office, people
from tests.rules.process.life import Life
from tests.rules.process.topics import Consumer

Act = Callable[[Life, random.Random], None]


# --- what the machinery does


def hear(consumer: str, most: int, life: Life, draw: random.Random) -> None:
    """Some events of one key arrive, or of several. Another process may take what this one has in hand."""
    of: Consumer = getattr(life, consumer)
    for _ in range(1 if life.depth else draw.randint(1, most)):
        if of.behind:
            life.deliver(of, draw.choice(list(of.behind)))


def again(life: Life, draw: random.Random) -> None:
    """A consumer reads the last events of a key once more."""
    of = draw.choice((life.to_documents, life.to_booking, life.to_called))
    if of.read:
        of.back(draw.choice(list(of.read)), draw.randint(1, 4))


def timers(most: int, life: Life, draw: random.Random) -> None:
    """Some due timers of one service fire, in any order."""
    side = draw.choice((life.booking, life.documents))
    for _ in range(draw.randint(1, most)):
        if due := life.due(side):
            life.fire(side, draw.choice(due))


def repeat(life: Life, draw: random.Random) -> None:
    """Somebody's call comes once more."""
    if life.asked:
        life.repeat(draw.choice(life.asked))


def minutes(life: Life, draw: random.Random) -> None:
    """A little time."""
    life.passes(minutes=draw.choice((1, 4, 10, 11, 30)))


def to_pickup(life: Life, draw: random.Random) -> None:
    """Until about the time of a pick-up."""
    starts = [one.starts_at for one in people.bookings(life, *people.STANDING) if one.starts_at]
    if starts:
        offset = draw.choice((-11, -10, -3, 0, 5, 10, 11))
        life.go(draw.choice(starts) + timedelta(minutes=offset))


def days(life: Life, draw: random.Random) -> None:
    """Until another day."""
    life.passes(hours=draw.choice((5, 16, 24, 24, 48, 200)))


def weeks(life: Life, draw: random.Random) -> None:
    """Long enough for reminders."""
    life.passes(days=draw.choice((14, 15, 30, 60)))


ACTS: Mapping[str, tuple[int, Act]] = {
    "book": (16, people.book),
    "move": (5, people.move),
    "cancel": (5, people.cancel),
    "undo": (5, people.undo),
    "admit": (12, people.admit),
    "serve": (2, people.serve),
    "finish": (2, people.finish),
    "order": (1, office.order),
    "receive": (6, office.receive),
    "join": (2, office.join),
    "store": (9, office.store),
    "invite": (1, office.invite),
    "ship": (2, office.ship),
    "give_back": (1, office.give_back),
    "destroy": (1, office.destroy),
    "lock": (1, office.lock),
    "count": (1, office.count),
    "fetch": (8, office.fetch),
    "put_back": (2, office.put_back),
    "hand_over": (12, office.hand_over),
    "correct": (1, office.correct),
    "repeat": (4, repeat),
    "documents_hear": (16, partial(hear, "to_documents", 3)),
    "booking_hears": (12, partial(hear, "to_booking", 3)),
    "booking_reads": (12, partial(hear, "to_called", 4)),
    "documents_catch_up": (3, partial(hear, "to_documents", 30)),
    "booking_catches_up": (3, partial(hear, "to_booking", 30)),
    "booking_reads_on": (3, partial(hear, "to_called", 30)),
    "again": (5, again),
    "timer": (8, partial(timers, 1)),
    "timers": (5, partial(timers, 20)),
    "minutes": (8, minutes),
    "to_pickup": (14, to_pickup),
    "days": (3, days),
    "weeks": (1, weeks),
}
"""What can happen, and how often it does."""
AT_ONCE = ("book", "move", "cancel", "undo", "admit", "finish", "fetch", "put_back", "hand_over", "store")
AT_ONCE_TOO = ("give_back", "documents_hear", "booking_hears", "timer", "repeat", "lock")
"""What another process may do between decision and append."""


def interrupted(life: Life, draw: random.Random) -> None:
    """Two processes at once: one decides, the other is faster."""
    first, second = (draw.choice(AT_ONCE + AT_ONCE_TOO) for _ in range(2))
    side = draw.choice((life.booking, life.documents))
    numbers = random.Random(draw.random()), random.Random(draw.random())  # noqa: S311
    with life.interrupted(side, lambda: ACTS[second][1](life, numbers[1])):
        ACTS[first][1](life, numbers[0])


def killed(life: Life, draw: random.Random) -> None:
    """A process dies at one of its appends."""
    name = draw.choice((*AT_ONCE, "documents_hear", "booking_hears", "booking_hears", "timer", "receive"))
    side = draw.choice((life.booking, life.documents))
    with life.dying(side, draw.choice((0, 0, 1)), before=draw.random() < 0.5):
        ACTS[name][1](life, draw)


ALL: Mapping[str, tuple[int, Act]] = {**ACTS, "interrupted": (8, interrupted), "killed": (6, killed)}
NAMES, WEIGHTS = tuple(ALL), tuple(weight for weight, _act in ALL.values())
STORED = "documents_catch_up receive receive receive store store"
TWICE_CALLED = "documents_catch_up receive receive store booking_reads_on store booking_reads"
OPENINGS = (
    "",
    f"{STORED} booking_reads_on book documents_hear",
    f"{STORED} store booking_reads_on book documents_hear to_pickup admit fetch documents_catch_up hand_over",
    f"{STORED} booking_reads_on book documents_hear cancel documents_hear undo documents_hear",
    f"{STORED} booking_reads_on book store booking_reads booking_reads book",
    f"{TWICE_CALLED} book cancel book",
    f"{TWICE_CALLED} book documents_hear cancel book",
)
"""How lives begin, so that most get to where services must agree; then anything may happen."""
