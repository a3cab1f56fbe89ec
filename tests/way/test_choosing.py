"""Screen 3: when do you want to come? Free times, the hold, the race that is lost, and what cannot be."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from servicekit.handle import Outcome
from servicekit.log import Context
from services.booking import commands as ask
from services.booking.rules.booking_state import Status
from tests.way.booking_desk import RESERVE, Desk
from tests.way.chooser import GO, HOLD, ID_CARD, NINE, TEN, Chooser, held, links, pick, title, where
from tests.way.memory_office import events_of
from tests.way.visitor import choices, heading, ids, words


@pytest.fixture
def eva(desk: Desk) -> Chooser:
    return Chooser(desk)


def take_all(desk: Desk, starts_at: str = NINE) -> None:
    """Others take every place of a time that is left."""
    while desk.post("/bookings", RESERVE | {"starts_at": starts_at}).status_code == 201:
        desk.client.cookies.clear()
        desk.office.log.uses.clear()


def _hold_in(answer: Any) -> str:
    (line,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith(HOLD)]
    return str(line.partition(";")[0])


# --- the page


def test_the_nearest_time_stands_on_top_and_five_days_below(eva: Chooser) -> None:
    page = eva.open(ID_CARD)
    assert page.status_code == 200
    assert heading(page) == "Wann möchten Sie kommen?"
    assert "Nächster freier Termin Mittwoch, 25. November 2026, 9:10 Uhr" in words(page)
    assert page.text.count("<details") == 5 and page.text.count('<details class="kern-accordion" open') == 1
    days = {start[:10] for start in choices(page, "starts_at")}
    assert days == {"2026-11-25", "2026-11-26", "2026-11-27", "2026-11-30", "2026-12-01"}
    assert "<script" not in page.text and "style=" not in page.text


def test_the_times_are_those_of_the_api(eva: Chooser) -> None:
    day = "2026-11-26"
    shown = [start for start in choices(eva.open(ID_CARD), "starts_at") if start.startswith(day)]
    told = eva.desk.get(f"/sites/flensburg/free-slots/{day}?service=id_card_apply").json()["times"]
    assert shown == [one["starts_at"] for one in told]


def test_each_group_of_times_is_named_by_its_day_f41(eva: Chooser) -> None:
    page = eva.open(ID_CARD)
    assert "Dienstag, 1. Dezember 2026, vormittags" in words(page)
    assert page.text.count("<fieldset") == page.text.count("<legend")
    assert len(ids(page)) == page.text.count(' id="')


def test_filters_are_addresses_and_stay_while_one_looks_on(eva: Chooser) -> None:
    page = eva.open(f"{ID_CARD}&uhrzeit=ab-14")
    assert all(start[11:13] >= "14" for start in choices(page, "starts_at"))
    (later,) = [link for link in links(page) if "ab=" in link and "ab-14" in link]
    on = eva.open(later)
    assert min(choices(on, "starts_at")) > max(choices(page, "starts_at"))
    assert all(start[11:13] >= "14" for start in choices(on, "starts_at"))
    assert later.replace("/de/", "/en/") in links(on, "header")
    answer = eva.press(on, GO, starts_at=choices(on, "starts_at")[0])
    assert answer.headers["location"].partition("?")[2] == later.partition("?")[2]
    morning = eva.open(f"{ID_CARD}&uhrzeit=vormittags")
    assert all(start[11:13] < "12" for start in choices(morning, "starts_at"))


@pytest.mark.parametrize("day", ["2026-11-01", "2026-02-30", "gestern", "9999-01-01"])
def test_a_day_that_cannot_be_shows_what_there_is_from_today(eva: Chooser, day: str) -> None:
    page = eva.open(f"{ID_CARD}&ab={day}")
    assert page.status_code == 200
    assert "Wir zeigen die Zeiten ab heute" in words(page)
    assert choices(page, "starts_at")[0].startswith("2026-11-25")


def test_a_day_beyond_all_plans_leads_back(eva: Chooser) -> None:
    page = eva.open(f"{ID_CARD}&ab=2027-06-01")
    assert "Ab diesem Tag ist noch nichts frei" in words(page)
    assert choices(page, "starts_at") == [] and ID_CARD in links(page)


def test_more_people_take_longer_and_each_service_can_be_for_fewer(eva: Chooser) -> None:
    path = f"{ID_CARD}&service=registration&persons=3"
    page = eva.open(path)
    assert "etwa 90 Minuten" in words(page)
    fewer = eva.press(page, "Anzahl übernehmen", anzahl_registration="1")
    assert "Personalausweis beantragen (3 ×) Wohnsitz anmelden Für 3 Personen Dauer etwa 60" in words(fewer)
    answer = eva.press(fewer, GO, starts_at=NINE)
    assert answer.status_code == 303
    assert [(item.service, item.quantity) for item in held(eva).items] == [
        ("id_card_apply", 3),
        ("registration", 1),
    ]


# --- the hold


def test_choosing_makes_a_hold_and_leads_to_the_contact(eva: Chooser) -> None:
    answer = pick(eva)
    assert (answer.status_code, where(answer)) == (303, "/de/kontakt")
    assert eva.cookies[HOLD] not in answer.headers["location"]
    booking = held(eva)
    assert (booking.status, booking.starts_at.isoformat()) == (Status.HELD, "2026-12-01T08:00:00+00:00")
    assert events_of(eva.desk.office)["SlotReserved"] == 1


def test_the_card_takes_the_nearest_time_with_one_button(eva: Chooser) -> None:
    assert (
        where(eva.press(eva.open("/en/zeit?service=id_card_apply"), "Take this appointment")) == "/en/kontakt"
    )
    booking = held(eva)
    assert (booking.starts_at.isoformat(), booking.language) == ("2026-11-25T08:10:00+00:00", "en")


@pytest.mark.parametrize("cookies", [True, False])
def test_a_double_click_makes_one_hold(desk: Desk, cookies: bool) -> None:
    eva = Chooser(desk, cookies=cookies)
    page = eva.open(ID_CARD)
    answers = [eva.press(page, GO, starts_at=NINE) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    first, second = (_hold_in(answer) for answer in answers)
    assert first == second
    assert events_of(desk.office)["BookingOpened"] == 1


def test_back_and_another_time_moves_the_hold_and_back_to_the_same_keeps_it(eva: Chooser) -> None:
    pick(eva)
    pick(eva, TEN)
    assert held(eva).starts_at.isoformat() == "2026-12-01T09:00:00+00:00"
    before = eva.desk.office.position()
    pick(eva, TEN)
    assert eva.desk.office.position() == before
    assert events_of(eva.desk.office)["BookingOpened"] == 1


def test_whoever_goes_back_again_and_again_is_never_locked_out_and_holds_one_place(eva: Chooser) -> None:
    times = choices(eva.open(ID_CARD), "starts_at")
    for start in times[20:30]:
        assert where(pick(eva, start)) == "/de/kontakt", start
    office = eva.desk.office
    assert len([use for use in office.log.uses if use[0] == "hold-device"]) == 1
    assert held(eva).starts_at == datetime.fromisoformat(times[29])


def test_another_service_is_another_hold_and_the_former_one_is_given_back(eva: Chooser) -> None:
    pick(eva)
    first = held(eva).booking_id
    for service in ("passport_apply", "certified_copy"):
        assert where(pick(eva, TEN, f"/de/zeit?service={service}")) == "/de/kontakt"
    counted = events_of(eva.desk.office)
    assert (counted["BookingOpened"], counted["BookingCancelled"]) == (3, 2)
    assert held(eva).booking_id != first


def test_a_hold_that_ends_just_while_it_is_given_back_is_in_nobodys_way(
    eva: Chooser, monkeypatch: pytest.MonkeyPatch
) -> None:
    pick(eva)
    office = eva.desk.office
    execute, ended = office.execute, list[object]()

    async def late(command: ask.Command, context: Context) -> Outcome:
        if isinstance(command, ask.CancelBooking):
            over = replace(office.context(), at=office.clock.now() + timedelta(minutes=11))
            ended.append(await execute(ask.ExpireHold(booking_id=command.booking_id), over))
        return await execute(command, context)

    monkeypatch.setattr(office, "execute", late)
    assert where(pick(eva, TEN, "/de/zeit?service=passport_apply")) == "/de/kontakt"
    assert ended


def test_a_hold_that_is_over_is_not_moved_but_made_anew(eva: Chooser) -> None:
    pick(eva)
    first = held(eva).booking_id
    eva.desk.office.clock.pass_(minutes=11)
    pick(eva, TEN)
    assert held(eva).booking_id != first


def test_a_race_that_is_lost_shows_the_nearest_three_and_keeps_all_filters(eva: Chooser, desk: Desk) -> None:
    page = eva.open(f"{ID_CARD}&uhrzeit=vormittags&ab=2026-12-01")
    take_all(desk)
    answer = eva.press(page, GO, starts_at=NINE)
    assert answer.status_code == 409
    assert title(answer).startswith("Fehler: ")
    assert "Jemand war schneller" in words(answer)
    assert 'href="#instead"' in answer.text and "instead" in ids(answer)
    near = choices(answer, "starts_at")[:3]
    assert all(start.startswith("2026-12-01T0") and start != NINE for start in near)
    assert (
        'name="uhrzeit" value="vormittags"' in answer.text and 'name="ab" value="2026-12-01"' in answer.text
    )
    again = eva.press(answer, GO, starts_at=near[0])
    assert "uhrzeit=vormittags&ab=2026-12-01" in again.headers["location"]


def test_a_race_lost_after_going_back_keeps_the_hold(eva: Chooser, desk: Desk) -> None:
    pick(eva, TEN)
    take_all(desk)
    assert pick(eva).status_code == 409
    assert held(eva).starts_at.isoformat() == "2026-12-01T09:00:00+00:00"


@pytest.mark.parametrize(
    ("starts_at", "status"),
    [
        ("2026-12-01T09:03:00+01:00", 422),
        ("2026-11-25T08:00:00+01:00", 409),
        ("2026-12-05T09:00:00+01:00", 409),
        ("2030-01-07T09:00:00+01:00", 409),
        ("", 422),
        ("neun", 422),
        ("2026-12-01T09:00", 422),
    ],
)
def test_a_time_that_no_button_offers_asks_again(eva: Chooser, starts_at: str, status: int) -> None:
    answer = eva.press(eva.open(ID_CARD), GO, starts_at=starts_at)
    assert answer.status_code == status
    assert heading(answer) == "Wann möchten Sie kommen?" and title(answer).startswith("Fehler: ")
    assert "BookingOpened" not in events_of(eva.desk.office)
