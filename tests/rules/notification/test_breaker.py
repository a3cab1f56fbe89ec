"""While the mail server is away one message tries, the others wait."""

from __future__ import annotations

from services.notification.breaker import Breaker
from tests.rules.notification.given import after


def test_all_may_try_while_all_is_well() -> None:
    breaker = Breaker()
    assert all(breaker.may_try(after(n)) for n in range(5))


def test_after_a_failure_nobody_tries_and_then_exactly_one() -> None:
    breaker = Breaker()
    breaker.failed(after())
    assert not breaker.may_try(after(9))
    assert breaker.may_try(after(10))
    assert not breaker.may_try(after(11)), "the probe is under way"


def test_failed_probes_lengthen_the_pause_to_a_minute_at_most() -> None:
    breaker, at, pauses = Breaker(), after(), []
    for _ in range(5):
        breaker.failed(at)
        again = breaker.away_until(at)
        assert again is not None
        pauses.append((again - at).total_seconds())
        at = again
    assert pauses == [10, 30, 60, 60, 60]


def test_one_answer_closes_it_for_all() -> None:
    breaker = Breaker()
    breaker.failed(after())
    breaker.reached()
    assert breaker.may_try(after(1)) and breaker.may_try(after(1))


def test_a_probe_that_never_reports_is_forgotten_after_a_claim() -> None:
    breaker = Breaker()
    breaker.failed(after())
    assert breaker.may_try(after(10))
    assert not breaker.may_try(after(129))
    assert breaker.may_try(after(130))
