"""A mail server that keeps what it took and is as unreliable as it is told to be.

Promises: a mail counts as taken as soon as its text is here, whether or not the sender hears of it; modes
change at once. Shown by the chaos runs themselves, which count what each mode did.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

SLOW = 3.0
"""Seconds that a slow server thinks, once it has the text."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that the server took; ``told`` is false if the sender did not hear of it."""

    to: str
    message_id: str
    links: tuple[str, ...]
    at: float
    told: bool


@dataclass
class Sink:
    """Names are aiosmtpd's. ``mode``: ``""``, ``busy`` (421), ``hard`` (550), ``cut``, ``slow``."""

    mode: str = ""
    mails: list[Mail] = field(default_factory=list)
    by_address: dict[str, list[Mail]] = field(default_factory=lambda: defaultdict(list))
    done: Counter[str] = field(default_factory=Counter)
    refused: set[str] = field(default_factory=set)
    """Addresses that were answered 550."""

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Refuse, if that is the mode."""
        if self.mode == "busy":
            self.done["busy"] += 1
            return "421 4.3.2 try again later"
        if self.mode == "hard":
            self.done["hard"] += 1
            self.refused.add(address)
            return "550 5.1.1 mailbox does not exist"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail; say so at once, late or never."""
        mode = self.mode
        mail = message_from_bytes(cast(bytes, envelope.content), policy=policy.default)
        body = mail.get_body(("plain",))
        lines = str(body.get_content()).splitlines() if body is not None else []
        links = tuple(line for line in lines if line.startswith("http://"))
        for address in envelope.rcpt_tos:
            kept = Mail(address, str(mail["Message-ID"]), links, time.monotonic(), mode != "cut")
            self.mails.append(kept)
            self.by_address[address].append(kept)
        if mode == "cut":
            self.done["cut"] += 1
            server.transport.abort()
            return "250 2.0.0 nobody hears this"
        if mode == "slow":
            self.done["slow"] += 1
            await asyncio.sleep(SLOW)
        return "250 2.0.0 kept"

    async def listen(self, at: socket.socket) -> asyncio.Server:
        """Serve in this loop on a socket that stays its owner's; the caller closes what is returned."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: SMTP(self, hostname="sink", loop=loop), sock=at.dup())
