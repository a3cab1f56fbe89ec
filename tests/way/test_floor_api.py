"""Door, counters and visits over JSON: the same rules as on the screens, roles, own site, repeats."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from servicekit.staff import ROLES
from services.booking.api import counters, door, visits
from services.booking.doorway import Tries
from services.booking.rules.visit_state import visit_id_of
from tests.way.booking_desk import Desk, refused
from tests.way.floor_desk import Office, proof
from tests.way.memory_office import events_of

SITE = {"site": "flensburg"}
ADMISSION = {**SITE, "door": "door_1"}
BODIES: dict[str, Any] = {
    "call": {"counter": "counter_1"},
    "start": {"counter": "counter_1"},
    "return": {"reason": "came_late"},
    "park": {"reason": "photo"},
    "pause": {**SITE, "reason": "break"},
    "close-day": {"date": "2026-12-01"},
    "admissions": {**ADMISSION, "code": "x"},
    "exits": {"door": "door_1"},
    "occupancy": {"people": 3},
}


@pytest.fixture
def office(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(door, "DOOR_TRIES", Tries())
    return Office(desk)


def post(office: Office, path: str, body: Any, role: str = "desk", **more: str) -> Any:
    return office.desk.post(path, body, **more, **proof(role))


def floor(office: Office) -> Any:
    return office.desk.get("/sites/flensburg/floor", **proof("desk")).json()


def test_a_visit_from_door_to_finish(office: Office) -> None:
    booking = office.booked(persons=2)
    office.at(8, 55)
    admitted = post(office, "/admissions", {**ADMISSION, "code": office.code(booking)}, "door")
    assert admitted.status_code == 200, admitted.text
    body = admitted.json()
    assert body | {"visit_id": ""} == {
        "booking_id": str(booking),
        "visit_id": "",
        "public_number": "A001",
        "people": 2,
        "mode": "code",
        "occupancy": 2,
    }
    seen = floor(office)
    assert [(one["public_number"], one["state"]) for one in seen["visits"]] == [("A001", "waiting")]
    assert (seen["occupancy"], seen["limit"]) == (2, 15)
    assert post(office.at(9), "/counters/counter_1/open", SITE).json()["state"] == "open"
    called = post(office, "/counters/counter_1/call-next", SITE).json()
    assert (called["state"], called["counter"], called["calls"]) == ("called", "counter_1", 1)
    path = f"/visits/{called['visit_id']}"
    assert post(office, f"{path}/start", {"counter": "counter_1"}).json()["state"] == "in_service"
    done = post(office, f"{path}/finish", {"delivered": [{"service": "id_card_apply"}]}).json()
    assert done["state"] == "finished"
    seen = floor(office)
    assert seen["visits"] == [] and seen["occupancy"] == 0
    corrected = post(office, f"{path}/correct", {"reason": "papers_missing"})
    assert (corrected.status_code, corrected.json()["state"]) == (200, "finished")
    refused(post(office, f"{path}/correct", {}), 422, "reason-missing")
    refused(post(office.at(9, day=2), f"{path}/correct", {"reason": "no_authority"}), 422, "past-read-only")


def test_the_same_call_again_gets_the_first_answer(office: Office) -> None:
    booking = office.booked()
    office.at(9)
    body = {**ADMISSION, "code": office.square(booking)}
    first, second = (post(office, "/admissions", body, "door", key="key-admit-1") for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert events_of(office.office)["CitizenAdmitted"] == 1
    refused(post(office, "/admissions", body, "door"), 409, "already-admitted")


def test_a_reason_sets_the_time_aside(office: Office) -> None:
    booking = office.booked()
    body = {**ADMISSION, "booking_id": str(booking)}
    refused(post(office.at(8), "/admissions", body, "door"), 409, "too-early")
    answer = post(office, "/admissions", {**body, "override": "quiet_house"}, "door")
    assert answer.json()["mode"] == "name"


def test_what_a_call_lacks_or_has_too_much_is_named(office: Office) -> None:
    office.at(9)
    both = {**ADMISSION, "code": "x", "booking_id": str(uuid4())}
    for body in (ADMISSION, both):
        assert refused(post(office, "/admissions", body, "door"), 422, "invalid-input")["errors"]
    refused(
        post(office, "/admissions", {**ADMISSION, "code": "x", "site": "kiel"}, "door"), 422, "unknown-site"
    )
    refused(
        post(office, "/admissions", {**ADMISSION, "booking_id": str(uuid4())}, "door"), 409, "unknown-code"
    )
    refused(post(office, "/counters/counter_99/open", SITE), 422, "unknown-counter")
    refused(post(office, "/counters/counter_1/call-next", SITE), 409, "counter-busy")
    refused(post(office, f"/visits/{uuid4()}/recall", {}), 404, "not-found")
    refused(post(office, "/sites/kiel/close-day", {"date": "2026-12-01"}, "lead"), 403, "role-forbidden")


def test_an_unknown_code_is_recorded_and_the_tenth_begins_a_pause(office: Office) -> None:
    office.at(9)
    for _ in range(10):
        refused(post(office, "/admissions", {**ADMISSION, "code": "XXXX"}, "door"), 409, "unknown-code")
    body = refused(
        post(office, "/admissions", {**ADMISSION, "code": "XXXX"}, "door"), 429, "too-many-requests"
    )
    assert body["retry_at"] == "2026-12-01T09:01:00+01:00"
    assert events_of(office.office)["AdmissionRefused"] == 10


def test_a_scanner_with_the_wrong_layout_is_named(office: Office) -> None:
    """F06 over JSON."""
    office.at(9)
    refused(post(office, "/admissions", {**ADMISSION, "code": "BBÖ123"}, "door"), 422, "scanner-layout")
    assert "AdmissionRefused" not in events_of(office.office)


def test_two_counters_never_get_the_same_person(office: Office) -> None:
    bookings = [office.booked(), office.booked("2026-12-01T09:10:00+01:00")]
    office.at(9, 5)
    for booking in bookings:
        office.admitted(booking)
    called = set()
    for counter in ("counter_1", "counter_2"):
        post(office, f"/counters/{counter}/open", SITE)
        called.add(post(office, f"/counters/{counter}/call-next", SITE).json()["visit_id"])
    assert called == {str(visit_id_of(booking)) for booking in bookings}
    post(office, "/counters/counter_3/open", SITE)
    refused(post(office, "/counters/counter_3/call-next", SITE), 409, "queue-empty")


def test_people_who_leave_are_counted(office: Office) -> None:
    assert post(office.at(9), "/sites/flensburg/occupancy", {"people": 5}, "door").json()["occupancy"] == 5
    answer = post(office, "/sites/flensburg/exits", {"door": "door_1", "people": 2}, "door")
    assert answer.json() == {"occupancy": 3, "limit": 15}


def test_a_day_is_closed_after_closing_time(office: Office) -> None:
    booking = office.booked()
    office.at(9).admitted(booking)
    refused(post(office, "/sites/flensburg/close-day", {"date": "2026-12-01"}), 409, "day-open")
    closed = post(office.at(20), "/sites/flensburg/close-day", {"date": "2026-12-01"})
    assert closed.json() == {"site": "flensburg", "date": "2026-12-01"}
    assert events_of(office.office)["CitizenLeft"] == 1


ROUTES = [handler for part in (door, counters, visits) for handler in part.ROUTES]


@pytest.mark.parametrize("role", [*sorted(ROLES), "desk elsewhere", ""])
def test_each_route_opens_for_its_roles_at_the_own_site(office: Office, role: str) -> None:
    """Role × route: refused by role before anything is looked up."""
    booking = office.booked()
    visit = office.at(9).admitted(booking)
    for route in ROUTES:
        name, _, site = role.partition(" ")
        (path,) = route.paths
        where = path.replace("{counter:str}", "counter_1").replace("{site:str}", "flensburg")
        where = where.replace("{visit_id:uuid}", str(visit))
        headers = proof(name, "kiel" if site else "flensburg") if name else {}
        method = next(iter(route.http_methods - {"OPTIONS"}))
        step = path.rsplit("/", 1)[1]
        if method == "GET":
            answer = office.desk.get(where, **headers)
        else:
            body = BODIES.get(step, SITE if "counters" in path else {})
            answer = office.desk.post(where, body, **headers)
        expected = 401 if not name else 403
        may = bool(name) and not site and route.opt["permission"] in ROLES[name]
        assert (answer.status_code in (401, 403)) is not may, (role, where, answer.text)
        assert may or answer.status_code == expected


def test_no_answer_holds_a_name(office: Office) -> None:
    booking = office.booked()
    office.at(9)
    answers = [
        post(office, "/admissions", {**ADMISSION, "code": office.code(booking)}, "door").text,
        office.desk.get("/sites/flensburg/floor", **proof("desk")).text,
        post(office, "/counters/counter_1/open", SITE).text,
        post(office, "/counters/counter_1/call-next", SITE).text,
    ]
    assert not [answer for answer in answers if "CANARY" in answer]
    assert office.office.floor.reads == []
