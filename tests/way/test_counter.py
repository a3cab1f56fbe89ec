"""The counter's screen: one key a step, who was faster in words, and a list in the order of the queue."""

from __future__ import annotations

import html
import unicodedata
from typing import Any
from uuid import UUID, uuid4

import pytest

from buergerbuero_contracts.booking import ServiceFinished, VisitCorrected
from services.booking.pages.counter_steps import STEPS
from tests.way.booking_desk import Desk
from tests.way.floor_desk import Office, focused, text
from tests.way.memory_office import events_of

COUNTER = "/amt/schalter/counter_1"


@pytest.fixture
def office(desk: Desk) -> Office:
    return Office(desk)


@pytest.fixture
def waiting(office: Office) -> tuple[Office, UUID]:
    """An open counter, and somebody who waits."""
    booking = office.booked()
    visit = office.at(8, 55).admitted(booking)
    office.at(9)
    office.step("counter_1", "oeffnen")
    return office, visit


def after(answer: Any, office: Office) -> Any:
    """The page that a step leads to."""
    assert answer.status_code == 303, text(answer)
    assert answer.headers["location"].startswith("/amt/schalter/counter_")
    return office.page(answer.headers["location"])


def test_a_visit_goes_by_with_enter_alone(office: Office) -> None:
    booking = office.booked()
    office.at(8, 55).admitted(booking)
    page = office.at(9).page(COUNTER)
    assert focused(page) == "Schalter öffnen"
    page = after(office.step("counter_1", "oeffnen"), office)
    assert focused(page) == "Nächste Person aufrufen" and "1 wartet, nächster Termin 9:00 Uhr" in text(page)
    page = after(office.step("counter_1", "naechste"), office)
    assert focused(page) == "Beginnen" and "A001" in text(page) and "1. Aufruf 9:00 Uhr" in text(page)
    assert "Personalausweis" in text(page) and "CANARY Mustermann" in text(page)
    visit = str(_case(page))
    page = after(office.step("counter_1", "beginnen", visit_id=visit), office)
    assert focused(page) == "Fertig"
    delivered = {"amount:id_card_apply": "1", "reason": ""}
    page = after(office.step("counter_1", "fertig", visit_id=visit, **delivered), office)
    assert focused(page) == "Nächste Person aufrufen" and "Niemand wartet" in text(page)
    events = [one.event for one in office.office.log.events]
    (done,) = [event for event in events if isinstance(event, ServiceFinished)]
    assert [(item.service, item.quantity) for item in done.delivered] == [("id_card_apply", 1)]


def _case(page: Any) -> UUID:
    return UUID(page.text.split('name="visit_id" value="')[1][:36])


def test_the_name_is_shown_for_the_case_alone_and_written_down(waiting: tuple[Office, UUID]) -> None:
    office, _visit = waiting
    office.office.floor.reads.clear()
    assert "CANARY" not in office.page(COUNTER).text and office.office.floor.reads == []
    after(office.step("counter_1", "naechste"), office)
    assert [read.reason for read in office.office.floor.reads] == ["counter_calling"]


@pytest.mark.parametrize(
    ("name", "surname"),
    [
        ("Gianna D\u2019Angelo", "d'angelo"),
        ("Nguyễn Thị Hà", "ha"),
        ("محمد عبد الله", "الله"),
        ("Maria St. John", "john"),
        ("<b>Eva</b>", "<b>eva</b>"),
    ],
)
def test_f36_a_name_stands_at_door_list_and_desk_as_it_was_given(
    office: Office, name: str, surname: str
) -> None:
    """F36: isolated, so that what stands beside a name from right to left does not turn."""
    booking = office.booked(name=unicodedata.normalize("NFD", name))
    listed = office.at(9).send("/amt/einlass/suchen", "door", surname=surname, time="9:00")
    admitted = office.scan(office.square(booking))
    office.step("counter_1", "oeffnen")
    called = after(office.step("counter_1", "naechste"), office)
    for page in (listed, admitted, called):
        assert f"<bdi>{html.escape(name)}</bdi>" in page.text and "<b>" not in page.text


