"""The spoken code: stable, readable, and safe against slips of the tongue."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from servicekit.web.codes import ALPHABET, is_code, read_code, spoken_code

KEY = b"a key for tests only"
BOOKING = UUID("0197a3b0-0000-7000-8000-000000000001")
ids = st.uuids()


@given(ids)
def test_a_booking_has_one_code_of_nine_readable_letters(booking: UUID) -> None:
    code = spoken_code(KEY, booking)
    assert code == spoken_code(KEY, booking)
    assert [len(part) for part in code.split("-")] == [4, 4, 1]
    assert set(code.replace("-", "")) <= set(ALPHABET)
    assert not set(code) & set("ILOU")


def test_another_key_or_booking_has_another_code() -> None:
    codes = {spoken_code(KEY, UUID(int=number)) for number in range(5_000)}
    assert len(codes) == 5_000
    assert spoken_code(b"another", BOOKING) != spoken_code(KEY, BOOKING)


def test_letters_that_look_like_digits_are_understood() -> None:
    found = next(c for n in range(10_000) if {"0", "1"} <= set(c := spoken_code(KEY, UUID(int=n))))
    for typed in (found, found.lower(), found.replace("-", ""), found.replace("-", " "), f" {found}\t"):
        assert read_code(typed) == found
    for digit, letter in (("0", "O"), ("0", "o"), ("1", "I"), ("1", "l")):
        assert read_code(found.replace(digit, letter)) == found


@given(ids, st.integers(0, 8), st.sampled_from(ALPHABET))
def test_one_wrong_letter_is_noticed(booking: UUID, place: int, letter: str) -> None:
    letters = spoken_code(KEY, booking).replace("-", "")
    wrong = letters[:place] + letter + letters[place + 1 :]
    assert (read_code(wrong) is None) == (wrong != letters)


@given(ids, st.integers(0, 8), st.integers(0, 8))
def test_two_swapped_letters_are_noticed(booking: UUID, one: int, other: int) -> None:
    letters = list(spoken_code(KEY, booking).replace("-", ""))
    swapped = letters.copy()
    swapped[one], swapped[other] = swapped[other], swapped[one]
    assert (read_code("".join(swapped)) is None) == (swapped != letters)


@given(st.text(max_size=20))
def test_whatever_else_is_typed_is_no_code(typed: str) -> None:
    assert not is_code(KEY, BOOKING, typed) or read_code(typed) == spoken_code(KEY, BOOKING)


def test_the_code_of_another_booking_does_not_fit() -> None:
    assert is_code(KEY, BOOKING, spoken_code(KEY, BOOKING).lower())
    assert not is_code(KEY, BOOKING, spoken_code(KEY, UUID(int=5)))
