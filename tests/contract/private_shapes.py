"""The shapes of private events, as logs hold them. ``python -m tests.contract.private_shapes`` adds new ones.

Promises: what old logs hold stays as it is written here; a change that they would not survive is refused, by
the rules that hold for topics.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from contract_tools.compare import TEXT, Contract, Refusal, refusals
from contract_tools.schemas import name_of, plain

from buergerbuero_contracts.upcast import UPCASTERS
from tests.contract.test_fence import private_events

KEPT = Path(__file__).with_suffix(".json")
Shapes = dict[str, Any]


def today() -> Shapes:
    """The shape of each private type by its name, such as ``booking.PlaceSetAside.1``, without texts."""
    found = {name_of(kind): {"x-category": kind.category, **_bare(plain(kind))} for kind in private_events()}
    return dict(sorted(found.items()))


def kept() -> Shapes:
    """Those that logs may hold by now."""
    shapes: Shapes = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}
    return shapes


def broken(old: Shapes, new: Shapes) -> list[Refusal]:
    """What of the old shapes could no longer be read, or not by a process of the version before."""
    return refusals(Contract(old, {}, {}), Contract(new, {}, {}), frozenset(UPCASTERS))


def _bare(node: Any) -> Any:
    if isinstance(node, list):
        return [_bare(one) for one in node]
    if not isinstance(node, dict):
        return node
    fields = {name: _bare(one) for name, one in node.get("properties", {}).items()}
    rest = {key: _bare(one) for key, one in node.items() if key not in (*TEXT, "properties")}
    return {**rest, "properties": fields} if fields else rest


if __name__ == "__main__":
    if lost := broken(kept(), today()):
        sys.exit("\n".join(map(str, lost)))
    lines = (f"{json.dumps(name)}: {json.dumps(shape)}" for name, shape in (kept() | today()).items())
    KEPT.write_text("{\n" + ",\n".join(sorted(lines)) + "\n}\n", "utf-8")
