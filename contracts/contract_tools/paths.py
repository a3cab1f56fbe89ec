"""Where the generated files lie."""

from __future__ import annotations

from pathlib import Path

CONTRACTS = Path(__file__).resolve().parent.parent
SCHEMAS = CONTRACTS / "schemas"
SAMPLES = CONTRACTS / "samples"
RELEASED = CONTRACTS / "released"
ASYNCAPI = CONTRACTS / "asyncapi.yaml"
CATALOGUE = CONTRACTS.parent / "docs" / "events"
