"""One dialogue with the mail server, and what its answer means.

Promises: a dialogue ends within 45 s; 5xx for the recipient and 4xx are told apart per recipient; a
connection that breaks after the text was sent is ``Unclear``, never taken for sent or not sent; a server
that refuses *us* (greeting, login, sender) is a fault of the connection, not of one message.
Shown by ``tests/way/test_mail.py`` on a real server.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTPDataError, SMTPException, SMTPRecipientRefused, SMTPResponseException

from .blame import bad_recipient
from .mail import Envelope

DIALOGUE = 45.0
"""Seconds from connecting to the server's last word."""
STEP = 20.0
"""Seconds for one answer."""
PERMANENT = 500


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server took the text: it is the server's now."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The server will never take it. ``suppress``: the address itself is bad."""

    code: int
    suppress: bool


@dataclass(frozen=True, slots=True)
class Deferred:
    """The server said: later."""

    code: int


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No dialogue came about; nothing was handed over."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """The text went out and no answer came back."""


Verdict = Accepted | Rejected | Deferred | Unreachable | Unclear


class Transport(Protocol):
    """The mail server as a port."""

    async def deliver(self, envelope: Envelope) -> Verdict:
        """Hand over one mail; never raises for what a server or a network can do."""


class Smtp:
    """A mail server named by ``SMTP_URL``.

    ``smtp://host:25`` uses STARTTLS where it is offered, ``smtp+starttls://user:secret@host:587``
    demands it, ``smtps://`` speaks TLS from the start. A login without TLS is refused at once.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps", "smtp+starttls") or not parts.hostname:
            raise ValueError("SMTP_URL must be smtp://, smtp+starttls:// or smtps://, with a host")
        secure = {"smtp": None, "smtp+starttls": True, "smtps": False}[parts.scheme]
        self._options: dict[str, Any] = {
            "hostname": parts.hostname,
            "port": parts.port,
            "use_tls": parts.scheme == "smtps",
            "start_tls": True if secure is None and parts.username else secure,
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password) if parts.password else None,
            "timeout": STEP,
        }

    async def deliver(self, envelope: Envelope) -> Verdict:
        """One mail in one connection of its own."""
        text_sent = False
        server = aiosmtplib.SMTP(**self._options)
        try:
            async with asyncio.timeout(DIALOGUE):
                await server.connect()
                dsn = server.supports_extension("dsn")
                await server.mail(envelope.mail_from, options=["RET=HDRS"] if dsn else None)
                await server.rcpt(envelope.rcpt_to, options=["NOTIFY=FAILURE"] if dsn else None)
                text_sent = True
                await server.data(envelope.content)
        except SMTPRecipientRefused as refusal:
            return _by_code(refusal, at_recipient=True)
        except SMTPDataError as refusal:
            return _by_code(refusal, at_recipient=False)
        except (SMTPException, OSError, TimeoutError):
            return Unclear() if text_sent else Unreachable()
        finally:
            await _leave(server)
        return Accepted()


def _by_code(refusal: SMTPResponseException, *, at_recipient: bool) -> Verdict:
    if refusal.code < PERMANENT:
        return Deferred(refusal.code)
    return Rejected(refusal.code, suppress=at_recipient and bad_recipient(refusal.code, refusal.message))


async def _leave(server: aiosmtplib.SMTP) -> None:
    """Say goodbye if the server still listens; what was decided stands either way."""
    try:
        async with asyncio.timeout(1):
            if server.is_connected:
                await server.quit()
    except (SMTPException, OSError, TimeoutError):
        server.close()
