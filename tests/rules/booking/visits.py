"""The stages of one visit on Thursday, as the commands that led there."""

from __future__ import annotations

from buergerbuero_contracts.booking import NothingDeliveredReason, ParkReason
from buergerbuero_contracts.envelope import Event, Item
from services.booking.rules import visit
from services.booking.rules import visit_commands as c
from services.booking.rules.visit_state import Visit, visit_id_of
from tests.rules.booking.office import BOOKING, CARD, PERSON, at

VISIT = visit_id_of(BOOKING)
WHO = c.Who(PERSON, 3)
PICKUP = c.Who(PERSON, 3, pickup=True)
DELIVERED = (Item(service="id_card_apply"),)
NOTHING = NothingDeliveredReason.PAPERS_MISSING

OPEN = c.OpenVisit(
    visit_id=VISIT,
    booking_id=BOOKING,
    site="flensburg",
    public_number="A001",
    items=CARD,
    planned_at=at("10:00"),
    at=at("09:55"),
)
CALL = c.Call(counter="counter_1", at=at("10:02"))
START = c.StartService(counter="counter_1", at=at("10:03"))
PARK = c.Park(reason=ParkReason.PHOTO, at=at("10:05"))
RESUME = c.Resume(at=at("10:10"))
FINISH = c.Finish(delivered=DELIVERED, reason=None, at=at("10:20"), who=WHO)
LEAVE = c.Leave(at=at("10:30"))
CLOSE = c.Close(at=at("19:00"), who=WHO)


def called(*clocks: str, counter: str = "counter_1") -> list[c.Command]:
    """Called, and called again."""
    first, *more = clocks
    return [c.Call(counter=counter, at=at(first)), *(c.Recall(at=at(clock)) for clock in more)]


def after(*commands: c.Command) -> tuple[Event, ...]:
    """What these commands lead to, one after another."""
    state, history = Visit(), list[Event]()
    for command in commands:
        events = visit.decide(command, state)
        state = visit.DECIDER.fold(events, state)
        history += events
    return tuple(history)


LOST = (OPEN, *called("10:02", "10:04", "10:06"), c.MarkNotFound(at=at("10:08"), who=WHO))
STAGES: dict[str, tuple[Event, ...]] = {
    "none": (),
    "waiting": after(OPEN),
    "called": after(OPEN, CALL),
    "in_service": after(OPEN, CALL, START),
    "parked": after(OPEN, CALL, START, PARK),
    "gone": after(*LOST),
    "finished": after(OPEN, CALL, START, FINISH),
    "closed": after(OPEN, CALL, START, CLOSE),
}
