"""The post room's table, row by row: given events, when a command, then events or the refusal."""

from datetime import date, timedelta

import pytest

from buergerbuero_contracts.documents import (
    ItemAnswered,
    ItemAssigned,
    ItemChannel,
    ItemForwarded,
    ItemOutcome,
    ItemReceived,
    ItemReopened,
    PapersOverdue,
    PapersReceived,
    PapersRequested,
    ReplyChannel,
)
from buergerbuero_contracts.envelope import Event
from servicekit.testing.rules import given, like
from services.documents.rules import item_commands as c
from services.documents.rules.item import DECIDER
from services.documents.rules.item_state import Item, Status
from tests.rules.documents import items as past
from tests.rules.documents.items import DUE, ITEM, LIST, MONDAY, NEXT_DUE, PERSON, noon, utc

Table = dict[str, tuple[Event, ...]]
OPEN: Table = {
    "received": (past.received,),
    "assigned": (past.received, past.assigned),
    "waiting": (past.received, past.requested),
    "reminded": (past.received, past.requested, past.reminded),
    "reopened": (past.received, past.answered, past.reopened),
}
ENDED: Table = {"answered": (past.received, past.answered), "closed": (past.received, past.forwarded)}
NOT_WAITING: Table = {
    name: events for name, events in (OPEN | ENDED).items() if name not in ("waiting", "reminded")
}


def state_after(*events: Event) -> Item:
    return DECIDER.fold(events)


def each(table: Table) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("events", table.values(), ids=table)


# --- received


def receive(day: date = MONDAY, at: str = "2026-11-23T11:00:00+00:00") -> c.ReceiveItem:
    return c.ReceiveItem(
        item_id=ITEM,
        service="move_within_city",
        channel=ItemChannel.LETTER,
        received_on=day,
        at=utc(at),
    )


def test_what_came_in_is_received() -> None:
    given(DECIDER).when(receive()).then(
        like(ItemReceived, item_id=ITEM, service_="move_within_city", received_on=MONDAY)
    )


def test_a_stamp_of_tomorrow_is_refused() -> None:
    given(DECIDER).when(receive(MONDAY + timedelta(days=1))).refused("future-date")


def test_today_is_the_offices_day_also_while_it_is_still_yesterday_in_utc() -> None:
    tuesday = MONDAY + timedelta(days=1)
    given(DECIDER).when(receive(tuesday, "2026-11-23T23:30:00+00:00")).then(like(ItemReceived))
    given(DECIDER).when(receive(tuesday, "2026-11-23T22:30:00+00:00")).refused("future-date")


def test_receiving_the_same_item_again_does_nothing() -> None:
    given(DECIDER, past.received).when(receive()).nothing()


# --- papers


def request(
    *papers: str, day: date = MONDAY, person: bool = True, allowed: tuple[str, ...] = LIST
) -> c.RequestPapers:
    return c.RequestPapers(
        papers=frozenset(papers),
        allowed=allowed,
        person_id=PERSON if person else None,
        person_revision=1 if person else None,
        language="de",
        at=noon(day),
    )


@each({name: OPEN[name] for name in ("received", "assigned", "reopened")})
def test_papers_are_asked_for_and_due_in_ten_working_days(events: tuple[Event, ...]) -> None:
    then = given(DECIDER, *events).when(request("id_copy", "landlord_confirmation"))
    then.then(past.requested)
    assert then.after.status is Status.WAITING


def test_holidays_and_weekends_do_not_count_for_the_deadline() -> None:
    asked = given(DECIDER, past.received).when(request("form", day=date(2026, 12, 18)))
    assert asked.of(PapersRequested).due_on == date(2027, 1, 5)


def test_papers_can_be_asked_of_nobody_in_particular() -> None:
    asked = given(DECIDER, past.received).when(request("form", person=False))
    asked.then(like(PapersRequested, person_id=None, person_revision=None))


