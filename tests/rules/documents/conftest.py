"""The office that commands are tried on."""

import pytest

from tests.rules.documents.desk import Desk
from tests.rules.documents.world import World


@pytest.fixture
def world() -> World:
    """Documents on Monday, 23 November 2026 at 9:00, without any document."""
    return World()


@pytest.fixture
def desk(world: World) -> Desk:
    """Eva Muster's documents there."""
    return Desk(world)
