"""Numbers and rules that an office can change, with their defaults: data, not code.

Days are days of Europe/Berlin. ``wiring.py`` reads them from the site's configuration file.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from buergerbuero_contracts.documents import DocumentKind
from buergerbuero_contracts.envelope import Count, Value


class PassportConsent(StrEnum):
    """Whose consent the hand-over of a minor's passport needs."""

    ALL_CUSTODIANS = "all_custodians"
    ONE_CUSTODIAN = "one_custodian"


class SiteSettings(Value):
    """The settings of one site. ``yearly_closed`` are (month, day) of closures that come every year."""

    safe_two_persons: bool = True
    bin_capacity: Count = 1
    minor_passport_consent: PassportConsent = PassportConsent.ALL_CUSTODIANS
    reminder_days: tuple[Count, ...] = (14, 30)
    overdue_days: Count = 60
    locker: bool = False
    locker_kinds: tuple[DocumentKind, ...] = (DocumentKind.ID_CARD, DocumentKind.PASSPORT)
    locker_days: Count = 7
    yearly_closed: tuple[tuple[int, int], ...] = ((12, 24), (12, 31))
    closed: tuple[tuple[date, date], ...] = ()


DEFAULTS = SiteSettings()
