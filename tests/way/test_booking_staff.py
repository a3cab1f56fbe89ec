"""Booking over JSON for the office: callers, the day, hours; and who may not."""

from __future__ import annotations

import asyncio
import re
from uuid import UUID

from servicekit.staff import OPEN, PERMISSIONS, ROLES
from servicekit.web.codes import spoken_code
from services.booking.commands import PlanHorizon
from services.booking.proof import DEVICE_COOKIE
from services.booking.work import solve
from tests.way.booking_desk import LEAD, PHONE, RESERVE, TUESDAY, Desk, refused


def test_staff_book_for_callers_at_their_own_site(desk: Desk) -> None:
    body = RESERVE | {"channel": "phone", "contact": {"name": "Eva Muster", "phone": "0461 123456"}}
    answer = desk.post("/bookings", body, **PHONE)
    assert (answer.status_code, answer.json()["state"]) == (201, "confirmed")
    assert answer.json()["spoken_code"] == spoken_code(
        desk.office.code_key, UUID(answer.json()["booking_id"])
    )
    path = f"/bookings/{answer.json()['booking_id']}"
    assert desk.get(path, **LEAD).json()["name_initial"] == "E"
    refused(desk.get(path, Authorization="Bearer dev:lead@kiel"), 403, "role-forbidden")
    refused(desk.get(path, Authorization="Bearer dev:door@flensburg"), 403, "role-forbidden")
    refused(desk.post(f"{path}/cancel", {}, **PHONE), 422, "invalid-input")
    assert desk.post(f"{path}/cancel", {"reason": "office_fault"}, **PHONE).json()["state"] == "cancelled"
    emergency = RESERVE | {"starts_at": "2026-12-01T07:30:00+01:00", "channel": "desk", "pool": "emergency"}
    refused(desk.post("/bookings", emergency, **PHONE), 422, "invalid-input")
    assert desk.post("/bookings", emergency | {"reason": "theft"}, **PHONE).status_code == 201


def test_a_role_that_may_not_book_is_refused(desk: Desk) -> None:
    for hour, role in enumerate(ROLES, 9):
        body = RESERVE | {"channel": "desk", "starts_at": f"2026-12-03T{hour:02}:00:00+01:00"}
        answer = desk.post("/bookings", body, Authorization=f"Bearer dev:{role}@flensburg")
        assert answer.status_code == (201 if role in ("desk", "phone", "lead") else 403), role


def test_the_day_shows_places_and_no_person(desk: Desk) -> None:
    booking = desk.asked()["booking_id"]
    answer = desk.get("/sites/flensburg/days/2026-12-01", **LEAD)
    (placed,) = answer.json()["bookings"]
    assert (placed["booking_id"], placed["starts_at"]) == (booking, TUESDAY)
    assert len(answer.json()["counters"]) == 7 and "CANARY" not in answer.text
    refused(desk.get("/sites/flensburg/days/2026-12-01"), 401, "proof-missing")


def test_the_lead_changes_hours_and_the_days_follow(desk: Desk) -> None:
    path = "/sites/flensburg/free-slots/2026-12-02?service=id_card_apply"
    assert desk.get(path).json()["times"]
    closed = {"exception": "outing", "date": "2026-12-02", "mode": "replaces"}
    answer = desk.post("/sites/flensburg/exceptions", closed, key="close-that-day", **LEAD)
    assert answer.status_code == 201
    assert desk.get(path, Min_Log_Position=answer.headers["log-position"]).json()["times"] == []
    again = desk.post("/sites/flensburg/exceptions", closed, key="close-that-day", **LEAD)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert desk.post("/sites/flensburg/exceptions/outing/remove", {}, **LEAD).status_code == 200
    assert desk.get(path).json()["times"]
    row = {
        "row": "late",
        "weekdays": [3],
        "from": "13:00",
        "until": "15:00",
        "pool": "online",
        "counters": ["counter_1"],
        "valid_from": "2026-12-02",
    }
    assert desk.post("/sites/flensburg/opening-hours", row, **LEAD).status_code == 201
    refused(desk.post("/sites/flensburg/opening-hours", row | {"row": "twice"}, **LEAD), 409, "counter-twice")
    refused(
        desk.post("/sites/flensburg/opening-hours", row | {"until": "12:00", "row": "x"}, **LEAD),
        422,
        "end-before-start",
    )
    refused(
        desk.post("/sites/flensburg/opening-hours", row | {"until": "24:30", "row": "x"}, **LEAD),
        422,
        "invalid-input",
    )
    ended = desk.post("/sites/flensburg/opening-hours/late/end", {"valid_until": "2026-12-31"}, **LEAD)
    assert ended.status_code == 200
    counter = {"counter": "counter_9", "skills": ["identity"]}
    assert desk.post("/sites/flensburg/counters", counter, **LEAD).status_code == 201
    assert len(desk.get("/sites/flensburg/opening-hours", **LEAD).json()["counters"]) == 8
    refused(desk.post("/sites/flensburg/counters", counter, **PHONE), 403, "role-forbidden")
    refused(
        desk.post("/sites/flensburg/counters", counter, Authorization="Bearer dev:lead@kiel"),
        403,
        "role-forbidden",
    )


