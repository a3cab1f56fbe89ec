"""One run: load and faults, healing, judgement, manifest.

Promises: a run without any ``info`` does not count; healing takes 60 s at most, else that is a finding;
what was left is judged by the checks, and every read model by a rebuild beside it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from buergerbuero_contracts.topics import SERVICES as TOPIC_OF
from buergerbuero_contracts.topics import TOPICS
from tests.chaos import checks, mail_checks, read_checks
from tests.chaos.evidence import Evidence, side, topics
from tests.chaos.faults import Fault, Scene
from tests.chaos.history import History
from tests.chaos.nemesis import Nemesis
from tests.chaos.outcome import Outcome
from tests.chaos.sink import Sink
from tests.chaos.town import Town
from tests.chaos.workload import Crowd
from tests.way.platform import SERVICES

HEALING = 60.0
AT_ONCE = 6
"""Citizens at the same time."""
LOOK = 2.0
"""Seconds between two looks at what is left to do; a look reads all logs and topics."""
JUDGES = (*checks.CHECKS, *read_checks.CHECKS, *mail_checks.CHECKS)
SETTLED = (read_checks.all_done, checks.timers_in_time, mail_checks.asked_for)
"""What has to become true by itself."""


@dataclass
class Run:
    """A run on a town, which may have had runs before: logs and topics are judged whole."""

    town: Town
    sink: Sink
    scene: Scene
    calls: list[Any] = field(default_factory=list)
    citizens: int = 0

    @classmethod
    def on(cls, town: Town) -> Run:
        """The first run of a town."""
        sink = Sink()
        return cls(town, sink, Scene(town, sink))

    async def go(
        self,
        seed: int,
        seconds: float,
        faults: Sequence[Fault],
        *,
        at_once: int = AT_ONCE,
        rebuild: bool = True,
    ) -> Outcome:
        """Load by so many citizens, faults, healing, judgement; ``rebuild`` every read model too."""
        begun, since = time.monotonic(), len(self.calls)
        outcome = Outcome(seed, seconds, Nemesis(seed, seconds, faults))
        random = Random(f"people {seed}")  # noqa: S311 - a story, no secret
        urls = {name: self.town.urls(name) for name in SERVICES}
        history = History(urls, random, begun + seconds + HEALING)
        crowd = Crowd(history, self.sink, self.town.clock, random, self.citizens, begun + seconds)
        server = await self.sink.listen(self.town.mail)
        supervisor = asyncio.create_task(self.town.supervise())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(outcome.nemesis.run(self.scene))
                group.create_task(crowd.people(at_once))
            self.calls += history.calls
            self.citizens += crowd.citizens
            healed = time.monotonic()
            evidence = await self._heal()
            outcome.healed = time.monotonic() - healed
            evidence.texts |= await asyncio.to_thread(self._metrics)
            outcome.findings += [finding for judge in JUDGES for finding in judge(evidence)]
            outcome.findings += [f"I15: ended by itself: {one}" for one in self.town.died_by_itself(begun)]
            if rebuild:
                outcome.findings += await self._rebuilt()
        finally:
            supervisor.cancel()
            with suppress(asyncio.CancelledError):
                await supervisor
            server.close()
        outcome.count(evidence, self.calls[since:], history.refused, len(self.town.deaths))
        return outcome

    async def _heal(self) -> Evidence:
        """Until everything has come to its end, for a minute at most; what was there then."""
        until = time.monotonic() + HEALING
        while True:
            evidence = await self.evidence()
            settled = not any(True for judge in SETTLED for _finding in judge(evidence))
            if settled and await asyncio.to_thread(self._ready):
                return evidence
            if time.monotonic() > until:
                return evidence
            await asyncio.sleep(LOOK)

    def _metrics(self) -> dict[str, str]:
        return {f"{one.log.stem} metrics": one.probe("/metrics")[1] for one in self.town.platform.programs}

    def _ready(self) -> bool:
        return all(one.probe("/readyz")[0] == 200 for one in self.town.platform.programs)

    async def evidence(self) -> Evidence:
        """What can be read now."""
        platform, now, sides = self.town.platform, self.town.clock.now(), {}
        for name in platform.databases:
            sides[name] = await side(platform.databases[name].admin_url, name, self.town.clock.at)
        found = await topics(platform.kafka, {name: spec.partitions for name, spec in TOPICS.items()})
        logs = {TOPIC_OF[name]: one.log for name, one in sides.items() if name in TOPIC_OF}
        heads = {topic: log[-1].position for topic, log in logs.items() if log}
        for place in found:  # the clock goes on: what the log took after it was read is no finding
            head = heads.get(place.topic)
            found[place] = [one for one in found[place] if head is None or one.position <= head]
        texts = {one.log.name: one.told() for one in platform.programs}
        return Evidence(
            now,
            sides,
            found,
            self.calls,
            self.sink.mails,
            frozenset(self.sink.refused),
            frozenset(self.scene.planted),
            frozenset(self.scene.lost_topics),
            texts,
        )

    async def _rebuilt(self) -> list[str]:
        """I6: every read model once more beside the running one, its rows compared."""
        found = list[str]()
        for name in self.town.platform.databases:
            command = self.town.platform.command
            done = await asyncio.to_thread(command, name, "rebuild", "all", "--verify")
            if done.returncode:
                found.append(f"I6: {name}: {(done.stdout + done.stderr).strip().splitlines()[-1]}")
        return found
