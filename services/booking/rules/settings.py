"""Numbers that the office can change, with their defaults: site settings and the release policy.

They are data: ``config/flensburg.toml`` seeds them, ``SiteConfigured`` and ``ReleasePolicySet`` keep
them. Minutes are elapsed time, clock times are local.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from buergerbuero_contracts.envelope import Code, Count, Minutes, Value

Share = Annotated[float, Field(ge=0, le=1)]


class ProtectionLevel(StrEnum):
    """How strict the limits are."""

    NORMAL = "normal"
    RAISED = "raised"


class ExitMode(StrEnum):
    """How the door knows that people left: somebody counts, or the end of a visit says so."""

    COUNTED = "counted"
    INFERRED = "inferred"


class SiteSettings(Value):
    """The settings of one site. ``late_by_service`` widens or narrows ``late_minutes`` for a service."""

    horizon_days: Count = 28
    hold_minutes: Minutes = 10
    max_extensions: Count = 10
    confirm_minutes: Minutes = 60
    confirm_minutes_caller: Minutes = 24 * 60
    undeliverable_minutes: Minutes = 10
    undo_minutes: Minutes = 10
    max_moves: Count = 3
    companions: Count = 1
    longest_booking: Minutes = 120
    lead_minutes: Minutes = 5
    useful_gap: Minutes = 10
    offer_step: Minutes = 10
    staff_call_minutes: Minutes = 120
    occupancy_limit: Count = 15
    records_admissions: bool = True
    early_minutes: Minutes = 10
    late_minutes: Minutes = 15
    late_by_service: Mapping[Code, Minutes] = {}
    pickup_window_minutes: Minutes = 10
    exit_mode: ExitMode = ExitMode.INFERRED
    calls: Count = 3
    not_found_minutes: Minutes = 5
    recall_seconds: Count = 60
    walk_in_every: Count = 3
    rest_minutes: Minutes = 10
    offer_minutes: Minutes = 60


DEFAULTS = SiteSettings()


class ReleasePolicy(Value):
    """When online places open: most of them early, a share on the day, a share at a drawn moment."""

    opens_at: time = time(7, 30)
    same_day_share: Share = 0.10
    random_share: Share = 0.20
    random_first_day: Count = 14
    random_last_day: Count = 1
    random_from: time = time(8)
    random_until: time = time(20)


PUBLISHED_POLICY = ReleasePolicy()