def test_hours_entered_in_the_wrong_order_offer_the_same_times(desk: Desk) -> None:
    """F45: 13:00-16:00 first, then 7:30-12:00; nothing in between, nothing at night, the week complete."""
    spans = [("13:00", "16:00"), ("07:30", "12:00")]
    for number, (opens, closes) in enumerate(spans):
        block = {"from": opens, "until": closes, "pool": "online", "counters": ["counter_1"]}
        day = {"exception": f"x{number}", "date": "2026-12-02", "mode": "replaces", "blocks": [block]}
        assert desk.post("/sites/flensburg/exceptions", day, **LEAD).status_code == 201
    query = "service=id_card_apply"
    times = desk.get(f"/sites/flensburg/free-slots/2026-12-02?{query}").json()["times"]
    starts, ends = [one["starts_at"][11:16] for one in times], [one["ends_at"][11:16] for one in times]
    assert all(any(o <= s and e <= c for o, c in spans) for s, e in zip(starts, ends, strict=True))
    assert min(starts) < "12:00" <= "13:00" <= max(starts)
    week = desk.get(f"/sites/flensburg/free-slots?{query}&from=2026-11-30&days=7").json()["days"]
    assert [day["date"][8:] for day in week] == ["30", "01", "02", "03", "04"]


def test_days_that_are_closed_in_a_row_leave_the_days_around_them_as_they_are(desk: Desk) -> None:
    """F45: closed from 24 to 31 December; a week that mixes open and closed days is shown like any other."""
    desk.office.clock.at = desk.office.clock.at.replace(month=12, day=14)
    asyncio.run(desk.office.execute(PlanHorizon(site="flensburg"), desk.office.context()))

    def free() -> dict[str, int]:
        path = "/sites/flensburg/free-slots?service=id_card_apply&days=14&from="
        weeks = [desk.get(path + first).json()["days"] for first in ("2026-12-21", "2027-01-04")]
        return {day["date"]: day["count"] for days in weeks for day in days}

    before, shut = free(), {f"2026-12-{day}" for day in range(24, 32)}
    assert {"2026-12-28", "2026-12-30"} < before.keys() and "2027-01-01" not in before
    for day in sorted(shut, reverse=True):
        closed = {"exception": f"x{day[-2:]}", "date": day, "mode": "replaces", "blocks": []}
        assert desk.post("/sites/flensburg/exceptions", closed, **LEAD).status_code == 201
    assert free() == {day: count for day, count in before.items() if day not in shut}
    page = desk.client.get("/de/zeit?service=id_card_apply&ab=2026-12-22").text
    days = ("22. Dezember 2026", "23. Dezember 2026", "4. Januar 2027", "5. Januar 2027", "6. Januar 2027")
    assert page.count("<summary") == 5 and all(day in page for day in days)


