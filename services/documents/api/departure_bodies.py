"""What calls carry about documents that leave otherwise than at the window.

Promises: as ``bodies.py`` in this folder. Shown by ``tests/way/test_departures_api.py``.
"""

from __future__ import annotations

from datetime import date

from services.documents.api.bodies import Body, Number, Second, Spot, StoreBody


class ReturnBody(StoreBody, frozen=True):
    """Into this bin of the safe. The number enters that of a document which was ordered without one."""

    number: Number | None = None


class LockerBody(Body, frozen=True):
    """Into this locker; the holder agreed to it."""

    locker: Spot
    agreed: bool = False


class CollectBody(Body, frozen=True):
    """The three factors that open a locker."""

    phone: bool = False
    code: bool = False
    old_document: bool = False


class DecisionBody(Body, frozen=True):
    """From which day on an uncollected document may be destroyed."""

    destroy_after: date
    approved_by: Second | None = None
