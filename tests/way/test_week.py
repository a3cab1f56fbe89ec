"""A small simulated week through real processes: every figure comes out, and a wrong one is traced."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from devstack.environment import service_named
from devstack.passport.clock import StoryClock
from devstack.week import evidence, truth
from devstack.week.habits import Habits
from devstack.week.offer import offer
from devstack.week.platform import Platform as Running
from devstack.week.simulation import SEED, Outcome, Plan, simulate
from servicekit.testing.databases import Database
from servicekit.testing.process import free_port
from tests.way.platform import SERVICES, installed
from tests.way.program import MORNING

WEEK = "2026-W49"
LIVELY = Habits(
    people=24,
    leaves_held=0.1,
    leaves_unconfirmed=0.1,
    goes_back=0.3,
    forgets_tab=0.1,
    wrong_address=0.15,
    full_mailbox=0.1,
    sends_again=0.15,
    scanned=0.5,
    double_clicks=0.3,
    cancels=0.4,
    undoes=0.5,
    moves=0.4,
    no_show=0.2,
    needs_photo=0.2,
)
"""So few people meet everything only if each does it often."""


@pytest.fixture(scope="module")
def town(
    seeded: Callable[[str], Database], fresh_topics: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    with installed(tmp_path_factory.mktemp("week"), seeded, fresh_topics) as platform:
        platform.clock.end()
        mail_port = free_port()
        programs = []
        for name in SERVICES:
            ports = {"HTTP_PORT": platform.ports[name], "METRICS_PORT": platform.ports[f"{name}-metrics"]}
            own = {key: str(port) for key, port in ports.items()}
            if name == "notification":
                roles = service_named(name).roles
                world = {"SMTP_URL": f"smtp://127.0.0.1:{mail_port}"}
                programs += [
                    platform.start(name, role, **(world if role == "mailer" else {})) for role in roles
                ]
            else:
                programs.append(platform.start(name, "all", **own))
        clock = StoryClock(platform.home.clock_file, MORNING)
        for program in programs:
            program.ready()
        yield Running(platform.ports, platform.databases, fresh_topics, clock, mail_port)


@pytest.fixture(scope="module")
def outcome(town: Running) -> Outcome:
    plan = Plan(replace(LIVELY, begins_on=MORNING.date()), days=1)
    return asyncio.run(simulate(town, plan, lambda _moment: None))


def test_every_figure_of_the_week_is_the_one_that_people_and_staff_know(outcome: Outcome) -> None:
    assert [(one.name, one.expected, one.found) for one in outcome.differences()] == []
    ledger, found = outcome.ledger, outcome.found[WEEK]
    assert found["funnel.held"] == len(ledger.lives) > 10
    assert found["contacts.personal"] == len([one for one in ledger.visits.values() if one.finished_at]) > 0
    assert found["delivery.sent"] == len(outcome.post.taken) > 20
    assert {"double clicks", "mails scanned", "corrected the address"} <= ledger.told.keys()


def test_nobody_gets_a_mail_twice(outcome: Outcome) -> None:
    mails = [(one.to, one.source, one.template) for one in outcome.post.taken]
    assert sorted(mails) == sorted(set(mails))


def test_a_figure_that_does_not_come_out_is_traced_to_the_events_behind_it(
    town: Running, outcome: Outcome, tmp_path: Path
) -> None:
    lost = next(one for one in outcome.ledger.lives.values() if one.confirmed_at)
    known, lost.confirmed_at = lost.confirmed_at, None
    told = outcome.ledger, outcome.post, offer(SEED, 1), MORNING.date(), outcome.until
    wrong = replace(outcome, expected={WEEK: truth.figures(*told)})
    lost.confirmed_at = known

    differences = wrong.differences()
    assert "funnel.confirmed" in {one.name for one in differences}
    shown = StringIO()
    evidence.show(differences, asyncio.run(evidence.histories(town.kafka)), Console(file=shown, width=110))
    assert f"funnel.confirmed, found only: booking {lost.booking_id}" in shown.getvalue()
    assert "BookingConfirmed" in shown.getvalue()
