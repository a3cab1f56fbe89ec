"""Pick-ups over HTTP: a grant and a time lead to one booking, whoever presses what how often."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from buergerbuero_contracts.booking import BookingConfirmed, BookingKind, BookingOpened, Method, Pool, Purpose
from buergerbuero_contracts.booking import SlotReserved as Reserved
from servicekit.tokens import Purpose as Link
from services.booking import commands as ask
from services.booking.rules.events import Leaving
from tests.way.booking_desk import TUESDAY, Desk, bearer, refused
from tests.way.memory_office import events_of
from tests.way.pickup_desk import ID_CARD, PASSPORT, Waiting, pick

TEN = "2026-12-01T10:00:00+01:00"


@pytest.fixture
def eva(desk: Desk) -> Waiting:
    return Waiting(desk.office, ID_CARD, PASSPORT)


def appended(desk: Desk, kind: type[Any]) -> list[Any]:
    return [one.event for one in desk.office.log.events if isinstance(one.event, kind)]


# --- the way


def test_documents_of_one_person_are_collected_in_one_visit_of_five_minutes_each(
    desk: Desk, eva: Waiting
) -> None:
    free = desk.get(f"/pickups/free-slots?grant={eva.grant()}").json()
    assert free["items"] == [
        {"service": "id_card_pickup", "quantity": 1},
        {"service": "passport_pickup", "quantity": 1},
    ]
    assert [day["date"] for day in free["days"]] == [
        *("2026-11-25", "2026-11-26", "2026-11-27", "2026-11-30", "2026-12-01")
    ]
    assert free["next_from"] == "2026-12-02"
    first = free["days"][-1]["times"][0]
    assert first == {
        "starts_at": "2026-12-01T07:30:00+01:00",
        "ends_at": "2026-12-01T07:40:00+01:00",
    }
    answer = pick(desk, eva.grant(), first["starts_at"])
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["booking_id"], body["state"]) == (str(eva.booking_id), "confirmed")
    (reserved,), (opened,), (confirmed,) = (
        appended(desk, kind) for kind in (Reserved, BookingOpened, BookingConfirmed)
    )
    assert (reserved.pool, reserved.purpose, reserved.counter) == (
        Pool.PICKUP_WINDOW,
        Purpose.PICKUP,
        "window_1",
    )
    ids = tuple(document for document, _kind in eva.documents)
    assert (opened.kind, opened.document_ids) == (BookingKind.PICKUP, ids)
    assert (confirmed.method, confirmed.invitation_id) == (Method.PICKUP_LINK, eva.invitation_id)
    assert (confirmed.person_id, confirmed.person_revision) == (eva.person_id, 3)
    assert confirmed.document_ids == ids
    look = desk.get(f"/bookings/{body['booking_id']}", **bearer(body["access"]))
    assert look.json()["spoken_code"] == body["spoken_code"]


def test_from_a_date_on_only_later_days_are_shown(desk: Desk, eva: Waiting) -> None:
    path = f"/pickups/free-slots?grant={eva.grant()}&from=2026-12-03&days=1"
    assert [day["date"] for day in desk.get(path).json()["days"]] == ["2026-12-03"]
    refused(desk.get(path.replace("days=1", "days=0")), 422, "invalid-input")
    refused(desk.get(path.replace("2026-12-03", "9999-12-31")), 422, "invalid-input")


# --- grants


def test_a_late_grant_says_so_and_a_forged_or_foreign_one_is_nothing(desk: Desk, eva: Waiting) -> None:
    late, good = eva.grant(minutes=-1), eva.grant()
    refused(pick(desk, late, TEN), 410, "grant-expired")
    refused(desk.get(f"/pickups/free-slots?grant={late}"), 410, "grant-expired")
    unknown = pick(desk, "x", TEN)
    refused(unknown, 404, "not-found")
    for bad in (
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good[:-1],
        good + "=",
        eva.grant(purpose=Link.PICKUP),
        eva.grant(purpose=Link.TICKET),
        "ä" * 54,
        "",
    ):
        assert pick(desk, bad, TEN).content == unknown.content
        assert desk.get(f"/pickups/free-slots?grant={bad}").content == unknown.content
    assert events_of(desk.office).get("BookingOpened") is None


def test_an_invitation_that_is_not_known_yet_is_asked_for_again_never_expired(
    desk: Desk, eva: Waiting
) -> None:
    eva.unknown()
    for answer in (pick(desk, eva.grant(), TEN), desk.get(f"/pickups/free-slots?grant={eva.grant()}")):
        refused(answer, 503, "invitation-on-its-way")
        assert answer.headers["retry-after"] == "2"
    eva.known()
    assert pick(desk, eva.grant(), TEN).status_code == 201


def test_an_ended_invitation_is_refused_clearly(desk: Desk, eva: Waiting) -> None:
    eva.known(ended=True)
    told = refused(pick(desk, eva.grant(), TEN), 410, "invitation-ended")
    assert "nichts mehr abzuholen" in told["detail"]
    refused(desk.get(f"/pickups/free-slots?grant={eva.grant()}"), 410, "invitation-ended")


# --- once


def test_the_second_post_meets_the_first(desk: Desk, eva: Waiting) -> None:
    first = pick(desk, eva.grant(), TEN, "the-same-key")
    grant = eva.grant(minutes=25)
    second = pick(desk, grant, "2026-12-02T09:00:00+01:00")
    assert (second.status_code, second.json()["starts_at"]) == (200, TEN)
    assert second.json()["access"] == first.json()["access"]
    assert events_of(desk.office)["BookingOpened"] == 1


def test_the_same_call_gets_its_first_answer_after_the_grant_too(desk: Desk, eva: Waiting) -> None:
    grant = eva.grant()
    first = pick(desk, grant, TEN, "the-same-key")
    desk.office.clock.pass_(minutes=31)
    again = pick(desk, grant, TEN, "the-same-key")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    refused(pick(desk, grant, TEN), 410, "grant-expired")


async def test_two_posts_at_once_book_one_time(desk: Desk, eva: Waiting) -> None:
    office = desk.office
    starts = [office.clock.now().replace(day=30, hour=hour) for hour in (8, 9, 10)]
    wishes = [ask.BookPickup(invitation_id=eva.invitation_id, starts_at=at) for at in starts]
    outcomes = await asyncio.gather(*(office.execute(wish, office.context()) for wish in wishes))
    assert sum(bool(outcome.events) for outcome in outcomes) == 1
    assert events_of(office)["SlotReserved"] == events_of(office)["BookingConfirmed"] == 1


def test_a_document_is_held_by_one_booking_and_another_call_for_it_is_told_which(
    desk: Desk, eva: Waiting
) -> None:
    first = pick(desk, eva.grant(), TEN).json()
    newer = Waiting(desk.office, PASSPORT, name="newer", who="one")
    answer = pick(desk, newer.grant(), "2026-12-02T09:00:00+01:00")
    assert (answer.status_code, answer.json()["booking_id"]) == (200, first["booking_id"])
    stranger = Waiting(desk.office, PASSPORT, name="stranger")
    stranger.documents = eva.documents
    stranger.known()
    refused(pick(desk, stranger.grant(), "2026-12-02T09:00:00+01:00"), 409, "document-booked")
    assert events_of(desk.office)["BookingOpened"] == 1


def test_a_taken_time_names_the_nearest_free_ones(desk: Desk, eva: Waiting) -> None:
    pick(desk, eva.grant(), TEN)
    other = Waiting(desk.office, PASSPORT, name="other")
    told = refused(pick(desk, other.grant(), TEN), 409, "slot-taken")
    assert len(told["alternatives"]) == 3
    assert pick(desk, other.grant(), told["alternatives"][0]).status_code == 201


# --- later


def test_a_pickup_moves_within_the_window_and_comes_back_after_a_cancellation(
    desk: Desk, eva: Waiting
) -> None:
    booked = pick(desk, eva.grant(), TEN).json()
    path, proof = f"/bookings/{booked['booking_id']}", bearer(booked["access"])
    moved = desk.post(f"{path}/reschedule", {"starts_at": "2026-12-02T09:00:00+01:00"}, **proof)
    assert moved.status_code == 200, moved.text
    assert [one.pool for one in appended(desk, Reserved)] == [Pool.PICKUP_WINDOW] * 2
    assert desk.post(f"{path}/cancel", {"date": "2026-12-02"}, **proof).status_code == 200
    refused(pick(desk, eva.grant(), TEN), 410, "invitation-ended")
    assert desk.post(f"{path}/undo-cancel", {}, **proof).json()["state"] == "confirmed"


def test_an_undo_loses_against_the_booking_that_took_the_document_meanwhile(desk: Desk, eva: Waiting) -> None:
    booked = pick(desk, eva.grant(), TEN).json()
    path, proof = f"/bookings/{booked['booking_id']}", bearer(booked["access"])
    desk.post(f"{path}/cancel", {"date": "2026-12-01"}, **proof)
    newer = Waiting(desk.office, ID_CARD, PASSPORT, name="newer", who="one")
    assert pick(desk, newer.grant(), "2026-12-02T09:00:00+01:00").status_code == 201
    refused(desk.post(f"{path}/undo-cancel", {}, **proof), 409, "document-booked")
    assert desk.get(path, **proof).json()["state"] == "cancelled"


def test_an_undo_finds_nothing_once_the_documents_are_out(desk: Desk, eva: Waiting) -> None:
    booked = pick(desk, eva.grant(), TEN).json()
    path, proof = f"/bookings/{booked['booking_id']}", bearer(booked["access"])
    desk.post(f"{path}/cancel", {"date": "2026-12-01"}, **proof)
    eva.leaves(0)
    eva.leaves(1, Leaving.ENDED)
    refused(desk.post(f"{path}/undo-cancel", {}, **proof), 410, "document-gone")


def test_a_citizen_cannot_take_the_window_without_a_grant(desk: Desk) -> None:
    held = {"site": "flensburg", "starts_at": TUESDAY, "items": [{"service": "passport_pickup"}]}
    refused(desk.post("/bookings", held), 422, "pickup-by-invitation")
    assert "SlotReserved" not in events_of(desk.office)
