"""The development mailbox: a mail server that keeps every mail for people to read, and delivers none.

Promises: it exists only where ``APP_ENV`` is ``dev`` or ``test`` (``wiring.py`` makes it nowhere else);
``hard*@`` is refused with 550, ``soft*@`` with 451; what it keeps are the bytes that came.
Shown by ``tests/way/test_postfach.py``.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from servicekit.postgres import Pool

_KEEP = """
INSERT INTO dev_mail (mail_from, rcpt_to, received_at, content)
SELECT $1, rcpt, $3, $4 FROM unnest($2::text[]) rcpt"""
_LIST = """
SELECT mail_id, mail_from, rcpt_to, received_at, content FROM dev_mail
WHERE ($1::text IS NULL OR rcpt_to = $1) AND ($2::timestamptz IS NULL OR received_at >= $2)
ORDER BY mail_id DESC LIMIT $3"""
_ONE = "SELECT mail_id, mail_from, rcpt_to, received_at, content FROM dev_mail WHERE mail_id = $1"
_CLEAR = "DELETE FROM dev_mail"

Take = Callable[[str, bytes], Awaitable[object]]
"""Address and bytes of a mail that came: ``Bounces.take``."""
ANSWERS = {"hard": "550 5.1.1 mailbox does not exist", "soft": "451 4.2.1 try again later"}
"""Beginning of the address → what the server says to it."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that came, with its parts taken out."""

    mail_id: int
    mail_from: str
    to: str
    received_at: datetime
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail as Python reads it."""
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def subject(self) -> str:
        """The subject, decoded."""
        return str(self.message["Subject"])

    def body(self, kind: str) -> str:
        """The part ``plain``, ``html`` or ``calendar``; empty if there is none."""
        for part in self.message.walk():
            if part.get_content_type() == f"text/{kind}" and not part.get_filename():
                return str(part.get_content())
        return ""

    @property
    def page(self) -> str:
        """The HTML with its pictures inside, as a mail program shows it."""
        html = self.body("html")
        for part in self.message.walk():
            if part.get_content_type() == "image/png" and (name := part["Content-ID"]):
                picture = b64encode(cast(bytes, part.get_payload(decode=True))).decode("ascii")
                html = html.replace(f"cid:{name.strip(' <>')}", f"data:image/png;base64,{picture}")
        return html

    @property
    def links(self) -> list[str]:
        """Addresses that stand alone in a line of the text part."""
        lines = self.body("plain").splitlines()
        return [line for line in lines if line.startswith(("http://", "https://"))]

    @property
    def attachments(self) -> list[dict[str, str]]:
        """Name, type and text of the files."""
        files = (part for part in self.message.walk() if part.get_filename())
        return [
            {
                "name": str(part.get_filename()),
                "type": part.get_content_type(),
                "content": cast(bytes, part.get_payload(decode=True)).decode("utf-8", "replace"),
            }
            for part in files
        ]


class Postfach:
    """The mails of this installation."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def keep(self, mail_from: str, to: Sequence[str], at: datetime, content: bytes) -> None:
        """Take a mail in, once per recipient."""
        await self._pool.execute(_KEEP, mail_from, list(to), at, content)

    async def mails(
        self, to: str | None = None, since: datetime | None = None, limit: int = 200
    ) -> list[Mail]:
        """The latest mails first."""
        return [Mail(*row.values()) for row in await self._pool.fetch(_LIST, to, since, limit)]

    async def mail(self, mail_id: int) -> Mail | None:
        """One mail."""
        row = await self._pool.fetchrow(_ONE, mail_id)
        return None if row is None else Mail(*row.values())

    async def clear(self) -> None:
        """Forget all."""
        await self._pool.execute(_CLEAR)


class Sink:
    """What the mail server of development does with commands; names are aiosmtpd's."""

    def __init__(self, postfach: Postfach, now: Callable[[], datetime], take: Take | None = None) -> None:
        self._postfach, self._now, self._take = postfach, now, take

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Refuse what is made to be refused."""
        for beginning, answer in ANSWERS.items():
            if address.startswith(beginning):
                return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail, then say so."""
        content = cast(bytes, envelope.content)
        await self._postfach.keep(str(envelope.mail_from), envelope.rcpt_tos, self._now(), content)
        if self._take is not None:
            for address in envelope.rcpt_tos:
                await self._take(address, content)  # a report to a return address acts as in production
        return "250 2.0.0 kept"


async def listen(handler: object, host: str, port: int) -> asyncio.Server:
    """A mail server in this loop; the caller closes it. Port 0 takes a free one."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: SMTP(handler, hostname="postfach", loop=loop), host, port)
