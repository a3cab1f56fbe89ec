"""Schemas, samples and models say the same; samples are never edited."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from contract_tools.paths import SAMPLES, SCHEMAS
from contract_tools.sampling import sample as made
from contract_tools.schemas import all_schemas, name_of, plain
from jsonschema import Draft7Validator, FormatChecker
from pydantic import BaseModel

from buergerbuero_contracts.booking import SlotReserved
from buergerbuero_contracts.registry import EVENTS
from tests.contract.records import NAMES, sample

CANARIES = re.compile(r"@|Eva|Muster|Hafendamm")


def committed(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))


def validator(name: str) -> Any:
    return Draft7Validator(committed(name), format_checker=FormatChecker())


@pytest.mark.parametrize("name", sorted(all_schemas()))
def test_a_schema_is_a_schema_and_stands_alone(name: str) -> None:
    Draft7Validator.check_schema(committed(name))
    assert "$ref" not in json.dumps(committed(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_fits_its_schema(name: str) -> None:
    validator(name).validate(sample(name)["data"])


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_carries_every_property_that_a_record_may_have(name: str) -> None:
    if int(name.rsplit(".", 1)[1]) == EVENTS[name.split(".")[1]].schema_version:
        required = set(committed(name)["required"])
        assert required <= set(sample(name)["data"]) <= set(committed(name)["properties"])


@pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS)
def test_schema_and_model_agree_on_what_must_be_there(kind: type[Any]) -> None:
    """What a record always carries is what the model cannot leave out when it writes."""
    schema = committed(name_of(kind))
    least = {name: value for name, value in made(kind)["data"].items() if name in schema["required"]}
    event = kind.model_validate_json(json.dumps(least), strict=True)
    written = json.loads(event.to_json())
    assert set(written) == set(schema["required"])
    validator(name_of(kind)).validate(written)


@pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS)
def test_every_type_and_version_of_today_has_a_sample(kind: type[Any]) -> None:
    assert (SAMPLES / f"{name_of(kind)}.json").exists()


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_no_sample_holds_anything_personal(path: Path) -> None:
    assert not CANARIES.search(path.read_text("utf-8"))


def test_an_optional_property_is_left_out_never_null() -> None:
    schema = plain(SlotReserved)
    assert "offer_id" not in schema["required"]
    assert schema["properties"]["offer_id"]["type"] == "string"
    assert not validator("booking.SlotReserved.1").is_valid(
        {**sample("booking.SlotReserved.1")["data"], "offer_id": None}
    )


def test_a_choice_of_types_is_no_field() -> None:
    class Torn(BaseModel):
        both: int | str

    with pytest.raises(ValueError, match="one type"):
        plain(Torn)
