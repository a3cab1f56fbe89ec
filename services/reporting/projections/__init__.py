"""The read models of reporting, one file each: its rows and the queries on them, side by side."""

from __future__ import annotations

from .contact_volume import CONTACT_VOLUME
from .delivery import DELIVERY
from .documents import DOCUMENTS
from .frames import FRAMES
from .funnel import FUNNEL
from .lead_time import LEAD_TIME
from .post_room import POST_ROOM
from .visits import VISITS
from .waiting import WAITING
from .week_notes import WEEK_NOTES

__all__ = [
    "CONTACT_VOLUME",
    "DELIVERY",
    "DOCUMENTS",
    "FRAMES",
    "FUNNEL",
    "LEAD_TIME",
    "POST_ROOM",
    "PROJECTIONS",
    "VISITS",
    "WAITING",
    "WEEK_NOTES",
]

PROJECTIONS = (
    CONTACT_VOLUME,
    DELIVERY,
    DOCUMENTS,
    FRAMES,
    FUNNEL,
    LEAD_TIME,
    POST_ROOM,
    VISITS,
    WAITING,
    WEEK_NOTES,
)
