"""``python -m services.reporting <role>``, or ``verify-week 2026-W47 [number]``."""

import asyncio
import sys

from servicekit.cli import Wiring, main
from servicekit.settings import SettingsError, read_settings


def load() -> Wiring:
    """After the settings are read, so that a wrong one is told at once."""
    from services.reporting.wiring import WIRING

    return WIRING


def verify_week(words: list[str]) -> int:
    """The one command that only this service has."""
    try:
        settings = read_settings()
        from services.reporting.wiring import verify

        return asyncio.run(verify(settings, words))
    except SettingsError as error:
        sys.exit(f"settings: {error}")


if sys.argv[1:2] == ["verify-week"]:
    sys.exit(verify_week(sys.argv[2:]))
main(load)
