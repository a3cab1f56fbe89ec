"""Whatever bytes arrive: an event, None or InvalidEvent, and nothing else."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buergerbuero_contracts import InvalidEvent, parse_event, topics
from buergerbuero_contracts.people import parse_person
from tests.contract.records import NAMES, Sent, sent

SAMPLES = [sent(name) for name in NAMES]
HEADER_NAMES = sorted({name for name, _ in SAMPLES[0].headers})

names = st.one_of(st.sampled_from(HEADER_NAMES), st.text(max_size=12))
values = st.one_of(
    st.none(), st.binary(max_size=60), st.text(max_size=60).map(lambda t: t.encode("utf-8", "replace"))
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def outcome(record: Sent) -> str:
    try:
        return "known" if parse_event(record) is not None else "unknown"
    except InvalidEvent:
        return "invalid"


@calm
@given(
    topic=st.one_of(st.sampled_from(sorted(topics.TOPICS)), st.text(max_size=20)),
    key=st.one_of(st.none(), st.binary(max_size=40)),
    value=st.one_of(st.none(), st.binary(max_size=200)),
    headers=st.lists(st.tuples(names, values), max_size=16),
)
def test_any_record(
    topic: str, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]]
) -> None:
    assert outcome(Sent(topic, key, value, tuple(headers))) in ("unknown", "invalid")


@calm
@given(good=st.sampled_from(SAMPLES), name=st.sampled_from(HEADER_NAMES), value=values)
def test_a_good_record_with_one_strange_header(good: Sent, name: str, value: bytes | None) -> None:
    assert outcome(good.header(name, value)) in ("known", "unknown", "invalid")


@calm
@given(good=st.sampled_from(SAMPLES), field=st.data(), value=json_values)
def test_a_good_record_with_one_strange_value(good: Sent, field: st.DataObject, value: object) -> None:
    name = field.draw(st.sampled_from(sorted(json.loads(good.value or b"{}"))))
    assert outcome(good.data(**{name: value})) in ("known", "invalid")


@calm
@given(good=st.sampled_from(SAMPLES), value=st.binary(max_size=300))
def test_a_good_record_with_strange_data(good: Sent, value: bytes) -> None:
    assert outcome(Sent(good.topic, good.key, value, good.headers)) == "invalid"


@calm
@given(
    key=st.one_of(st.none(), st.binary(max_size=40), st.uuids().map(lambda one: str(one).encode())),
    value=st.one_of(
        st.none(), st.binary(max_size=200), json_values.map(lambda one: json.dumps(one).encode())
    ),
    headers=st.lists(
        st.tuples(st.sampled_from(["ce_source", "ce_epoch", "ce_revision", "x"]), values), max_size=5
    ),
)
def test_any_record_of_the_people_topic(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]]
) -> None:
    try:
        parse_person(Sent(topics.PEOPLE, key, value, tuple(headers)))
    except InvalidEvent as refused:
        assert refused.reason
