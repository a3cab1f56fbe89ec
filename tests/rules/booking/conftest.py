"""The office that commands are tried on."""

import pytest

from tests.rules.booking.flensburg import flensburg
from tests.rules.booking.memory import Office


@pytest.fixture
async def office() -> Office:
    """Flensburg on Wednesday, 2 December 2026 at 9:00, all places released."""
    return await flensburg()
