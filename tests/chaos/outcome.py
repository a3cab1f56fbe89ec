"""What a run came to, as a manifest: seed, faults with what proves them, counts, hard states, findings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos import read_checks
from tests.chaos.evidence import Evidence, Sent
from tests.chaos.history import Call
from tests.chaos.nemesis import Nemesis
from tests.chaos.town import RATE


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
                "failed": one.failed,
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

    def count(self, evidence: Evidence, calls: Sequence[Call], refused: int, deaths: int) -> None:
        """How much happened, and which of the hard states were met, of these calls or in all there is."""
        counts = Counter(call.outcome for call in calls)
        self.counts = {
            **dict(counts),
            "events": sum(len(one.log) for one in evidence.sides.values()),
            "mails": len(evidence.mails),
            "deaths": deaths,
        }
        told = "".join(evidence.texts.values())
        taken = Counter(mail.message_id for mail in evidence.mails)
        self.sometimes = {
            "info": sum(call.doubtful for call in calls),
            "info_that_was_ok": sum(call.doubtful and call.outcome == "ok" for call in calls),
            "answer_of_a_repeat": sum(call.doubtful and call.replayed for call in calls),
            "nobody_listened": refused,
            "round_repeated": sum(map(_repeats, evidence.topics.values())),
            "handed_over": sum(row.type == "DocumentHandedOver" for row in evidence.sides["documents"].log),
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