@pytest.mark.parametrize("papers", [(), ("passport",), ("form", "passport")], ids=str)
def test_at_least_one_paper_and_only_of_the_services_list(papers: tuple[str, ...]) -> None:
    given(DECIDER, past.received).when(request(*papers)).refused("unknown-paper")


@each({name: OPEN[name] for name in ("waiting", "reminded")} | ENDED)
def test_papers_cannot_be_asked_for_while_waiting_or_after_the_end(events: tuple[Event, ...]) -> None:
    given(DECIDER, *events).when(request("form")).refused("wrong-state")


def record(*papers: str) -> c.RecordPapers:
    return c.RecordPapers(papers=frozenset(papers))


def test_all_papers_came_and_the_item_is_the_offices_again() -> None:
    then = given(DECIDER, past.received, past.requested).when(record("id_copy", "landlord_confirmation"))
    then.then(past.all_came)
    assert then.after.status is Status.ASSIGNED


def test_some_papers_came_and_the_rest_is_waited_for_with_the_same_deadline() -> None:
    then = given(DECIDER, past.received, past.requested).when(record("id_copy"))
    then.then(past.copy_came)
    assert (then.after.status, then.after.missing) == (Status.WAITING, ("landlord_confirmation",))
    rest = given(DECIDER, past.received, past.requested, past.copy_came).when(record("landlord_confirmation"))
    rest.then(like(PapersReceived, papers=("landlord_confirmation",), complete=True, due_on=None))


def test_a_paper_that_came_before_does_nothing_and_one_nobody_asked_for_is_refused() -> None:
    waiting = given(DECIDER, past.received, past.requested, past.copy_came)
    waiting.when(record("id_copy")).nothing()
    waiting.when(record("form")).refused("unknown-paper")
    waiting.when(record()).refused("unknown-paper")


@each(NOT_WAITING)
def test_papers_come_only_to_an_item_that_waits(events: tuple[Event, ...]) -> None:
    given(DECIDER, *events).when(record("id_copy")).refused("wrong-state")


# --- the timer papers-due


def overdue(day: date) -> c.NotePapersOverdue:
    return c.NotePapersOverdue(at=noon(day))


def test_the_first_time_reminds_with_a_new_deadline() -> None:
    then = given(DECIDER, past.received, past.requested).when(overdue(DUE + timedelta(days=1)))
    then.then(past.reminded)
    assert (then.after.status, then.after.due_on) == (Status.WAITING, NEXT_DUE)


def test_the_second_time_gives_the_item_back_to_the_office() -> None:
    then = given(DECIDER, *OPEN["reminded"]).when(overdue(NEXT_DUE + timedelta(days=1)))
    then.then(like(PapersOverdue, due_on=NEXT_DUE, papers=("landlord_confirmation", "id_copy")))
    assert (then.after.status, then.after.missing) == (Status.ASSIGNED, ())


def test_only_what_is_still_missing_is_overdue() -> None:
    waiting = given(DECIDER, past.received, past.requested, past.copy_came)
    waiting.when(overdue(DUE + timedelta(days=1))).then(
        like(PapersOverdue, papers=("landlord_confirmation",))
    )


def test_on_the_day_itself_nothing_is_overdue() -> None:
    given(DECIDER, past.received, past.requested).when(overdue(DUE)).nothing()


@each(NOT_WAITING)
def test_the_timer_of_an_item_that_no_longer_waits_does_nothing(events: tuple[Event, ...]) -> None:
    given(DECIDER, *events).when(overdue(date(2027, 3, 1))).nothing()


def test_a_new_request_after_the_second_time_begins_anew() -> None:
    again = (*OPEN["reminded"], past.given_up, past.requested)
    given(DECIDER, *again).when(overdue(DUE + timedelta(days=1))).then(past.reminded)


# --- answered


def answer(outcome: ItemOutcome = ItemOutcome.DONE, by: ReplyChannel | None = None) -> c.AnswerItem:
    return c.AnswerItem(outcome=outcome, reply_channel=by)


