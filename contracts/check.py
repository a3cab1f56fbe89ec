"""Refuse a contract that is stale, that breaks readers, or that could carry text about people.

``python contracts/check.py`` prints one line per finding and exits with 1 if there is any. The
comparison is with the last release in ``released/``; ``contract_tools/compare.py`` holds its rules.
Shown by ``tests/contract/test_check.py`` and ``test_compare.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import generate
from contract_tools import compare, fence, release
from contract_tools.paths import CONTRACTS

from buergerbuero_contracts.registry import EVENTS
from buergerbuero_contracts.upcast import UPCASTERS


def stale() -> list[str]:
    """Generated files that do not say what the models say."""
    way = "run: python contracts/generate.py"
    wanted = generate.files()
    old = [path for path, text in wanted.items() if _read(path) != text]
    return [
        *(f"{_name(path)} is missing; {way}" for path in generate.missing_samples()),
        *(f"{_name(path)} is not current; {way}" for path in old),
        *(f"{_name(path)} belongs to no event; {way}" for path in generate.strays(wanted)),
    ]


def breaking() -> list[str]:
    """Changes since the last release that would break a reader."""
    *_, (_version, last) = release.releases()
    return [str(one) for one in compare.refusals(last, release.today(), frozenset(UPCASTERS))]


def personal() -> list[str]:
    """Fields that could hold text about people, or do not say what they hold."""
    return [line for kind in EVENTS.values() for line in (*fence.breaches(kind), *fence.undescribed(kind))]


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


def _name(path: Path) -> str:
    return str(path.relative_to(CONTRACTS.parent))


def main() -> int:
    """Print what was found."""
    found = [*stale(), *breaking(), *personal()]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
