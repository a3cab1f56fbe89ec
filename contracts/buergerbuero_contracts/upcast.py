"""Old shapes become today's: one step per type and version, for the log and the topic alike.

Promises: ``upcast`` applies the steps from the stored version to today's, in order, on a copy; a
version without a step, or from the future, is ``UnknownVersion``. A step is pure and total: what it
cannot know it leaves out. Shown by ``tests/contract/test_upcast.py``.

To change a shape: raise ``version=`` at the class, add the step from the old version here, generate,
and keep the old sample; it must still parse. A changed meaning is no new version but a new type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import InvalidEvent
from .registry import EVENTS

Data = dict[str, Any]
Upcaster = Callable[[Data], Data]

UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""(type, version) → the step to version + 1. A service adds those of its private types."""


class UnknownVersion(InvalidEvent):
    """Data of a version that this package cannot read."""


def upcast(type_name: str, version: int, data: Data) -> Data:
    """``data`` of ``version`` as the shape of today; ``data`` itself stays as it is."""
    result, reached = dict(data), version
    while (type_name, reached) in UPCASTERS:
        result, reached = UPCASTERS[type_name, reached](result), reached + 1
    if type_name in EVENTS and reached != EVENTS[type_name].schema_version:
        raise UnknownVersion("version is not known", type=type_name, version=version)
    return result
