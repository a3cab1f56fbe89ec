"""What a decision on a booking knows besides the states: its site, its person, one draw. Pure.

Promises: nothing here reads a clock or draws; ``handlers.py`` gathers it before the decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from buergerbuero_contracts.booking import BookingKind, By, Channel, Method, Pool
from buergerbuero_contracts.envelope import Event
from servicekit.decider import Refused
from servicekit.log import Context, Effects, Person, States, Stream

from .commands import OfBooking, RescheduleBooking, ReserveSlot
from .contact import ContactData
from .rules import booking, catalogue, offers, person_documents, retention
from .rules import booking_commands as c
from .rules.booking_state import Booking, person_of, start_of
from .rules.calendar import local_date
from .rules.limits import Reached
from .rules.settings import SiteSettings
from .rules.site import Site

Part = tuple[Stream, Event]

OWN_POOL = {Channel.ONLINE: Pool.ONLINE, Channel.PHONE: Pool.PHONE, Channel.DESK: Pool.DESK}
STAFF_POOLS = frozenset({Pool.PHONE, Pool.DESK, Pool.EMERGENCY})


class Outdated(Refused):
    """The booking changed between choosing the streams and deciding: choose again. No caller sees it."""

    def __init__(self) -> None:
        super().__init__("wrong-state")


class Case(msgspec.Struct, frozen=True):
    """A command's surroundings. ``known`` is the booking as it was when the streams were chosen.

    ``contact`` is the keyed hash of the person's contact, ``address`` that of the mailbox, ``former``
    that of the contact before a correction; ``counted`` says for which network or mailbox an open booking
    counts; ``chance`` is a draw in [0, 1).
    """

    context: Context
    site: Site
    known: Booking
    person: Person | None = None
    contact: str | None = None
    address: str | None = None
    former: str | None = None
    counted: Mapping[str, str] = msgspec.field(default_factory=dict)
    chance: float = 0.5
    own_is_far: bool = False

    @property
    def settings(self) -> SiteSettings:
        """The site's settings."""
        return self.site.opening.settings

    @property
    def at(self) -> datetime:
        """The time of the decision."""
        return self.context.at

    @property
    def stream(self) -> Stream:
        """The booking's stream."""
        return Stream("booking", self.known.booking_id)

    @property
    def day(self) -> Stream:
        """The day plan that holds its place."""
        return day_stream(self.known.site, start_of(self.known))

    @property
    def documents(self) -> Stream:
        """What is known of the documents of its person."""
        return person_documents.stream_of(person_of(self.known))

    @property
    def reached(self) -> Reached:
        """Whom the limits count."""
        return Reached(self.contact, catalogue.groups(self.site.catalogue, self.known.items))

    def state(self, states: States) -> Booking:
        """The booking's present state. Raises ``Outdated`` if it is no longer the known one."""
        present: Booking = states[self.stream]
        if present != self.known:
            raise Outdated
        return present

    def own(self, command: c.Command, state: Booking) -> tuple[Part, ...]:
        """What the booking's own rules decide."""
        return tuple((self.stream, event) for event in booking.decide(command, state))

    def given_back(self, state: Booking) -> dict[str, Any]:
        """When its place is public again, and when the waiting list may have it before; see ``offers``."""
        on_list = state.kind is BookingKind.APPOINTMENT
        back = offers.returned(self.at, start_of(state), self.chance, self.settings, on_list=on_list)
        return {"public_from": back.public_from, "offer_from": back.offer_from}

    def kept(self, until: datetime) -> Effects:
        """The person's row with another end, one revision up.

        A pick-up's person is also that of the documents, whose end alone shortens the time.
        """
        if self.person is None or self.person.erased:
            return Effects()
        if self.known.kind is BookingKind.PICKUP:
            until = max(until, self.person.keep_until)
        if self.person.keep_until == until:
            return Effects()
        return Effects(people=(replace(self.person, revision=self.person.revision + 1, keep_until=until),))


def day_stream(site: str, at: datetime) -> Stream:
    """The day plan of a site on the local date of a moment."""
    return day_plan_stream(site, local_date(at))


@lru_cache(maxsize=8_192)
def day_plan_stream(site: str, day: date) -> Stream:
    """The day plan of a site and date. Kept, since a look at free times names each day of the horizon."""
    return Stream.named("day_plan", site, day)


def on_day(stream: Stream, events: Iterable[Event]) -> tuple[Part, ...]:
    """Events of one day plan, as parts of a decision."""
    return tuple((stream, event) for event in events)


def pool_of(command: ReserveSlot) -> Pool:
    """From which pool a new booking may come. Refuses ``pool-forbidden`` and ``reason-missing``."""
    pool = command.pool or OWN_POOL[command.channel]
    online = command.channel is Channel.ONLINE
    if (pool is not Pool.ONLINE) if online else (pool not in STAFF_POOLS):
        raise Refused("pool-forbidden")
    if pool is Pool.EMERGENCY and command.emergency is None:
        raise Refused("reason-missing")
    return pool


def pool_for(known: Booking, command: OfBooking) -> Pool:
    """From which pool the place of a booking is taken, when it moves or is taken again."""
    if known.kind is BookingKind.PICKUP:
        return Pool.PICKUP_WINDOW
    if isinstance(command, RescheduleBooking):
        return Pool.ONLINE if command.by is By.CITIZEN else command.pool
    return OWN_POOL[known.channel]


def proof(
    channel: Channel, contact: ContactData, by_letter: bool, wait: timedelta, settings: SiteSettings
) -> Method | None:
    """How a person is proven without a mailed link; None: the link is needed.

    Online nothing else counts. At the desk the person is present; a call shortly before the start
    leaves no time for a mail; a caller without e-mail gets a letter or the spoken code.
    """
    if channel is Channel.ONLINE:
        if contact.email is None:
            raise Refused("invalid-input", errors={"email": "missing"})
        return None
    if channel is Channel.DESK or wait < timedelta(minutes=settings.staff_call_minutes):
        return Method.STAFF
    if contact.email is not None:
        return None
    return Method.LETTER if by_letter else Method.SPOKEN


def new_person(context: Context, contact: ContactData, language: str, starts_at: datetime) -> Person:
    """The first row of a booking's person."""
    return Person(
        person_id=context.new_id("person"),
        revision=1,
        keep_until=retention.of_appointment(starts_at),
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        language=language,
        needs=contact.needs,
    )
