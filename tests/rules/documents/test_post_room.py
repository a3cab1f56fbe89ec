"""Whole commands of the post room: what is stored together, timers, the person's row, what is forgotten."""

from datetime import date, timedelta

import pytest

from buergerbuero_contracts.documents import (
    ItemAnswered,
    ItemChannel,
    ItemOutcome,
    ItemReceived,
    PapersOverdue,
    PapersReceived,
    PapersRequested,
)
from servicekit.decider import Refused
from services.documents import post_room_commands as ask
from services.documents.item_cases import ItemCase
from services.documents.post_room import FORGET_ITEM, OLDEST, PAPERS_DUE, item_ids
from services.documents.rules.item_age import overdue_at
from services.documents.rules.item_state import Status
from tests.rules.documents.items import DUE, MONDAY, NEXT_DUE, noon
from tests.rules.documents.post_room_office import EVA, Office

ALIKE = ask.ReceiveItems(
    service="resident_parking", channel=ItemChannel.EMAIL, received_on=MONDAY, count=50, file_number="B-17"
)


@pytest.fixture
def office() -> Office:
    return Office()


def request(item_id: object, *papers: str, **more: object) -> ask.RequestPapers:
    return ask.RequestPapers(item_id=item_id, papers=frozenset(papers), **more)  # type: ignore[arg-type]


def answer(item_id: object) -> ask.AnswerItem:
    return ask.AnswerItem(item_id=item_id, outcome=ItemOutcome.DONE)  # type: ignore[arg-type]


def forward(item_id: object) -> ask.ForwardItem:
    return ask.ForwardItem(item_id=item_id, office="treasury")  # type: ignore[arg-type]


# --- receiving


async def test_fifty_items_come_in_with_one_command_and_are_told_apart(office: Office) -> None:
    outcome = await office.ask(ALIKE)
    assert len(set(item_ids(outcome))) == 50
    assert {type(event) for _stream, event in outcome.events} == {ItemReceived}
    assert {office.item(item_id).service for item_id in item_ids(outcome)} == {"resident_parking"}
    assert set(office.cases.rows.values()) == {ItemCase(file_number="B-17")}


async def test_the_same_call_again_receives_nothing_twice(office: Office) -> None:
    first, again = await office.ask(ALIKE, "one call"), await office.ask(ALIKE, "one call")
    assert again.replayed
    assert item_ids(again) == item_ids(first)
    assert len(office.log.events) == 50


@pytest.mark.parametrize("count", [0, 51, -1])
async def test_one_to_fifty_alike(office: Office, count: int) -> None:
    letters = ask.ReceiveItems(
        service="registration", channel=ItemChannel.LETTER, received_on=MONDAY, count=count
    )
    with pytest.raises(Refused, match="invalid-input"):
        await office.ask(letters)


@pytest.mark.parametrize(
    ("service", "day", "code"),
    [
        ("registration", MONDAY + timedelta(days=1), "future-date"),
        ("registration", date(2025, 11, 20), "invalid-input"),
        ("registration", date.min, "invalid-input"),
        ("tax_return", MONDAY, "unknown-service"),
    ],
)
async def test_of_what_is_refused_nothing_is_kept(office: Office, service: str, day: date, code: str) -> None:
    with pytest.raises(Refused, match=code):
        await office.receives(service, received_on=day, sender="Eva Muster", note="bitte bald")
    assert (office.log.events, office.cases.rows) == ([], {})


async def test_what_tells_of_people_is_in_the_side_table_and_in_no_event(office: Office) -> None:
    item_id = await office.receives(sender="Eva CANARY", note="CANARY", file_number="CANARY-1")
    assert office.cases.rows[item_id] == ItemCase("Eva CANARY", "CANARY", "CANARY-1")
    assert not [one for one in office.log.events if "CANARY" in one.event.to_json()]


# --- papers


async def test_a_request_names_the_person_whose_row_goes_with_it(office: Office) -> None:
    item_id = await office.receives()
    outcome = await office.ask(request(item_id, "form", contact=EVA))
    asked, person = outcome.of(PapersRequested), office.person()
    assert (asked.person_id, asked.person_revision) == (person.person_id, 1)
    assert (person.name, person.email, person.language) == ("Eva Muster", "eva@example.org", "de")
    assert (asked.papers, asked.due_on, asked.language) == (("form",), DUE, "de")
    assert office.log.armed == {(PAPERS_DUE, item_id): overdue_at(DUE)}


async def test_without_a_contact_nobody_is_named_and_the_clerk_asks(office: Office) -> None:
    item_id = await office.receives()
    asked = (await office.ask(request(item_id, "form"))).of(PapersRequested)
    assert (asked.person_id, office.log.people) == (None, {})


async def test_asked_again_it_is_the_same_person_one_revision_up(office: Office) -> None:
    item_id = await office.receives()
    first = (await office.ask(request(item_id, "form", contact=EVA))).of(PapersRequested)
    await office.ask(ask.RecordPapers(item_id=item_id, papers=frozenset({"form"})))
    again = (await office.ask(request(item_id, "id_copy"))).of(PapersRequested)
    assert (again.person_id, again.person_revision) == (first.person_id, 2)
    assert (office.person().revision, office.person().email) == (2, "eva@example.org")


