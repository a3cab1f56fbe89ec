"""One call to collect documents: sent, reminded, over. One stream per invitation. Pure.

Promises: an invitation is over exactly when all its documents have left it, by a hand-over, because they
are gone, or because they wait under a newer one; it reminds at most as often as the setting says, never
while its documents are booked, and never twice at once. Shown by ``tests/rules/documents/test_inviting.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from buergerbuero_contracts.documents import InvitationEnd, InvitationEnded, PickupInvited, PickupReminded
from buergerbuero_contracts.envelope import NIL, Event
from servicekit.decider import Decider, Refused

from .document_commands import Facts
from .events import DocumentLeft, ReinvitationSet, ReminderSet

QUIET = timedelta(hours=12)
"""Between two reminders."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """One invitation. ``left``: its documents that are gone or wait elsewhere; ``reminded``: reminders
    whose time is over.
    """

    invitation_id: UUID = NIL
    document_ids: tuple[UUID, ...] = ()
    left: frozenset[UUID] = frozenset()
    person_id: UUID = NIL
    person_revision: int = 1
    site: str = ""
    language: str = "de"
    invited_at: datetime | None = None
    reminded: int = 0
    ended: InvitationEnd | None = None

    @property
    def known(self) -> bool:
        """Whether there is such an invitation."""
        return bool(self.document_ids)

    @property
    def open(self) -> bool:
        """Whether it still calls for something."""
        return self.known and self.ended is None

    @property
    def waiting(self) -> tuple[UUID, ...]:
        """Its documents that have not left it."""
        return tuple(one for one in self.document_ids if one not in self.left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """Call a person to collect these documents."""

    invitation_id: UUID
    document_ids: tuple[UUID, ...]
    person_id: UUID
    person_revision: int
    site: str
    language: str
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind:
    """Call again for what still waits: ``document_ids`` are those that no booking holds."""

    document_ids: tuple[UUID, ...]
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A document no longer waits under this invitation. The last one ends it, for this reason."""

    document_id: UUID
    reason: InvitationEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Postpone:
    """Its booking ended and may come back until ``due_at``: a new invitation follows then."""

    due_at: datetime


Command = Invite | Remind | Leave | Postpone


def evolve(state: Invitation, event: Event) -> Invitation:
    """The invitation after an event."""
    match event:
        case PickupInvited():
            return replace(
                state,
                invitation_id=event.invitation_id,
                document_ids=event.document_ids,
                person_id=event.person_id,
                person_revision=event.person_revision,
                site=event.site,
                language=event.language,
            )
        case ReminderSet():
            return replace(state, invited_at=event.invited_at, reminded=event.number - 1)
        case PickupReminded():
            return replace(state, reminded=state.reminded + 1)
        case DocumentLeft():
            return replace(state, left=state.left | {event.document_id})
        case InvitationEnded():
            return replace(state, ended=event.reason)
    return state


def decide(command: Command, state: Invitation) -> Sequence[Event]:
    """The events of one step."""
    match command:
        case Invite():
            return _invite(command, state)
        case Remind():
            return _remind(command, state)
        case Leave():
            return _leave(command, state)
        case Postpone():
            return [ReinvitationSet(invitation_id=state.invitation_id, due_at=command.due_at)]


def _invite(command: Invite, state: Invitation) -> Sequence[Event]:
    if state.known:
        raise Refused("wrong-state")
    invited = PickupInvited(
        invitation_id=command.invitation_id,
        document_ids=command.document_ids,
        person_id=command.person_id,
        person_revision=command.person_revision,
        site=command.site,
        language=command.language,
    )
    return [invited, *_next_reminder(command.invitation_id, 1, command.facts.at, command.facts)]


def _next_reminder(
    invitation_id: UUID, number: int, invited_at: datetime, facts: Facts
) -> Sequence[ReminderSet]:
    due_at = reminder_due(number, invited_at, facts)
    if due_at is None:
        return []
    return [ReminderSet(invitation_id=invitation_id, number=number, invited_at=invited_at, due_at=due_at)]


def reminder_due(number: int, invited_at: datetime, facts: Facts) -> datetime | None:
    """When the reminder of this number is due, by what is known of open days now; None: there is none."""
    days = facts.settings.reminder_days
    return facts.days.same_time_after(invited_at, days[number - 1]) if number <= len(days) else None


def _remind(command: Remind, state: Invitation) -> Sequence[Event]:
    if not state.open or not command.document_ids or state.invited_at is None:
        return []
    following = _next_reminder(state.invitation_id, state.reminded + 2, state.invited_at, command.facts)
    if following and following[0].due_at < command.facts.at + QUIET:
        return following  # after an outage only the latest one goes (F13)
    reminded = PickupReminded(
        invitation_id=state.invitation_id,
        document_ids=command.document_ids,
        person_id=state.person_id,
        person_revision=state.person_revision,
        site=state.site,
        language=state.language,
    )
    return [reminded, *following]


def _leave(command: Leave, state: Invitation) -> Sequence[Event]:
    if command.document_id not in state.waiting or not state.open:
        return []
    left = DocumentLeft(invitation_id=state.invitation_id, document_id=command.document_id)
    if len(state.waiting) > 1:
        return [left]
    return [left, InvitationEnded(invitation_id=state.invitation_id, reason=command.reason)]


DECIDER: Decider[Invitation, Command] = Decider("invitation", Invitation(), evolve, decide)
