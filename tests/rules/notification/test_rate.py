"""Mails per recipient domain: a burst, then one by one, each that waits at a moment of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.notification.rate import BURST, FORGET, Rate
from tests.rules.notification.given import NOW, after


def ask(rate: Rate, count: int, domain: str = "example.org", at: datetime = NOW) -> list[datetime | None]:
    """What ``count`` mails hear."""
    return [rate.wait(UUID(int=number), domain, at) for number in range(count)]


def test_a_quiet_domain_takes_a_burst_and_then_one_mail_a_second() -> None:
    told = ask(Rate(60), BURST + 3)
    assert told[:BURST] == [None] * BURST
    assert told[BURST:] == [after(1), after(2), after(3)], "each has a moment of its own"


def test_a_mail_goes_at_the_moment_that_was_promised_and_not_before() -> None:
    rate, waits = Rate(60), UUID(int=BURST)
    ask(rate, BURST + 1)
    assert rate.wait(waits, "example.org", after(0.5)) == after(1)
    assert rate.wait(waits, "example.org", after(1)) is None
    assert rate.wait(waits, "example.org", after(1)) == after(2), "its next try counts anew"


def test_other_domains_do_not_wait() -> None:
    rate = Rate(60)
    ask(rate, BURST + 5)
    assert rate.wait(UUID(int=99), "example.com", NOW) is None


def test_a_minute_of_quiet_fills_the_bucket_and_forgets_the_domain() -> None:
    rate = Rate(60)
    ask(rate, BURST)
    later = after(FORGET.total_seconds())
    assert ask(rate, BURST, at=later) == [None] * BURST


@given(
    st.integers(1, 600),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2)), min_size=1, max_size=80),
)
def test_no_domain_gets_more_than_its_rate_whatever_comes(
    a_minute: int, asked: list[tuple[int, int]]
) -> None:
    rate, at = Rate(a_minute), NOW
    gone: dict[str, list[datetime]] = {}
    for number, (pause, domain) in enumerate(asked):
        at += timedelta(seconds=pause)
        moment = rate.wait(UUID(int=number), str(domain), at) or at
        gone.setdefault(str(domain), []).append(moment)
    for moments in gone.values():
        for first, begin in enumerate(moments):
            for last in range(first, len(moments)):
                span = (moments[last] - begin).total_seconds()
                assert last - first + 1 <= BURST + span * a_minute / 60 + 1e-6
