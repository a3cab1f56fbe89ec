"""A story in which every table of every read model of reporting gets rows."""

from __future__ import annotations

import random

from tests.rules.reporting.story import (
    Told,
    admitted,
    answered,
    called,
    closed_call,
    closure,
    confirmed,
    corrected,
    custody,
    finished,
    handed_over,
    mailed,
    message,
    of_booking,
    of_item,
    of_visit,
    opened,
    papers,
    recorded_call,
    refused,
    reserved,
    returned,
    sampled,
    tell,
)
from tests.way.book import later

OPEN = {"counter": "c1", "from": later(0), "until": later(60), "pool": "online"}


def long_story() -> list[Told]:
    """Visits, bookings, calls, items and looks, each with several events, mixed up in time."""
    draw = random.Random(7)  # noqa: S311
    lives: list[list[Told]] = []
    for n in range(12):
        lives.append(
            [
                admitted(n, later(n), "pickup" if n % 4 == 0 else "appointment"),
                opened(n, later(n), "id_card_pickup" if n % 4 == 0 else "registration"),
                called(n, later(n + 5)),
                called(n, later(n + 7), 2),
                returned(n, later(n + 8)),
                called(n, later(n + 20)),
                finished(n, later(n + 30), *(["passport_apply"] if n % 3 else [])),
                corrected(n, later(n + 40), "certified_copy"),
            ][: 8 - n % 3]
        )
        booking = [
            reserved(n, later(n)),
            of_booking("BookingOpened", n, later(n)),
            of_booking("ConfirmationRequested", n, later(n + 1)),
            of_booking("HoldExpired", n, later(n + 2), stage="unconfirmed"),
            of_booking("ConfirmationRequested", n, later(n + 3), attempt=2),
            of_booking("BookingConfirmed", n, later(n + 4)),
            of_booking("BookingRescheduled", n, later(n + 5)),
            of_booking("BookingCancelled", n, later(n + 6)),
        ]
        lives += [booking[: 8 - n % 5], [mailed(n, later(n + 2))]]
        lives += [
            [recorded_call(n, later(n), ["answered", "lost", "after_hours"][n % 3])],
            [closed_call(n, later(n))],
        ]
        lives += [
            [answered(n, later(n), "email"), answered(n, later(n + 900), "email")],
            [handed_over(n, later(n))],
        ]
        day = {"site": "flensburg", "date": f"2026-11-{16 + n}", "counters": [], "blocks": [OPEN]}
        lives += [
            [
                tell("DayPlanned", later(n), **day),
                tell("DayReplanned", later(n + 9), **day | {"blocks": []}, reason="closure"),
            ][: 1 + n % 2]
        ]
        lives += [[sampled(later(n), ("registration", None, None), ("passport_apply", "2026-12-01", n))]]
        lives += [
            [
                custody("DocumentOrdered", n, later(n)),
                custody("DocumentReady", n, later(n + 9)),
                custody("DocumentStored", n, later(n + 10)),
                custody("DocumentPlacedInLocker", n, later(n + 20)),
                custody("DocumentStored", n, later(n + 21), **{"from": "locker"}),
                custody("DocumentReturned", n, later(n + 30)),
            ][: 6 - n % 4],
            [
                custody("DocumentOrdered", ("sent", n), later(n), delivery="shipping"),
                custody("DocumentShipped", ("sent", n), later(n + 1)),
                custody("DocumentStored", ("sent", n), later(n + 5), **{"from": "carrier"}),
                handed_over(("sent", n), later(n + 9)),
            ],
            [
                of_item("ItemReceived", ("open", n), later(n)),
                of_item("ItemAssigned", ("open", n), later(n + 1)),
                papers("PapersRequested", ("open", n), later(n + 2)),
                papers("PapersReceived", ("open", n), later(n + 3), complete=n % 2 == 0),
                papers("PapersOverdue", ("open", n), later(n + 4), due_on="2026-11-13"),
                of_item("ItemForwarded", ("open", n), later(n + 5)),
                of_item("ItemReopened", ("open", n), later(n + 6)),
            ][: 7 - n % 5],
            [
                confirmed(("booked", n), later(n), later(n)),
                of_booking("BookingDisplaced", ("booked", n), later(n)),
                of_booking("BookingRescheduled", ("booked", n), later(n + 1), starts_at=later(n + 7)),
                of_booking("BookingCancelled", ("booked", n), later(n + 2)),
                of_booking("CancellationUndone", ("booked", n), later(n + 3)),
                of_booking("AppointmentMissed", ("booked", n), later(n + 7)),
            ][: 6 - n % 3],
            [
                of_visit("ServiceStarted", ("served", n), later(n)),
                of_visit("VisitParked", ("served", n), later(n + 1)),
                of_visit("ServiceStarted", ("served", n), later(n + 2)),
                finished(("served", n), later(n + 3), "registration", inaccurate=n % 2 == 0),
            ],
            [refused(n, later(n), "too-early")],
            [message("MessageSent", n, later(n)), message("MessageBounced", n, later(n + 1))],
        ]
    lives.append(
        [tell("ServiceDescribed", later(n), service="registration", group=f"g{n}") for n in range(3)]
    )
    lives.append([tell("WeekNoteWritten", later(n), iso_week="2026-W47", text=f"{n}") for n in range(3)])
    lives.append(
        [
            closure("ClosureDeclared", 0, later(0)),
            closure("ClosureDeclared", 1, later(1)),
            closure("ClosureLifted", 0, later(2)),
        ]
    )
    story = []
    while lives := [life for life in lives if life]:
        story.append(draw.choice(lives).pop(0))
    return story
