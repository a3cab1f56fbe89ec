"""The mailbox of the return addresses, fetched by IMAP (RFC 3501) with Python's own library.

That library blocks, so whoever calls this does so in a thread, one call at a time: a handful of commands
every half minute, for which another client would bring more than it takes away.

Promises: nothing goes over an open line but to this machine itself; a mail stays unread until it is settled;
only what is settled with ``remove`` is deleted; a mail is read up to ``MOST`` bytes, so that no attachment
fills the memory; every call ends within the time-out. Shown by ``tests/way/test_bounce_mailbox.py`` on a
real server.
"""

from __future__ import annotations

import imaplib
import re
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote, urlsplit

TIMEOUT = 20.0
"""Seconds for one answer."""
MOST = 262_144
"""Bytes of a mail that are fetched; a report is a few thousand."""
PORTS = {"imap": 143, "imap+starttls": 143, "imaps": 993}
UNREAD, DELETED, SEEN = "UNSEEN UNDELETED", r"(\Deleted)", r"(\Seen)"
FETCHED = f"(INTERNALDATE BODY.PEEK[]<0.{MOST}>)"
FAILED = (imaplib.IMAP4.error, OSError, EOFError)
"""What the calls raise when server or network do not do their part."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail that waits; ``arrived_at`` is the mailbox's own date (UTC)."""

    uid: str
    arrived_at: datetime
    content: bytes


class Mailbox:
    """A mailbox named by ``BOUNCE_IMAP_URL``, such as ``imaps://user:secret@host/INBOX``.

    ``imaps://`` speaks TLS from the start, ``imap+starttls://`` demands it, ``imap://`` goes without and only
    to this machine. Raises ``ValueError`` for any other URL, without its contents.
    """

    def __init__(self, url: str, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname or not parts.username:
            raise ValueError("BOUNCE_IMAP_URL must be imaps:// or imap+starttls://, with user and host")
        if parts.scheme == "imap" and not _here(parts.hostname):
            raise ValueError("BOUNCE_IMAP_URL: imap:// without TLS is for this machine only")
        self._scheme, self._host = parts.scheme, parts.hostname
        self._port = parts.port or PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username), unquote(parts.password or "")
        self._folder = unquote(parts.path.strip("/")) or "INBOX"
        self._tls = tls or ssl.create_default_context()
        self._server: imaplib.IMAP4 | None = None

    def fetch(self, most: int = 50) -> list[Arrived]:
        """Log in and get the oldest unread mails. Raises ``FAILED``; ``close`` it either way."""
        server = self._server = self._connect()
        server.login(self._user, self._password)
        _good(server.select(f'"{self._folder}"'))
        found = _good(server.uid("SEARCH", UNREAD))
        uids = b" ".join(part for part in found if part).decode("ascii").split()
        return [mail for uid in uids[:most] if (mail := self._one(server, uid)) is not None]

    def settle(self, remove: Sequence[str], seen: Sequence[str]) -> None:
        """Delete the ones, leave the others as read. Raises ``FAILED``."""
        server = self._server
        if server is None:
            raise OSError("not connected")
        for uids, flag in ((seen, SEEN), (remove, DELETED)):
            if uids:
                _good(server.uid("STORE", ",".join(uids), "+FLAGS.SILENT", flag))
        if remove:
            _good(server.expunge())

    def close(self) -> None:
        """Say goodbye if the server still listens."""
        server, self._server = self._server, None
        if server is not None:
            try:
                server.logout()
            except FAILED:
                server.shutdown()

    def _connect(self) -> imaplib.IMAP4:
        if self._scheme == "imaps":
            return imaplib.IMAP4_SSL(self._host, self._port, ssl_context=self._tls, timeout=TIMEOUT)
        server = imaplib.IMAP4(self._host, self._port, timeout=TIMEOUT)
        if self._scheme == "imap+starttls":
            server.starttls(self._tls)
        return server

    def _one(self, server: imaplib.IMAP4, uid: str) -> Arrived | None:
        """One mail; None if another reader was faster."""
        answer = _good(server.uid("FETCH", uid, FETCHED))
        bodies = [part for part in answer if isinstance(part, tuple)]
        if not bodies:
            return None
        told = b" ".join(part[0] if isinstance(part, tuple) else part for part in answer if part)
        date = imaplib.Internaldate2tuple(told)
        if date is None:
            raise imaplib.IMAP4.error("a mail without a date of arrival")
        return Arrived(uid, datetime.fromtimestamp(time.mktime(date), UTC), bodies[0][1])


def _good(answer: tuple[str, list[Any]]) -> list[Any]:
    """What the server answered, if it did what it was asked."""
    if answer[0] != "OK":
        raise imaplib.IMAP4.error("the server refused a command")
    return answer[1]


def _here(host: str) -> bool:
    if host == "localhost":
        return True
    return re.fullmatch(r"[0-9a-fA-F.:]+", host) is not None and ip_address(host).is_loopback
