"""Logs and metrics: one JSON object per line, keys from an allow-list, no personal data.

Promises: ``event`` is a constant in snake case; a key that is not listed is dropped and counted, so
a name or an address cannot slip in as a new field; the standard library's loggers and their
exceptions go through the same filter. Shown by ``tests/rules/test_telemetry.py``.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

from prometheus_client import Counter, Gauge

sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
import structlog  # noqa: E402 - it would load rich with 60 modules, for a rendering that is not ours

if sys.modules["rich"] is None:
    del sys.modules["rich"]

DROPPED = Counter("log_keys_dropped_total", "Keys of log lines that are not on the allow-list")
BUILD = Gauge("build_info", "Always 1", ["version", "revision"])

_KEYS = """
timestamp level event service role logger line trace_id span_id correlation_id causation_id command_id
stream category version topic partition offset position epoch previous expected found
type code reason error exception kind attempts count seconds task signal port outcome action
template language state status route method permission reference site
projection consumer generation schema group message_id booking_id document_id event_id
"""
ALLOWED = frozenset(_KEYS.split())
"""What a line may carry: ids, codes, numbers. Values are ours, never what somebody typed."""


def allow_listed(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every key that is not listed."""
    for key in [key for key in line if key not in ALLOWED and not key.startswith("_")]:
        del line[key]
        DROPPED.inc()
    return line


def _foreign(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A library's own words may quote input: keep who spoke and what kind of error it was."""
    record = line.get("_record")
    if isinstance(record, logging.LogRecord):
        line.update(event="library_message", logger=record.name, line=record.lineno)
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
    return line


def _short_exception(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The kind of the exception and where it was raised; never its text, which may quote input."""
    info = line.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        line["error"] = type(error).__name__
        trace, places = error.__traceback__, []
        while trace is not None:
            places.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
            trace = trace.tb_next
        line["exception"] = " < ".join(reversed(places[-8:]))
    return line


def set_up_logging(*, service: str, role: str, level: str = "INFO", json: bool = True) -> None:
    """Send structlog and the standard library's loggers to stdout, through one formatter."""
    structlog.contextvars.bind_contextvars(service=service, role=role)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: Any = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[*shared, _short_exception, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _foreign],
            processors=[
                _short_exception,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                allow_listed,
                last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("asyncio", "granian.access", "mail.log", "aiokafka"):
        logging.getLogger(noisy).setLevel("WARNING")
    # Feed and relay say what fails; these do so 700 times a second, but for what the client did not expect.
    logging.getLogger("consumers").setLevel("CRITICAL")
    handler.addFilter(lambda one: one.exc_info is not None or not one.name.startswith("aiokafka"))
