"""When the limits rise by themselves: many holds that nobody means. Pure.

Promises: judged are holds whose time to type is over, so that a rush of honest people does not raise
the level; what was raised by itself falls again after a calm half hour, what the lead raised stays.
Shown by ``tests/rules/booking/test_protection.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .opening import Opening, SetProtectionLevel
from .settings import ProtectionLevel, SiteSettings

SPAN = timedelta(minutes=30)
ENOUGH = 100
SHARE = 0.40


@dataclass(frozen=True, slots=True)
class Holds:
    """Online holds of a span of time, and how many of them are confirmed: a contact is quickly invented."""

    opened: int
    converted: int

    @property
    def suspicious(self) -> bool:
        """Too many, and too few of them meant."""
        return self.opened >= ENOUGH and self.converted < SHARE * self.opened


def judged(at: datetime, settings: SiteSettings) -> tuple[datetime, datetime]:
    """The span of time whose holds are judged at a moment: half an hour, up to one hold ago."""
    last = at - timedelta(minutes=settings.hold_minutes)
    return last - SPAN, last


def review(site: str, state: Opening, holds: Holds, at: datetime) -> SetProtectionLevel | None:
    """The level that follows from what became of the holds; None: it stays."""
    if holds.suspicious and state.level is ProtectionLevel.NORMAL:
        return SetProtectionLevel(site=site, level=ProtectionLevel.RAISED, calm_from=at + SPAN)
    over = state.calm_from is not None and at >= state.calm_from
    if state.level is ProtectionLevel.RAISED and over and not holds.suspicious:
        return SetProtectionLevel(site=site, level=ProtectionLevel.NORMAL)
    return None
