"""Private events stay readable in the logs that hold them, as public ones do in their topics (F44)."""

from __future__ import annotations

from copy import deepcopy

from tests.contract.private_shapes import broken, kept, today


def test_what_logs_hold_can_still_be_read() -> None:
    assert not (lost := broken(kept(), today())), "\n".join(map(str, lost))


def test_the_shapes_that_are_kept_are_those_of_today() -> None:
    new = today()
    assert {name: shape for name, shape in kept().items() if name in new} == new, (
        "write them with: python -m tests.contract.private_shapes"
    )


def test_a_change_that_an_old_log_would_not_survive_is_refused() -> None:
    renamed = deepcopy(today())
    shape = renamed["booking.PlaceSetAside.1"]
    name, what = next(iter(shape["properties"].items()))
    shape["properties"] = {**shape["properties"], "renamed": what}
    del shape["properties"][name]
    (refusal, *_) = broken(today(), renamed)
    assert (refusal.where, refusal.what) == (f"booking.PlaceSetAside.1.{name}", "the property is gone")
    gone = {name: shape for name, shape in today().items() if name != "booking.PlaceSetAside.1"}
    assert [one.what for one in broken(today(), gone)] == ["the type is gone"]