def test_nobody_is_called_from_an_empty_list(office: Office) -> None:
    office.at(9).step("counter_1", "oeffnen")
    answer = office.step("counter_1", "naechste")
    assert answer.status_code == 409 and "Niemand wartet" in text(answer)
    assert focused(answer) == "Nächste Person aufrufen"


def test_who_was_faster_is_said_in_words(waiting: tuple[Office, UUID]) -> None:
    office, visit = waiting
    office.step("counter_2", "oeffnen")
    after(office.step("counter_2", "naechste"), office)
    answer = office.step("counter_1", "aufrufen", visit_id=str(visit))
    assert answer.status_code == 409
    assert "Schalter 2 hat A001 um 9:00 Uhr aufgerufen" in text(answer)


def test_a_double_click_calls_once(waiting: tuple[Office, UUID]) -> None:
    office, _visit = waiting
    for _ in range(2):
        assert office.send(f"{COUNTER}/naechste", key="key-for-next").status_code == 303
    assert events_of(office.office)["CitizenCalled"] == 1


def test_calling_again_and_giving_up_take_their_time(waiting: tuple[Office, UUID]) -> None:
    office, visit = waiting
    fields = {"visit_id": str(visit)}
    office.step("counter_1", "naechste")
    soon = office.step("counter_1", "erneut", **fields)
    assert soon.status_code == 409 and "Möglich ab 9:01 Uhr" in text(soon)
    early = office.step("counter_1", "nicht-erschienen", **fields)
    assert early.status_code == 409 and "drei Aufrufen" in text(early)
    for minute in (1, 2):
        after(office.at(9, minute).step("counter_1", "erneut", **fields), office)
    page = after(office.at(9, 5).step("counter_1", "nicht-erschienen", **fields), office)
    assert "A001 nicht da" in text(page)
    page = after(office.step("counter_1", "zurueck", reason="came_late", **fields), office)
    assert "1 wartet" in text(page)


def test_parked_is_listed_and_resumed(waiting: tuple[Office, UUID]) -> None:
    office, visit = waiting
    fields = {"visit_id": str(visit)}
    office.step("counter_1", "naechste")
    office.step("counter_1", "beginnen", **fields)
    page = after(office.step("counter_1", "zurueckstellen", reason="photo", **fields), office)
    assert "zurückgestellt" in text(page) and "Niemand wartet" in text(page)
    page = after(office.step("counter_1", "fortsetzen", **fields), office)
    assert "1 wartet" in text(page)
    page = after(office.step("counter_1", "gegangen", **fields), office)
    assert "A001 nicht da" in text(page) and "Niemand wartet" in text(page)


def test_nothing_delivered_needs_a_reason(waiting: tuple[Office, UUID]) -> None:
    office, visit = waiting
    fields = {"visit_id": str(visit)}
    office.step("counter_1", "naechste")
    office.step("counter_1", "beginnen", **fields)
    nothing = {"amount:id_card_apply": "0", **fields}
    answer = office.step("counter_1", "fertig", **nothing)
    assert answer.status_code == 422 and "Grund fehlt" in text(answer)
    assert 'name="amount:id_card_apply" type="text" value="0"' in answer.text
    assert office.step("counter_1", "fertig", reason="papers_missing", **nothing).status_code == 303


def test_what_was_told_of_the_last_case_can_be_put_right(waiting: tuple[Office, UUID]) -> None:
    """No screen offered it: what was forgotten at the finish was counted and ordered by nobody."""
    office, visit = waiting
    fields = {"visit_id": str(visit)}
    office.step("counter_1", "naechste")
    office.step("counter_1", "beginnen", **fields)
    assert "korrigieren" not in text(office.page(COUNTER))
    page = after(office.step("counter_1", "fertig", reason="papers_missing", **fields), office)
    assert focused(page) == "Nächste Person aufrufen"
    assert "Zuletzt fertig: A001 (Unterlagen fehlen) – korrigieren" in text(page)
    nothing = office.step("counter_1", "korrigieren", **fields, **{"amount:id_card_apply": "0"})
    assert nothing.status_code == 422 and "Grund fehlt" in text(nothing)
    assert '<details class="office-more" open>' in nothing.text
    right = {"amount:id_card_apply": "1", "more": "passport_apply"}
    page = after(office.step("counter_1", "korrigieren", **fields, **right), office)
    assert "A001 (Personalausweis beantragen, Reisepass beantragen) – korrigieren" in text(page)
    (told,) = [one.event for one in office.office.log.events if isinstance(one.event, VisitCorrected)]
    assert (told.replaced, told.reason) == ((), None)
    late = office.at(9, day=2).step("counter_1", "korrigieren", **fields, reason="information_only")
    assert late.status_code == 422 and "Zuletzt fertig" not in text(office.page(COUNTER))


