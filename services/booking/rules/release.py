"""When places open: the drawn first opening, and the return of a place that came back. Pure.

Promises: the shares of the policy hold for each day up to one half hour; the same seed draws the
same; nothing opens only after it began. Randomness comes in as a seed or a draw in [0, 1).
Shown by ``tests/rules/booking/test_release.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random

from .calendar import TICK, instant, midnight
from .settings import DEFAULTS, ProtectionLevel, ReleasePolicy, SiteSettings

Part = tuple[str, int]
"""A counter and the first tick of a half hour."""

RETURN_MINUTES = (15, 60)
RETURN_SOON_MINUTES = 11
SOON = timedelta(hours=4)
RAISED_MINUTES = (1, 10)
RELEASE_MARGIN = timedelta(minutes=30)
"""A half hour that begins less than this after the day's opening moment is not kept for the day."""


def draw(
    parts: Sequence[Part], day: date, policy: ReleasePolicy, horizon_days: int, seed: int
) -> Mapping[Part, datetime]:
    """The first opening of each half hour of online places."""
    chance = Random(seed)  # noqa: S311 - the seed comes from the system's generator and is in no public event
    order = list(parts)
    chance.shuffle(order)
    early = instant(day - timedelta(days=horizon_days), policy.opens_at)
    on_the_day = instant(day, policy.opens_at)
    starts = {part: midnight(day) + part[1] * TICK for part in order}

    late = [part for part in order if starts[part] >= on_the_day + RELEASE_MARGIN]
    same_day = set(late[: _count(len(order) * policy.same_day_share, chance)])
    rest = [part for part in order if part not in same_day]
    drawn = set(rest[: _count(len(order) * policy.random_share, chance)])
    return {
        part: on_the_day if part in same_day else _moment(day, policy, chance) if part in drawn else early
        for part in order
    }


def _count(share: float, chance: Random) -> int:
    """A whole number whose mean is ``share``."""
    whole = int(share)
    return whole + (chance.random() < share - whole)


def _moment(day: date, policy: ReleasePolicy, chance: Random) -> datetime:
    on = day - timedelta(days=chance.randint(policy.random_last_day, policy.random_first_day))
    first, last = instant(on, policy.random_from), instant(on, policy.random_until)
    return first + chance.randrange((last - first) // TICK) * TICK


def public_from(
    at: datetime, starts_at: datetime, chance: float, settings: SiteSettings = DEFAULTS
) -> datetime:
    """When a cancelled or moved place is public again: always past the undo time."""
    if starts_at - at < SOON:
        wait = float(RETURN_SOON_MINUTES)
    else:
        least, most = RETURN_MINUTES
        wait = least + chance * (most - least)
    return at + timedelta(minutes=max(round(wait, 2), settings.undo_minutes + 1))


def public_after_expiry(at: datetime, level: ProtectionLevel, chance: float) -> datetime | None:
    """When the place of an expired hold is public again; None: at once."""
    if level is ProtectionLevel.NORMAL:
        return None
    least, most = RAISED_MINUTES
    return at + timedelta(minutes=round(least + chance * (most - least), 2))
