"""Where every run begins: Flensburg on a Monday, planned to Thursday, and one visit that was served.

One counter takes citizens' bookings, so that they meet. The visit is real: booked, admitted, served; what
was applied for stands in its ServiceFinished, of which nobody has heard yet, since the relay has sent
nothing. Made once per process.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import msgspec

from buergerbuero_contracts.booking import BookingOpened, CallOutOfOrderReason, Channel, CitizenAdmitted, Pool
from buergerbuero_contracts.envelope import Item
from servicekit.testing.simulation.log_tables import LogTables, Stored, TimerRow
from services.booking import commands as ask
from services.booking import config
from services.booking.contact import ContactData
from services.booking.floor_commands import AdmitCitizen, CallVisit, FinishService, OpenCounter, StartService
from services.booking.rules.site import Site
from services.documents.rules.holder import Holder
from services.documents.rules.ordering import pieces
from tests.rules.booking.flensburg import FILE
from tests.rules.booking.memory import MemoryLog, Office
from tests.rules.documents.world import now
from tests.rules.process.seed import APPLIED, FORMS, MONDAY_AT_EIGHT, Piece

SITE = "flensburg"
DAYS = 3
"""How far places are planned: planning is not what this is about."""
TUESDAY = date(2026, 11, 24)
OFFERED = ("id_card_apply", "passport_apply", "registration", "id_card_pickup", "passport_pickup")


@dataclass(frozen=True, slots=True, eq=False)
class Beginning:
    """Booking's log, the moment, and what the producer makes."""

    log: LogTables
    at: datetime
    pieces: tuple[Piece, ...]


@cache
def beginning() -> Beginning:
    """The beginning of every run."""
    office = Office(now=MONDAY_AT_EIGHT)
    plan = config.read(FILE.read_text("utf-8"))
    short = replace(
        plan,
        policy=plan.policy.model_copy(update={"same_day_share": 0.0, "random_share": 0.0}),
        settings=plan.settings.model_copy(update={"horizon_days": DAYS}),
        services=tuple(one for one in plan.services if one.code in OFFERED),
        hours=tuple(
            {**row, "counters": ["counter_1"]} if row["pool"] == "online" else row for row in plan.hours
        ),
    )
    for command in config.seed(short, Site(), office.now):
        now(office.ask(command))
    now(office.ask(ask.PlanHorizon(site=SITE)))
    made = _visit(office)
    return Beginning(_tables(office.log, office.now), office.now, tuple(made))


def _visit(office: Office) -> list[Piece]:
    """Booked at the desk for an hour later, let in, served."""

    def do(command: Any) -> Any:
        return now(office.ask(command))

    contact = ContactData("Visitor", "visitor@example.org")
    wish = ask.ReserveSlot(
        site=SITE,
        starts_at=MONDAY_AT_EIGHT + timedelta(hours=1),
        items=(Item(service="id_card_apply"),),
        channel=Channel.DESK,
        pool=Pool.DESK,
        contact=contact,
    )
    booking_id = next(one for one in do(wish) if isinstance(one, BookingOpened)).booking_id
    office.now = wish.starts_at
    told = do(AdmitCitizen(booking_id=booking_id, site=SITE, door="main"))
    visit_id = next(one for one in told if isinstance(one, CitizenAdmitted)).visit_id
    do(OpenCounter(site=SITE, counter="counter_1"))
    do(CallVisit(visit_id=visit_id, counter="counter_1", reason=CallOutOfOrderReason.TRAVEL))
    do(StartService(visit_id=visit_id, counter="counter_1"))
    do(FinishService(visit_id=visit_id, delivered=APPLIED[0]))
    return [
        Piece(booking_id, one.kind, number, f"{FORMS[one.kind]}0{serial}T7", one.holder or Holder.ADULT)
        for serial, (number, one) in enumerate(pieces(APPLIED[0]))
    ]


def _tables(log: MemoryLog, at: datetime) -> LogTables:
    made = LogTables(None)  # type: ignore[arg-type]
    for one in log.events:
        key = one.event.partition_key() if one.event.key else None
        row = Stored(
            one.position, one.stream.category, one.stream.id, one.version, one.event_id,
            type(one.event).__name__, one.event.schema_version, one.event.to_json(),
            msgspec.json.encode(msgspec.structs.replace(one.meta, key=key)).decode(), at,
            one.meta.command_id, one.meta.at, key,
        )  # fmt: skip
        made.events.append(row)
        made.streams.setdefault(row.stream_id, []).append(row)
        made.ids.add(row.event_id)
    made.timers = {key: TimerRow(due) for key, due in log.armed.items()}
    made.uses = dict(log.uses)
    for person in log.people.values():
        made.people[person.person_id] = {
            **{name: getattr(person, name) for name in type(person).__dataclass_fields__},
            "changed_at": at,
        }
    return made
