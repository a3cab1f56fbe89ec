"""Where each life begins: Flensburg at work on a Monday, and visits at which documents were applied for.

Made once per process and copied from then on. The visits are real: booked, admitted, served; what was
applied for stands in ServiceFinished, which documents has not heard of yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from buergerbuero_contracts.booking import (
    BookingOpened,
    CallOutOfOrderReason,
    CitizenAdmitted,
    DayPlanned,
    Pool,
)
from buergerbuero_contracts.booking import Channel as By
from buergerbuero_contracts.documents import DocumentKind
from buergerbuero_contracts.envelope import Item
from servicekit.log import Stream
from services.booking import commands as ask
from services.booking import config
from services.booking.administration import DECIDERS
from services.booking.contact import ContactData
from services.booking.floor_commands import AdmitCitizen, CallVisit, FinishService, OpenCounter, StartService
from services.booking.rules.calendar import TICK, local_date
from services.booking.rules.site import Site
from services.booking.timers import CLOSE_DAY, NO_SHOW
from services.documents.rules.holder import Holder
from services.documents.rules.ordering import document_id_of, pieces
from tests.rules.booking.flensburg import FILE
from tests.rules.booking.memory import Office
from tests.rules.documents.world import SITE, now
from tests.rules.process.logs import Log
from tests.rules.process.sides import BookingSide

MONDAY_AT_EIGHT = datetime.fromisoformat("2026-11-23T07:00Z")
DAYS = 100
"""How far places are planned: lives last up to three months, and planning is not what they are about."""
APPLIED: tuple[tuple[Item, ...], ...] = (
    (Item(service="passport_apply"), Item(service="id_card_apply")),
    (Item(service="child_document_apply"), Item(service="passport_express")),
    (Item(service="driving_licence_exchange"),),
)
"""What each visitor applied for."""
CASTS = ((0,), (1,), (0, 1), (0, 2), (0, 1, 2))
"""Which visitors a life is about."""
ID_CARD, PASSPORT, LICENCE = DocumentKind
FORMS = {ID_CARD: "L01X0", PASSPORT: "C01X0", LICENCE: "B072RRE"}
"""How the numbers of each kind begin."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A document that the producer makes: what it was ordered at, and the number printed on it."""

    booking_id: UUID
    kind: DocumentKind
    piece: int
    number: str
    holder: Holder

    @property
    def document_id(self) -> UUID:
        """The id that its order has."""
        return document_id_of(self.booking_id, self.kind, self.piece)


@dataclass(frozen=True, slots=True, eq=False)
class Beginning:
    """What a life is a copy of. ``times`` are the starts at the secured window, in order."""

    log: Log
    site: Site
    at: datetime
    pieces: tuple[Piece, ...]
    times: tuple[datetime, ...]


@cache
def beginning(cast: tuple[int, ...]) -> Beginning:
    """The beginning of lives with these visitors."""
    empty = _office()
    site = Office.site(empty, SITE)
    office = BookingSide(log=Log(DECIDERS, empty.log), now=MONDAY_AT_EIGHT, the_site=site)
    made = [one for nr in cast for one in _applied(office, nr)]
    log = office.log
    log.armed = {key: due for key, due in log.armed.items() if key[0] in (NO_SHOW, CLOSE_DAY)}
    log.uses = {}
    return Beginning(log, site, office.now, tuple(made), _times(log))


@cache
def _office() -> BookingSide:
    office = BookingSide(log=Log(DECIDERS), now=MONDAY_AT_EIGHT)
    plan = config.read(FILE.read_text("utf-8"))
    at_once = plan.policy.model_copy(update={"same_day_share": 0.0, "random_share": 0.0})
    settings = plan.settings.model_copy(update={"horizon_days": DAYS})
    for command in config.seed(replace(plan, policy=at_once, settings=settings), Site(), office.now):
        now(office.ask(command))
    office.the_site = Office.site(office, SITE)
    now(office.ask(ask.PlanHorizon(site=SITE)))
    return office


def _applied(office: BookingSide, nr: int) -> list[Piece]:
    """Booked at the desk for a moment later, let in, served."""

    def do(command: Any) -> Any:
        return now(office.ask(command))

    starts_at = MONDAY_AT_EIGHT + timedelta(hours=1, minutes=10 * nr)
    contact = ContactData(f"Visitor {nr}", f"visitor{nr}@example.org")
    items = (Item(service="id_card_apply"),)
    wish = ask.ReserveSlot(
        site=SITE, starts_at=starts_at, items=items, channel=By.DESK, pool=Pool.DESK, contact=contact
    )
    booking_id = next(one for one in do(wish) if isinstance(one, BookingOpened)).booking_id
    office.now = max(office.now, starts_at)
    (admitted,) = (
        one
        for one in do(AdmitCitizen(booking_id=booking_id, site=SITE, door="main"))
        if isinstance(one, CitizenAdmitted)
    )
    counter, visit_id = "counter_1", admitted.visit_id
    do(OpenCounter(site=SITE, counter=counter))
    do(CallVisit(visit_id=visit_id, counter=counter, reason=CallOutOfOrderReason.TRAVEL))
    do(StartService(visit_id=visit_id, counter=counter))
    do(FinishService(visit_id=visit_id, delivered=APPLIED[nr]))
    return [
        Piece(booking_id, one.kind, piece, f"{FORMS[one.kind]}{nr}{serial}T7", one.holder or Holder.ADULT)
        for serial, (piece, one) in enumerate(pieces(APPLIED[nr]))
    ]


def _times(log: Log) -> tuple[datetime, ...]:
    """Every start at the window, by the plans."""
    plans: Mapping[Stream, DayPlanned] = {
        one.stream: one.event for one in log.events if isinstance(one.event, DayPlanned)
    }
    blocks = [block for plan in plans.values() for block in plan.blocks if block.pool is Pool.PICKUP_WINDOW]
    starts = {block.from_ + n * TICK for block in blocks for n in range((block.until - block.from_) // TICK)}
    return tuple(sorted(starts))


def today(times: tuple[datetime, ...], at: datetime) -> list[datetime]:
    """The starts that are left on the local day of a moment."""
    return [one for one in times if one > at and local_date(one) == local_date(at)]
