"""Write everything that is generated from the contract package.

``python contracts/generate.py`` writes schemas, samples that are missing, asyncapi.yaml and the
catalogue. ``python contracts/generate.py --release 1.1.0`` also freezes the contract as released.
Samples that exist are never written again. Shown by ``tests/contract/test_check.py``.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Iterable
from pathlib import Path

from contract_tools import asyncapi, catalogue, release, sampling, schemas
from contract_tools.paths import ASYNCAPI, CATALOGUE, CONTRACTS, SAMPLES, SCHEMAS

from buergerbuero_contracts.registry import EVENTS


def files() -> dict[Path, str]:
    """Every generated file except samples, with what should stand in it."""
    version = tomllib.loads((CONTRACTS / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return {
        **{SCHEMAS / f"{name}.json": as_json(schema) for name, schema in schemas.all_schemas().items()},
        ASYNCAPI: asyncapi.asyncapi(version),
        **{CATALOGUE / path: text for path, text in catalogue.pages().items()},
    }


def missing_samples() -> dict[Path, str]:
    """The samples of types and versions that have none yet."""
    wanted = {SAMPLES / f"{schemas.name_of(kind)}.json": kind for kind in EVENTS.values()}
    return {path: as_json(sampling.sample(kind)) for path, kind in wanted.items() if not path.exists()}


def strays(known: Iterable[Path]) -> list[Path]:
    """Catalogue pages that are not ``known`` any more. Schemas and samples of old versions stay."""
    return sorted(set(CATALOGUE.rglob("*.md")) - set(known))


def as_json(content: object) -> str:
    """JSON as it is committed."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def write(path: Path, text: str) -> None:
    """Put a file in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def main() -> None:
    """Write all; the order matters: the catalogue shows samples and releases."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--release", metavar="VERSION", help="freeze the contract of today as this version")
    asked = parser.parse_args()
    for path, text in missing_samples().items():
        write(path, text)
    if asked.release:
        release.write(asked.release)
    wanted = files()
    for path, text in wanted.items():
        write(path, text)
    for path in strays(wanted):
        path.unlink()


if __name__ == "__main__":
    main()