@pytest.mark.parametrize("outcome", ItemOutcome)
@each(OPEN)
def test_any_open_item_is_answered_with_each_outcome(events: tuple[Event, ...], outcome: ItemOutcome) -> None:
    then = given(DECIDER, *events).when(answer(outcome, ReplyChannel.EMAIL))
    then.then(like(ItemAnswered, outcome=outcome, reply_channel=ReplyChannel.EMAIL, item_id=ITEM))
    assert (then.after.status, then.after.due_on) == (Status.ANSWERED, None)


def test_the_answer_names_the_team_that_had_the_item() -> None:
    given(DECIDER, *OPEN["assigned"]).when(answer()).then(like(ItemAnswered, team="registration"))


def test_the_same_answer_again_does_nothing_and_another_one_is_refused() -> None:
    given(DECIDER, *ENDED["answered"]).when(answer(by=ReplyChannel.EMAIL)).nothing()
    given(DECIDER, *ENDED["answered"]).when(answer(ItemOutcome.REFUSED)).refused("wrong-state")
    given(DECIDER, *ENDED["closed"]).when(answer()).refused("wrong-state")


# --- assigned and forwarded


@each({name: OPEN[name] for name in ("received", "waiting", "reminded", "reopened")})
def test_any_open_item_goes_to_a_team_which_ends_the_waiting(events: tuple[Event, ...]) -> None:
    then = given(DECIDER, *events).when(c.AssignItem(team="registration"))
    then.then(past.assigned)
    assert (then.after.status, then.after.missing) == (Status.ASSIGNED, ())


def test_the_same_team_again_does_nothing_and_another_one_takes_over() -> None:
    given(DECIDER, *OPEN["assigned"]).when(c.AssignItem(team="registration")).nothing()
    given(DECIDER, *OPEN["assigned"]).when(c.AssignItem(team="permits")).then(
        like(ItemAssigned, team="permits")
    )


@each(OPEN)
def test_any_open_item_goes_on_to_another_office_and_is_closed(events: tuple[Event, ...]) -> None:
    then = given(DECIDER, *events).when(c.ForwardItem(office="registry_office"))
    then.then(like(ItemForwarded, team="registry_office", item_id=ITEM))
    assert then.after.status is Status.CLOSED


def test_the_same_office_again_does_nothing_and_another_one_is_refused() -> None:
    given(DECIDER, *ENDED["closed"]).when(c.ForwardItem(office="registry_office")).nothing()
    given(DECIDER, *ENDED["closed"]).when(c.ForwardItem(office="treasury")).refused("wrong-state")


@each(ENDED)
def test_what_has_ended_is_not_assigned(events: tuple[Event, ...]) -> None:
    given(DECIDER, *events).when(c.AssignItem(team="permits")).refused("wrong-state")


# --- reopened


def reopen(days_later: int) -> c.ReopenItem:
    return c.ReopenItem(answered_on=MONDAY, at=noon(MONDAY + timedelta(days=days_later)))


def test_an_answered_item_is_open_again_within_ninety_days() -> None:
    then = given(DECIDER, *ENDED["answered"]).when(reopen(90))
    then.then(like(ItemReopened, item_id=ITEM))
    assert (then.after.status, then.after.outcome) == (Status.ASSIGNED, None)


def test_after_ninety_days_it_is_over() -> None:
    given(DECIDER, *ENDED["answered"]).when(reopen(91)).refused("reopen-over")


@each(OPEN | {"closed": ENDED["closed"]})
def test_only_what_was_answered_is_reopened(events: tuple[Event, ...]) -> None:
    given(DECIDER, *events).when(reopen(1)).refused("wrong-state")


# --- what is not there


@pytest.mark.parametrize(
    "command",
    [request("form"), record("form"), answer(), c.AssignItem(team="a"), c.ForwardItem(office="a"), reopen(1)],
    ids=lambda command: type(command).__name__,
)
def test_an_item_that_never_came_in_is_not_found(command: c.Command) -> None:
    given(DECIDER).when(command).refused("not-found")
