"""Whatever fits the description of documents is answered as it says, and never with a 5xx."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.rules.documents.desk import ID_CARD, PASSPORT
from tests.way.memory_documents import MemoryDocuments, documents_app

CHECKS = [response_schema_conformance, status_code_conformance, content_type_conformance]


@pytest.fixture
def described(tmp_path: Path) -> Iterator[tuple[Any, dict[str, str]]]:
    """The description, and ids of a document and a delivery that are there."""
    office = MemoryDocuments(tmp_path)
    card, _passport = office.eva.at_window(ID_CARD, PASSPORT)
    ids = {"document_id": str(card), "batch_id": str(office.eva.batch()), "site": "flensburg"}
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield schemathesis.openapi.from_asgi("/api/documents/v1/openapi.json", documents_app(office)), ids
    structlog.reset_defaults()


def test_the_api_keeps_to_its_description(described: tuple[Any, dict[str, str]]) -> None:
    schema, ids = described
    operations = [found.ok() for found in schema.get_all_operations()]
    custody = [one for one in operations if "/items" not in one.path]
    assert len(custody) > 20
    for operation in custody:

        @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
        @given(case=operation.as_strategy(), there=st.booleans())
        def ask(case: Any, there: bool) -> None:
            if there:  # half of them about something that exists
                case.path_parameters |= {name: ids[name] for name in case.path_parameters if name in ids}
            answer = case.call(headers={"Authorization": "Bearer dev:lead@flensburg"})
            assert answer.status_code < 500, answer.text
            case.validate_response(answer, checks=CHECKS)

        ask()
