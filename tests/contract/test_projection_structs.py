"""Every golden sample passes every projection that subscribes to its type."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

import msgspec
import pytest

import services
from buergerbuero_contracts.registry import EVENTS
from buergerbuero_contracts.topics import topic_of
from buergerbuero_contracts.upcast import upcast
from servicekit.projection import LOG, Projection

SAMPLES = Path(__file__).parents[2] / "contracts" / "samples"


def _projections() -> list[Projection]:
    """All projections of all services: whatever a module below ``services.*.projections`` holds."""
    found: dict[str, Projection] = {}
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if ".projections." in module.name:
            for value in vars(import_module(module.name)).values():
                if isinstance(value, Projection):
                    found[value.name] = value
    return [found[name] for name in sorted(found)]


PROJECTIONS = _projections()
READS = [
    pytest.param(projection, name, shape, id=f"{projection.name}:{name}")
    for projection in PROJECTIONS
    for name, shape in projection.reads.items()
]


def samples(name: str) -> list[Path]:
    """The golden samples of a type, one per version."""
    return sorted(SAMPLES.glob(f"{EVENTS[name].service}.{name}.*.json"))


def test_there_are_projections() -> None:
    assert {"reporting.contact_volume.v2", "reporting.funnel.v2"} <= {one.name for one in PROJECTIONS}


@pytest.mark.parametrize(("projection", "name", "shape"), READS)
def test_a_projection_reads_every_sample_of_its_types(
    projection: Projection, name: str, shape: type[msgspec.Struct]
) -> None:
    if name not in EVENTS:
        assert LOG in projection.topics, f"{name} is private, and {projection.name} does not read the log"
        return
    if LOG not in projection.topics:
        assert topic_of(EVENTS[name].service) in projection.topics, f"{name} is on another topic"
    found = samples(name)
    assert found, f"no golden sample of {name}"
    for path in found:
        version = int(path.name.split(".")[2])
        data = msgspec.json.decode(path.read_bytes())["data"]
        now = data if version == EVENTS[name].schema_version else upcast(name, version, data)
        msgspec.convert(now, shape, strict=True)


@pytest.mark.parametrize(("projection", "name", "shape"), READS)
def test_a_projection_asks_only_for_fields_that_the_event_has(
    projection: Projection, name: str, shape: type[msgspec.Struct]
) -> None:
    if name not in EVENTS:
        return
    fields = {field.alias or known for known, field in EVENTS[name].model_fields.items()}
    asked = {field.encode_name for field in msgspec.structs.fields(shape)}
    assert asked - fields <= _optional(shape), f"{projection.name} asks {name} for {asked - fields}"


def _optional(shape: type[msgspec.Struct]) -> set[str]:
    """Fields that a struct shared by several types may find absent."""
    return {field.encode_name for field in msgspec.structs.fields(shape) if not field.required}
