"""The door of one site and date: who is in the room, and which numbers were given. Pure.

Promises: the occupancy is never below 0; a visit is counted in once and out once until it returns; a
public number is given to one visit of the site and date only, whatever the order of admissions.
Whether somebody may enter is ``attendance.py``. Shown by ``tests/rules/booking/test_admission.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import assert_never
from uuid import UUID

from buergerbuero_contracts.booking import AdmissionRefusal, AdmissionRefused, BookingKind
from buergerbuero_contracts.envelope import Event
from servicekit.decider import Decider, Refused

from .floor_events import EntryCounted, ExitCounted, OccupancyCorrected

LETTERS: Mapping[BookingKind, str] = {
    BookingKind.APPOINTMENT: "ABCD",
    BookingKind.EMERGENCY: "EFGH",
    BookingKind.PICKUP: "PQRS",
    BookingKind.WALK_IN: "WXYZ",
}
"""The letters of the numbers, the next one after 999 people of a kind."""
NUMBERS = 999
"""The highest number, and more people than any room holds."""


@dataclass(frozen=True, slots=True)
class Room:
    """The room of a site and date. ``visits`` are the people of each visit, ``inside`` who is still there.

    ``given`` counts the numbers by the first letter of their kind.
    """

    occupancy: int = 0
    given: Mapping[str, int] = field(default_factory=dict)
    visits: Mapping[UUID, int] = field(default_factory=dict)
    inside: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CountEntry:
    """A visit begins: its people come in and get a number."""

    site: str
    day: date
    door: str
    visit_id: UUID
    kind: BookingKind
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountReturn:
    """The people of a visit that was over are back."""

    site: str
    day: date
    visit_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class InferExit:
    """A visit is over: its people went out."""

    site: str
    day: date
    visit_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CountExit:
    """People went out at a door."""

    site: str
    day: date
    door: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectOccupancy:
    """So many people are in the room."""

    site: str
    day: date
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRefusal:
    """Somebody was not let in; without a booking if the code was unknown."""

    site: str
    door: str
    reason: AdmissionRefusal
    at: datetime
    booking_id: UUID | None = None


Command = CountEntry | CountReturn | InferExit | CountExit | CorrectOccupancy | RecordRefusal


def evolve(state: Room, event: Event) -> Room:
    """The room after an event of its stream."""
    match event:
        case EntryCounted(public_number=None):
            return replace(state, occupancy=event.occupancy, inside=state.inside | {event.visit_id})
        case EntryCounted(public_number=str() as number):
            first = next(letters[0] for letters in LETTERS.values() if number[0] in letters)
            return replace(
                state,
                occupancy=event.occupancy,
                given={**state.given, first: state.given.get(first, 0) + 1},
                visits={**state.visits, event.visit_id: event.people},
                inside=state.inside | {event.visit_id},
            )
        case ExitCounted():
            gone = frozenset({event.visit_id}) if event.visit_id else frozenset()
            return replace(state, occupancy=event.occupancy, inside=state.inside - gone)
        case OccupancyCorrected():
            return replace(state, occupancy=event.occupancy)
    return state


def decide(command: Command, state: Room) -> Sequence[Event]:
    """The events of one command on the room."""
    match command:
        case CountEntry():
            return [enter(command, state)]
        case CountReturn():
            if command.visit_id in state.inside or command.visit_id not in state.visits:
                return []
            people = state.visits[command.visit_id]
            return [
                EntryCounted(
                    site=command.site,
                    date=command.day,
                    visit_id=command.visit_id,
                    people=people,
                    occupancy=state.occupancy + people,
                )
            ]
        case InferExit():
            if command.visit_id not in state.inside:
                return []
            return [_exit(command, state, state.visits[command.visit_id])]
        case CountExit():
            _must_be_a_number_of_people(command.people, 1)
            return [_exit(command, state, command.people)]
        case CorrectOccupancy():
            _must_be_a_number_of_people(command.people, 0)
            if command.people == state.occupancy:
                return []
            return [OccupancyCorrected(site=command.site, date=command.day, occupancy=command.people)]
        case RecordRefusal():
            return [
                AdmissionRefused(
                    booking_id=command.booking_id,
                    site=command.site,
                    door=command.door,
                    reason=command.reason,
                    at=command.at,
                )
            ]
        case _:
            assert_never(command)


def enter(command: CountEntry, state: Room) -> EntryCounted:
    """People come in and get the next number of their kind."""
    if command.visit_id in state.visits:
        raise Refused("wrong-state")
    letters = LETTERS[command.kind]
    letter, number = divmod(state.given.get(letters[0], 0), NUMBERS)
    return EntryCounted(
        site=command.site,
        date=command.day,
        door=command.door,
        visit_id=command.visit_id,
        people=command.people,
        public_number=f"{letters[letter]}{number + 1:03}",
        occupancy=state.occupancy + command.people,
    )


def _must_be_a_number_of_people(people: int, least: int) -> None:
    if not least <= people <= NUMBERS:
        raise Refused("invalid-input", errors={"people": "range"})


def _exit(command: InferExit | CountExit, state: Room, people: int) -> ExitCounted:
    return ExitCounted(
        site=command.site,
        date=command.day,
        door=command.door if isinstance(command, CountExit) else None,
        visit_id=command.visit_id if isinstance(command, InferExit) else None,
        people=people,
        occupancy=max(0, state.occupancy - people),
    )


DECIDER: Decider[Room, Command] = Decider("door", Room(), evolve, decide)
