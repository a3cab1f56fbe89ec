"""Log lines: one JSON object each, keys from the allow-list, no text of exceptions or libraries."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from servicekit.telemetry import set_up_logging

CANARY = "Erika Canary <erika@canary.example>"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    out = capsys.readouterr().out
    assert "canary" not in out.lower()
    return [json.loads(line) for line in out.splitlines()]


def test_a_line_says_who_when_and_what(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(service="booking", role="api")
    structlog.get_logger().info("hold_expired", booking_id="b-1", count=2)
    (line,) = lines(capsys)
    assert {
        "event": "hold_expired",
        "level": "info",
        "service": "booking",
        "role": "api",
    }.items() <= line.items()
    assert (line["booking_id"], line["count"]) == ("b-1", 2)
    assert str(line["timestamp"]).endswith("Z")


def test_a_key_that_is_not_listed_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(service="booking", role="api")
    structlog.get_logger().info("hold_expired", email=CANARY, name=CANARY, path=CANARY)
    (line,) = lines(capsys)
    assert not {"email", "name", "path"} & line.keys()


def test_of_the_kafka_client_only_what_it_did_not_expect_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(service="booking", role="project")
    client = logging.getLogger("aiokafka.consumer.fetcher")
    client.error("Failed fetch messages from 1: %s", CANARY)
    try:
        raise ValueError(CANARY)
    except ValueError:
        client.exception("Unexpected error in fetcher routine")
    (line,) = lines(capsys)
    assert (line["level"], line["error"]) == ("error", "ValueError")


def test_an_exception_shows_its_kind_and_place_but_not_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(service="booking", role="api")
    try:
        raise ValueError(CANARY)
    except ValueError:
        structlog.get_logger().exception("task_failed")
    (line,) = lines(capsys)
    assert line["error"] == "ValueError"
    assert "test_telemetry.py:" in str(line["exception"])


def test_a_library_may_quote_input_so_only_its_name_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(service="booking", role="api")
    try:
        raise KeyError(CANARY)
    except KeyError:
        logging.getLogger("some.library").exception("cannot parse %s", CANARY)
    (line,) = lines(capsys)
    assert (line["logger"], line["error"]) == ("some.library", "KeyError")


def test_a_line_break_cannot_forge_a_second_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(service="booking", role="api")
    structlog.get_logger().warning("mail_refused", code='550\n{"event": "forged"}')
    (line,) = lines(capsys)
    assert line["event"] == "mail_refused"
