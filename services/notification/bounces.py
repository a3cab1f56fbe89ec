"""Mail to the return address: a report that a message we thought delivered did not arrive.

Promises: a delivery report (RFC 3464) with Action ``failed`` bounces its message once; status 5.1.x, but for
what it says of the sender, also suppresses the address, which is the person's and never what the report
claims, nor one that was put right since; ``delayed`` and automatic replies change nothing; what cannot be
read is counted and left. A report that beats the record of its own dialogue comes again until it is five
minutes old, counted from its arrival and not from when we look.
Shown by ``tests/rules/notification/test_bounces.py`` and ``tests/way/test_bounces.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from typing import Protocol
from uuid import UUID, uuid5

import structlog
from prometheus_client import Counter

from buergerbuero_contracts.notification import BounceReason, MessageQueued
from servicekit.log import NAMESPACE, Actor, Context

from .blame import blames_recipient
from .copies import Copies
from .handlers import Handlers
from .mail import bounced
from .rules.commands import ReportBounce
from .rules.state import Phase
from .rules.templates import meant_for

log = structlog.get_logger()
TAKEN = Counter("mail_bounces_total", "Mails to the return address by what they led to", ["outcome"])
SOON = timedelta(minutes=5)
"""How long after its arrival a report may be ahead of what it is about."""
LATER, LEFT = "later", "left"
"""Outcomes: whoever brings the mail tries again, or leaves it to people."""
RECIPIENTS = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
"""Where mail servers write whom a mail in a mailbox came for."""
POLICY = "5.7."
"""Class and subject of a status that tells of a rule of the recipient's side."""


@dataclass(frozen=True, slots=True)
class Report:
    """A final failure of one message."""

    message_id: UUID
    reason: BounceReason


class Now(Protocol):
    """The platform's clock."""

    def now(self) -> datetime:
        """The present moment in UTC."""


def read(to: str, content: bytes) -> Report | None:
    """The failure that a mail to ``to`` reports, or None for any other mail."""
    message_id = bounced(to)
    if message_id is None:
        return None
    mail = message_from_bytes(content, policy=policy.default)
    if mail.get_content_type() != "multipart/report":
        return None
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            for block in _blocks(part):
                if str(block.get("Action", "")).strip().lower() == "failed":
                    status = str(block.get("Status", "")).strip()
                    return Report(message_id, reason(status))
    return None


def reason(status: str) -> BounceReason:
    """Why, by the status of a report; a fault of our own sender address is none of the recipient's."""
    if blames_recipient(status):
        return BounceReason.ADDRESS
    return BounceReason.POLICY if status.startswith(POLICY) else BounceReason.OTHER


def return_address(content: bytes) -> str | None:
    """The return address that a mail in a mailbox came for; None if it came for another one."""
    head = BytesHeaderParser(policy=policy.compat32).parsebytes(content)
    lines = [str(line) for name in RECIPIENTS for line in head.get_all(name, ())]
    return next((to for _, to in getaddresses(lines) if bounced(to) is not None), None)


def _blocks(part: Message | EmailMessage) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


class Bounces:
    """Carries out what reports say."""

    def __init__(self, handlers: Handlers, copies: Copies, clock: Now) -> None:
        self._handlers, self._copies, self._clock = handlers, copies, clock

    async def take(self, to: str, content: bytes, arrived_at: datetime | None = None) -> str:
        """Act on one mail: ``bounced``, ``ignored``, ``unknown`` (no such message) or ``early`` (under way).

        Of the last two a mail that arrived less than five minutes ago is ``later``, and not counted yet;
        what cannot be read is ``left``. Without ``arrived_at`` there is no later.
        """
        try:
            report = read(to, content)
        except Exception as fault:  # Python's reader raises whatever a broken mail leads it to
            log.warning("report_not_read", error=type(fault).__name__)
            TAKEN.labels(LEFT).inc()
            return LEFT
        outcome = await self._act(report)
        new = arrived_at is not None and self._clock.now() - arrived_at < SOON
        if new and outcome in ("unknown", "early"):
            return LATER
        TAKEN.labels(outcome).inc()
        return outcome

    async def _act(self, report: Report | None) -> str:
        if report is None:
            return "ignored"
        state, correlation = await self._handlers.load(report.message_id)
        if state.queued is None or correlation is None:
            return "unknown"
        if state.phase == Phase.SENDING:
            return "early"
        at = self._clock.now()
        if report.reason == BounceReason.ADDRESS:
            await self._suppress(state.queued, at)
        command_id = uuid5(NAMESPACE, f"bounce:{report.message_id}")
        context = Context(command_id, at, Actor("timer", "bounces"), correlation)
        outcome = await self._handlers.execute(ReportBounce(report.message_id, report.reason, at), context)
        return "bounced" if outcome.events and not outcome.replayed else "ignored"

    async def _suppress(self, queued: MessageQueued, at: datetime) -> None:
        """Write no more to the person's address, unless it was put right since: then it is not the bad one.

        A message is sent once the copy is as new as its event; so one that knew a revision after
        ``email_after`` went to the address of today.
        """
        now, copy = await self._copies.look(queued.person_id, at)
        if copy.get("email") and meant_for(queued.person_revision, now):
            await self._copies.suppress(copy["email"], "5.1", at)
