"""Whether the people of a booking are let in, and when they are missed: the door rule. Pure.

Promises: the checks are made in the order of ``AdmissionRefusal`` and the first that fails is the
refusal; only ``too-early``, ``too-late`` and ``too-many-people`` can be set aside, with a reason; a
booking is admitted once, and a missed one only as an exception. The booking's present start counts,
never one that stands in a code. Shown by ``tests/rules/booking/test_attendance.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID

from buergerbuero_contracts.booking import (
    AdmissionMode,
    AppointmentMissed,
    BookingKind,
    CitizenAdmitted,
    OverrideReason,
)
from buergerbuero_contracts.envelope import Event
from servicekit.decider import Decider, Refused

from .booking_state import Booking, Status, evolve, person_of, start_of
from .calendar import local_date
from .settings import DEFAULTS, SiteSettings

MOST_PEOPLE = 20
"""As many as one admission can tell of, whatever the reason."""
CONFIRMED = frozenset({Status.CONFIRMED, Status.MISSED, Status.ADMITTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmitCitizen:
    """Let people in. ``occupancy``: how many are in the room already."""

    visit_id: UUID
    site: str
    door: str
    people: int
    mode: AdmissionMode
    override: OverrideReason | None
    occupancy: int
    at: datetime
    settings: SiteSettings = DEFAULTS


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkMissed:
    """Nobody came in time. ``person_revision`` is that of the row with its new end."""

    at: datetime
    person_revision: int | None = None
    settings: SiteSettings = DEFAULTS


Command = AdmitCitizen | MarkMissed


def entry_window(state: Booking, settings: SiteSettings = DEFAULTS) -> tuple[datetime, datetime]:
    """From when until when the booking's people are let in, both included."""
    starts_at = start_of(state)
    early, late = settings.early_minutes, settings.late_minutes
    if state.kind is BookingKind.PICKUP:
        early = late = settings.pickup_window_minutes
    own = [settings.late_by_service.get(item.service, late) for item in state.items]
    return starts_at - timedelta(minutes=early), starts_at + timedelta(minutes=max(own, default=late))


def decide(command: Command, state: Booking) -> Sequence[Event]:
    """The events of one command on the booking. Raises ``Refused`` with the codes of the door."""
    match command:
        case AdmitCitizen():
            return [admit(command, state)]
        case MarkMissed():
            return _miss(command, state)
        case _:
            assert_never(command)


def admit(command: AdmitCitizen, state: Booking) -> CitizenAdmitted:
    """The door rule."""
    _must_be_expected(command, state)
    if not 1 <= command.people <= MOST_PEOPLE:
        raise Refused("invalid-input", errors={"people": "range"})
    exception = _exception(command, state)
    if exception is not None and command.override is None:
        raise exception
    limit = command.settings.occupancy_limit
    if command.occupancy + command.people > limit:
        raise Refused("house-full", at_most=max(0, limit - command.occupancy))
    return CitizenAdmitted(
        booking_id=state.booking_id,
        visit_id=command.visit_id,
        kind=state.kind,
        site=state.site,
        door=command.door,
        admitted_at=command.at,
        starts_at=state.starts_at,
        people=command.people,
        mode=command.mode,
        override=command.override if exception is not None else None,
        document_ids=state.document_ids,
    )


def _must_be_expected(command: AdmitCitizen, state: Booking) -> None:
    """What no reason sets aside: this office, this day, confirmed, first use."""
    if state.status is Status.NONE:
        raise Refused("unknown-code")
    if state.site != command.site:
        raise Refused("wrong-site", site=state.site)
    if local_date(start_of(state)) != local_date(command.at):
        raise Refused("wrong-day", starts_at=state.starts_at)
    if state.status not in CONFIRMED:
        raise Refused("not-confirmed", state=state.status.value)
    if state.status is Status.ADMITTED:
        raise Refused("already-admitted", admitted_at=state.admitted_at, door=state.door)


def _exception(command: AdmitCitizen, state: Booking) -> Refused | None:
    """The first check that fails of those that staff may set aside."""
    first, last = entry_window(state, command.settings)
    most = state.persons + state.companions
    if command.at < first:
        return Refused("too-early", starts_at=state.starts_at)
    if command.at > last or state.status is Status.MISSED:
        return Refused("too-late", starts_at=state.starts_at)
    if command.people > most:
        return Refused("too-many-people", at_most=most)
    return None


def _miss(command: MarkMissed, state: Booking) -> Sequence[Event]:
    if state.status is Status.MISSED:
        return []
    if state.status is not Status.CONFIRMED:
        raise Refused("wrong-state", state=state.status.value)
    if not command.settings.records_admissions or command.at < entry_window(state, command.settings)[1]:
        return []
    return [
        AppointmentMissed(
            booking_id=state.booking_id,
            person_id=person_of(state),
            person_revision=command.person_revision or state.person_revision,
            kind=state.kind,
            starts_at=start_of(state),
            document_ids=state.document_ids,
        )
    ]


DECIDER: Decider[Booking, Command] = Decider("booking", Booking(), evolve, decide)
