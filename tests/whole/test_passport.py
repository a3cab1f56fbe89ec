"""A passport's way through real processes: killed on it, out of order, several who hand over at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any
from uuid import uuid4

import httpx
import pytest
from rich.console import Console

from devstack.passport.figures import Moved, compare, read
from devstack.passport.people import Citizen, Staff, eventually
from devstack.passport.story import BOOKING, DOCUMENTS, PRODUCED, STORY, Office, book, confirm
from devstack.passport.teller import event
from servicekit.testing.databases import Database
from tests.way.passport_town import Town, town

SITE = "flensburg"
STRIKES = {
    "the order goes to the producer": (("booking", "relay"), ("documents", "project")),
    "at the window": (("documents", "project"),),
    "the visit ends by that": (("documents", "relay"), ("booking", "project")),
}
"""Who is killed at which step, between the answer and what another service makes of it."""


@pytest.fixture(scope="module")
def flensburg(
    seeded: Callable[[str], Database], fresh_topics: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("passport"), seeded, fresh_topics) as one:
        yield one


def test_the_whole_way_moves_each_figure_by_one_though_both_services_are_killed_on_it(
    flensburg: Town,
) -> None:
    o = flensburg.office("Erika Mustermann", STRIKES)
    ordered, handed = o.clock.now, o.clock.now + PRODUCED
    wanted = [
        Moved(f"{ordered:%G-W%V}", "contacts.personal"),
        Moved(f"{ordered:%G-W%V}", "docs.ordered"),
        Moved(f"{handed:%G-W%V}", "docs.ready"),
        Moved(f"{handed:%G-W%V}", "docs.pickups"),
        Moved(f"{handed:%G-W%V}", "docs.handed_over"),
        Moved(f"{handed:%G-W%V}", "contacts.handover"),
    ]
    reporting = flensburg.platform.url("reporting")
    before = read(reporting, {one.week for one in wanted})
    for chapter in STORY:
        chapter(o)
    compare(reporting, before, wanted, Console(quiet=True))

    assert getattr(o.tell, "struck") == sum(map(len, STRIKES.values()))  # noqa: B009 - the teller that kills
    assert flensburg.happened(document_id=o.facts["document_id"]) == {
        "DocumentOrdered": 1,
        "DocumentReady": 1,
        "DocumentStored": 1,
        "PickupBooked": 1,
        "DocumentFetched": 1,
        "DocumentHandedOver": 1,
    }
    assert flensburg.happened(document_ids=o.facts["document_id"])["PickupInvited"] == 1
    for booking_id in (o.facts["booking_id"], o.facts["pickup_id"]):
        assert flensburg.happened(booking_id=booking_id)["ServiceFinished"] == 1
    assert len(o.citizen.mails()) == 4
    for service in ("booking", "documents"):
        done = flensburg.platform.command(service, "verify")
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_passport_that_comes_before_its_order_is_kept_and_joins_it(flensburg: Town) -> None:
    o = flensburg.office("Otto Normal")
    book(o)
    confirm(o)
    project = flensburg.kill(("documents", "project"))
    finish_without_order(o)
    batch = o.window.post(f"{DOCUMENTS}/delivery-batches", site=SITE)["batch_id"]
    scan = {"number": "C01X00T48", "booking_id": o.facts["booking_id"], "kind": "passport"}
    document = o.window.post(f"{DOCUMENTS}/delivery-batches/{batch}/scan", **scan)["document_id"]
    o.window.post(f"{DOCUMENTS}/documents/{document}/store", bin="A13", approved_by="window_2")
    assert look(o.window, document)["state"] == "stored"
    assert flensburg.happened(document_ids=document)["PickupInvited"] == 0

    project.start()
    o.tell.event(event("PickupInvited", document_ids=document))
    assert "abholung" in o.citizen.mail(3)["links"][0]
    assert look(o.window, document)["state"] == "invited"
    assert flensburg.happened(document_id=document) == {
        "DocumentOrdered": 1,
        "DocumentReady": 1,
        "DocumentStored": 1,
    }


def test_of_all_who_hand_over_at_once_one_wins_and_the_others_learn_who_was_first(flensburg: Town) -> None:
    """The API names the refusal; page and history tell window and time (``test_window_pages.py``)."""
    o = flensburg.office("Ida Klein")
    number = "L01X00T49"
    document = ready_at_window(o, number)
    windows = ("window_1",) * 4 + ("window_2",) * 2
    start = Barrier(len(windows))

    def hand_over(window: str) -> httpx.Response:
        start.wait(30)
        return httpx.post(
            f"{flensburg.platform.url('documents')}{DOCUMENTS}/documents/{document}/hand-over",
            headers={"Authorization": f"Bearer dev:window@{SITE}", "Idempotency-Key": uuid4().hex},
            json={
                "window": window,
                "scan": number,
                "recipient_role": "applicant",
                "check_method": "photo",
                "old_document": "voided_returned",
            },
            timeout=30,
        )

    with ThreadPoolExecutor(len(windows)) as clerks:
        answers = list(clerks.map(hand_over, windows))
    won = [one for one in answers if one.status_code < 300]
    lost = [one.json() for one in answers if one.status_code == 409]
    assert (len(won), len(lost)) == (1, len(windows) - 1), [one.text for one in answers]
    assert {one["code"] for one in lost} <= {"already-handed-over", "not-here"}
    o.tell.event(event("ServiceFinished", booking_id=o.facts["pickup_id"]))
    assert flensburg.happened(document_id=document)["DocumentHandedOver"] == 1
    last = o.window.get(f"{DOCUMENTS}/documents/{document}/custody")["steps"][-1]
    assert (last["event"], last["spot"]) == ("DocumentHandedOver", "window_1")
    assert datetime.fromisoformat(last["at"]) <= o.clock.now


# --- parts of a way


def look(window: Staff, document_id: str) -> dict[str, Any]:
    found: dict[str, Any] = window.get(f"{DOCUMENTS}/documents/{document_id}")
    return found


def finish_without_order(o: Office) -> None:
    """Let in and served; nobody of documents hears of it."""
    starts_at, mail = o.facts["starts_at"], o.citizen.mail(2)
    visit = o.begin_visit(o.facts["booking_id"], starts_at, mail, "shows the ticket at the door")
    o.desk.post(f"{BOOKING}/counters/counter_1/open", site=SITE)
    o.desk.post(f"{BOOKING}/counters/counter_1/call-next", site=SITE)
    o.desk.post(f"{BOOKING}/visits/{visit}/start", counter="counter_1")
    o.tell.step(
        "takes the application",
        lambda: o.desk.post(f"{BOOKING}/visits/{visit}/finish", delivered=[{"service": "passport_apply"}]),
        event("ServiceFinished", visit_id=visit),
    )


def ready_at_window(o: Office, number: str) -> str:
    """Ordered by post, delivered, called for, booked, its holder in the house, at window 1."""
    citizen: Citizen = o.citizen
    contact = {"name": citizen.name, "email": citizen.email}
    wish = {"kind": "id_card", "site": SITE, "contact": contact, "number": number}
    document = str(o.window.post(f"{DOCUMENTS}/documents", **wish)["document_id"])
    batch = o.window.post(f"{DOCUMENTS}/delivery-batches", site=SITE)["batch_id"]
    o.window.post(f"{DOCUMENTS}/delivery-batches/{batch}/scan", number=number)
    o.window.post(f"{DOCUMENTS}/documents/{document}/store", bin="A14", approved_by="window_2")
    page = citizen.open(citizen.mail(1)["links"][0])
    citizen.press(page, starts_at=citizen.choices(page, "starts_at")[0])
    booked: Any = o.tell.event(event("BookingConfirmed", kind="pickup", document_ids=document)).event
    o.tell.event(event("PickupBooked", document_id=document))
    o.facts["pickup_id"] = str(booked.booking_id)
    o.begin_visit(o.facts["pickup_id"], booked.starts_at, citizen.mail(2), "comes")
    eventually(lambda: o.window_knows(document), "the admission at the window")
    o.window.post(f"{DOCUMENTS}/documents/{document}/fetch", window="window_1")
    return document
