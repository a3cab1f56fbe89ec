"""``python -m services.documents <role>``."""

from servicekit.cli import Wiring, main


def load() -> Wiring:
    """After the settings are read, so that a wrong one is told at once."""
    from services.documents.wiring import WIRING

    return WIRING


main(load)
