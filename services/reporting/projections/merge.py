"""How what is known about one thing grows with its events: one row, column by column.

Promises: ``merged`` over a list equals ``merged`` over its parts, merged again; so a batch may be
split at any place, and the upsert of a projection does in SQL what these rules do in memory.
Shown by ``tests/rules/reporting/test_rows.py`` and ``tests/way/test_batches.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from servicekit.projection import Row, Seen

Rule = Callable[[Any, Any], Any]
"""What a column holds after ``old`` and then ``new``; neither is None."""


def first(old: Any, _new: Any) -> Any:
    """Keep what was known first. In SQL ``coalesce(t.x, excluded.x)``."""
    return old


def last(_old: Any, new: Any) -> Any:
    """Take what was said last. In SQL ``coalesce(excluded.x, t.x)``."""
    return new


def earliest(old: Any, new: Any) -> Any:
    """Keep the smaller. In SQL ``least(t.x, excluded.x)``, which ignores null."""
    return min(old, new)


def merged(parts: Iterable[Row], key: int, rules: tuple[Rule, ...]) -> list[Row]:
    """One row per key, sorted by it. The first ``key`` columns are the key, one rule for each other.

    None says nothing about a column.
    """
    rows: dict[Row, Row] = {}
    for part in parts:
        name, new = part[:key], part[key:]
        old = rows.get(name)
        rows[name] = new if old is None else tuple(map(_merge, rules, old, new))
    return [name + rows[name] for name in sorted(rows, key=_order)]


def _order(name: Row) -> Row:
    """Ids as numbers, which is their order: to sort them as ``UUID`` takes three times as long."""
    return tuple([part.int if isinstance(part, UUID) else part for part in name])


def _merge(rule: Rule, old: Any, new: Any) -> Any:
    if old is None or new is None:
        return new if old is None else old
    return rule(old, new)


def rows_of(
    parts: Mapping[str, Callable[[Seen], Row]], rules: tuple[Rule, ...], key: int = 1
) -> Callable[[Sequence[Seen]], list[Row]]:
    """The ``rows`` of a step, from a table that says what each type of event tells about its row."""

    def rows(seen: Sequence[Seen]) -> list[Row]:
        return merged((parts[one.type](one) for one in seen if one.type in parts), key, rules)

    return rows
