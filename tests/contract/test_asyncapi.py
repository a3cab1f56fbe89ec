"""The AsyncAPI document names every topic, message and header, and everything it refers to is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from contract_tools.paths import ASYNCAPI, CONTRACTS

from buergerbuero_contracts import topics
from buergerbuero_contracts.registry import EVENTS, ce_type, public
from tests.contract.records import sample

DOCUMENT: dict[str, Any] = yaml.safe_load(ASYNCAPI.read_text("utf-8"))


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from references(one)


def resolved(reference: str) -> Any:
    node: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def test_it_is_asyncapi_3() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= set(DOCUMENT["info"])


def test_every_topic_is_a_channel_with_its_partitions() -> None:
    found = {one["address"]: one["bindings"]["kafka"]["partitions"] for one in DOCUMENT["channels"].values()}
    assert found == {name: spec.partitions for name, spec in topics.TOPICS.items()}


@pytest.mark.parametrize("service", topics.SERVICES)
def test_every_public_type_is_a_message_of_its_service_and_of_no_other(service: str) -> None:
    assert set(DOCUMENT["channels"][service]["messages"]) == {kind.__name__ for kind in public(service)}


@pytest.mark.parametrize("reference", sorted(set(references(DOCUMENT))))
def test_everything_it_refers_to_is_there(reference: str) -> None:
    if reference.startswith("#/"):
        assert resolved(reference)
    else:
        assert (CONTRACTS / reference).is_file()


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_a_message_says_what_happened_and_its_type(name: str) -> None:
    message = DOCUMENT["components"]["messages"][name]
    assert message["summary"].endswith(".")
    assert message["headers"]["allOf"][1]["properties"]["ce_type"]["const"] == ce_type(EVENTS[name])


def test_the_headers_are_those_of_the_records() -> None:
    described = DOCUMENT["components"]["schemas"]["EventHeaders"]
    sent = sample("booking.SlotReserved.1")["headers"]
    assert set(described["properties"]) == set(sent)
    assert set(sent) - set(described["required"]) == {"ce_causationid", "traceparent"}


def test_each_channel_is_sent_by_the_platform() -> None:
    actions = {one["channel"]["$ref"]: one["action"] for one in DOCUMENT["operations"].values()}
    assert actions == {f"#/channels/{name}": "send" for name in DOCUMENT["channels"]}