async def test_only_papers_of_the_services_own_list(office: Office) -> None:
    item_id = await office.receives("resident_parking")
    with pytest.raises(Refused, match="unknown-paper"):
        await office.ask(request(item_id, "landlord_confirmation"))


async def test_papers_that_never_come_are_reminded_of_once_and_then_given_back(office: Office) -> None:
    item_id = await office.receives()
    await office.ask(request(item_id, "form", contact=EVA))
    happened = await office.days_pass(date(2027, 3, 1))
    assert [(type(event), getattr(event, "due_on", None)) for event in happened] == [
        (PapersOverdue, NEXT_DUE),
        (PapersOverdue, NEXT_DUE),
    ]
    assert office.item(item_id).status is Status.ASSIGNED
    assert office.log.armed == {}


async def test_the_reminder_comes_at_noon_of_the_next_working_day_and_not_before(office: Office) -> None:
    item_id = await office.receives()
    await office.ask(request(item_id, "form"))
    assert await office.days_pass(DUE) == []
    office.now = overdue_at(DUE) - timedelta(seconds=1)
    assert await office.fires() == []
    office.now += timedelta(seconds=1)
    assert [type(event) for event in await office.fires()] == [PapersOverdue]
    assert office.log.armed == {(PAPERS_DUE, item_id): overdue_at(NEXT_DUE)}


async def test_some_papers_keep_the_deadline_and_all_of_them_end_it(office: Office) -> None:
    item_id = await office.receives()
    await office.ask(request(item_id, "form", "id_copy"))
    some = await office.ask(ask.RecordPapers(item_id=item_id, papers=frozenset({"form"})))
    assert not some.of(PapersReceived).complete
    assert office.log.armed == {(PAPERS_DUE, item_id): overdue_at(DUE)}
    rest = await office.ask(ask.RecordPapers(item_id=item_id, papers=frozenset({"id_copy"})))
    assert rest.of(PapersReceived).complete
    assert office.log.armed == {}


# --- the end, and what is forgotten


@pytest.mark.parametrize(
    "ends", [answer, lambda item_id: ask.ForwardItem(item_id=item_id, office="treasury")]
)
async def test_thirty_days_after_its_end_nothing_tells_of_people(office: Office, ends: object) -> None:
    item_id = await office.receives(sender="Eva Muster")
    await office.ask(request(item_id, "form", contact=EVA))
    await office.ask(ends(item_id))  # type: ignore[operator]
    assert office.log.armed == {(FORGET_ITEM, item_id): noon(date(2026, 12, 23)) + timedelta(hours=12)}
    assert office.person().keep_until == noon(date(2026, 12, 23)) + timedelta(hours=12)
    await office.days_pass(date(2026, 12, 23))
    assert office.cases.rows[item_id].sender == "Eva Muster"
    await office.days_pass(date(2026, 12, 24))
    assert office.cases.rows[item_id] == ItemCase()
    assert office.log.armed == {}


async def test_an_item_that_is_open_again_is_not_forgotten(office: Office) -> None:
    item_id = await office.receives(sender="Eva Muster")
    await office.ask(request(item_id, "form", contact=EVA))
    await office.ask(answer(item_id))
    await office.ask(ask.ReopenItem(item_id=item_id))
    assert office.log.armed == {}
    assert office.person().keep_until > noon(date(2027, 11, 1))
    await office.days_pass(date(2027, 1, 15))
    assert office.cases.rows[item_id].sender == "Eva Muster"


async def test_a_repeated_call_brings_nothing_back_that_was_forgotten(office: Office) -> None:
    item_id = await office.receives(name="one call", sender="Eva Muster")
    await office.ask(answer(item_id))
    await office.days_pass(date(2026, 12, 24))
    await office.receives(name="one call", sender="Eva Muster")
    assert office.cases.rows[item_id] == ItemCase()


async def test_a_call_that_would_be_refused_today_still_has_its_first_answer(office: Office) -> None:
    """Received on the last day on which a stamp of a year ago was taken; the answer was lost over night."""
    item_id = await office.receives(name="one call", received_on=MONDAY - OLDEST)
    await office.days_pass(MONDAY + timedelta(days=1))
    assert await office.receives(name="one call", received_on=MONDAY - OLDEST) == item_id
    with pytest.raises(Refused, match="invalid-input"):
        await office.receives(name="another call", received_on=MONDAY - OLDEST)


async def test_ninety_days_count_from_the_last_answer(office: Office) -> None:
    item_id = await office.receives()
    await office.ask(answer(item_id))
    await office.days_pass(MONDAY + timedelta(days=90))
    await office.ask(ask.ReopenItem(item_id=item_id))
    assert (await office.ask(answer(item_id))).of(ItemAnswered)
    await office.days_pass(MONDAY + timedelta(days=181))
    with pytest.raises(Refused, match="reopen-over"):
        await office.ask(ask.ReopenItem(item_id=item_id))


# --- codes the office does not have


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda item_id: ask.AssignItem(item_id=item_id, team="night_shift"), "unknown-team"),
        (lambda item_id: ask.ForwardItem(item_id=item_id, office="registration"), "unknown-office"),
    ],
    ids=["team", "office"],
)
async def test_teams_and_offices_are_those_of_the_office(office: Office, make: object, code: str) -> None:
    item_id = await office.receives()
    with pytest.raises(Refused, match=code):
        await office.ask(make(item_id))  # type: ignore[operator]
    assert office.item(item_id).status is Status.RECEIVED
