"""Flensburg, seeded and planned on Wednesday, 2 December 2026 at 9:00; all places are released."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

from buergerbuero_contracts.booking import BookingOpened
from buergerbuero_contracts.envelope import Event
from services.booking import commands as ask
from services.booking import config
from services.booking.contact import ContactData
from services.booking.rules.hold_proof import Work
from services.booking.rules.limits import Origin
from services.booking.rules.site import Site
from tests.rules.booking.memory import MemoryLog, Office
from tests.rules.booking.office import CARD, at

FILE = Path(__file__).parents[3] / "config" / "flensburg.toml"
EVA = ContactData("Eva", "eva@example.org")
CALLER = ContactData("Nils", None, "+49461000000")
_SEEDED: list[MemoryLog] = []


async def flensburg() -> Office:
    """An office of one's own; the seed runs once."""
    if not _SEEDED:
        office, seed = Office(), config.read(FILE.read_text("utf-8"))
        at_once = seed.policy.model_copy(update={"same_day_share": 0.0, "random_share": 0.0})
        for command in config.seed(replace(seed, policy=at_once), Site(), office.now):
            await office.ask(command)
        await office.ask(ask.PlanHorizon(site="flensburg"))
        _SEEDED.append(office.log)
    return Office(log=_SEEDED[0].copy(), commands=1_000)


_tasks = count()


def reserve(clock: str = "10:00", device: str = "d", **more: object) -> ask.ReserveSlot:
    """A citizen picks a time on Thursday, from a device in a network of its own, with a task of their own."""
    fields: dict[str, object] = {
        "site": "flensburg",
        "starts_at": at(clock),
        "items": CARD,
        "origin": Origin(device, f"net of {device}"),
        "proof": Work(f"task {next(_tasks)}", at(clock) + timedelta(days=1)),
    }
    return ask.ReserveSlot(**fields | more)  # type: ignore[arg-type]


def kinds(events: Iterable[Event]) -> list[type[Event]]:
    """The types of events, in order."""
    return [type(event) for event in events]


async def held(office: Office, clock: str = "10:00", device: str = "d", **more: object) -> ask.ExtendHold:
    """A hold; gives a command on it, for its id."""
    events = await office.ask(reserve(clock, device, **more))
    opened = next(event for event in events if isinstance(event, BookingOpened))
    return ask.ExtendHold(booking_id=opened.booking_id, origin=Origin(device, f"net of {device}"))


async def standing(
    office: Office, clock: str = "10:00", contact: ContactData = EVA, **more: object
) -> ask.ConfirmBooking:
    """A confirmed booking; gives the command that confirmed it."""
    hold = await held(office, clock, f"device of {contact.name} at {clock}", **more)
    await office.ask(ask.GiveContact(booking_id=hold.booking_id, contact=contact, origin=hold.origin))
    confirm = ask.ConfirmBooking(booking_id=hold.booking_id, attempt=1)
    await office.ask(confirm)
    return confirm
