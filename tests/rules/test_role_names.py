"""A process has the roles that it is started with."""

from __future__ import annotations

import pytest

from servicekit.assembly import roles

KNOWN = ("api", "relay", "project", "timers")


@pytest.mark.parametrize(
    ("asked", "given"),
    [("relay", {"relay"}), ("relay+project", {"relay", "project"}), ("all", set(KNOWN))],
)
def test_one_several_or_all(asked: str, given: set[str]) -> None:
    assert roles(asked, KNOWN) == given
