"""G13-G15 in one part, so that all stand in the same rounds as COPY."""

from __future__ import annotations

from bench.frame import Measure
from bench.limits import copy
from bench.project import project
from bench.rebuild import rebuild
from bench.relay import aiokafka, relay

MEASURES: dict[str, Measure] = {
    "copy": copy,
    "aiokafka": aiokafka,
    "relay": relay,
    "project": project,
    "rebuild": rebuild,
}
