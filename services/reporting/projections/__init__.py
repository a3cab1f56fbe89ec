"""The read models of reporting, one file each: its rows and the queries on them, side by side."""

from __future__ import annotations

from .contact_volume import CONTACT_VOLUME
from .funnel import FUNNEL
from .lead_time import LEAD_TIME
from .waiting import WAITING

__all__ = ["CONTACT_VOLUME", "FUNNEL", "LEAD_TIME", "PROJECTIONS", "WAITING"]

PROJECTIONS = (CONTACT_VOLUME, FUNNEL, LEAD_TIME, WAITING)
