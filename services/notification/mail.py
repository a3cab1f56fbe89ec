"""From a rendered mail to the bytes that go to the mail server.

Promises: exactly the headers of ``HEADERS``, each once, whatever a name or a catalogue held: they are
compared after serialising, since Python before 3.11.10, 3.12.5 and 3.13 lets a line break in one header
cut off or add others; seven-bit bytes only; the same message has the same Message-ID at every try.
Shown by ``tests/rules/notification/test_mail.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

from .square import Square
from .texts import BERLIN, clean
from .writer import Mail, Sender

HEADERS = (
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
)
"""All headers of a mail, in the order in which they are written."""
FIXED = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
PROBE = "Tue, 01 Dec 2026 09:00:00 +0100"
WIRE = policy.SMTP.clone(cte_type="7bit", max_line_length=76)
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?"
)
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
ICS_NAME, SQUARE_NAME = "termin.ics", "einlass.png"


class HeaderInjection(ValueError):
    """The serialised mail does not have exactly the expected headers; it must not be sent."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the mail server is told: whom it comes from (VERP: bounces name the message) and goes to."""

    mail_from: str
    rcpt_to: str
    content: bytes


def usable(address: str | None) -> bool:
    """Whether mail can go there: plain ASCII, domain in its A-form, nothing that could end a header."""
    return address is not None and _ADDRESS.fullmatch(address) is not None


def message_id(asked_by: UUID, template: str, version: int, domain: str) -> str:
    """``<event-id.template.version@domain>``: a repeated try is seen as the same mail."""
    return f"<{asked_by}.{template}.{version}@{domain}>"


def return_path(message: UUID, domain: str) -> str:
    """The envelope sender: a bounce to it names its message."""
    return f"bounce+{message.hex}@{domain}"


def bounced(address: str) -> UUID | None:
    """The message that a bounce to ``address`` is about."""
    found = re.fullmatch(r"bounce\+([0-9a-f]{32})@.*", address.strip("<> ").lower())
    return UUID(found[1]) if found else None


def envelope(rendered: Mail, sender: Sender, to: str, mid: str, message: UUID, at: datetime) -> Envelope:
    """The mail as bytes with its envelope. Raises ``HeaderInjection``, ``ValueError`` for a bad address."""
    if not usable(to):
        raise ValueError("not an address that mail can go to")
    values: dict[str, object] = {
        "From": Address(header(rendered.office), addr_spec=sender.address),
        "To": Address(addr_spec=to),
        "Reply-To": Address(addr_spec=sender.reply_to),
        "Subject": header(rendered.subject),
        "Date": format_datetime(at.astimezone(BERLIN).replace(microsecond=0)),
        "Message-ID": mid,
    }
    return Envelope(return_path(message, sender.domain), to, serialise(assemble(values, rendered)))


def header(text: str) -> str:
    """``text`` as a header may hold it: one line, and nothing that would be decoded into another."""
    return clean(text).replace("=?", "= ?")


def assemble(values: Mapping[str, object], rendered: Mail) -> EmailMessage:
    """Headers and parts: text, HTML with its picture and calendar entry as alternatives, the entry once more
    as a file."""
    mail = EmailMessage(policy=WIRE)
    for name, value in (*values.items(), *FIXED.items()):
        mail[name] = value
    mail.set_content(rendered.text)
    mail.add_alternative(rendered.html, subtype="html")
    if rendered.square is not None:
        _show(mail, rendered.square)
    if rendered.ics is not None:
        entry = rendered.ics.decode("utf-8")
        mail.add_alternative(entry, subtype="calendar", params={"method": rendered.method}, charset="utf-8")
        mail.add_attachment(rendered.ics, maintype="application", subtype="ics", filename=ICS_NAME)
    mail["Content-Language"] = rendered.language  # last: adding parts moves content headers into the first
    return mail


def _show(mail: EmailMessage, square: Square) -> None:
    """Put the picture beside the HTML that shows it."""
    html = mail.get_body(("html",))
    if html is None:
        raise LookupError("a mail without HTML shows no picture")
    html.add_related(
        square.png,
        maintype="image",
        subtype="png",
        cid=f"<{square.cid}>",
        filename=SQUARE_NAME,
        disposition="inline",
    )


def serialise(mail: EmailMessage) -> bytes:
    """The mail's bytes, once its header names are known to be the expected ones.

    A value is not pushed into the line after its name: some mail programs lose a Message-ID that is.
    """
    head, gap, body = mail.as_bytes(policy=WIRE).partition(b"\r\n\r\n")
    begun = [line for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    names = [line.partition(b":")[0].decode("ascii", "replace") for line in begun]
    if sorted(names) != sorted(HEADERS) or _BARE.search(head):
        raise HeaderInjection("header names differ from the expected ones")
    return re.sub(rb":\r\n[ \t]+", b": ", head) + gap + body


def require_safe_headers() -> None:
    """Start-up check: a line break planted in a header is refused, by Python or by ``serialise``.

    Raises ``RuntimeError`` if a planted one would be sent, or a proper mail would not.
    """
    rendered = Mail("Termin", "Text\n", "<p>Text</p>", "de", "Office")
    proper = dict.fromkeys(("From", "To", "Reply-To"), "a@example.org") | {
        "Date": PROBE,
        "Message-ID": "<a@b>",
    }
    try:
        serialise(assemble(proper | {"Subject": "Termin"}, rendered))
    except ValueError:
        raise RuntimeError("this Python does not write the expected mail headers") from None
    for planted in ("Termin\r\nBcc: x@example.org", "Termin\n", "Termin\r\n", "Termin\n\nText"):
        try:
            serialise(assemble(proper | {"Subject": planted}, rendered))
        except (ValueError, MessageError):
            continue
        raise RuntimeError("this Python writes line breaks into mail headers")
