"""Named places at which a test may let the process die, as the power would, or fail in a way nobody listed.

Promises: does nothing unless ``APP_ENV`` is ``test`` and ``FAULT`` names the place; settings refuse
``FAULT`` in production. ``FAULT=relay.after_send:3`` dies at the third passing,
``FAULT=relay.after_send:3:raise`` raises ``KeyError`` there, once. Shown by
``tests/broker/test_relay_crashes.py`` and ``tests/whole/test_task_death.py``.
"""

from __future__ import annotations

import os

KILLED = 137
"""The exit code of a process that was killed with SIGKILL, seen from a shell."""

_asked = os.environ.get("FAULT", "") if os.environ.get("APP_ENV") == "test" else ""
_name, _nth, _how = (*_asked.split(":"), "", "")[:3]
_left = int(_nth or 1)


def fault_point(name: str) -> None:
    """Die here, without any clean-up, or raise, if the test asked for it."""
    global _left  # noqa: PLW0603 - counted per process, as the environment is
    if name != _name:
        return
    _left -= 1
    if _left == 0:
        if _how == "raise":
            raise KeyError(name)
        os._exit(KILLED)
