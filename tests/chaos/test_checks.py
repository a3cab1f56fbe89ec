"""Every check of a chaos run is seen to fail: a clean story passes all, one planted violation is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from buergerbuero_contracts import cloudevents
from buergerbuero_contracts.topics import BOOKING
from servicekit.testing.simulation.topics import StoredRecord
from tests.chaos import checks, evidence, mail_checks
from tests.chaos.citizens import DOMAIN, NAME
from tests.chaos.clean_story import CHECKED, LIMIT, PASSPORT, call, command, event, reserved, story
from tests.chaos.evidence import Event, Evidence, Parked, Sent
from tests.chaos.history import FAIL, Call
from tests.chaos.run import JUDGES
from tests.chaos.sink import Mail
from tests.way.program import MORNING


def found(told: Evidence) -> set[str]:
    return {finding.partition(":")[0] for judge in JUDGES for finding in judge(told)}


def test_a_clean_story_is_found_clean() -> None:
    assert [finding for judge in JUDGES for finding in judge(story())] == []


Plant = Callable[[Evidence], object]


def log(service: str, *more: Event) -> Plant:
    def plant(one: Evidence) -> None:
        one.sides[service].log = [*one.sides[service].log, *more]
        one.sides[service].relayed += len(more)

    return plant


def drop(service: str, position: int) -> Plant:
    def plant(one: Evidence) -> None:
        one.sides[service].log = [row for row in one.sides[service].log if row.position != position]

    return plant


def called(*more: Call) -> Plant:
    def plant(one: Evidence) -> None:
        one.calls = [*one.calls, *more]

    return plant


def changed(service: str, **what: Any) -> Plant:
    def plant(one: Evidence) -> None:
        for name, value in what.items():
            setattr(one.sides[service], name, value)

    return plant


def mailed(*more: str) -> Plant:
    def plant(one: Evidence) -> None:
        one.mails = [*one.mails, *(Mail("x", mid, (), 0.0, told=True) for mid in more)]

    return plant


def sent(spoil: Callable[[list[Sent]], list[Sent]]) -> Plant:
    def plant(one: Evidence) -> None:
        one.topics = {place: spoil(list(records)) for place, records in one.topics.items()}

    return plant


MINE = next(iter(story().topics))
CUSTODY = {**PASSPORT, "to": "holder"}
PLANTED: dict[str, tuple[str, Plant]] = {
    "two holders": ("I1", log("booking", reserved(5, "otto"))),
    "a row too many": ("I1", changed("booking", live=frozenset({"erika", "otto"}))),
    "an expiry after the confirmation": ("I2", log("booking", event(5, "HoldExpired", "erika", {}))),
    "a confirmation that nobody stored": ("I2", called(call(7, "confirm", booking_id="otto"))),
    "an acknowledged command is lost": ("I3", called(call(7, "cancel"))),
    "another position was told": ("I3", called(call(4, "admissions", position=2))),
    "a refused command is stored": ("I3", called(call(4, "admissions", FAIL))),
    "a hole": ("I3", drop("booking", 2)),
    "twice stored": (
        "I3",
        log("booking", replace(reserved(5, "ida", counter="counter_2"), event_id="event 1")),
    ),
    "a command in pieces": (
        "I3",
        log("booking", event(5, "CodeShown", "erika", {}, command_id=str(command(3)))),
    ),
    "stored in another order than seen": (
        "I4",
        called(replace(call(4, "admissions"), answered=0.1), replace(call(2, "extend"), asked=0.2)),
    ),
    "a record is missing": ("I5", sent(lambda records: records[:1])),
    "the chain is broken": ("I5", sent(lambda records: [records[1], records[0]])),
    "a record nobody stored": ("I5", sent(lambda records: [*records, replace(records[0], position=77)])),
    "a reaction acts twice": (
        "I5",
        log(
            "booking",
            *(
                event(n, "ServiceFinished", "v", {}, actor={"kind": "reaction", "id": "r"}, causation_id="c")
                for n in (5, 6)
            ),
        ),
    ),
    "a gap though no topic was lost": (
        "I5",
        lambda one: setattr(one, "texts", {"p": '{"event": "gap_detected"}'}),
    ),
    "an early expiry": (
        "I7",
        log(
            "booking",
            event(5, "BookingOpened", "otto", {"hold_until": LIMIT}),
            event(6, "HoldExpired", "otto", {}),
        ),
    ),
    "a hold that does not end": ("I7", lambda one: _later(one, drop("booking", 3))),
    "a lost timer": ("I7", changed("booking", timers=[("hold", "otto", MORNING)])),
    "a lost mail": ("I8", drop("notification", 2)),
    "an invitation nobody hears of": ("I8", log("documents", event(4, "PickupInvited", "i", {}))),
    "a mail that stays": ("I8", drop("notification", 4)),
    "a sent mail nobody has": ("I8", lambda one: setattr(one, "mails", [])),
    "a copy without doubt": ("I8", mailed("<event 3.confirmed.1@x>")),
    "three copies": ("I8", lambda one: _doubtful(one, 3)),
    "an invented mail": ("I8", mailed("<event 9.confirmed.1@x>")),
    "a failure without refusal": (
        "I8",
        log("notification", event(5, "MessageFailed", "m", {"reason": "expired"})),
    ),
    "in two places": (
        "I9",
        log("documents", event(4, "DocumentHandedOver", "passport", {**CUSTODY, "from": "window"})),
    ),
    "after the end": (
        "I9",
        log(
            "documents",
            event(4, "DocumentHandedOver", "passport", {**CUSTODY, "from": "safe"}),
            event(5, "DocumentStored", "passport", {**CUSTODY, "from": "holder", "to": "safe"}),
        ),
    ),
    "handed over to somebody outside": (
        "I10",
        log("documents", event(4, "DocumentHandedOver", "passport", {**CUSTODY, "from": "safe", **CHECKED})),
    ),
    "handed over unchecked": (
        "I10",
        log(
            "documents",
            event(4, "PickupAdmitted", "passport", {**PASSPORT, "booking_id": "erika"}),
            event(5, "DocumentHandedOver", "passport", {**CUSTODY, "from": "safe", "booking_id": "erika"}),
        ),
    ),
    "let in without an appointment": ("I11", log("booking", event(5, "CitizenAdmitted", "otto", {}))),
    "let in twice": ("I11", log("booking", event(5, "CitizenAdmitted", "erika", {}))),
    "an address in the log": (
        "I14",
        log("documents", event(4, "ItemNoted", "i", {"note": f"x@{DOMAIN}"})),
    ),
    "a name in a topic": ("I14", sent(lambda records: [replace(records[0], text=NAME), *records[1:]])),
    "a name in a log line": ("I14", lambda one: setattr(one, "texts", {"api.log": NAME})),
    "a relay behind": ("I15", changed("booking", relayed=3)),
    "a consumer behind": ("I15", changed("booking", seen={("reader", MINE): 1})),
    "parked without poison": ("I15", changed("booking", parked=[Parked("reader", MINE, 1, "failed")])),
    "poison that was not parked": ("I15", lambda one: setattr(one, "planted", frozenset({(MINE, 7)}))),
}


def _later(one: Evidence, plant: Plant) -> None:
    plant(one)
    one.now = MORNING + timedelta(hours=1)


def _doubtful(one: Evidence, copies: int) -> None:
    rows = list(one.sides["notification"].log)
    doubt = event(4, "SendLeftUnclear", "m", {})
    one.sides["notification"].log = [*rows[:3], doubt, replace(rows[3], position=5)]
    one.mails = list(one.mails) * copies


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_violation_is_found(name: str) -> None:
    promise, plant = PLANTED[name]
    told = story()
    plant(told)
    assert promise in found(told)


def test_one_more_copy_after_a_doubtful_try_is_no_violation() -> None:
    told = story()
    _doubtful(told, 2)
    assert not [one for judge in mail_checks.CHECKS for one in judge(told)]


def test_poison_is_no_record_of_anybody_whatever_its_headers_say() -> None:
    headers = cloudevents.headers(
        source="/buergerbuero/flensburg/booking",
        event_id=str(command(1)),
        type_name="SlotReserved",
        subject=f"day_plan/{command(2)}",
        time=LIMIT,
        position=7,
        prev=0,
        epoch=1,
        streamversion=1,
        schema_version=1,
        correlation_id=str(command(3)),
    )
    of = StoredRecord(BOOKING, 0, 3, b"erika", b"{}", headers)
    assert evidence.sent(of).position == 7
    assert evidence.sent(replace(of, key=evidence.POISON)).position == -1


def test_every_check_has_a_planted_violation() -> None:
    def caught(judge: checks.Check) -> Iterator[str]:
        for name, (_promise, plant) in PLANTED.items():
            told = story()
            plant(told)
            if any(True for _finding in judge(told)):
                yield name

    assert all(list(caught(judge)) for judge in JUDGES)
