"""A small attack over the real routes: most places reach the humans once the level is raised."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.booking import work
from tests.bots.bots import Means
from tests.bots.memory_town import remembered
from tests.bots.story import Plan, play

SMALL = Means(bots=10, parallel=10, prefixes=4, mailboxes=1)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks of little work: what is measured is who gets the places."""
    monkeypatch.setattr(work, "COST", 1)


async def test_seventy_of_a_hundred_places_reach_humans_at_the_raised_level(tmp_path: Path) -> None:
    """S7: ``Plan.assumptions`` says what that rests on. A mailbox in many spellings stays one."""
    async with remembered(tmp_path) as town:
        plan = Plan(level="raised", means=SMALL, humans=6, shared=50, together=3, minutes=9)
        figures = await play(town, plan, seconds=1)
    told = "\n".join(figures.told())
    assert figures.share >= 0.7, told
    assert figures.served == figures.humans, told
    assert figures.bots_confirmed <= 2, told
