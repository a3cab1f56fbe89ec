"""The post room of a period in working days, from what the read model counted by dates. Pure.

Promises: an item is late from the fourth working day on without a first reaction; until then it is not
counted for or against the target. Shown by ``tests/rules/reporting/test_ages.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from .ages import Ages
from .projections.post_room_queries import Closed, Open, Received
from .working_days import age, own_age

REACTION_DAYS = 3
"""Working days within which the office wants to react first."""


@dataclass(frozen=True)
class PostRoom:
    """Items of a period: come in, done, reacted to; and the ages of what lay open at its end.

    ``decided`` are items that came in and had a first reaction or are past the target; ``avoided``
    were settled in writing although a visit would have been possible.
    """

    received: int = 0
    decided: int = 0
    in_time: int = 0
    closed: int = 0
    avoided: int = 0
    ages: Ages = field(default_factory=dict)
    own_ages: Ages = field(default_factory=dict)


def post_room(
    received: Iterable[Received],
    closed: Iterable[Closed],
    lying: Iterable[Open],
    today: date,
    by_visit: Callable[[str], bool],
) -> PostRoom:
    """The figures. ``by_visit`` tells whether a service can be had by a visit."""
    came, done, still = list(received), list(closed), list(lying)
    days = [(one.items, one.reacted_on, age(one.received_on, one.reacted_on or today)) for one in came]
    late = [items for items, _reacted, passed in days if passed > REACTION_DAYS]
    in_time = [items for items, reacted, passed in days if reacted and passed <= REACTION_DAYS]
    ages, own = Counter[int](), Counter[int]()
    for one in still:
        ages[age(one.received_on, one.day)] += one.items
        own[own_age(one.received_on, one.marks, one.day)] += one.items
    return PostRoom(
        received=sum(one.items for one in came),
        decided=sum(late) + sum(in_time),
        in_time=sum(in_time),
        closed=sum(one.items for one in done),
        avoided=sum(one.items for one in done if one.outcome == "done" and by_visit(one.service)),
        ages=ages,
        own_ages=own,
    )
