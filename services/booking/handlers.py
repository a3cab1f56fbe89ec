"""Commands to streams: picks what a command is decided on, and lets ``servicekit/handle.py`` run it.

Promises: API, pages, timers and reactions all come through ``Handlers.execute``; the decisions are
pure (``reserving.py``, ``decisions.py``) and may run more than once with the same draws; before a
place is refused for lack of room the due holds of that day are expired and it is decided again.
Shown by ``tests/rules/booking/test_handlers.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from msgspec import structs

from buergerbuero_contracts.booking import BookingKind
from servicekit.decider import Refused
from servicekit.handle import Handler, Outcome
from servicekit.log import Busy, Context, Decision, Due, Person, States, Stream

from . import commands as ask
from . import pickups
from .administration import (
    describe,
    plan_horizon,
    replan_horizon,
    review_protection,
    sample_lead_times,
    set_up,
)
from .case import Case, day_stream, pool_for, pool_of
from .contact import ContactData, counted_as
from .decisions import DECISIONS, streams_of
from .floor import on_floor
from .floor_commands import OfFloor
from .full_hours import FullHours
from .reserving import Reservation
from .rules import booking, catalogue, day_plan, free_slots
from .rules.booking_state import Booking, Status, folded
from .rules.calendar import TICK, local_date
from .rules.pickup import DOCUMENT, Invitation
from .rules.places import Wanted, asks_own
from .surroundings import Surroundings, site_of
from .timers import due
from .waiting_list import on_waiting_list
from .wish_commands import OfWaitingList


@dataclass(frozen=True, slots=True)
class Handlers:
    """Booking's commands, carried out."""

    handler: Handler
    around: Surroundings
    masks: free_slots.FreeMasks = field(default_factory=free_slots.FreeMasks)
    full: FullHours = field(default_factory=FullHours)

    async def execute(self, command: ask.Command, context: Context, *, fired: Due | None = None) -> Outcome:
        """Carry out one command. Raises ``Refused`` or ``Busy``. ``fired`` is the timer that asks."""
        if isinstance(command, ask.ReserveSlot):
            return await self._reserve(command, context)
        if isinstance(command, OfFloor):
            return await on_floor(self.handler, self.around, command, context, fired)
        if isinstance(command, OfWaitingList):
            return await on_waiting_list(self.handler, self.around, command, context, fired)
        match command:
            case ask.BookPickup():
                return await self._book_pickup(command, context)
            case ask.AwaitDocuments():
                return await pickups.await_documents(self.handler, command, context)
            case ask.NoteDocumentLeft():
                return await pickups.note_document_left(self.handler, self.execute, command, context)
            case ask.PlanHorizon():
                return await plan_horizon(self.handler, self.around, command, context, fired)
            case ask.ReplanHorizon():
                return await replan_horizon(self.handler, self.around, command, context)
            case ask.SampleLeadTimes():
                return await sample_lead_times(self.handler, self.around, command, context, fired)
            case ask.ReviewProtection():
                return await review_protection(self.handler, self.around, command, context, fired)
            case ask.SetUp():
                return await set_up(self.handler, command, context)
            case ask.Describe():
                return await describe(self.handler, command, context)
            case _:
                return await self._of_booking(command, context, fired)

    async def fire(self, timer: Due, now: datetime) -> Outcome:
        """Carry out what a due timer asks for, decided with the later of now and due."""
        command = due(timer, self.around.sites())
        if command is None:
            raise LookupError(f"no command for the timer {timer.kind}")
        return await self.execute(command, timer.context(now), fired=timer)

    # --- places

    async def _reserve(self, command: ask.ReserveSlot, context: Context) -> Outcome:
        site = site_of(self.around, command.site)
        day, full = day_stream(command.site, command.starts_at), self.full.of(command, site, context.at)
        if full and await self.around.stands(day, full.still, context.command_id):
            raise full.refusal()
        asked = catalogue.ask(site.catalogue, command.items, command.persons, site.opening.settings)
        known = Booking(booking_id=context.new_id("booking"))
        wanted = Wanted(asked.ticks, asked.needs, pool_of(command))
        case = self._with_contact(Case(context, site, known), command.contact)
        if code := day_plan.outside(command.starts_at, context.at, case.settings):
            return await self._refused(case, code)
        if asks_own(wanted.pool):
            far = await self._own_is_far(command.site, wanted, context.at)
            case = structs.replace(case, own_is_far=far)
        wish = Reservation(command, case, asked, day, self.full)
        place = (command.site, command.starts_at)
        try:
            return await self._placed(case, wanted, *place, wish.streams, wish, new=case.stream)
        except Refused as refused:
            self.full.keep(command, site, self.around.plan(day), wanted, context.at, refused)
            raise

    async def waiting(self, invitation_id: UUID) -> Invitation:
        """A call to collect documents, with those of them that are still here.

        Refuses ``invitation-on-its-way`` while the documents' topic has not told of it.
        """
        called = await self.around.invitation(invitation_id)
        if called is None:
            raise Refused("invitation-on-its-way")
        return called.only(await pickups.left(self.handler, called))

    async def _book_pickup(self, command: ask.BookPickup, context: Context) -> Outcome:
        invitation = await self.waiting(command.invitation_id)
        site = site_of(self.around, invitation.site)
        unmade = Booking(booking_id=invitation.booking_id, kind=BookingKind.PICKUP)
        person = await self.handler.store.person(invitation.person_id)
        case = Case(context, site, unmade, person, chance=self.around.chance())
        wish = pickups.Pickup(command, case, invitation)
        if await self._is_made(invitation.booking_id):
            return await self.handler.run(context, (case.stream,), wish.met)
        if code := day_plan.outside(command.starts_at, context.at, case.settings):
            raise Refused(code)
        wanted = pickups.wanted_for(invitation, case)
        try:
            return await self._placed(case, wanted, invitation.site, command.starts_at, wish.streams, wish)
        except Refused as refused:
            # Another process may have made it meanwhile: then its own place stands in the way.
            if await self._is_made(invitation.booking_id):
                return await self.handler.run(context, (case.stream,), wish.met)
            holder = await self._holder(invitation, context.at)
            if holder is None and refused.code != "document-booked":
                raise
            raise Refused("document-booked", booking_id=holder) from None

    async def _is_made(self, booking_id: UUID) -> bool:
        return (await self._booking(booking_id)).status is not Status.NONE

    async def _holder(self, invitation: Invitation, at: datetime) -> UUID | None:
        """The pick-up that has a document of the invitation, if it is the same person's."""
        booking_id = await self.around.holder(DOCUMENT, [*map(str, invitation.document_ids)], at)
        if booking_id is None:
            return None
        same = (await self._booking(booking_id)).person_id == invitation.person_id
        return booking_id if same else None

    async def _refused(self, case: Case, code: str) -> Outcome:
        """Refuse without a look at the date's plan, so that no caller fills the memory with dates.

        Only the booking's stream is read: the same call may have been carried out long ago.
        """

        def decide(_states: States) -> Decision:
            raise Refused(code)

        return await self.handler.run(case.context, (case.stream,), decide)

    async def _placed(
        self,
        case: Case,
        wanted: Wanted,
        site: str,
        starts_at: datetime,
        streams: Sequence[Stream],
        decide: Callable[[States], Decision],
        fired: Due | None = None,
        new: Stream | None = None,
    ) -> Outcome:
        """Run a command that wants a place; a hold past its limit stands in nobody's way."""
        try:
            return await self.handler.run(case.context, streams, decide, fired=fired, new=new)
        except Refused as refused:
            if refused.code != "slot-taken" or refused.details:
                raise
        if await self.around.expire_due(site, local_date(starts_at), case.at):
            try:
                return await self.handler.run(case.context, streams, decide, fired=fired, new=new)
            except Refused as refused:
                if refused.code != "slot-taken":
                    raise
        wanted = structs.replace(wanted, own_is_far=case.own_is_far)
        raise Refused("slot-taken", alternatives=await self._alternatives(case, wanted, site, starts_at))

    async def _alternatives(
        self, case: Case, wanted: Wanted, site: str, starts_at: datetime
    ) -> tuple[datetime, ...]:
        day, free = local_date(starts_at), self.masks.of(wanted, case.at, case.settings)
        found: tuple[datetime, ...] = ()
        for last in (day, local_date(case.at) + timedelta(days=case.settings.horizon_days)):
            found = free_slots.alternatives(await self.around.plans(site, day, last), free, starts_at)
            if len(found) == free_slots.ALTERNATIVES:
                break  # mostly its own day has enough
        return found

    async def _own_is_far(self, site: str, wanted: Wanted, at: datetime) -> bool:
        """May the telephone's pool borrow from the citizens' pool? Others do not ask."""
        if not asks_own(wanted.pool):
            return False
        today = local_date(at)
        horizon = site_of(self.around, site).opening.settings.horizon_days
        plans = await self.around.plans(site, today, today + timedelta(days=horizon))
        return free_slots.own_is_far(plans, wanted, at)

    # --- bookings that are there already

    async def _of_booking(self, command: ask.OfBooking, context: Context, fired: Due | None) -> Outcome:
        for _ in range(5):
            case = await self._case(command, context)
            decide = DECISIONS[type(command)]
            try:
                return await self._run(command, case, partial(decide, command, case), fired)
            except Refused as refused:
                if other := ask.instead(command, refused):
                    command = other
                    continue
                # Decided on what was loaded: if the booking has moved on, that refusal means nothing.
                if await self._booking(command.booking_id) == case.known:
                    raise
        raise Busy

    async def _run(
        self,
        command: ask.OfBooking,
        case: Case,
        decide: Callable[[States], Decision],
        fired: Due | None,
    ) -> Outcome:
        streams = streams_of(command, case)
        starts_at, ends_at = case.known.starts_at, case.known.ends_at
        wants_place = isinstance(command, (ask.RescheduleBooking, ask.GiveContact))
        if not wants_place or starts_at is None or ends_at is None:
            return await self.handler.run(case.context, streams, decide, fired=fired)
        new_start = command.starts_at if isinstance(command, ask.RescheduleBooking) else starts_at
        wanted = self._wanted(command, case.known, (ends_at - starts_at) // TICK)
        return await self._placed(case, wanted, case.known.site, new_start, streams, decide, fired)

    def _wanted(self, command: ask.OfBooking, known: Booking, ticks: int) -> Wanted:
        needs = catalogue.needs(site_of(self.around, known.site).catalogue, known.items)
        return Wanted(ticks, needs, pool_for(known, command), booking_id=known.booking_id)

    async def _case(self, command: ask.OfBooking, context: Context) -> Case:
        """The booking as it is now, its site and person. Refuses ``not-found``."""
        known = await self._booking(command.booking_id)
        if known.status is Status.NONE:
            raise Refused("not-found")
        person = await self.handler.store.person(known.person_id) if known.person_id else None
        case = Case(context, site_of(self.around, known.site), known, person, chance=self.around.chance())
        if known.status in booking.OPEN or isinstance(command, ask.GiveContact):
            case = structs.replace(case, counted=await self.around.counted(known.booking_id, context.at))
        if isinstance(command, ask.GiveContact):
            return await self._far(command, self._with_contact(case, command.contact))
        if isinstance(command, ask.CorrectAddress):
            former = self._with_contact(case, _contact(person)).contact
            right = self._with_contact(case, ContactData(name="-", email=command.email))
            return structs.replace(right, former=former)
        return await self._far(command, self._with_contact(case, _contact(person)))

    async def _booking(self, booking_id: UUID) -> Booking:
        stream = Stream("booking", booking_id)
        return folded((await self.handler.store.load([stream]))[stream])

    async def _far(self, command: ask.OfBooking, case: Case) -> Case:
        if not isinstance(command, (ask.RescheduleBooking, ask.GiveContact)):
            return case
        wanted = self._wanted(command, case.known, 1)
        return structs.replace(case, own_is_far=await self._own_is_far(case.known.site, wanted, case.at))

    def _with_contact(self, case: Case, contact: ContactData | None) -> Case:
        if contact is None or contact.reach is None:
            return case
        address = self.around.hashed("address", counted_as(contact.email)) if contact.email else None
        return structs.replace(
            case, contact=self.around.hashed("contact", counted_as(contact.reach)), address=address
        )


def _contact(person: Person | None) -> ContactData | None:
    """How a stored person is reached; None once erased."""
    if person is None or person.erased or not person.name:
        return None
    return ContactData(person.name, person.email, person.phone)
