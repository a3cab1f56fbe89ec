"""Straight from the drawn facts: contacts per week and channel. Imports nothing of ours."""

import json
import sys
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

totals, recorded = Counter(), set()
with open(sys.argv[1]) as lines:
    facts = [json.loads(line) for line in lines]


def week(text):
    return "{}-W{:02}".format(
        *datetime.fromisoformat(text).astimezone(ZoneInfo("Europe/Berlin")).isocalendar()
    )


recorded = {week(fact["at"]) for fact in facts if fact["kind"] == "CallRecorded"}
for fact in facts:
    name, when = fact["kind"], week(fact["at"])
    if name == "ServiceFinished" and not fact["service"].endswith("_pickup"):
        totals[f"{when}|personal"] += 1
    elif name == "ItemAnswered":
        totals[f"{when}|{'email' if fact['channel'] in ('email', 'online') else 'post'}"] += 1
    elif name == "DocumentHandedOver":
        totals[f"{when}|handover"] += 1
    elif (name == "CallRecorded" and fact["result"] == "answered") or (
        name == "CallClosed" and when not in recorded
    ):
        totals[f"{when}|phone"] += 1
print(json.dumps({"contacts": totals, "facts": len(facts)}))
