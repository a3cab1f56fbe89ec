"""Every event has its page, and the page says what a reader needs; links lead somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from contract_tools.paths import CATALOGUE, CONTRACTS

from buergerbuero_contracts.envelope import Privacy
from buergerbuero_contracts.registry import EVENTS
from servicekit.projection import LOG, Projection
from tests.contract.test_projection_structs import PROJECTIONS

NOTES = tomllib.loads((CONTRACTS / "catalogue.toml").read_text("utf-8"))
LINK = re.compile(r"\]\(([^)#]+)\)")


def page(name: str) -> str:
    return (CATALOGUE / EVENTS[name].service / f"{name}.md").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_a_page_has_every_field_with_meaning_and_privacy_class(name: str) -> None:
    text = page(name)
    rows = {row.split("`")[1]: row.split(" | ") for row in text.splitlines() if row.startswith("| `")}
    for field, info in EVENTS[name].model_fields.items():
        _name, _type, meaning, privacy = rows[info.alias or field]
        assert meaning
        assert privacy.strip(" |") in [one.value for one in Privacy]
    assert "known consumers" in text
    assert "release 1.0.0" in text or "to come" in text
    assert "```json" in text


@pytest.mark.parametrize("path", sorted(CATALOGUE.rglob("*.md")), ids=lambda path: path.stem)
def test_links_lead_somewhere(path: Path) -> None:
    for target in LINK.findall(path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


def test_the_index_names_every_event() -> None:
    index = (CATALOGUE / "README.md").read_text("utf-8")
    assert set(re.findall(r"^\| \[(\w+)\]", index, re.MULTILINE)) == set(EVENTS)


@pytest.mark.parametrize("table", ["commands", "deprecated"])
def test_the_notes_speak_of_events_that_there_are(table: str) -> None:
    assert set(NOTES[table]) <= set(EVENTS)


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda one: one.name)
def test_it_knows_what_our_own_read_models_read(projection: Projection) -> None:
    """If this fails, write the names into contracts/catalogue.toml and generate."""
    public = [name for name in projection.reads if name in EVENTS]
    assert projection.topics == (LOG,) or sorted(NOTES["consumers"].get(projection.name, [])) == sorted(
        public
    )


def test_consumers_read_events_that_there_are() -> None:
    assert {name for names in NOTES["consumers"].values() for name in names} <= set(EVENTS)


def test_a_consumer_group_has_service_read_model_and_version() -> None:
    assert all(re.fullmatch(r"[a-z0-9-]+(\.[a-z_]+)+\.v\d+", group) for group in NOTES["consumers"])
