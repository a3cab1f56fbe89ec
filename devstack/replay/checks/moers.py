"""Straight from the file: hourly means, means of the years, median, p90. Imports nothing of ours."""

import csv
import json
import sys
from collections import defaultdict
from datetime import date
from fractions import Fraction

hours, years = {}, defaultdict(list)
with open(sys.argv[1], errors="replace") as lines:
    for row in csv.DictReader(lines):
        try:
            day, hour, mean = (
                date.fromisoformat(row["date"]),
                int(row["hour_local"]),
                Fraction(row["avg_wait_min"]),
            )
        except (ValueError, TypeError):
            continue
        if not 0 <= mean <= 1440 or not 0 <= hour <= 23 or (day.weekday(), hour) == (5, 8):
            continue
        hours[f"{day}|{hour}"] = float(mean * 60)
        years[day.year].append(mean)
ranked = sorted(hours.values())
print(
    json.dumps(
        {
            "hours": hours,
            "years": {year: float(sum(means) / len(means) * 60) for year, means in years.items()},
            "median": ranked[-(-len(ranked) * 50 // 100) - 1] / 60,
            "p90": ranked[-(-len(ranked) * 90 // 100) - 1] / 60,
        }
    )
)
