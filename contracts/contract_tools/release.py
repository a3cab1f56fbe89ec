"""The releases: one file each in ``released/``, ``<version>.json``, written once and never changed.

A release is the whole contract at that moment: schemas, digests of the samples, partition counts
and cleanup of the topics. The highest version is what ``check.py`` compares with.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from buergerbuero_contracts.topics import TOPICS

from .compare import Contract
from .paths import RELEASED, SAMPLES
from .schemas import all_schemas


def today() -> Contract:
    """The contract as the code has it now."""
    return Contract(
        schemas=all_schemas(),
        samples={path.stem: _digest(path.read_bytes()) for path in sorted(SAMPLES.glob("*.json"))},
        topics={
            name: {"partitions": spec.partitions, "cleanup.policy": spec.config["cleanup.policy"]}
            for name, spec in TOPICS.items()
        },
    )


def releases() -> Iterator[tuple[str, Contract]]:
    """Every release with its version, oldest first."""
    for version in sorted((path.stem for path in RELEASED.glob("*.json")), key=_number):
        found = json.loads((RELEASED / f"{version}.json").read_text("utf-8"))
        yield version, Contract(**found)


def write(version: str) -> None:
    """Release the contract of today. Refuses a version that is there or is not the next."""
    known = [name for name, _ in releases()]
    if known and _number(version) <= _number(known[-1]):
        raise ValueError(f"{version} does not follow {known[-1]}: a release is never changed")
    contract = today()
    text: dict[str, Any] = {
        "schemas": contract.schemas,
        "samples": contract.samples,
        "topics": contract.topics,
    }
    RELEASED.mkdir(exist_ok=True)
    (RELEASED / f"{version}.json").write_text(json.dumps(text, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
