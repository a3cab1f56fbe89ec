"""The planted bugs of single services (``mutants.py``). The kit knows none: a bug looks up what it needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from uuid import UUID

import structlog

log = structlog.get_logger()


@dataclass
class Handed:
    """A mail server that is told of a try once more, after it has taken the mail."""

    wire: Any
    answers: dict[str, Any] = field(default_factory=dict)

    async def deliver(self, mail: Any) -> Any:
        """The answer that is known already, or a new one."""
        known = self.answers.pop(mail.mail_from, None)
        return await self.wire.deliver(mail) if known is None else known


def mails_first(claim: Any) -> Any:
    async def wrong(self: Any, look: Any, context: Any, due: Any) -> Any:
        post = self._transport if isinstance(self._transport, Handed) else Handed(self._transport)
        self._transport = post
        waits = look.state.phase in ("created", "waiting", "retrying")
        if look.person == "here" and look.source == "holds" and waits:
            mail = self._make(look, context.at)
            post.answers[mail.mail_from] = await post.wire.deliver(mail)
        return await claim(self, look, context, due)

    return wrong


def confirms_when_opened(open_link: Any) -> Any:
    async def wrong(request: Any, l: str, token: str) -> Any:  # noqa: E741 - the path's name
        links = import_module("services.booking.pages.links")
        opened = await open_link(request, l, token)
        if opened.booking.status == links.Status.UNCONFIRMED:
            command = links.ask.ConfirmBooking(booking_id=opened.booking.booking_id, attempt=opened.attempt)
            await links.office_of(request).execute(
                command, links.command_context(request, opened.proven.principal)
            )
        return opened

    return wrong


def booking_first(mailed_link: Any) -> Any:
    async def wrong(office: Any, token: str) -> Any:
        tokens = import_module("servicekit.tokens")
        if tokens._SHAPE.fullmatch(token):
            raw = tokens.urlsafe_b64decode(token + "==")
            booking = await office.booking(UUID(bytes=tokens._HEAD.unpack(raw[: -tokens._MAC])[4]))
            if booking.status.name == "NONE":
                raise LookupError("no such booking")
        return await mailed_link(office, token)

    return wrong


def logs_commands(execute: Any) -> Any:
    async def wrong(self: Any, command: Any, context: Any, **more: Any) -> Any:
        log.info("command_begins", reason=repr(command))
        return await execute(self, command, context, **more)

    return wrong
