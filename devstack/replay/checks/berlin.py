"""Straight from the file: hourly looks with a place, weekly median and worst. Imports nothing of ours."""

import csv
import gzip
import json
import sys
from collections import defaultdict
from datetime import datetime

hours, weeks = {}, defaultdict(list)
with (gzip.open if sys.argv[1].endswith(".gz") else open)(sys.argv[1], "rt", errors="replace") as lines:
    for row in csv.DictReader(lines):
        try:
            at, found = datetime.fromisoformat(row["dateChecked"]), int(row["appointmentDaysFound"])
            days = int(row["earliestAppointmentDelta"]) if found else None
        except (ValueError, TypeError):
            continue
        key = at.strftime("%Y-%m-%d %H")
        if found >= 0 and (key not in hours or at < hours[key][0]):
            hours[key] = (at, days)
for at, days in hours.values():
    weeks["{}-W{:02}".format(*at.isocalendar())].append(days)


def rank(values):
    """Nearest rank, half; a look without a place is longer than any."""
    ordered = sorted(values, key=lambda days: (days is None, days or 0))
    return ordered[-(-len(ordered) // 2) - 1] if ordered else None


def summary(days):
    found = [one for one in days if one is not None]
    return {"looks": len(days), "found": len(found), "median": rank(found), "worst": max(found, default=None)}


print(
    json.dumps(
        {
            "weeks": {week: summary(days) for week, days in weeks.items()},
            "all": summary([days for _at, days in hours.values()]),
        }
    )
)
