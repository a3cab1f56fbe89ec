"""Rounds through the handlers: from a cancellation to five offers, to the second round, to the public."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta

import pytest

from buergerbuero_contracts.booking import (
    OfferLapsed,
    SlotOffered,
    WishClosed,
    WishEnd,
    WishOffered,
)
from buergerbuero_contracts.envelope import Item
from servicekit.decider import Refused
from services.booking import commands as ask
from services.booking import wish_commands as wish
from services.booking.rules.opening import ConfigureSite
from services.booking.rules.waiting_events import PassReason, Window, WishPassed
from services.booking.rules.wish_state import Waiting as Listed
from services.booking.rules.wish_state import WishStatus
from tests.rules.booking.flensburg import standing
from tests.rules.booking.memory import Office
from tests.rules.booking.office import THURSDAY, at, on
from tests.rules.booking.waiting import FOUR, TODAY, WEEK, Waiting


@pytest.fixture
def people(office: Office) -> Waiting:
    return Waiting(office)


def of(people: Waiting, kind: type) -> list[object]:
    return [one.event for one in people.office.log.events if isinstance(one.event, kind)]


async def test_a_cancelled_place_is_offered_after_the_undo_time_in_one_append(people: Waiting) -> None:
    waiting = [await people.wishes(name) for name in ("Ada", "Bea")]
    await people.cancels(await people.books("Otto"))
    await people.passes(minutes=9, seconds=59)
    assert not of(people, SlotOffered)
    await people.passes(seconds=1)
    (slot,) = of(people, SlotOffered)
    assert isinstance(slot, SlotOffered)
    assert slot.wish_ids == tuple(waiting)
    assert (slot.starts_at, slot.offered_until) == (FOUR, people.office.now + timedelta(minutes=60))
    stored = [one for one in people.office.log.events if isinstance(one.event, SlotOffered | WishOffered)]
    assert len({one.meta.command_id for one in stored}) == 1 and len(stored) == 3
    assert {people.wish(one).status for one in waiting} == {WishStatus.OFFERED}


async def test_a_cancellation_that_is_undone_offers_nothing(people: Waiting) -> None:
    await people.wishes("Ada")
    booking = await people.books("Otto")
    await people.cancels(booking)
    await people.passes(minutes=10)
    before = len(of(people, SlotOffered))
    other = await people.books("Nils", "10:00")
    await people.cancels(other)
    await people.office.ask(ask.UndoCancel(booking_id=other))
    await people.passes(minutes=11)
    assert len(of(people, SlotOffered)) == before == 1


async def test_a_moved_place_is_offered_and_an_expired_hold_is_not(people: Waiting) -> None:
    ada = await people.wishes("Ada")
    booking = await people.books("Otto")
    await people.office.ask(ask.RescheduleBooking(booking_id=booking, starts_at=at("15:00")))
    await people.passes(minutes=10)
    offer = people.wish(ada).offer
    assert offer is not None and offer.starts_at == FOUR


@pytest.mark.parametrize(
    "other",
    [
        {"window": WEEK.model_copy(update={"latest": TODAY})},
        {"window": WEEK.model_copy(update={"weekdays": (1, 2, 3)})},
        {"window": WEEK.model_copy(update={"until": time(12)})},
        {"items": (Item(service="id_card_apply", quantity=2),), "persons": 2},
    ],
)
async def test_only_who_wishes_for_such_a_place_is_asked(people: Waiting, other: dict[str, object]) -> None:
    unlike = await people.wishes("Ada", **other)  # type: ignore[arg-type]
    like = await people.wishes("Bea")
    unproven = await people.asks("Cleo")
    await people.cancels(await people.books("Otto"))
    await people.passes(minutes=10)
    states = [people.wish(one).status for one in (unlike, like, unproven)]
    assert states == [WishStatus.ACTIVE, WishStatus.OFFERED, WishStatus.UNPROVEN]


async def test_who_has_an_earlier_appointment_already_is_not_asked(people: Waiting) -> None:
    late, early = await people.books("Ada", "16:00"), await people.books("Bea", "15:00")
    wishes = [await people.wishes_earlier(one) for one in (late, early)]
    await people.office.ask(ask.RescheduleBooking(booking_id=early, starts_at=at("09:00")))
    await people.passes(minutes=30)
    await people.cancels(await people.books("Otto"))
    await people.passes(minutes=10)
    assert [people.wish(one).status for one in wishes] == [WishStatus.OFFERED, WishStatus.ACTIVE]


async def test_who_may_not_move_any_more_is_offered_nothing(people: Waiting) -> None:
    """Or the mail would offer what the button refuses."""
    booking = await people.books("Ada", "16:00")
    ada = await people.wishes_earlier(booking)
    for clock in ("15:00", "15:30", "16:30"):
        await people.office.ask(ask.RescheduleBooking(booking_id=booking, starts_at=at(clock)))
    await people.passes(minutes=61)
    await people.cancels(await people.books("Otto"))
    await people.passes(minutes=10)
    assert people.wish(ada).status is WishStatus.ACTIVE


async def test_the_sixth_waits_for_the_second_round_and_then_the_place_is_public(people: Waiting) -> None:
    await people.alone()
    first = await people.offered("A", "B", "C", "D", "E", "F")
    assert [people.wish(one).status for one in first] == [WishStatus.OFFERED] * 5 + [WishStatus.ACTIVE]
    await people.passes(minutes=60)
    assert len(of(people, OfferLapsed)) == 1
    assert [people.wish(one).status for one in first] == [WishStatus.ACTIVE] * 5 + [WishStatus.OFFERED]
    assert {one.passed[people.offer_of(first[0])] for one in map(people.wish, first[:5])} == {
        PassReason.LAPSED
    }
    await people.passes(minutes=60)
    assert {people.wish(one).status for one in first} == {WishStatus.ACTIVE}
    await people.passes(minutes=1)
    await people.books("Public")
    assert len(of(people, SlotOffered)) == 2


async def test_while_two_rounds_may_follow_the_public_never_gets_it(people: Waiting) -> None:
    await people.alone()
    await people.offered("A", "B")
    with pytest.raises(Refused, match="not-released"):
        await people.books("Public")
    await people.passes(minutes=59)
    with pytest.raises(Refused, match="not-released"):
        await people.books("Eager")


async def test_the_third_silence_closes_a_wish(people: Waiting) -> None:
    ada = await people.wishes("Ada")
    for name, clock in (("O", "14:00"), ("P", "15:00"), ("Q", "16:00")):
        await people.cancels(await people.books(name, clock))
        await people.passes(minutes=75)
    (closed,) = of(people, WishClosed)
    assert isinstance(closed, WishClosed)
    assert closed.reason is WishEnd.UNANSWERED
    row = people.office.log.people[people.wish(ada).person_id]
    assert row.keep_until <= people.office.now + timedelta(days=1)
    assert closed.person_revision == row.revision == 2
    assert ("wish-end", ada) not in people.office.log.armed
    assert len(of(people, WishPassed)) == 2


async def test_nobody_gets_two_offers_at_once(people: Waiting) -> None:
    ada, bea = await people.wishes("Ada"), await people.wishes("Bea")
    await people.cancels(await people.books("O", "14:00"))
    await people.passes(minutes=10)
    cleo = await people.wishes("Cleo")
    await people.cancels(await people.books("P", "15:00"))
    await people.passes(minutes=10)
    starts = [offer.starts_at for one in (ada, bea, cleo) if (offer := people.wish(one).offer)]
    assert starts == [FOUR, FOUR, at("15:00")]


async def test_a_place_that_comes_back_at_night_is_offered_at_seven(people: Waiting) -> None:
    await people.alone()
    people.office.now = on(TODAY, "22:00")
    ada = await people.wishes("Ada")
    await people.cancels(await people.books("Otto", "09:30"))
    await people.passes(hours=8, minutes=59)
    assert people.wish(ada).status is WishStatus.ACTIVE
    with pytest.raises(Refused, match="not-released"):
        await people.books("Owl", "09:30")
    await people.passes(minutes=1)
    assert people.wish(ada).status is WishStatus.OFFERED


async def test_too_near_to_the_morning_a_night_s_place_is_simply_public(people: Waiting) -> None:
    await people.alone()
    people.office.now = on(TODAY, "22:00")
    ada = await people.wishes("Ada")
    await people.cancels(await people.books("Otto", "08:30"))
    await people.passes(minutes=61)
    await people.books("Owl", "08:30")
    assert people.wish(ada).status is WishStatus.ACTIVE


async def test_an_offer_ends_also_if_the_timers_slept_until_its_day_was_over(people: Waiting) -> None:
    """Or its wishes would never be asked again."""
    (ada,) = await people.offered("Ada")
    people.office.now = on(THURSDAY + timedelta(days=1), "08:00")
    await people.office.fire_due()
    assert len(of(people, OfferLapsed)) == 1
    assert people.wish(ada).status is WishStatus.ACTIVE


async def test_an_offer_ends_also_beyond_a_horizon_that_became_shorter(people: Waiting) -> None:
    day = THURSDAY + timedelta(days=14)
    ada = await people.wishes("Ada", Window(earliest=TODAY, latest=day))
    otto = await standing(people.office, starts_at=on(day, "10:00"))
    await people.office.ask(ask.CancelBooking(booking_id=otto.booking_id, typed_day=day))
    await people.passes(minutes=10)
    assert people.wish(ada).status is WishStatus.OFFERED
    settings = people.office.site("flensburg").opening.settings.model_copy(update={"horizon_days": 7})
    step = ConfigureSite(site="flensburg", settings=settings)
    await people.office.ask(ask.SetUp(site="flensburg", steps=(step,)))
    await people.passes(minutes=60)
    assert len(of(people, OfferLapsed)) == 1
    assert people.wish(ada).status is WishStatus.ACTIVE


async def test_a_declined_offer_leaves_the_others_theirs(people: Waiting) -> None:
    ada, bea = await people.offered("Ada", "Bea")
    await people.office.ask(wish.DeclineOffer(wish_id=ada, offer_id=people.offer_of(ada)))
    assert (people.wish(ada).status, people.wish(bea).status) == (WishStatus.ACTIVE, WishStatus.OFFERED)


async def test_a_round_counts_only_wishes_that_are_active_in_truth(
    people: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list may be a moment old: who withdrew meanwhile is skipped, the next one asked."""
    ada, bea = await people.wishes("Ada"), await people.wishes("Bea")
    old = await people.office.wishes("flensburg", THURSDAY)

    async def a_moment_old(_site: str, _day: date) -> Sequence[Listed]:
        return old

    monkeypatch.setattr(people.office, "wishes", a_moment_old)
    await people.office.ask(wish.CloseWish(wish_id=ada))
    await people.cancels(await people.books("Otto"))
    await people.passes(minutes=10)
    assert (people.wish(ada).status, people.wish(bea).status) == (WishStatus.CLOSED, WishStatus.OFFERED)
