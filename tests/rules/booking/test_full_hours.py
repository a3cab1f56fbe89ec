"""A full hour's answer is given again: to the same question, on the same plan and site, for a moment."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec import structs

from buergerbuero_contracts.booking import Pool, ReleaseReason
from servicekit.decider import Refused
from services.booking.commands import STAFF, ReserveSlot
from services.booking.full_hours import KEPT, FullHours
from services.booking.rules.day_commands import ReleaseSlot
from services.booking.rules.day_plan import DECIDER, decide
from services.booking.rules.day_state import evolve
from services.booking.rules.limits import Origin
from services.booking.rules.places import settled_until
from services.booking.rules.site import Site
from tests.rules.booking.office import CARD, at, block, plan, planned, set_aside, slot, uid, wanted

SITE, NOW = Site(), at("07:01")
ASKED = ReserveSlot(site="flensburg", starts_at=at("10:00"), items=CARD, origin=Origin("device", "network"))
TAKEN = Refused("slot-taken", alternatives=(at("10:15"),))
WANTED = wanted(15, Pool.ONLINE)
FRAME = planned(block("c1", "10:00-11:00", Pool.ONLINE))
FULL_AT_TEN = plan(FRAME, slot("10:00-10:15", "other", pool=Pool.ONLINE))


def kept(command: ReserveSlot = ASKED, answer: Refused = TAKEN, free: bool = False) -> FullHours:
    full = FullHours()
    full.keep(command, SITE, plan(FRAME) if free else FULL_AT_TEN, WANTED, NOW, answer)
    return full


def test_the_same_question_gets_the_same_answer_with_its_alternatives() -> None:
    answer = kept().of(structs.replace(ASKED, origin=Origin("another", "network")), SITE, NOW)
    assert answer is not None
    assert answer.still(FULL_AT_TEN)
    assert (answer.refusal().code, answer.refusal().details) == ("slot-taken", TAKEN.details)


@pytest.mark.parametrize(
    "other",
    [
        structs.replace(ASKED, starts_at=at("10:15")),
        structs.replace(ASKED, persons=2),
        structs.replace(ASKED, items=()),
        structs.replace(ASKED, site="elsewhere"),
        structs.replace(ASKED, origin=STAFF),
    ],
)
def test_another_question_is_not_answered(other: ReserveSlot) -> None:
    assert kept().of(other, SITE, NOW) is None


def test_it_holds_while_others_book_and_ends_when_room_may_have_come_back() -> None:
    answer = kept().of(ASKED, SITE, NOW)
    assert answer is not None
    fuller = evolve(FULL_AT_TEN, slot("10:30-10:45", "one more", pool=Pool.ONLINE))
    assert answer.still(fuller)
    back = ReleaseSlot(booking_id=uid("one more"), reason=ReleaseReason.EXPIRED)
    assert not answer.still(DECIDER.fold(decide(back, fuller), fuller))
    assert not answer.still(evolve(fuller, planned(block("c1", "10:00-12:00", Pool.ONLINE))))


def test_an_answer_from_before_room_came_back_makes_way_for_the_next_one() -> None:
    full, again = kept(), evolve(FULL_AT_TEN, planned(block("c1", "10:00-11:00", Pool.ONLINE)))
    full.keep(ASKED, SITE, again, WANTED, NOW, TAKEN)
    answer = full.of(ASKED, SITE, NOW)
    assert answer is not None
    assert answer.still(again)


def test_a_place_that_takes_a_part_of_what_was_set_aside_leaves_the_rest_to_all() -> None:
    aside = evolve(FULL_AT_TEN, set_aside("10:30", "10:50", "12:00"))
    assert evolve(aside, slot("10:45-10:50", "late", pool=Pool.ONLINE)).room > aside.room


@pytest.mark.parametrize("now", [NOW - timedelta(microseconds=1), NOW + KEPT])
def test_an_answer_holds_from_its_moment_on_for_a_moment(now: datetime) -> None:
    assert kept().of(ASKED, SITE, now) is None
    assert kept().of(ASKED, SITE, NOW + KEPT / 2)


def test_changed_settings_end_it() -> None:
    assert kept().of(ASKED, Site(catalogue={}), NOW) is None


def test_nothing_is_kept_that_the_present_plan_could_give_or_that_had_another_reason() -> None:
    assert kept(free=True).of(ASKED, SITE, NOW) is None
    assert kept(answer=Refused("not-released")).of(ASKED, SITE, NOW) is None
    assert kept(structs.replace(ASKED, origin=STAFF)).of(ASKED, SITE, NOW) is None


def test_time_may_open_a_place_when_a_tick_begins_a_place_comes_back_or_a_hold_ends() -> None:
    assert settled_until(FULL_AT_TEN, NOW) == at("07:05")
    held = slot("10:00-10:15", "other", pool=Pool.ONLINE).model_copy(update={"hold_until": at("07:03")})
    assert settled_until(plan(FRAME, held), NOW) == at("07:03")
    assert settled_until(plan(FRAME, held), at("07:03")) == at("07:05")
