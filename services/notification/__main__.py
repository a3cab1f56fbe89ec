"""``python -m services.notification <role>``."""

from servicekit.cli import Wiring, main


def load() -> Wiring:
    """After the settings are read, so that a wrong one is told at once."""
    from services.notification.wiring import WIRING

    return WIRING


main(load)
