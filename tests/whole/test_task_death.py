"""F31: an error that nobody listed, in each endless loop: no process stays up and healthy without its work.

Either the loop runs on, or the process ends with an exit code that has it restarted; whoever waits is
told, one error line names what failed, and after the restart nothing is missing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from servicekit.projection import LOG
from services.booking.wiring import SERVICE as BOOKING
from tests.way.citizen import API, CUT, REFUSED, Answer, Citizen, ask, body_of, device, key
from tests.way.platform import Platform
from tests.way.program import Program, eventually

WITHIN = 30.0
"""Seconds until a task runs again or its process has ended."""
DAY = "2026-11-30"  # today: every place is released, whatever moments were drawn


def errors(program: Program) -> list[dict[str, Any]]:
    """Its log lines of level error."""
    return [line for line in program.lines() if line["level"] == "error"]


def ended_with_its_name(program: Program, *tasks: str) -> None:
    """The process has ended for want of this task, or of one of these, and said so once."""
    assert program.ended(WITHIN) == 1
    (line,) = errors(program)
    assert (line["event"], line["error"]) == ("task_ended", "KeyError")
    assert line["task"] in tasks


def gapless(platform: Platform, service: str) -> None:
    """The log has no hole."""
    done = platform.command(service, "verify")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("place", ["committer.round:4:raise", "committer.tail:100:raise"])
async def test_when_the_writer_dies_everybody_who_waits_is_told_and_the_process_ends(
    office: Callable[[], Platform], place: str
) -> None:
    platform = office()
    api = platform.start("booking", "api", FAULT=place).ready()

    async def insist(number: int) -> list[Answer]:
        """Ask for places until the process is gone."""
        answers = list[Answer]()
        while not answers or answers[-1].status not in (REFUSED, CUT, 503):
            body = body_of(f"{DAY}T10:00:00+01:00")
            answers.append(await ask(api.url, "POST", f"{API}/bookings", key() | device(number), body))
        return answers

    begun = time.monotonic()
    told = [answer for one in await asyncio.gather(*map(insist, range(20))) for answer in one]
    assert time.monotonic() - begun < WITHIN
    assert {answer.status for answer in told} <= {REFUSED, CUT, 201, 409, 429, 503}
    for answer in told:
        assert answer.status != 503 or "retry-after" in answer.headers
    ended_with_its_name(api, "committer")

    api.env.pop("FAULT")
    api.start().ready()
    again = await ask(
        api.url, "POST", f"{API}/bookings", key() | device(99), body_of(f"{DAY}T11:00:00+01:00")
    )
    assert again.status == 201, again.body
    gapless(platform, "booking")


def test_when_the_timer_loop_dies_the_process_ends_and_the_next_one_expires_what_is_due(
    office: Callable[[], Platform],
) -> None:
    platform = office()
    platform.start("booking", "api").ready()
    erika = Citizen(platform)
    erika.reserve(f"{DAY}T10:00:00+01:00")
    platform.clock.forward(minutes=11)
    timers = platform.start("booking", "timers", FAULT="timers.claim:1:raise")
    ended_with_its_name(timers, "timers")
    timers.env.pop("FAULT")
    timers.start().ready()
    eventually(lambda: erika.look()["state"] == "expired", WITHIN)


@contextmanager
def faulty(platform: Platform, service: str, role: str, fault: str) -> Iterator[Program]:
    """A role's process, started again with a fault; at the end it runs without."""
    program = platform.program(service, role)
    assert program.stop() == 0
    program.log.write_text("")
    program.env["FAULT"] = fault
    program.start()
    try:
        yield program
    finally:
        program.stop()
        program.env.pop("FAULT")
        program.start().ready()


def booked(platform: Platform) -> Citizen:
    """Somebody who waits for the first mail."""
    citizen = Citizen(platform)
    citizen.reserve(citizen.free(DAY)[0])
    citizen.give_contact()
    return citizen


def test_when_the_relay_dies_the_process_ends_and_the_next_one_sends_all(platform: Platform) -> None:
    with faulty(platform, "booking", "relay", "relay.before_send:1:raise") as booking:
        citizen = booked(platform)
        ended_with_its_name(booking, "relay")
        assert not citizen.mails()
    citizen.mail(1)
    gapless(platform, "booking")


def test_when_the_follower_of_the_own_log_dies_the_process_ends(platform: Platform) -> None:
    with faulty(platform, "booking", "project", "feed.log:1:raise") as booking:
        ended_with_its_name(booking, *(one.name for one in BOOKING.projections if one.topics == (LOG,)))


def test_when_the_look_after_a_consumer_dies_the_process_ends(platform: Platform) -> None:
    with faulty(platform, "notification", "project", "feed.watch:1:raise") as notification:
        ended_with_its_name(notification, "notification.booking_state.v2")


def test_a_consumer_that_fails_once_takes_the_same_events_again(platform: Platform) -> None:
    with faulty(platform, "notification", "project", "feed.handle:1:raise") as notification:
        notification.ready()
        booked(platform).mail(1)
        eventually(lambda: notification.probe("/readyz")[0] == 200, WITHIN)
        (line,) = errors(notification)
        assert (line["event"], line["error"]) == ("batch_failed", "KeyError")
        assert line["consumer"].startswith("notification.")


def test_a_mail_whose_try_fails_in_an_unknown_way_goes_out_when_its_claim_is_over(platform: Platform) -> None:
    with faulty(platform, "notification", "mailer", "mailer.try:1:raise") as notification:
        notification.ready()
        first = booked(platform)
        eventually(lambda: errors(notification), WITHIN)
        second = booked(platform)
        second.mail(1)  # the loop goes on
        assert not first.mails()
        platform.clock.forward(seconds=125)
        first.mail(1)
        (line,) = errors(notification)
        assert (line["event"], line["task"], line["error"]) == ("mail_try_failed", "mailer", "KeyError")
