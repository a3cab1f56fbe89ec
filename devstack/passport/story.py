"""The story: a citizen books, confirms, is served, is told, and comes back for the passport.

Promises: every step goes through the addresses that its actor has in real life, and names the events that
must follow from it; services talk to each other through Kafka alone, so a step of one service that waits
for an event of another shows that way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .clock import StoryClock
from .people import SITE, Citizen, Staff, StoryBroken, eventually
from .teller import Teller, event

BOOKING, DOCUMENTS = "/api/booking/v1", "/api/documents/v1"
EARLY = timedelta(minutes=5)
"""How long before the appointment the citizen comes to the door."""
PRODUCED = timedelta(days=17)
"""From the order to the delivery: a passport takes two to four weeks."""
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]\b")
"""The spoken code in a mail."""
NUMBER = "C01X00T47"
"""What stands on the passport and is scanned; a specimen's number."""


@dataclass
class Office:
    """Everybody at work, and what is remembered from step to step."""

    tell: Teller
    clock: StoryClock
    citizen: Citizen
    door: Staff
    desk: Staff
    window: Staff
    facts: dict[str, Any] = field(default_factory=dict)

    def begin_visit(self, booking_id: str, starts_at: datetime, mail: dict[str, Any], doing: str) -> str:
        """To the door five minutes early, with the code of the mail that confirmed."""
        self.clock.go(starts_at - EARLY)
        code = CODE.search(mail["text"])
        if code is None:
            raise StoryBroken(f"the mail “{mail['subject']}” has no code for the door")
        self.tell.step(
            f"{doing}, code {code[0]}",
            lambda: self.door.post(f"{BOOKING}/admissions", site=SITE, door="door_1", code=code[0], people=1),
            event("CitizenAdmitted", booking_id=booking_id),
            event("VisitOpened", booking_id=booking_id),
        )
        opened: Any = self.tell.event(event("VisitOpened", booking_id=booking_id)).event
        visit = str(opened.visit_id)
        eventually(lambda: self._waits(visit), "the visit in the queue")
        return visit

    def _waits(self, visit: str) -> bool | None:
        """Whether the screens of the office show the visit."""
        floor = self.desk.get(f"{BOOKING}/sites/{SITE}/floor")
        return visit in {one["visit_id"] for one in floor["visits"]} or None

    def window_knows(self, document_id: str) -> bool | None:
        """Whether the window has heard that the holder is in the house; till then it is an exception."""
        steps = self.window.get(f"{DOCUMENTS}/documents/{document_id}/custody")["steps"]
        return any(one["event"] == "PickupAdmitted" for one in steps) or None


def book(o: Office) -> None:
    """A time is taken, and the person named."""
    citizen, day = o.citizen, o.clock.now.date()
    times = citizen.get(f"{BOOKING}/sites/{SITE}/free-slots/{day}", service="passport_apply")["times"]
    held = o.tell.step(
        f"{citizen.name} picks {times[0]['starts_at'][:16]} for a passport",
        lambda: citizen.post(
            f"{BOOKING}/bookings",
            {
                "site": SITE,
                "starts_at": times[0]["starts_at"],
                "items": [{"service": "passport_apply"}],
                "persons": 1,
                "language": "de",
            },
        ),
        event("SlotReserved", purpose="hold"),
        event("BookingOpened", kind="appointment"),
    )
    booking_id = o.facts["booking_id"] = held["booking_id"]
    o.facts["starts_at"] = datetime.fromisoformat(held["starts_at"])
    o.tell.step(
        "gives name and e-mail address",
        lambda: citizen.post(
            f"{BOOKING}/bookings/{booking_id}/give-contact",
            {"name": citizen.name, "email": citizen.email},
            held["access"],
        ),
        event("ConfirmationRequested", booking_id=booking_id),
        event("MessageSent", booking_id=booking_id, template="confirm_request"),
    )


def confirm(o: Office) -> None:
    """The link in the mail, and the button behind it."""
    mail = o.citizen.mail(1)
    o.tell.step(
        f"opens the mail “{mail['subject']}” and presses the button behind its link",
        lambda: o.citizen.press(o.citizen.open(mail["links"][0])),
        event("BookingConfirmed", booking_id=o.facts["booking_id"]),
        event("MessageSent", booking_id=o.facts["booking_id"], template="confirmed"),
    )


