"""Walks beside a booking that keeps its promises: once all is heard, documents holds what booking holds.

``test_any_order.py`` has a booking that says anything; this one gives a document to one pick-up at a time,
and its bookings, each of its own partition, are heard at once or in any order among each other.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from buergerbuero_contracts.envelope import Event
from servicekit.decider import Refused
from services.documents import commands as ask
from services.documents.inviting import end_of_pickup
from services.documents.pages.pickup_link import stands
from services.documents.rules.document_state import ENDED, Document, Status
from tests.rules.documents.desk import ID_CARD, LICENCE, PASSPORT, Desk, uid
from tests.rules.documents.world import World

WALKS, STEPS = 100, 60
UNDO = timedelta(minutes=10)
ENTRY = timedelta(minutes=30)


@dataclass
class Pickup:
    """One booking as booking has it. ``words``: what it said and nobody heard yet."""

    id: UUID
    invitation: UUID
    documents: tuple[UUID, ...]
    starts_at: datetime
    stands: bool = True
    missed: bool = False
    undo_until: datetime | None = None
    words: deque[tuple[Event, UUID]] = field(default_factory=deque)


class Walk:
    """One person's documents, and a seeded choice of what happens next."""

    def __init__(self, seed: int, *, late: bool) -> None:
        self.draw, self.late = random.Random(seed), late  # noqa: S311 - a repeatable story, no secret
        self.world = World()
        self.desk = Desk(self.world)
        self.kinds = [PASSPORT, ID_CARD, LICENCE]
        self.documents: list[UUID] = []
        self.pickups: list[Pickup] = []
        self.grants: list[tuple[datetime, UUID]] = []
        self.said = 0

    def step(self) -> None:
        """Something happens; what is refused changes nothing."""
        acts: Sequence[Callable[[], object]] = (
            *(self.arrive, self.book, self.book, self.cancel, self.undo, self.undo, self.move, self.wait),
            *(self.wait, self.hear_one, self.hear_one, self.invite, self.give_back, self.grant, self.miss),
            self.admit,
        )
        try:
            self.draw.choice(acts)()
        except Refused as refused:
            self.world.refused.append(refused.code)

    # --- the office

    def arrive(self) -> None:
        """The next document comes, and is called for."""
        if self.kinds and self.draw.random() < 0.5:
            self.documents += self.desk.invited(self.kinds.pop())

    def invite(self) -> None:
        """A clerk calls for a document."""
        if self.documents and self.draw.random() < 0.8:
            self.world.ask(ask.InvitePickup(document_ids=(self.draw.choice(self.documents),)))

    def give_back(self) -> None:
        """A document is returned to its producer."""
        here = [one for one in self.documents if self.is_here(one)]
        if here and self.draw.random() < 0.1:
            document = self.draw.choice(here)
            self.world.ask(ask.ReturnToProducer(document_id=document, approved_by="colleague"))

    def wait(self) -> None:
        """Time goes by, not much while a word is on its way; a pick-up whose day is over has ended."""
        times: list[dict[str, float]] = [{"minutes": 3}, {"minutes": 11}, {"minutes": 40}]
        if not any(one.words for one in self.pickups):
            times += [{"minutes": 3}, {"hours": 20}, {"hours": 24}, {"days": 15}]
        self.world.passes(**self.draw.choice(times))
        for one in self.pickups:
            one.stands = one.stands and self.world.at < end_of_pickup(one.starts_at)

    # --- booking

    def grant(self) -> None:
        """Whoever has a link that leads on opens it: for half an hour a time can be booked."""
        for stream in self.world.log.streams:
            if stream.category == "invitation":
                called = self.world.invitation(stream.id)
                if stands(called, [self.world.document(one) for one in called.document_ids]) == "waits":
                    self.grants.append((self.world.at + ENTRY, stream.id))

    def book(self) -> None:
        """One pick-up per invitation, for documents that no other one has."""
        self.grant()
        used = {one.invitation for one in self.pickups}
        live = {one for until, one in self.grants if until > self.world.at} - used
        if not live:
            return
        invitation = self.draw.choice(sorted(live))
        documents = tuple(filter(self.is_here, self.world.invitation(invitation).document_ids))
        if not documents or any(self.holder(one) for one in documents):
            return
        made = Pickup(uid(f"pick-up {len(self.pickups)}"), invitation, documents, self.desk.tomorrow)
        self.pickups.append(made)
        self.tell(made, self.desk.confirmed(*documents, booking=made.id, invitation_id=invitation))

    def cancel(self) -> None:
        """Mostly with a time to take it back."""
        if one := self.any_pickup(stands=True):
            one.stands = False
            one.undo_until = self.draw.choice([self.world.at + UNDO] * 3 + [None])
            cancelled = self.desk.cancelled(*one.documents, booking=one.id, undo_until=one.undo_until)
            self.tell(one, cancelled)

    def undo(self) -> None:
        """Within its time, if no other pick-up has a document of it and one is left to collect."""
        one = self.any_pickup(stands=False)
        if one is None or one.undo_until is None or one.undo_until <= self.world.at or not self.is_free(one):
            return
        one.stands, one.undo_until = True, None
        undone = self.desk.undone(*one.documents, booking=one.id)
        self.tell(one, undone.model_copy(update={"starts_at": one.starts_at}))

    def move(self) -> None:
        """To one of the next days."""
        if one := self.any_pickup(stands=True):
            was, one.starts_at = one.starts_at, self.world.at + timedelta(days=self.draw.choice([1, 2, 3]))
            moved = self.desk.moved(*one.documents, to=one.starts_at, booking=one.id, was=was)
            self.tell(one, moved.model_copy(update={"invitation_id": one.invitation}))

    def miss(self) -> None:
        """Nobody came in time."""
        come = [one for one in self.pickups if one.stands and one.starts_at <= self.world.at]
        if come:
            one = self.draw.choice(come)
            one.stands, one.missed = False, True
            missed = self.desk.missed(*one.documents, booking=one.id)
            self.tell(one, missed.model_copy(update={"starts_at": one.starts_at}))

    def admit(self) -> None:
        """At the door, also after being missed; then no limit of booking's keeps its word in order."""
        now = self.world.at
        today = [
            one
            for one in self.pickups
            if (one.stands or (one.missed and not self.late))
            and one.starts_at - ENTRY <= now < end_of_pickup(one.starts_at)
            and self.is_free(one)
        ]
        if today:
            one = self.draw.choice(today)
            one.stands, one.missed = True, False
            admitted = self.desk.admitted(*one.documents, booking=one.id)
            self.tell(one, admitted.model_copy(update={"starts_at": one.starts_at}))

    def any_pickup(self, *, stands: bool) -> Pickup | None:
        """One that stands and has not begun, or one that does not stand."""
        found = [
            one
            for one in self.pickups
            if one.stands is stands and (not stands or one.starts_at > self.world.at)
        ]
        return self.draw.choice(found) if found else None

    def holder(self, document: UUID) -> Pickup | None:
        """Which pick-up has a document, by booking."""
        return next((one for one in self.pickups if one.stands and document in one.documents), None)

    def is_free(self, pickup: Pickup) -> bool:
        """Whether no other pick-up has a document of this one, and something is left to collect."""
        others = any(self.holder(one) not in (None, pickup) for one in pickup.documents)
        return not others and any(map(self.is_here, pickup.documents))

    def is_here(self, document: UUID) -> bool:
        """Whether a document has not left."""
        return self.world.document(document).status not in ENDED

    # --- what is heard of it

    def tell(self, pickup: Pickup, event: Event) -> None:
        """Booking's log grows by a word."""
        self.said += 1
        event_id = UUID(int=self.said)
        self.world.positions[event_id] = self.said
        pickup.words.append((event, event_id))
        if not self.late:
            self.hear_one()

    def hear_one(self) -> None:
        """The next word of any partition."""
        if waiting := [one for one in self.pickups if one.words]:
            self.world.hear(*self.draw.choice(waiting).words.popleft())

    # --- what must hold once all was heard

    def check(self) -> None:
        """Each document that is here is held by whom booking says, or its holder is called once."""
        while any(one.words for one in self.pickups):
            self.hear_one()
        self.world.fire_due()
        for document in map(self.world.document, self.documents):
            holder = self.holder(document.document_id)
            if document.status in ENDED:
                assert self.calls_for(document) == []
            elif holder is None:
                self.check_waiting(document)
            else:
                assert document.booked_by(holder.id)
                assert document.starts_at == holder.starts_at

    def check_waiting(self, document: Document) -> None:
        """No pick-up has it: its holder is called, or will be when a lost one can no longer come back."""
        assert document.status is Status.INVITED
        if document.awaits_invitation:
            mine = [one for one in self.pickups if document.document_id in one.documents]
            assert any(one.undo_until and one.undo_until > self.world.at for one in mine)
            assert self.world.timer("reinvite", document.invitation_id)
        else:
            assert self.calls_for(document) == [document.invitation_id]

    def calls_for(self, document: Document) -> list[UUID]:
        """The open invitations under which it waits."""
        ids = [stream.id for stream in self.world.log.streams if stream.category == "invitation"]
        called = [self.world.invitation(one) for one in ids]
        return [one.invitation_id for one in called if one.open and document.document_id in one.waiting]


@pytest.mark.parametrize("ten", range(WALKS // 10))
@pytest.mark.parametrize("late", [False, True], ids=["heard at once", "heard late"])
def test_once_all_is_heard_documents_holds_what_booking_holds(late: bool, ten: int) -> None:
    for seed in range(10 * ten, 10 * ten + 10):
        walk = Walk(seed, late=late)
        for _ in range(STEPS):
            walk.step()
            if not late or walk.draw.random() < 0.05:
                walk.check()
        walk.check()
