"""A person who did not come: the appointment is missed and the rest of its place is free. Pure.

Promises: nobody is missed before the door would say ``too-late``; the freed rest begins on the grid and
is set aside like any returned place; the person's row is kept longer, never shorter.
Shown by ``tests/rules/booking/test_missed.py``.
"""

from __future__ import annotations

from servicekit.log import Arm, Decision, Effects, States

from .case import Case, on_day
from .floor_commands import MarkMissed
from .rules import attendance, day_plan, limits, release, retention
from .rules.booking_state import Booking, Status, start_of
from .rules.day_commands import ReleaseRest
from .timers import NO_SHOW


def mark_missed(_command: MarkMissed, case: Case, states: States) -> Decision:
    """AppointmentMissed and SlotReleased. Too early, the timer is armed for the right moment."""
    state = case.state(states)
    row = _kept(case, state)
    miss = attendance.MarkMissed(
        at=case.at,
        person_revision=row.people[0].revision if row.people else None,
        settings=case.settings,
    )
    missed = tuple((case.stream, event) for event in attendance.decide(miss, state))
    if not missed:
        return Decision((), Effects(timers=_later(case, state)))
    rest = ReleaseRest(
        booking_id=state.booking_id,
        public_from=release.public_from(case.at, case.at, case.chance, case.settings),
        at=case.at,
        least=case.settings.rest_minutes,
    )
    counted = limits.missed(case.contact, state.booking_id, case.at)
    freed = on_day(case.day, day_plan.decide(rest, states[case.day]))
    return Decision((*missed, *freed), limits.together(row, counted))


def _kept(case: Case, state: Booking) -> Effects:
    if case.person is None:
        return Effects()
    return case.kept(max(case.person.keep_until, retention.of_no_show(start_of(state))))


def _later(case: Case, state: Booking) -> tuple[Arm, ...]:
    """The timer fires at the start, for it knows no settings; the rule knows how late one may come.

    Also where admissions are not recorded: that may begin before the time is over.
    """
    until = attendance.entry_window(state, case.settings)[1]
    if state.status is not Status.CONFIRMED or case.at >= until:
        return ()
    return (Arm(NO_SHOW, state.booking_id, until),)
