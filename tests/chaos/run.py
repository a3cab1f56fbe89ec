"""One run: load and faults, healing, judgement, manifest.

Promises: a run without any ``info`` does not count; healing takes 60 s at most, else that is a finding;
what was left is judged by the checks, and every read model by a rebuild beside it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from buergerbuero_contracts.topics import TOPICS
from tests.chaos import checks, mail_checks, read_checks
from tests.chaos.evidence import Evidence, Sent, side, topics
from tests.chaos.faults import Fault, Scene
from tests.chaos.history import History
from tests.chaos.nemesis import Nemesis
from tests.chaos.sink import Sink
from tests.chaos.town import RATE, Town
from tests.chaos.workload import Crowd
from tests.way.platform import SERVICES

HEALING = 60.0
AT_ONCE = 6
"""Citizens at the same time."""
JUDGES = (*checks.CHECKS, *read_checks.CHECKS, *mail_checks.CHECKS)
SETTLED = (read_checks.all_done, checks.timers_in_time, mail_checks.asked_for)
"""What has to become true by itself."""


@dataclass
class Outcome:
    """What a run came to. ``sometimes`` counts the hard states that it has met."""

    seed: int
    seconds: float
    nemesis: Nemesis
    findings: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    sometimes: dict[str, int] = field(default_factory=dict)
    healed: float = 0.0

    @property
    def counted(self) -> bool:
        """Whether somebody was left without an answer at all."""
        return self.sometimes.get("info", 0) > 0

    def manifest(self, **more: Any) -> str:
        """As JSON, for whoever wants to know what really ran."""
        faults = [
            {
                "fault": one.fault.name,
                "planned": round(one.at, 1),
                "begun": round(one.begun, 1),
                "ended": round(one.ended, 1),
                "evidence": one.evidence,
            }
            for one in self.nemesis.strikes
        ]
        told = {
            "seed": self.seed,
            "seconds": self.seconds,
            "clock_rate": RATE,
            "faults": faults,
            "counts": self.counts,
            "sometimes": self.sometimes,
            "healed_after_seconds": round(self.healed, 1),
            "counted": self.counted,
            "findings": self.findings,
        }
        return json.dumps(told | more, indent=1, ensure_ascii=False)


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
        self, seed: int, seconds: float, faults: Sequence[Fault], *, rebuild: bool = True
    ) -> Outcome:
        """Load, faults, healing, judgement; ``rebuild`` every read model too."""
        begun, since = time.monotonic(), len(self.calls)
        outcome = Outcome(seed, seconds, Nemesis(seed, seconds, faults))
        random = Random(f"people {seed}")  # noqa: S311 - a story, no secret
        urls = {name: self.town.platform.url(name) for name in SERVICES}
        history = History(urls, random, begun + seconds + HEALING)
        crowd = Crowd(history, self.sink, self.town.clock, random, self.citizens, begun + seconds)
        server = await self.sink.listen(self.town.mail)
        supervisor = asyncio.create_task(self.town.supervise())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(outcome.nemesis.run(self.scene))
                group.create_task(crowd.people(AT_ONCE))
            self.calls += history.calls
            self.citizens += crowd.citizens
            healed = time.monotonic()
            evidence = await self._heal()
            outcome.healed = time.monotonic() - healed
            outcome.findings += [finding for judge in JUDGES for finding in judge(evidence)]
            outcome.findings += [f"I15: ended by itself: {one}" for one in self.town.died_by_itself(begun)]
            if rebuild:
                outcome.findings += await self._rebuilt()
        finally:
            supervisor.cancel()
            with suppress(asyncio.CancelledError):
                await supervisor
            server.close()
        self._count(outcome, evidence, self.calls[since:], history)
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
            await asyncio.sleep(1)

    def _ready(self) -> bool:
        return all(one.probe("/readyz")[0] == 200 for one in self.town.platform.programs)

    async def evidence(self) -> Evidence:
        """What can be read now."""
        platform, now, sides = self.town.platform, self.town.clock.now(), {}
        for name in platform.databases:
            sides[name] = await side(platform.databases[name].admin_url, name, self.town.clock.at)
        found = await topics(platform.kafka, {name: spec.partitions for name, spec in TOPICS.items()})
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

    def _count(self, outcome: Outcome, evidence: Evidence, calls: Sequence[Any], history: History) -> None:
        counts = Counter(call.outcome for call in calls)
        outcome.counts = {
            **dict(counts),
            "events": sum(len(one.log) for one in evidence.sides.values()),
            "mails": len(evidence.mails),
            "citizens": self.citizens,
            "deaths": len(self.town.deaths),
        }
        told = "".join(evidence.texts.values())
        taken = Counter(mail.message_id for mail in evidence.mails)
        outcome.sometimes = {
            "info": sum(call.doubtful for call in calls),
            "info_that_was_ok": sum(call.doubtful and call.outcome == "ok" for call in calls),
            "answer_of_a_repeat": sum(call.doubtful and call.replayed for call in calls),
            "nobody_listened": history.refused,
            "round_repeated": sum(map(_repeats, evidence.topics.values())),
            "hold_ended": sum(row.type == "HoldExpired" for row in evidence.sides["booking"].log),
            "mail_in_doubt": sum(row.type == "SendLeftUnclear" for row in evidence.sides["notification"].log),
            "mail_twice": sum(many > 1 for many in taken.values()),
            "gap_detected": told.count(read_checks.GAP),
            "relay_rewound": told.count('"relay_rewound"'),
            "parked": sum(len(one.parked) for one in evidence.sides.values()),
        }


def _repeats(sent: Sequence[Sent]) -> int:
    return len(sent) - len({one.position for one in sent})


def write(folder: Path, outcome: Outcome, **more: Any) -> Path:
    """Leave the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"seed-{outcome.seed}.json"
    path.write_text(outcome.manifest(**more))
    return path