def serve(o: Office) -> None:
    """At the door, at the counter: the passport is applied for."""
    confirmed = o.citizen.mail(2)
    visit = o.begin_visit(o.facts["booking_id"], o.facts["starts_at"], confirmed, "is let in at the door")
    counter = f"{BOOKING}/counters/counter_1"
    o.tell.step(
        "Counter 1 opens and calls the next person",
        lambda: (
            o.desk.post(f"{counter}/open", site=SITE),
            o.desk.post(f"{counter}/call-next", site=SITE),
        ),
        event("CounterOpened", counter="counter_1"),
        event("CitizenCalled", visit_id=visit),
    )
    o.tell.step(
        "and begins",
        lambda: o.desk.post(f"{BOOKING}/visits/{visit}/start", counter="counter_1"),
        event("ServiceStarted", visit_id=visit),
    )
    o.clock.go(o.clock.now + timedelta(minutes=12))
    o.tell.step(
        "takes the application for a passport and finishes; the order goes to the producer",
        lambda: o.desk.post(f"{BOOKING}/visits/{visit}/finish", delivered=[{"service": "passport_apply"}]),
        event("ServiceFinished", visit_id=visit),
        event("DocumentOrdered", booking_id=o.facts["booking_id"], kind="passport"),
    )
    ordered: Any = o.tell.event(event("DocumentOrdered", booking_id=o.facts["booking_id"])).event
    o.facts["document_id"] = str(ordered.document_id)


def deliver(o: Office) -> None:
    """The producer's delivery is unpacked and stored, and the holder invited."""
    document_id = o.facts["document_id"]
    o.clock.go(o.clock.now + PRODUCED)
    batch = o.window.post(f"{DOCUMENTS}/delivery-batches", site=SITE)["batch_id"]
    o.tell.step(
        f"{PRODUCED.days} days later the delivery is scanned",
        lambda: (
            o.window.post(
                f"{DOCUMENTS}/delivery-batches/{batch}/scan", number=NUMBER, document_id=document_id
            ),
            o.window.post(f"{DOCUMENTS}/delivery-batches/{batch}/close"),
        ),
        event("DocumentReady", document_id=document_id),
    )
    o.tell.step(
        "two persons put it into the safe; the holder is invited by mail",
        lambda: o.window.post(
            f"{DOCUMENTS}/documents/{document_id}/store", bin="A12", approved_by="window_2"
        ),
        event("DocumentStored", document_id=document_id, to="safe"),
        event("PickupInvited", document_ids=document_id),
        event("MessageSent", template="document_ready"),
    )


def pick_a_time(o: Office) -> None:
    """The mailed link leads from documents to booking, which books without another confirmation."""
    mail = o.citizen.mail(3)
    page = o.citizen.open(mail["links"][0])
    name = "starts_at"
    times = o.citizen.choices(page, name)
    if not times:
        raise StoryBroken("the page behind the invitation offers no time")
    o.tell.step(
        f"opens the mail “{mail['subject']}” and takes {times[0][:16]} at the window",
        lambda: o.citizen.press(page, **{name: times[0]}),
        event("SlotReserved", purpose="pickup"),
        event("BookingConfirmed", kind="pickup", document_ids=o.facts["document_id"]),
        event("PickupBooked", document_id=o.facts["document_id"]),
        event("MessageSent", template="pickup_booked"),
    )
    booked: Any = o.tell.event(event("BookingConfirmed", kind="pickup")).event
    o.facts["pickup_id"], o.facts["pickup_at"] = str(booked.booking_id), booked.starts_at


def hand_over(o: Office) -> None:
    """Fetched from the safe, checked, handed over; the visit ends by that."""
    document_id, path = o.facts["document_id"], f"{DOCUMENTS}/documents/{o.facts['document_id']}"
    booked = o.citizen.mail(4)
    visit = o.begin_visit(o.facts["pickup_id"], o.facts["pickup_at"], booked, "comes back and is let in")
    o.tell.step(
        "Window 1 fetches the passport from the safe",
        lambda: o.window.post(f"{path}/fetch", window="window_1"),
        event("DocumentFetched", document_id=document_id),
    )
    eventually(lambda: o.window_knows(document_id), "the admission at the window")
    o.clock.go(o.clock.now + timedelta(minutes=3))
    o.tell.step(
        "compares photo and scan, voids the old passport, hands over; the visit ends by that",
        lambda: o.window.post(
            f"{path}/hand-over",
            window="window_1",
            scan=NUMBER,
            recipient_role="applicant",
            check_method="photo",
            authority="none_needed",
            old_document="voided_returned",
        ),
        event("DocumentHandedOver", document_id=document_id),
        event("ServiceFinished", visit_id=visit),
    )


STORY: tuple[Callable[[Office], None], ...] = (
    book,
    confirm,
    serve,
    deliver,
    pick_a_time,
    hand_over,
)
"""In this order."""
