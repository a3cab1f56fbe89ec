"""The protection level: raised by itself in a wave of holds that nobody means, and back after it."""

from datetime import datetime, timedelta

import pytest

from servicekit.log import Due
from services.booking import commands as ask
from services.booking.rules.opening import Opening, SetProtectionLevel
from services.booking.rules.protection import SPAN, Holds, judged, review
from services.booking.rules.settings import DEFAULTS, ProtectionLevel
from services.booking.timers import PROTECTION_REVIEW, due, next_protection_review, site_subject
from tests.rules.booking.memory import Office
from tests.rules.booking.office import at

NORMAL, RAISED = ProtectionLevel.NORMAL, ProtectionLevel.RAISED
WAVE, CALM = Holds(100, 39), Holds(100, 40)
HALF_PAST = at("09:30")


def opening(level: ProtectionLevel, calm_from: datetime | None = None) -> Opening:
    """A site at a level."""
    return Opening(site="flensburg", level=level, calm_from=calm_from)


@pytest.mark.parametrize(
    ("holds", "suspicious"),
    [(WAVE, True), (CALM, False), (Holds(99, 0), False), (Holds(1_000, 0), True), (Holds(0, 0), False)],
)
def test_a_hundred_holds_of_which_few_are_meant_are_suspicious(holds: Holds, suspicious: bool) -> None:
    assert holds.suspicious is suspicious


@pytest.mark.parametrize(
    ("state", "holds", "level"),
    [
        (opening(NORMAL), CALM, None),
        (opening(NORMAL), WAVE, RAISED),
        (opening(RAISED, HALF_PAST), WAVE, None),
        (opening(RAISED, HALF_PAST + timedelta(seconds=1)), CALM, None),
        (opening(RAISED, HALF_PAST), CALM, NORMAL),
        (opening(RAISED), CALM, None),
    ],
)
def test_the_level_follows_the_holds_unless_the_lead_raised_it(
    state: Opening, holds: Holds, level: ProtectionLevel | None
) -> None:
    step = review("flensburg", state, holds, HALF_PAST)
    assert (step.level if step else None) is level
    assert step is None or step.calm_from == (HALF_PAST + SPAN if level is RAISED else None)


def test_judged_are_holds_whose_time_to_type_is_over() -> None:
    assert judged(at("09:00"), DEFAULTS) == (at("08:20"), at("08:50"))


def test_the_review_comes_every_five_minutes() -> None:
    assert next_protection_review("flensburg", at("09:02")).due_at == at("09:05")
    assert next_protection_review("flensburg", at("09:05")).due_at == at("09:10")
    timer = Due(PROTECTION_REVIEW, site_subject("flensburg"), at("09:05"))
    assert due(timer, ["flensburg"]) == ask.ReviewProtection(site="flensburg")


async def test_a_wave_raises_the_level_and_half_an_hour_of_calm_ends_it(office: Office) -> None:
    review_now = ask.ReviewProtection(site="flensburg")
    office.latest_holds = WAVE
    await office.ask(review_now)
    assert office.site("flensburg").opening.level is RAISED
    again = (PROTECTION_REVIEW, site_subject("flensburg"))
    assert office.log.armed[again] == office.now + timedelta(minutes=5)
    office.latest_holds = CALM
    office.passes(minutes=25)
    await office.ask(review_now)
    assert office.site("flensburg").opening.level is RAISED
    office.passes(minutes=5)
    await office.ask(review_now)
    assert office.site("flensburg").opening.level is NORMAL


async def test_what_the_lead_raised_stays(office: Office) -> None:
    office.latest_holds = WAVE
    await office.ask(ask.ReviewProtection(site="flensburg"))
    raised = SetProtectionLevel(site="flensburg", level=RAISED)
    await office.ask(ask.SetUp(site="flensburg", steps=(raised,)))
    office.latest_holds = CALM
    office.passes(hours=3)
    await office.ask(ask.ReviewProtection(site="flensburg"))
    assert office.site("flensburg").opening.level is RAISED
