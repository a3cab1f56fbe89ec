"""The table of many runs counts what counts, and names what does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.chaos.summary import read, table


def manifest(seed: int, **changes: Any) -> dict[str, Any]:
    faults = [{"fault": "F10 topic lost", "evidence": "x"}, {"fault": "F2 backend killed", "evidence": ""}]
    return {
        "seed": seed,
        "seconds": 60,
        "brokers": 1,
        "faults": faults,
        "counts": {"ok": 1000, "fail": 3, "events": 20, "mails": 2, "deaths": 1},
        "sometimes": {"info": 2, "mail_twice": 0},
        "healed_after_seconds": float(seed),
        "counted": True,
        "findings": [],
    } | changes


def test_runs_faults_states_and_violations_are_summed(tmp_path: Path) -> None:
    runs = [manifest(9, brokers=3), manifest(10, findings=["I1: a", "I2: b"]), manifest(11)]
    for one in runs:
        (tmp_path / f"seed-{one['seed']}.json").write_text(json.dumps(one))
    told = table(read(tmp_path))
    assert "| runs counted | 3 of 60 s, 1 of them on three brokers |" in told
    assert "3,000, 9, 0" in told and "3 of 6 planned" in told and "10 s, 11 s" in told
    assert "**2** in 1 runs" in told
    assert told.index("F2 backend killed | 0 of 3") < told.index("F10 topic lost | 3 of 3")
    assert "| mail_twice | 0 | 0 |" in told and "| info | 3 | 6 |" in told


def test_a_run_without_doubt_is_named_and_not_counted() -> None:
    told = table([manifest(1), manifest(2, counted=False, findings=["I1: a"])])
    assert "| runs counted | 1 of" in told and "not counted | 1 |" in told
    assert table([manifest(1, counted=False)]) == "no run counts"
