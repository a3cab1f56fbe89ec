"""What a mail to the return address means: only a final delivery report is a bounce."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buergerbuero_contracts.notification import BounceReason
from services.notification.bounces import Report, read
from services.notification.mail import return_path

MESSAGE = UUID("018f6a3c-0000-7000-8000-00000000000a")
TO = return_path(MESSAGE, "flensburg.example")


def report(action: str = "failed", status: str = "5.1.1", kind: str = "multipart/report") -> bytes:
    """A delivery report as mail servers write it."""
    lines = f"""\
From: MAILER-DAEMON@mx.example.org
To: {TO}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Auto-Submitted: auto-replied
Content-Type: {kind}; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system. I'm sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Tue, 24 Nov 2026 11:00:00 +0100

Final-Recipient: rfc822; somebody.else@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b--
"""
    return lines.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("5.1.1", BounceReason.ADDRESS),
        ("5.1.10", BounceReason.ADDRESS),
        ("5.1.7", BounceReason.OTHER),  # of the sender, as 5.1.8
        ("5.1.8", BounceReason.OTHER),
        ("5.7.1", BounceReason.POLICY),
        ("5.2.2", BounceReason.OTHER),
        ("5.0.0", BounceReason.OTHER),
        ("", BounceReason.OTHER),
    ],
)
def test_a_final_report_names_its_message_and_why(status: str, reason: BounceReason) -> None:
    assert read(TO, report(status=status)) == Report(MESSAGE, reason)
    assert read(f"<{TO.upper()}>", report("Failed ", status)) == Report(MESSAGE, reason)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", ""])
def test_any_other_report_changes_nothing(action: str) -> None:
    assert read(TO, report(action)) is None


@pytest.mark.parametrize(
    "content",
    [
        report(kind="multipart/mixed"),
        b"Subject: Abwesenheit\r\nAuto-Submitted: auto-replied\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n",
        b"Subject: Re: Ihr Termin\r\n\r\nDanke\r\n",
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n",
        b"",
        b"\xff\xfe\x00",
    ],
)
def test_no_other_mail_is_a_bounce(content: bytes) -> None:
    assert read(TO, content) is None


@pytest.mark.parametrize("to", ["post@flensburg.example", "bounce+12@flensburg.example", "", "bounce@x"])
def test_a_report_to_another_address_is_none_of_ours(to: str) -> None:
    assert read(to, report()) is None


@given(st.binary(max_size=400))
def test_nothing_that_arrives_raises(content: bytes) -> None:
    assert read(TO, content) is None
    read(TO, report()[: len(content)] + content)
