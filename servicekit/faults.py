"""Named places at which a test may let the process die, as the power would.

Promises: does nothing unless ``APP_ENV`` is ``test`` and ``FAULT`` names the place; settings refuse
``FAULT`` in production. ``FAULT=relay.after_send:3`` dies at the third passing. Shown by
``tests/broker/test_relay_crashes.py``.
"""

from __future__ import annotations

import os

KILLED = 137
"""The exit code of a process that was killed with SIGKILL, seen from a shell."""

_name, _, _nth = (os.environ.get("FAULT", "") if os.environ.get("APP_ENV") == "test" else "").partition(":")
_left = int(_nth or 1)


def fault_point(name: str) -> None:
    """Die here, without any clean-up, if the test asked for it."""
    global _left  # noqa: PLW0603 - counted per process, as the environment is
    if name != _name:
        return
    _left -= 1
    if _left == 0:
        os._exit(KILLED)
