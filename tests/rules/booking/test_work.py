"""The task of the raised level: right for its services until its end, and worth nothing otherwise."""

from __future__ import annotations

import hmac
from datetime import timedelta

import pytest

from buergerbuero_contracts.envelope import Item
from services.booking import work
from services.booking.work import LASTS, Task, solve, solved, subject, task
from tests.rules.booking.office import at

ID_CARD = (Item(service="id_card_apply", quantity=1),)
FOR = subject("flensburg", ID_CARD, 1)
NOW = at("09:00")


def hashed(kind: str, value: str) -> str:
    return hmac.digest(b"tests", f"{kind}:{value}".encode(), "sha256").hex()[:32]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks of a few numbers, so that the tests do not work for long."""
    monkeypatch.setattr(work, "COST", 1)
    monkeypatch.setattr(work, "TRIES", 50)


def easy() -> Task:
    return task(hashed, FOR, NOW)


def answer(given: Task) -> str:
    return list(solve(given.text))[-1]


def test_trying_number_after_number_finds_the_answer() -> None:
    given = easy()
    found = solved(hashed, FOR, answer(given), NOW)
    assert found is not None
    assert found.until == given.until == NOW + LASTS


def test_the_number_is_never_in_the_first_half() -> None:
    assert all(len(list(solve(easy().text))) > 25 for _ in range(20))


def test_two_tasks_are_never_the_same() -> None:
    first, second = (solved(hashed, FOR, answer(easy()), NOW) for _ in range(2))
    assert first and second and first.key != second.key


def test_an_answer_is_good_until_the_end_of_the_task_and_no_longer() -> None:
    given = easy()
    assert solved(hashed, FOR, answer(given), given.until) is not None
    assert solved(hashed, FOR, answer(given), given.until + timedelta(seconds=1)) is None


@pytest.mark.parametrize(
    "other",
    [
        subject("flensburg", ID_CARD, 2),
        subject("flensburg", (Item(service="passport_apply", quantity=1),), 1),
        subject("elsewhere", ID_CARD, 1),
    ],
)
def test_an_answer_is_good_for_nothing_but_what_the_task_was_for(other: str) -> None:
    assert solved(hashed, other, answer(easy()), NOW) is None


def test_every_changed_character_spoils_the_answer() -> None:
    right = answer(easy())
    for nr, sign in enumerate(right):
        wrong = right[:nr] + ("1" if sign != "1" else "2") + right[nr + 1 :]
        assert solved(hashed, FOR, wrong, NOW) is None, nr


@pytest.mark.parametrize("junk", ["", "~", "1.2.3", "x" * 400, "9" * 100 + "~" + "0" * 64, "١" * 150])
def test_junk_is_no_answer(junk: str) -> None:
    assert solved(hashed, FOR, junk, NOW) is None


def test_a_key_that_only_begins_as_the_task_says_is_not_enough() -> None:
    given = easy()
    prefix = given.text.split(".")[4]
    assert solved(hashed, FOR, f"{given.text}~{prefix.ljust(64, '0')}", NOW) is None
