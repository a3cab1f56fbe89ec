"""A wish survives every address and form, and no address or form breaks it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.booking.pages.wish import HALVES, Wish, by_day, halves, moment_of, read

TODAY = date(2026, 11, 25)
CODES = st.sampled_from(["id_card_apply", "passport_apply", "registration", "certified_copy"])


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    persons = draw(st.integers(1, 6))
    quantities = draw(st.dictionaries(CODES, st.integers(1, persons), min_size=1))
    first = draw(st.none() | st.dates(date(2026, 11, 26), date(2027, 1, 31)))
    return Wish(quantities, persons, draw(st.sampled_from(["", *HALVES])), first)


@given(wishes())
def test_the_address_of_a_wish_says_all_of_it(wish: Wish) -> None:
    assert read(parse_qsl(wish.query), TODAY) == wish


@given(st.lists(st.tuples(st.sampled_from(["service", "persons", "ab", "uhrzeit", "anzahl_x"]), st.text())))
def test_any_address_is_read(pairs: list[tuple[str, str]]) -> None:
    wish = read(pairs, TODAY)
    assert 0 <= wish.persons <= 6
    assert len(wish.codes) <= 9
    assert all(1 <= quantity <= 6 for quantity in wish.quantities.values())


@pytest.mark.parametrize(
    ("typed", "persons"),
    [("", 1), ("1", 1), ("6", 6), (" 2 ", 2), ("0", 0), ("7", 0), ("-1", 0), ("zwei", 0), ("9" * 40, 0)],
)
def test_only_one_to_six_people_are_a_number_of_people(typed: str, persons: int) -> None:
    assert read([("service", "registration"), ("persons", typed)], TODAY).persons == persons


def test_all_who_come_need_each_service_unless_the_form_says_fewer() -> None:
    pairs = [("service", "id_card_apply"), ("service", "registration"), ("persons", "4")]
    assert read(pairs, TODAY).quantities == {"id_card_apply": 4, "registration": 4}
    fewer = [*pairs, ("anzahl_registration", "1"), ("anzahl_id_card_apply", "9")]
    assert read(fewer, TODAY).quantities == {"id_card_apply": 4, "registration": 1}


@pytest.mark.parametrize(
    ("typed", "first", "wrong"),
    [
        ("", None, False),
        ("2026-11-25", None, False),
        ("2026-11-26", date(2026, 11, 26), False),
        ("2026-11-24", None, True),
        ("2026-02-30", None, True),
        ("morgen", None, True),
        ("0001-01-01", None, True),
    ],
)
def test_a_day_that_is_past_or_none_means_today(typed: str, first: date | None, wrong: bool) -> None:
    wish = read([("ab", typed)], TODAY)
    assert (wish.first, wish.first_wrong) == (first, wrong)


def test_the_time_of_day_is_local_and_its_edges_are_exact() -> None:
    noon, two = datetime(2026, 11, 25, 11, tzinfo=UTC), datetime(2026, 11, 25, 13, tzinfo=UTC)
    summer_two = datetime(2026, 7, 1, 12, tzinfo=UTC)
    before, late = Wish({}, half="vormittags"), Wish({}, half="ab-14")
    assert [before.suits(at) for at in (noon.replace(minute=55, hour=10), noon)] == [True, False]
    assert [late.suits(at) for at in (two.replace(minute=55, hour=12), two, summer_two)] == [
        False,
        True,
        True,
    ]


def test_times_are_grouped_by_day_and_half() -> None:
    morning, noon = datetime(2026, 11, 25, 10, tzinfo=UTC), datetime(2026, 11, 25, 11, tzinfo=UTC)
    assert halves(((morning, noon), (noon, noon))) == [("morning", [morning]), ("afternoon", [noon])]
    assert halves(((noon, noon),)) == [("afternoon", [noon])]
    later = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)
    assert by_day((later, morning)) == [(TODAY, [morning]), (date(2026, 11, 27), [later])]


@pytest.mark.parametrize("typed", ["", "9:00", "2026-12-01T09:00", "1899-12-01T09:00+01:00", "x" * 99])
def test_what_no_button_of_ours_says_is_no_time(typed: str) -> None:
    assert moment_of(typed) is None