def test_midnight_is_an_end_and_no_beginning(desk: Desk) -> None:
    row = {"row": "x", "weekdays": [3], "pool": "online", "counters": ["counter_1"]}
    row |= {"valid_from": "2026-12-02", "from": "24:00", "until": "24:00"}
    body = refused(desk.post("/sites/flensburg/opening-hours", row, **LEAD), 422, "invalid-input")
    assert [one["field"] for one in body["errors"]] == ["from"]
    assert desk.post("/sites/flensburg/opening-hours", row | {"from": "23:00"}, **LEAD).status_code == 201


def test_an_exception_that_is_not_there_cannot_be_removed(desk: Desk) -> None:
    refused(desk.post("/sites/flensburg/exceptions/nothing/remove", {}, **LEAD), 404, "unknown-row")


def test_a_changed_counter_keeps_its_cleaning_pause(desk: Desk) -> None:
    def cleaning(**fields: int) -> tuple[int, int]:
        counter = {"counter": "counter_1", "skills": ["identity"], **fields}
        answer = desk.post("/sites/flensburg/counters", counter, **LEAD)
        assert answer.status_code == 201, answer.text
        (one,) = [one for one in answer.json()["counters"] if one["counter"] == "counter_1"]
        return one["cleaning_every"], one["cleaning_minutes"]

    assert cleaning(cleaning_every=90, cleaning_minutes=10) == (90, 10)
    assert cleaning(hygiene_buffer=10) == (90, 10)
    assert cleaning(cleaning_minutes=15) == (90, 15)


def solved_task(desk: Desk) -> str:
    """What a device shows before a hold at the raised level."""
    asked = {name: RESERVE[name] for name in ("site", "items", "persons")}
    return list(solve(desk.post("/hold-tasks", asked).json()["task"]))[-1]


def test_the_lead_raises_the_protection_level_and_ends_it(desk: Desk) -> None:
    path = "/sites/flensburg/protection-level"
    assert desk.get(path, **PHONE).json() == {"level": "normal"}
    refused(desk.post(path, {"level": "raised"}, **PHONE), 403, "role-forbidden")
    assert desk.post(path, {"level": "raised"}, key="now-it-is-raised", **LEAD).json() == {"level": "raised"}
    desk.client.cookies.set(DEVICE_COOKIE, "a" * 24)
    desk.held(proof=solved_task(desk))
    later = RESERVE | {"starts_at": "2026-12-03T10:00:00+01:00"}
    refused(desk.post("/bookings", later | {"proof": solved_task(desk)}), 429, "too-many-holds")
    assert desk.post(path, {"level": "normal"}, **LEAD).json() == {"level": "normal"}
    assert desk.post("/bookings", later).status_code == 201
    again = desk.post(path, {"level": "raised"}, key="now-it-is-raised", **LEAD)
    assert again.headers["idempotency-replayed"] == "true"
    refused(desk.post(path, {"level": "high"}, **LEAD), 422, "invalid-input")


def test_each_route_is_closed_to_every_role_that_the_table_does_not_name(desk: Desk) -> None:
    calls = 0
    for route in desk.client.app.routes:
        for handler in getattr(route, "route_handlers", ()):
            permission = handler.opt.get("permission")
            if permission in OPEN or permission is None:
                continue
            assert permission in PERMISSIONS
            path = route.path.replace("{site:str}", "flensburg").replace("{day:date}", "2026-12-01")
            path = path.replace("{row:str}", "online_mon").replace("{exception:str}", "none")
            path = path.replace("{counter:str}", "counter_1").replace("{step:str}", "oeffnen")
            # where the path names no site, body or visit do: test_floor_api.py
            sites = ("flensburg", "kiel") if "{site:str}" in route.path else ("flensburg",)
            path = re.sub(r"\{\w+:uuid\}", str(UUID(int=7)), path)
            for role, may in ROLES.items():
                for site in sites:
                    headers = {"Authorization": f"Bearer dev:{role}@{site}", "Idempotency-Key": "12345678"}
                    headers["Sec-Fetch-Site"] = "same-origin"
                    (method,) = handler.http_methods
                    answer = desk.client.request(method, path, headers=headers)
                    allowed = permission in may and (
                        site == "flensburg" or role in ("data_protection", "operations")
                    )
                    assert (answer.status_code == 403) != allowed, (path, role, site)
                    calls += 1
    assert calls > 100
