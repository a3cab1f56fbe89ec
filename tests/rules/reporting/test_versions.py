"""Versions of closed weeks: what counts as a correction, and a seal that nobody else can make."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from servicekit.tokens import new_key
from services.reporting.closing import slices
from services.reporting.figures import Facts
from services.reporting.projections.funnel import Stages
from services.reporting.projections.lead_time import LeadTime
from services.reporting.versions import (
    Body,
    Figures,
    Position,
    Seal,
    Version,
    differences,
    figures_of,
    next_version,
)
from services.reporting.weeks import State, Week, newest_closed
from tests.rules.reporting.story import utc

W47 = Week(2026, 47)
NOW = utc("2026-12-07T09:00")
PLACE = Position("reporting.waiting.v1", "topic", 0, 4711, 1, 4700)
RECORDED = frozenset({"personal", "bookings", "door"})


def facts(**more: Any) -> Facts:
    counts = {("personal", "identity"): 40, ("personal", "permits"): 2}
    return Facts(**{"recorded": RECORDED, "contacts": counts, **more})


def figures(**more: Any) -> Figures:
    return figures_of(facts(**more), {"registration": LeadTime(168, 160, 9, 20, 9, 12, 30)})


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    file = tmp_path / "ring"
    file.write_text(new_key(1))
    return file


def first(ring: Path, told: Figures | None = None, now: datetime = NOW) -> Version:
    body = next_version(W47, None, [PLACE], told or figures(), now)
    assert body is not None
    return Seal(ring).sign(body)


def test_the_same_facts_are_the_same_bytes(ring: Path) -> None:
    assert first(ring) == first(ring)
    counts = dict(reversed(list(facts().contacts.items())))
    assert first(ring, figures(contacts=counts)).digest == first(ring).digest


def test_a_week_without_changes_gets_no_second_version(ring: Path) -> None:
    assert next_version(W47, first(ring), [replace_position(9)], figures(), NOW) is None


def replace_position(position: int) -> Position:
    return msgspec.structs.replace(PLACE, position=position)


def test_a_late_contact_makes_the_next_version_which_names_the_one_before(ring: Path) -> None:
    late = figures(contacts={("personal", "identity"): 41, ("personal", "permits"): 2})
    one = first(ring)
    two = next_version(W47, one, [replace_position(9)], late, utc("2027-02-01T08:00"))
    assert isinstance(two, Body)
    assert (two.number, two.previous, two.positions[0].position) == (2, one.digest, 9)
    assert differences(one.told.figures, late) == [
        "contacts personal/identity: 40 → 41",
        "contacts.personal: (42, 'recorded') → (43, 'recorded')",
        "contacts.total: (42, 'partial') → (43, 'partial')",
    ]


@pytest.mark.parametrize(
    "late",
    [
        {"contacts": {("personal", "identity"): 39, ("personal", "permits"): 3}},
        {"entries": {"too-early": 1}},
        {"recorded": RECORDED | {"email"}},
    ],
)
def test_what_was_published_otherwise_is_a_correction(late: dict[str, Any]) -> None:
    """Another group, another reason at the door, a channel that turned out to be recorded."""
    assert differences(figures(), figures(**late))


def test_another_lead_time_is_a_correction() -> None:
    assert differences(figures(), figures_of(facts(), {})) == [
        "lead_time registration: (168, 160, 9, 20) → nothing"
    ]


def test_cancellations_after_the_week_are_no_correction() -> None:
    """A booking of that week may be cancelled months later; the week as published stays true."""
    later = figures(stages=Stages(held=9, cancelled=4))
    assert differences(figures(stages=Stages(held=9, cancelled=3)), later) == []


def test_metrics_that_a_newer_version_of_the_software_counts_are_no_correction() -> None:
    known = figures()
    old = msgspec.structs.replace(
        known,
        metrics={name: told for name, told in known.metrics.items() if not name.startswith("door.")},
        parts={},
    )
    assert differences(old, figures(entries={"too-early": 1})) == []


def test_a_version_is_sealed_with_its_week_number_figures_and_positions(ring: Path) -> None:
    seal, one = Seal(ring), first(ring)
    assert seal.genuine(one)
    assert not seal.genuine(replace(one, number=2))
    assert not seal.genuine(replace(one, week="2026-W46"))
    assert not seal.genuine(replace(one, made_at=utc("2026-12-08T09:00")))
    assert not seal.genuine(replace(one, body=one.body.replace("4711", "4712")))
    other = first(ring, figures(contacts={}))
    assert not seal.genuine(replace(one, body=other.body, digest=other.digest))


def test_an_older_key_still_verifies_and_a_foreign_one_never(ring: Path, tmp_path: Path) -> None:
    one, old = first(ring), ring.read_text()
    ring.write_text(new_key(2) + old)
    assert Seal(ring).genuine(one)
    assert first(ring).key_id == 2
    foreign = tmp_path / "foreign"
    foreign.write_text(new_key(1))
    assert not Seal(foreign).genuine(one)
    foreign.write_text(new_key(7))
    assert not Seal(foreign).genuine(one)


def test_a_key_that_was_taken_out_of_the_ring_is_no_forgery(ring: Path) -> None:
    one, old = first(ring), ring.read_text()
    assert Seal(ring).doubt(one) is None
    ring.write_text(new_key(2))
    assert "key 1 is not in LINK_KEYS_FILE" in str(Seal(ring).doubt(one))
    ring.write_text(new_key(1))
    assert "was not made by this office" in str(Seal(ring).doubt(one))
    ring.write_text(new_key(2) + old)
    assert Seal(ring).doubt(one) is None


def test_a_week_closes_two_weeks_after_its_sunday() -> None:
    for now, newest in (
        ("2026-12-06T22:59", Week(2026, 46)),  # Sunday, 23:59 in Flensburg
        ("2026-12-06T23:00", Week(2026, 47)),
        ("2027-01-24T23:00", Week(2027, 1)),
        ("2027-01-17T23:00", Week(2026, 53)),
    ):
        assert newest_closed(utc(now)) == newest
        assert newest.state(utc(now)) is State.CLOSED
        assert newest.plus(1).state(utc(now)) is not State.CLOSED


def test_every_week_of_two_years_gets_its_turn_and_the_newest_always() -> None:
    turns = [slices(NOW, turn) for turn in range(7)]
    seen = {week for parts in turns for weeks in parts for week in weeks}
    assert seen == {W47.plus(-n) for n in range(8 * 13)}
    assert all(W47 in parts[0] for parts in turns)
