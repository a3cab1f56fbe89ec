"""The steps of a counter's screen: the form of each as a command. Pure.

Promises: one row per button; what a form lacks or has too much is ``invalid-input`` or
``reason-missing``, never a fault. Shown by ``tests/way/test_counter.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar
from uuid import UUID

from buergerbuero_contracts.booking import (
    CallOutOfOrderReason,
    NothingDeliveredReason,
    ParkReason,
    PauseReason,
    ReturnReason,
)
from buergerbuero_contracts.envelope import Item
from servicekit.decider import Refused
from services.booking import floor_commands as f

E = TypeVar("E", bound=Enum)
Ended = TypeVar("Ended", f.FinishService, f.CorrectVisit)
AMOUNT = "amount:"
"""Begins the names of the fields that say how much of a service was delivered."""
MORE = "more"
"""The field for one more service, which nobody had booked."""


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent, at which counter."""

    site: str
    counter: str
    values: Mapping[str, str]

    @property
    def visit_id(self) -> UUID:
        """The visit that the step is about."""
        try:
            return UUID(self.values.get("visit_id", ""))
        except ValueError:
            raise Refused("not-found") from None

    def one_of(self, kind: type[E], field: str = "reason") -> E:
        """A reason, or ``reason-missing``."""
        found = self.maybe(kind, field)
        if found is None:
            raise Refused("reason-missing")
        return found

    def maybe(self, kind: type[E], field: str = "reason") -> E | None:
        """A reason, None for an empty field."""
        given = self.values.get(field, "")
        try:
            return kind(given) if given else None
        except ValueError:
            raise Refused("invalid-input", errors={field: "value"}) from None

    @property
    def delivered(self) -> tuple[Item, ...]:
        """What was delivered, with how much of it."""
        given = {
            name.removeprefix(AMOUNT): amount.strip()
            for name, amount in self.values.items()
            if name.startswith(AMOUNT) and amount.strip() not in ("", "0")
        }
        if not all(amount in "123456" and len(amount) == 1 for amount in given.values()):
            raise Refused("invalid-input", errors={"delivered": "range"})
        if more := self.values.get(MORE):
            given.setdefault(more, "1")
        return tuple(Item(service=code, quantity=int(amount)) for code, amount in given.items())


def _transfer(form: Form) -> f.TransferVisit:
    return f.TransferVisit(visit_id=form.visit_id, counter=form.values.get("target") or None)


def _told(form: Form, command: type[Ended]) -> Ended:
    """A step that tells what was delivered, or why nothing was: then amounts do not count."""
    reason = form.maybe(NothingDeliveredReason)
    delivered = () if reason else form.delivered
    return command(visit_id=form.visit_id, delivered=delivered, reason=reason)


STEPS: Mapping[str, Callable[[Form], f.OfFloor]] = {
    "oeffnen": lambda form: f.OpenCounter(site=form.site, counter=form.counter),
    "pausieren": lambda form: f.PauseCounter(
        site=form.site, counter=form.counter, reason=form.one_of(PauseReason)
    ),
    "weiter": lambda form: f.ResumeCounter(site=form.site, counter=form.counter),
    "schliessen": lambda form: f.CloseCounter(site=form.site, counter=form.counter),
    "naechste": lambda form: f.CallNext(site=form.site, counter=form.counter),
    "aufrufen": lambda form: f.CallVisit(
        visit_id=form.visit_id, counter=form.counter, reason=form.maybe(CallOutOfOrderReason)
    ),
    "erneut": lambda form: f.Recall(visit_id=form.visit_id),
    "beginnen": lambda form: f.StartService(visit_id=form.visit_id, counter=form.counter),
    "nicht-erschienen": lambda form: f.MarkNotFound(visit_id=form.visit_id),
    "zurueck": lambda form: f.ReturnToQueue(visit_id=form.visit_id, reason=form.one_of(ReturnReason)),
    "zurueckstellen": lambda form: f.ParkVisit(visit_id=form.visit_id, reason=form.one_of(ParkReason)),
    "fortsetzen": lambda form: f.ResumeVisit(visit_id=form.visit_id),
    "weiterleiten": _transfer,
    "fertig": lambda form: _told(form, f.FinishService),
    "korrigieren": lambda form: _told(form, f.CorrectVisit),
    "gegangen": lambda form: f.LeaveVisit(visit_id=form.visit_id),
}
