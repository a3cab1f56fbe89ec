"""Straight from the file: calls and arrivals by queue, day, hour; waits. Imports nothing of ours."""

import csv
import gzip
import json
import sys
from collections import Counter, defaultdict, deque
from datetime import datetime
from string import ascii_letters

calls: Counter[str] = Counter()
arrivals: Counter[str] = Counter()
waits: list[float] = []
days = defaultdict(list)
with (gzip.open if sys.argv[1].endswith(".gz") else open)(sys.argv[1], "rt", errors="replace") as lines:
    for row in csv.DictReader(lines):
        try:
            at = datetime.strptime(f"{row['date']} {row['time']}", "%Y-%m-%d %H:%M")
            number = int(row["current"].lstrip(ascii_letters)) if row["current"] else None
            look = (at, int(row["waiting"]), number, int(row["open_counters"]))
            if None in row or min(look[1], look[3], number or 0) < 0 or "\ufffd" in "".join(row.values()):
                continue
            days[row["office"], row["group_id"], row["date"]].append(look)
        except (ValueError, TypeError):
            continue
for (office, group, day), looks in days.items():
    looks.sort(key=lambda look: look[0])
    before, queued, shown, _counters = looks[0]
    shown = shown or 0
    queue: deque[datetime | None] = deque([None] * queued)
    for at, waiting, number, _counters in looks[1:]:
        number = shown if number is None else number
        called = number - shown if 0 <= number - shown <= 12 else 0
        came = max(0, called + waiting - queued)
        moments = [(before + (at - before) * (2 * k + 1) / (2 * came), "came") for k in range(came)]
        moments += [(before + (at - before) * (2 * k + 1) / (2 * called), "gone") for k in range(called)]
        for moment, what in sorted(moments):
            key = f"{office}|{group}|{day}|{moment.hour}"
            if what == "came":
                arrivals[key] += 1
                queue.append(moment)
            else:
                calls[key] += 1
                first = queue.popleft() if queue else None
                if first is not None:
                    waits.append((moment - first).total_seconds())
        before, queued, shown = at, waiting, number
waits.sort()
rank = {p: waits[-(-len(waits) * p // 100) - 1] if waits else None for p in (50, 90)}
print(
    json.dumps({"calls": calls, "arrivals": arrivals, "waits": len(waits), "p50": rank[50], "p90": rank[90]})
)
