"""Ids that follow from another id and a name are those of RFC 9562, as every language makes them."""

from __future__ import annotations

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from servicekit.log import NAMESPACE, Stream, derived


@given(st.uuids(), st.text())
def test_a_derived_id_is_a_uuid_of_version_5(root: UUID, name: str) -> None:
    made = derived(root, name.encode("utf-8", "ignore").decode())
    assert made == uuid5(root, name.encode("utf-8", "ignore").decode())
    assert made.version == 5


def test_a_named_stream_has_the_id_of_its_name() -> None:
    stream = Stream.named("day_plan", "flensburg", "2026-11-23")
    assert stream.id == uuid5(NAMESPACE, "day_plan:flensburg:2026-11-23")
