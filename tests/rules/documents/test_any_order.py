"""Whatever staff, booking and time do in whatever order: custody holds, nobody is forgotten or called twice.

Booking is played adversarially: its events are about any booking of a few, repeated, late, out of order.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from buergerbuero_contracts.documents import DocumentHandedOver, Place
from servicekit.decider import Refused
from services.documents import commands as ask
from services.documents.rules.document_state import ENDED, Document, Status
from tests.rules.documents.desk import ID_CARD, LICENCE, PASSPORT, Desk, finished, uid
from tests.rules.documents.world import SITE, World

WALKS, STEPS = 40, 50
KINDS = (PASSPORT, ID_CARD, LICENCE)
BOOKINGS = [uid(f"booking {n}") for n in range(3)]
WINDOWS = ("window_1", "window_2")
AT_HAND = (Place.SAFE, Place.WINDOW)


class Walk:
    """One office, two people, and a seeded choice of what happens next."""

    def __init__(self, seed: int) -> None:
        self.draw, self.world = random.Random(seed), World()  # noqa: S311 - a repeatable story, no secret
        self.world.set(locker=True)
        self.desks = [Desk(self.world, uid(f"person {n}"), uid(f"visit {n}")) for n in range(2)]
        self.batch = self.desks[0].batch()
        self.told: list[tuple[object, UUID]] = []

    @property
    def documents(self) -> list[Document]:
        """All documents there are."""
        ids = {stream.id for stream in self.world.log.streams if stream.category == "document"}
        return [self.world.document(one) for one in sorted(ids)]

    def step(self) -> None:
        """Something happens; what is refused changes nothing."""
        acts: Sequence[Callable[[], object]] = (
            *(self.deliver, self.store, self.fetch, self.put_back, self.hand_over, self.hand_over),
            *(self.booking_says, self.booking_says, self.booking_says, self.repeat, self.pass_time),
            *(self.apply, self.rare),
        )
        try:
            self.draw.choice(acts)()
        except Refused as refused:
            self.world.refused.append(refused.code)

    def any_document(self) -> UUID:
        """Any document, ended ones too."""
        return self.draw.choice([one.document_id for one in self.documents] or [uid("none")])

    def apply(self) -> None:
        """A visit ends; perhaps the delivery was faster."""
        desk = self.draw.choice(self.desks)
        service = self.draw.choice(["passport_apply", "id_card_apply", "driving_licence_exchange"])
        self.world.hear(finished(service, booking=desk.visit, person=desk.person, at=self.world.at))

    def deliver(self) -> None:
        """A scan, by booking and kind."""
        desk, kind = self.draw.choice(self.desks), self.draw.choice(KINDS)
        scan = ask.ReceiveDocument(
            batch_id=self.batch, number=desk.number(kind), booking_id=desk.visit, kind=kind
        )
        self.world.ask(scan)

    def store(self) -> None:
        """Into one of a few bins."""
        place = f"b{self.draw.randrange(6)}"
        self.world.ask(ask.StoreDocument(document_id=self.any_document(), bin=place, approved_by="colleague"))

    def fetch(self) -> None:
        """To one of two windows."""
        window = self.draw.choice(WINDOWS)
        self.world.ask(ask.FetchDocument(document_id=self.any_document(), window=window))

    def put_back(self) -> None:
        """From one of two windows."""
        window, place = self.draw.choice(WINDOWS), f"b{self.draw.randrange(6)}"
        self.world.ask(ask.PutBack(document_id=self.any_document(), window=window, bin=place))

    def hand_over(self) -> None:
        """With or without a second person, at either window."""
        document = self.any_document()
        known = self.world.document(document)
        owner = next((one for one in self.desks if one.person == known.person_id), self.desks[0])
        command = owner.hand_over(
            document,
            window=self.draw.choice([known.window or WINDOWS[0], *WINDOWS]),
            approved_by=self.draw.choice([None, "colleague"]),
        )
        self.world.ask(command)

    def booking_says(self) -> None:
        """Any event of any booking, by any invitation there ever was."""
        desk, booking = self.draw.choice(self.desks), self.draw.choice(BOOKINGS)
        invitations = [stream.id for stream in self.world.log.streams if stream.category == "invitation"]
        if not invitations:
            return
        invitation = self.draw.choice(invitations)
        documents = self.world.invitation(invitation).document_ids
        undo_until = self.world.at + timedelta(minutes=10)
        event = self.draw.choice(
            [
                desk.confirmed(*documents, booking=booking, invitation_id=invitation),
                desk.confirmed(*documents, booking=booking, invitation_id=invitation),
                desk.cancelled(*documents, booking=booking, undo_until=undo_until),
                desk.cancelled(*documents, booking=booking),
                desk.undone(*documents, booking=booking),
                desk.missed(*documents, booking=booking),
                desk.admitted(*documents, booking=booking),
            ]
        )
        event_id = UUID(int=self.draw.getrandbits(128))
        self.told.append((event, event_id))
        self.world.hear(event, event_id)

    def repeat(self) -> None:
        """An event is delivered again, and changes nothing."""
        if self.told:
            event, event_id = self.draw.choice(self.told)
            self.world.hear(event, event_id)  # type: ignore[arg-type]

    def pass_time(self) -> None:
        """Minutes or days go by, and due timers fire."""
        self.world.passes(**self.draw.choice([{"minutes": 11}, {"hours": 20}, {"days": 15}]))

    def rare(self) -> None:
        """What seldom happens."""
        document, safe = self.any_document(), {"approved_by": self.draw.choice([None, "colleague"])}
        commands: list[ask.Command] = [
            ask.ReturnToProducer(document_id=document, **safe),
            ask.PlaceInLocker(document_id=document, locker="locker_1", agreed=True),
            ask.CollectFromLocker(document_id=document, phone=True, code=True, old_document=True),
            ask.InvitePickup(document_ids=(document,)),
            ask.CountSafe(site=SITE),
            ask.DecideDestruction(document_id=document, destroy_after=date(2026, 11, 25), **safe),
            ask.DestroyDocument(document_id=document, **safe),
        ]
        self.world.ask(self.draw.choice(commands))

    # --- what must hold after each step

    def check(self) -> None:
        """Custody, invitations and timers fit together."""
        waiting = self.waiting_under()
        for one in self.documents:
            chain = self.world.custody(one.document_id)
            places = [(event.from_, event.to) for event in chain]
            assert places[0][0] is None
            assert all(before[1] is after[0] for before, after in pairwise(places))
            assert sum(isinstance(event, DocumentHandedOver) for event in chain) <= 1
            self.check_calls(one, waiting.get(one.document_id, []))

    def waiting_under(self) -> dict[UUID, list[UUID]]:
        """Per document the open invitations that call for it."""
        found: dict[UUID, list[UUID]] = {}
        for stream in self.world.log.streams:
            if stream.category == "invitation" and self.world.invitation(stream.id).open:
                for document in self.world.invitation(stream.id).waiting:
                    found.setdefault(document, []).append(stream.id)
        return found

    def check_calls(self, one: Document, invitations: list[UUID]) -> None:
        """Nobody is called twice for a document, or not at all, or for one that is gone."""
        assert len(invitations) <= 1
        if one.status in ENDED:
            assert not invitations
            assert self.world.timer_kinds(one.document_id) <= {"case-erasure"}
        if one.status is Status.INVITED and one.awaits_invitation:
            assert self.world.timer("reinvite", one.invitation_id) is not None
        elif one.status is Status.INVITED and one.place in AT_HAND:
            assert invitations == [one.invitation_id]
        if one.status is Status.BOOKED:
            assert self.world.timer("pickup-over", one.document_id) is not None
        if one.status is Status.STORED:
            assert one.person_id is None


@pytest.mark.parametrize("ten", range(WALKS // 10))
def test_custody_holds_and_nobody_is_forgotten(ten: int) -> None:
    for seed in range(10 * ten, 10 * ten + 10):
        walk = Walk(seed)
        for _ in range(STEPS):
            walk.step()
            walk.check()


def test_the_walks_reach_what_they_are_about() -> None:
    """A walk that is refused everything would show nothing."""
    reached: set[str] = set()
    for seed in range(100):
        walk = Walk(seed)
        for _ in range(STEPS):
            walk.step()
        reached |= {type(one.event).__name__ for one in walk.world.log.events} | set(walk.world.refused)
    assert reached >= {
        *("DocumentHandedOver", "DocumentReturned", "PickupReopened", "InvitationEnded", "OrderJoined"),
        *("not-here", "wrong-state", "second-person", "bin-full", "already-handed-over", "holder-unknown"),
    }