def test_one_more_service_is_told_with_the_finish(waiting: tuple[Office, UUID]) -> None:
    office, visit = waiting
    fields = {"visit_id": str(visit)}
    office.step("counter_1", "naechste")
    office.step("counter_1", "beginnen", **fields)
    more = {"amount:id_card_apply": "2", "more": "id_card_apply"}
    assert office.step("counter_1", "fertig", more="unsinn", **fields).status_code == 422
    after(office.step("counter_1", "fertig", **fields, **more), office)
    (done,) = [one.event for one in office.office.log.events if isinstance(one.event, ServiceFinished)]
    assert [(item.service, item.quantity) for item in done.delivered] == [("id_card_apply", 2)]


def test_another_than_the_head_needs_a_reason_and_the_list_offers_it(office: Office) -> None:
    first, second = office.booked(), office.booked("2026-12-01T09:20:00+01:00")
    office.at(9).admitted(first)
    later = office.at(9, 10).admitted(second)
    office.step("counter_1", "oeffnen")
    page = office.page(COUNTER)
    assert text(page).index("A001") < text(page).index("A002")
    assert 'aria-label="Grund für A002"' in page.text and 'aria-label="Grund für A001"' not in page.text
    assert office.step("counter_1", "aufrufen", visit_id=str(later)).status_code == 422
    page = after(office.step("counter_1", "aufrufen", visit_id=str(later), reason="child"), office)
    assert "A002" in text(page) and focused(page) == "Beginnen"


def test_pause_and_close(office: Office) -> None:
    office.at(9).step("counter_1", "oeffnen")
    assert office.step("counter_1", "pausieren").status_code == 422
    page = after(office.step("counter_1", "pausieren", reason="break"), office)
    assert focused(page) == "Weiterarbeiten" and "pausiert (Pause)" in text(page)
    page = after(office.step("counter_1", "weiter"), office)
    assert focused(page) == "Nächste Person aufrufen"
    assert focused(after(office.step("counter_1", "schliessen"), office)) == "Schalter öffnen"


def test_the_list_of_counters_shows_what_each_does(waiting: tuple[Office, UUID]) -> None:
    office, _visit = waiting
    office.step("counter_1", "naechste")
    page = office.page("/amt/schalter")
    assert "Schalter 1 – geöffnet, belegt (A001)" in text(page) and "Schalter 2 – geschlossen" in text(page)


@pytest.mark.parametrize("path", ["/amt/schalter/counter_99", "/amt/schalter/x%20y"])
def test_an_unknown_counter_is_not_found(office: Office, path: str) -> None:
    assert office.page(path).status_code == 404


@pytest.mark.parametrize("step", [*STEPS, "unsinn"])
def test_no_step_fails_on_a_form_that_no_page_of_ours_sent(office: Office, step: str) -> None:
    office.at(9)
    for fields in ({}, {"visit_id": "x"}, {"visit_id": str(uuid4()), "reason": "x", "amount:y": "9"}):
        assert office.step("counter_1", step, **fields).status_code in (303, 404, 409, 422)


@pytest.mark.parametrize("role", ["door", "post_room", "data_protection", "operations"])
def test_other_roles_do_not_see_the_queue(office: Office, role: str) -> None:
    assert office.page(COUNTER, role).status_code == 403
    assert office.send(f"{COUNTER}/oeffnen", role).status_code == 403
