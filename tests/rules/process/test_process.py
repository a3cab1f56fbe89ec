"""The passport's process across booking and documents, on generated lives: ``make process`` has more of them.

Random commands of citizens, door, window and safe; events that reach the other service late, repeated and
in any order of keys; timers, clock jumps, two processes at once, processes that die. Custody never breaks,
no document is in two places or two open pick-ups, or handed over twice or to somebody not entitled; when
all is delivered both services say the same, and days later nothing is half done.

A search that finds nothing must be able to find something: each bug below is planted and has to be found.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from buergerbuero_contracts.documents import Place
from servicekit.log import Effects
from services.booking import pickups
from services.booking.rules import pickup
from services.documents import commands as ask
from services.documents import decisions, inviting
from services.documents import followed_commands as told
from services.documents.rules import document, leaving
from tests.rules.process.run import Searched, failure, planned, searched, shortest, story

LIVES, PART = 200, 50
ENOUGH = 100
"""Lives in which a planted bug has to show."""


@cache
def part(first: int) -> Searched:
    """What some lives have shown; searched once for all tests."""
    return searched(range(first, first + PART))


@pytest.mark.parametrize("first", range(0, LIVES, PART))
def test_custody_holds_and_both_services_agree_in_the_end(first: int) -> None:
    for seed, what in part(first).wrong.items():
        raise AssertionError(f"{what}\n{story(shortest(planned(seed), what))}")


def test_the_lives_reach_what_they_are_about() -> None:
    """Lives that are refused everything would show nothing."""
    found = [part(first).found for first in range(0, LIVES, PART)]
    assert {name for one in found for name in one.events} >= {
        *("DocumentHandedOver", "DocumentReturned", "OrderJoined", "PickupReopened", "InvitationEnded"),
        *("BookingRescheduled", "BookingCancelled", "CancellationUndone", "AppointmentMissed"),
        *("CitizenAdmitted", "PickupAdmitted", "ServiceFinished", "DocumentLeft", "PickupReminded"),
    }
    assert {name for one in found for name in one.refused} >= {
        *("not-here", "second-person", "already-handed-over", "wrong-state", "holder-unknown"),
        *("invitation-on-its-way", "invitation-ended", "undo-over", "too-late", "already-admitted"),
    }


# --- planted bugs


def _no_guard(patch: pytest.MonkeyPatch) -> None:
    """Booking lets two pick-ups have one document."""
    held = pickup.held
    patch.setattr(pickup, "held", lambda *which: Effects(uses=held(*which).uses))


def _no_custody(patch: pytest.MonkeyPatch) -> None:
    """The window hands over what lies in the safe."""
    rows, hand_over = document.ROWS, leaving.hand_over

    def careless(step: Any, facts: Any, state: Any) -> Any:
        return hand_over(step, facts, replace(state, place=Place.WINDOW, window=step.window))

    row = replace(rows[ask.HandOverDocument], rule=careless)
    patch.setattr(document, "ROWS", {**rows, ask.HandOverDocument: row})


def _undo_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Documents calls again at once, though the cancellation can be undone."""

    def at_once(command: told.NotePickupEnded, around: Any, draft: Any) -> None:
        inviting.ended(replace(command, undo_until=None), around, draft)

    patch.setitem(decisions.DECISIONS, told.NotePickupEnded, at_once)


def _end_not_heard(patch: pytest.MonkeyPatch) -> None:
    """A cancelled or missed pick-up keeps its documents."""
    patch.setitem(decisions.DECISIONS, told.NotePickupEnded, lambda *_all: None)


def _visit_goes_on(patch: pytest.MonkeyPatch) -> None:
    """The last document is out, and the visit is not finished."""
    patch.setattr(pickups, "end_of", lambda _state, _documents: None)


PLANTED: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], int, str]] = {
    "two pick-ups": (_no_guard, 40, "a document in two open pick-ups"),
    "no custody": (_no_custody, 0, "custody breaks"),
    "undo forgotten": (_undo_forgotten, 0, "called anew while the cancellation can be undone"),
    "end not heard": (_end_not_heard, 0, "booked by a pick-up that is"),
    "visit goes on": (_visit_goes_on, 0, "the visit goes on|open pick-up without a document that is here"),
}
"""The bug, the life from which on it is looked for, and the pattern of what is found."""


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_found(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, first, what = PLANTED[bug]
    plant(monkeypatch)
    found = (failure(planned(seed)) for seed in range(first, first + ENOUGH))
    assert re.search(what, next((wrong for wrong in found if wrong is not None), "nothing"))


def test_a_life_that_fails_is_told_in_a_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    _no_custody(monkeypatch)
    seed, wrong = next(iter(searched(range(20)).wrong.items()))
    few = shortest(planned(seed), wrong)
    assert len(few.steps) < 10 < len(planned(seed).steps)
    told = story(few).splitlines()
    assert told[-1] == wrong.removeprefix("Broken: ")
    assert any("HandOverDocument" in line for line in told)
