"""Several events of a batch as one row per thing: what the read models of notification share.

Promises: pure; the last word on each column counts.
Shown by ``tests/rules/notification/test_invitations.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from servicekit.projection import Seen


def merged(
    seen: Iterable[Seen], key: str, change: Callable[[Seen], dict[str, Any]]
) -> dict[UUID, dict[str, Any]]:
    """The last word on each column of each thing, sorted by its id, which the events carry as ``key``."""
    found: dict[UUID, dict[str, Any]] = {}
    for one in seen:
        subject = getattr(one.data, key)
        found.setdefault(subject, {key: subject}).update(change(one))
    return dict(sorted(found.items()))


def as_json(values: Sequence[Any]) -> str:
    """A list as a json column takes it."""
    return msgspec.json.encode(values).decode()
