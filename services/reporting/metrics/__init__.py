"""The registry of metrics: what each figure is called, counted in, aims at, and where it comes from.

Promises: page, CSV and JSON show exactly these, in this order. Definitions are those of the office.
Shown by ``tests/rules/reporting/test_figures.py``.
"""

from __future__ import annotations

from .bookings import BOOKINGS
from .contacts import CONTACTS
from .delivery import DELIVERY
from .documents import DOCUMENTS
from .metric import Metric
from .phone import PHONE
from .post_room import POST_ROOM
from .visits import VISITS
from .waiting import WAITING

METRICS: tuple[Metric, ...] = (
    *CONTACTS,
    *PHONE,
    *WAITING,
    *VISITS,
    *BOOKINGS,
    *POST_ROOM,
    *DOCUMENTS,
    *DELIVERY,
)
BY_ID: dict[str, Metric] = {metric.id: metric for metric in METRICS}
