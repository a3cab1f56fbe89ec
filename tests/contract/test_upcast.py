"""Old shapes become today's, one step at a time, for topic and log alike."""

from __future__ import annotations

import json
from typing import Any

import pytest

from buergerbuero_contracts import InvalidEvent, parse_event
from buergerbuero_contracts.booking import CounterOpened
from buergerbuero_contracts.upcast import UPCASTERS, UnknownVersion, upcast
from tests.contract.records import sent

OLD = sent("booking.CounterOpened.1").data(counter=..., desk="counter_1")


def renamed(data: dict[str, Any]) -> dict[str, Any]:
    return {**{name: value for name, value in data.items() if name != "desk"}, "counter": data["desk"]}


@pytest.fixture
def second_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """CounterOpened as if it had once said ``desk`` instead of ``counter``."""
    monkeypatch.setattr(CounterOpened, "schema_version", 2)
    monkeypatch.setitem(UPCASTERS, ("CounterOpened", 1), renamed)


def test_the_steps_of_a_type_leave_out_no_version() -> None:
    for type_name, version in UPCASTERS:
        assert version == 1 or (type_name, version - 1) in UPCASTERS


def test_todays_version_stays_as_it_is() -> None:
    assert upcast("CounterOpened", 1, {"a": 1}) == {"a": 1}


def test_a_private_type_of_a_service_is_left_to_its_own_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(UPCASTERS, ("HoldExtended", 1), lambda data: {**data, "b": 2})
    assert upcast("HoldExtended", 1, {"a": 1}) == {"a": 1, "b": 2}
    assert upcast("PlaceSetAside", 1, {"a": 1}) == {"a": 1}


@pytest.mark.usefixtures("second_version")
def test_an_old_record_is_read_as_todays_event() -> None:
    received = parse_event(OLD)
    assert received is not None
    assert received.event == CounterOpened.model_validate_json(sent("booking.CounterOpened.1").value or b"")
    assert received.headers.schema_version == 1


@pytest.mark.usefixtures("second_version")
def test_the_given_data_is_not_touched() -> None:
    data = json.loads(OLD.value or b"")
    upcast("CounterOpened", 1, data)
    assert data == json.loads(OLD.value or b"")


@pytest.mark.usefixtures("second_version")
def test_an_old_record_that_no_step_expects_is_an_invalid_event() -> None:
    for broken in (OLD.data(desk=...), OLD.data(desk=["x"]), OLD.data(at=None)):
        with pytest.raises(InvalidEvent):
            parse_event(broken)


@pytest.mark.usefixtures("second_version")
@pytest.mark.parametrize("version", [0, 3, 9999])
def test_a_version_without_a_way_is_unknown(version: int) -> None:
    with pytest.raises(UnknownVersion):
        upcast("CounterOpened", version, {})


def test_a_version_without_step_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CounterOpened, "schema_version", 2)
    with pytest.raises(UnknownVersion):
        upcast("CounterOpened", 1, {})
