"""What happened in one run, in order: for comparing two runs of a seed, and for telling a failing one.

Promises: an entry is a tuple of plain values, put into words only if somebody reads it; two runs of one
plan have equal stories, and the loop's count of steps and the next draw of its seed agree as well.
Shown by ``tests/simulation/test_loop.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from unittest.mock import patch
from uuid import UUID

import structlog
from prometheus_client import Counter as Counts
from prometheus_client import Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from servicekit import job

from .loop import PROCESS, SimulatedLoop

Entry = tuple[float, str, str, tuple[Any, ...]]


@dataclass
class Story:
    """The entries of one run. ``seen`` counts what was reached, such as a lost answer or a repeat."""

    loop: SimulatedLoop
    entries: list[Entry] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def tell(self, what: str, *about: Any) -> None:
        """One line. ``what`` is counted."""
        process = PROCESS.get()
        self.entries.append((self.loop.now, process.name if process else "-", what, about))
        self.seen[what] += 1

    def mark(self) -> tuple[Any, ...]:
        """What two runs of one plan must agree in."""
        return (self.loop.steps, self.loop.random.random(), self.entries)

    def text(self) -> str:
        """All of it."""
        return "\n".join(
            f"{moment - self.entries[0][0]:9.3f}  {who:<18} {what} {' '.join(map(say, about))}".rstrip()
            for moment, who, what, about in self.entries
        )


def say(thing: Any) -> str:
    """A value in a word or two; ids shortened, events and commands with their fields."""
    if isinstance(thing, UUID):
        return thing.hex[:6]
    if isinstance(thing, datetime):
        return f"{thing:%d.%m.%H:%M:%S}"
    if isinstance(thing, (tuple, list)):
        return "[" + ", ".join(map(say, thing)) + "]"
    if hasattr(thing, "model_fields"):
        return _fields(type(thing).__name__, dict(thing))
    names = getattr(thing, "__dataclass_fields__", getattr(thing, "__struct_fields__", None))
    if names is not None:
        return _fields(type(thing).__name__, {name: getattr(thing, name) for name in names})
    return str(thing)


def _fields(name: str, fields: dict[str, Any]) -> str:
    told = [f"{key}={say(value)}" for key, value in fields.items() if value not in (None, (), False)]
    return f"{name}({', '.join(told)})"


TELLING: list[Story] = []
"""The story that log lines of the roles go into; the last one counts."""


def _into_story(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
    """Log lines are part of the story, and of nothing else."""
    if TELLING:
        error = event.pop("exc_info", None)
        about = tuple(f"{key}={value}" for key, value in event.items() if key != "event")
        TELLING[-1].tell(f"log:{event['event']}", *about, *([repr(error)] if error else []))
    raise structlog.DropEvent


@contextmanager
def unmeasured() -> Iterator[None]:
    """For the length of a block nobody counts anything: metrics were a twentieth of a run."""

    def itself(metric: Any, *_labels: object) -> Any:
        return metric

    def nothing(*_arguments: object) -> None:
        """Not counted."""

    with ExitStack() as patches:
        patches.enter_context(patch.object(MetricWrapperBase, "labels", itself))
        for kind, name in ((Counts, "inc"), (Gauge, "set"), (Histogram, "observe")):
            patches.enter_context(patch.object(kind, name, nothing))
        patches.callback(job._appended.cache_clear)  # whoever comes after it counts again
        yield


def quiet_logs() -> None:
    """From now on in this process log lines go into the story."""
    structlog.configure(processors=[_into_story])
