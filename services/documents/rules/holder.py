"""How old the holder of a document is, as far as a hand-over needs it, and which documents one has. Pure.

Promises: 16 and 18 are reached on the birthday; who was born on 29 February reaches them on 1 March
(§ 187 (2), § 188 (2) BGB). The stream ``holder`` of a person and site only says which documents belong
together, so that all that waits is invited at once.
Shown by ``tests/rules/documents/test_handover.py`` and ``test_inviting.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from buergerbuero_contracts.envelope import Event
from servicekit.decider import Decider

from .events import HolderNamed


class Holder(StrEnum):
    """The age class of a holder: from 18, 16 and 17, below 16."""

    ADULT = "adult"
    YOUNG = "young"
    CHILD = "child"


def age_class(born_on: date, on: date) -> Holder:
    """The age class on a day."""
    years = on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
    return Holder.ADULT if years >= 18 else Holder.YOUNG if years >= 16 else Holder.CHILD


@dataclass(frozen=True, slots=True)
class Holding:
    """The documents of one person at one site, in the order in which they were named."""

    document_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NameHolder:
    """This document is for the person of the stream."""

    person_id: UUID
    person_revision: int
    document_id: UUID


def evolve(state: Holding, event: Event) -> Holding:
    """One document more."""
    match event:
        case HolderNamed():
            return replace(state, document_ids=(*state.document_ids, event.document_id))
    return state


def decide(command: NameHolder, state: Holding) -> Sequence[Event]:
    """Once per document."""
    if command.document_id in state.document_ids:
        return []
    named = HolderNamed(
        person_id=command.person_id,
        person_revision=command.person_revision,
        document_id=command.document_id,
    )
    return [named]


DECIDER: Decider[Holding, NameHolder] = Decider("holder", Holding(), evolve, decide)
