"""I8: no mail is lost, none is invented; one extra copy at most, and only after a try nobody could judge.

Shown to fail in ``tests/chaos/test_checks.py``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.chaos.checks import booking_log
from tests.chaos.evidence import Event, Evidence

ASKS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "ConfirmationRequested": lambda data: True,
    "BookingConfirmed": lambda data: bool(
        data.get("person_id") and data.get("starts_at") and data.get("method") != "spoken"
    ),
    "BookingRescheduled": lambda data: bool(data.get("person_id") and data.get("method")),
    "CancellationUndone": lambda data: True,
    "BookingCancelled": lambda data: bool(data.get("person_id") and data.get("was_confirmed")),
}
"""Events of booking that a mail follows, and when."""
ENDS = frozenset({"MessageSent", "MessageSkipped", "MessageFailed", "LetterWanted", "LetterPrinted"})
RESULTS = ENDS | {"SendDeferred", "SendLeftUnclear", "MessageParked"}


def messages(evidence: Evidence) -> dict[str, list[Event]]:
    """The events of each message."""
    found: dict[str, list[Event]] = defaultdict(list)
    for row in evidence.sides["notification"].log:
        if row.type.startswith(("Message", "Send", "Letter")):
            found[row.stream].append(row)
    return found


def asked_for(evidence: Evidence) -> Iterator[str]:
    """Every event that asks for a mail has its message, and every message its end."""
    sourced = set[str]()
    for message, rows in messages(evidence).items():
        sourced |= {row.data["source_event_id"] for row in rows if row.type == "MessageSourced"}
        last = rows[-1]
        parked = last.type == "MessageParked" and last.data["fault"] == "ambiguous"
        if last.type not in ENDS and not parked:
            yield f"I8: message {message} stands at {last.type}"
    for row in booking_log(evidence):
        if row.type in ASKS and ASKS[row.type](row.data) and row.event_id not in sourced:
            yield f"I8: nobody has queued a mail for {row.type} at {row.position}"
    for row in evidence.sides["documents"].log:
        if row.type == "PickupInvited" and row.event_id not in sourced:
            yield f"I8: nobody has queued a mail for documents' {row.type} at {row.position}"


def delivered(evidence: Evidence) -> Iterator[str]:
    """What counts as sent was taken; what was taken had been asked for; copies only after doubt."""
    taken = Counter(mail.message_id for mail in evidence.mails)
    known = set[str]()
    for message, rows in messages(evidence).items():
        said = {row.type: row.data for row in rows}
        queued, source = said.get("MessageQueued"), said.get("MessageSourced")
        if queued is None or source is None:
            yield f"I8: message {message} begins with {rows[0].type}"
            continue
        asked_by = message if queued["template"] == "weekly_report" else source["source_event_id"]
        mid = f"<{asked_by}.{queued['template']}.{queued['template_version']}@"
        ids = [one for one in taken if one.startswith(mid)]
        known.update(ids)
        copies = sum(taken[one] for one in ids)
        if rows[-1].type == "MessageSent" and not copies:
            yield f"I8: message {message} counts as sent and nobody has it"
        if copies > 1 + min(1, doubts(rows)):
            yield f"I8: message {message} was taken {copies} times, after {doubts(rows)} doubtful tries"
        if rows[-1].type == "MessageFailed" and not _refused(evidence, rows[-1]):
            yield f"I8: message {message} failed ({rows[-1].data['reason']}) without a refusal"
    for mid in set(taken) - known:
        yield f"I8: nobody asked for the mail {mid}"


def doubts(rows: list[Event]) -> int:
    """Tries of which nobody knows what became: said so, or never ended."""
    tries, ended = 0, 0
    unclear = sum(row.type == "SendLeftUnclear" for row in rows)
    for row in rows:
        tries += row.type == "SendStarted"
        ended += row.type in RESULTS
    return unclear + max(0, tries - ended)


def _refused(evidence: Evidence, row: Event) -> bool:
    return bool(row.data["reason"] == "permanent" and evidence.refused)


CHECKS = (asked_for, delivered)
