"""All deciders of documents by category: what folds the streams of the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from servicekit.decider import Decider

from .rules import batch, document, holder, invitation, item, open_days, safe

DECIDERS: Mapping[str, Decider[Any, Any]] = {
    decider.category: decider
    for decider in (
        document.DECIDER,
        invitation.DECIDER,
        holder.DECIDER,
        batch.DECIDER,
        safe.DECIDER,
        open_days.DECIDER,
        item.DECIDER,
    )
}
