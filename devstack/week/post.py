"""The world's mail: a real mail server that takes what the platform sends, and everybody's mailbox.

Promises: a mail is kept with the simulated moment at which it came; a mailbox that does not exist is refused
in the dialogue; what is taken for a mailbox that turns out full comes back as a delivery report (RFC 3464)
to its return address, by SMTP, as from any other server.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from functools import cached_property
from typing import Any, cast

import aiosmtplib
from aiosmtpd.smtp import SMTP, Envelope, Session

from .world import World

SECONDS = 60.0
"""How long a mail may be under way, by a real watch, before the run has failed."""
_ID = re.compile(rb"^Message-ID: <([0-9a-f-]{36})\.([a-z_]+)\.\d+@", re.M)
STAFF = "weekly_report"
"""The template that goes to the office itself: no message to people, and counted nowhere."""
NOBODY, COMES_BACK = "nobody.", "full."
"""Beginnings of addresses: no such mailbox; a mailbox whose server finds out later that it is full."""
REPORT = """\
From: MAILER-DAEMON@mail.example\r
To: {to}\r
Subject: Undelivered Mail\r
Auto-Submitted: auto-replied\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
The mailbox is full.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mail.example\r
\r
Final-Recipient: rfc822; {about}\r
Action: failed\r
Status: 5.2.2\r
\r
--b--\r
"""


class MailMissing(RuntimeError):
    """A mail that somebody waits for does not come."""


@dataclass(frozen=True)
class Mail:
    """One mail: whom it reached, when (simulated, UTC), and what the Message-ID says of it."""

    to: str
    at: datetime
    return_path: str
    source: str
    template: str
    content: bytes

    @cached_property
    def text(self) -> str:
        """What it says."""
        for part in message_from_bytes(self.content).walk():  # the modern parser takes three times as long
            if part.get_content_type() == "text/plain":
                text = cast(bytes, part.get_payload(decode=True))
                return text.decode(part.get_content_charset("utf-8"))
        return ""

    @property
    def links(self) -> list[str]:
        """Addresses that stand alone in a line."""
        return [line for line in self.text.splitlines() if line.startswith("http")]


class Post:
    """All mailboxes. ``settled`` waits until no mail is under way; ``reports_to`` takes delivery reports."""

    def __init__(self, world: World, settled: Callable[[], Awaitable[None]], reports_to: int) -> None:
        self._world, self._settled, self._reports_to = world, settled, reports_to
        self.boxes: dict[str, list[Mail]] = defaultdict(list)
        self.taken: list[Mail] = []
        self.refused: list[tuple[datetime, str]] = []
        self.returned: list[tuple[datetime, Mail]] = []
        self._came: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def listen(self, port: int) -> asyncio.Server:
        """Be a mail server until closed."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: SMTP(self, hostname="mail", loop=loop), "127.0.0.1", port)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Refuse who does not exist."""
        if address.startswith(NOBODY):
            self.refused.append((self._world.now, address))
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep it."""
        content = cast(bytes, envelope.content)
        found = _ID.search(content)
        source, template = (found[1].decode(), found[2].decode()) if found else ("", "")
        for to in envelope.rcpt_tos:
            mail = Mail(to, self._world.now, str(envelope.mail_from), source, template, content)
            if template != STAFF:
                self.taken.append(mail)
            self.boxes[to].append(mail)
            self._came[to].set()
        return "250 2.0.0 taken"

    async def mail(self, address: str, fits: Callable[[Mail], bool], what: str) -> Mail:
        """The newest mail of a mailbox that fits, once there is one. Raises ``MailMissing``."""
        try:
            async with asyncio.timeout(SECONDS):
                while True:
                    self._came[address].clear()
                    for mail in reversed(self.boxes[address]):
                        if fits(mail):
                            return mail
                    with self._world.patience():
                        await self._came[address].wait()
        except TimeoutError:
            had = ", ".join(one.template for one in self.boxes[address]) or "none"
            raise MailMissing(f"{what} does not come to {address}; there are: {had}") from None

    async def give_back(self, mail: Mail) -> None:
        """Tell the sender that it could not be delivered after all."""
        await self._settled()
        self.returned.append((self._world.now, mail))
        report = REPORT.format(to=mail.return_path, about=mail.to)
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=self._reports_to) as server:
            await server.sendmail("", [mail.return_path], report.encode("ascii"))
