"""The bytes that go out: exactly the expected headers, whatever names and catalogues hold."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buergerbuero_contracts.notification import Template
from services.notification.mail import (
    FIXED,
    HEADERS,
    PROBE,
    HeaderInjection,
    assemble,
    bounced,
    envelope,
    message_id,
    require_safe_headers,
    return_path,
    serialise,
    usable,
)
from services.notification.writer import Mail
from tests.rules.notification.office import APPOINTMENT, ASKED, SENDER, write

EVENT = UUID("018f6a3c-0000-7000-8000-000000000001")
MESSAGE = UUID("018f6a3c-0000-7000-8000-00000000000a")
BREAKS = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00"]
CORPUS = [
    f"Termin{brk}{tail}"
    for brk in BREAKS
    for tail in ("Bcc: x@example.org", "", "\r\n\r\nBody", "X-Y: z", "\tfolded", " =?utf-8?q?=0A?=")
]


def sent(
    folder: Path, template: Template = Template.CONFIRMED, *, field: str = "", planted: str = ""
) -> EmailMessage:
    booking = replace(APPOINTMENT, reason="office_fault")
    made = write(folder, template, booking)
    if field:
        made = replace(made, **{field: planted})  # type: ignore[arg-type]
    mid = message_id(EVENT, template, 1, SENDER.domain)
    content = envelope(made, SENDER, "erika@example.org", mid, MESSAGE, ASKED).content
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    return message_from_bytes(content, policy=policy.default)


@pytest.mark.parametrize("template", [Template.CONFIRM_REQUEST, Template.MOVED, Template.CANCELLED_BY_OFFICE])
def test_a_mail_has_exactly_its_headers(tmp_path: Path, template: Template) -> None:
    mail = sent(tmp_path, template)
    assert sorted(mail.keys()) == sorted(HEADERS)
    assert mail["From"] == "Bürgerbüro Flensburg <buergerbuero@flensburg.example>"
    assert (mail["To"], mail["Reply-To"]) == ("erika@example.org", "post@flensburg.example")
    assert mail["Message-ID"] == f"<{EVENT}.{template}.1@flensburg.example>"
    assert mail["Date"] == "Tue, 24 Nov 2026 14:25:00 +0100"
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert mail["Content-Language"] == "de"


def test_text_html_and_entry_are_alternatives_and_the_entry_is_a_file_too(tmp_path: Path) -> None:
    mail = sent(tmp_path)
    parts = [(part.get_content_type(), part.get_filename()) for part in mail.walk()]
    assert parts == [
        ("multipart/mixed", None),
        ("multipart/alternative", None),
        ("text/plain", None),
        ("multipart/related", None),
        ("text/html", None),
        ("image/png", "einlass.png"),
        ("text/calendar", None),
        ("application/ics", "termin.ics"),
    ]
    calendar, file = list(mail.walk())[6:]
    assert calendar["Content-Type"].params["method"] == "REQUEST"
    assert calendar["Content-Type"].params["charset"].lower() == "utf-8"
    text = calendar.get_content()
    assert isinstance(text, str)
    assert file.get_content().decode().replace("\r\n", "\n") == text.replace("\r\n", "\n")


def test_a_link_taken_from_the_raw_text_part_is_whole_after_soft_breaks(tmp_path: Path) -> None:
    rendered = write(tmp_path, Template.CONFIRM_REQUEST)
    mail = assemble({}, rendered)
    (part,) = [part for part in mail.walk() if part.get_content_type() == "text/plain"]
    raw = str(part.get_payload())
    assert "=\n" in raw, "the link is longer than a quoted-printable line"
    unfolded = re.sub(r"=\r?\n", "", raw)
    (link,) = re.findall(r"^https://\S+$", rendered.text, flags=re.M)
    assert link in unfolded.splitlines()


@pytest.mark.parametrize("planted", CORPUS)
def test_nothing_planted_in_subject_or_office_becomes_a_header(tmp_path: Path, planted: str) -> None:
    for field in ("subject", "office"):
        mail = sent(tmp_path, field=field, planted=planted)
        assert sorted(mail.keys()) == sorted(HEADERS)
        assert mail["Bcc"] is None and mail["X-Y"] is None


@given(st.text(max_size=60))
def test_no_text_at_all_becomes_a_header(planted: str) -> None:
    rendered = Mail(planted, "Text\n", "<p>Text</p>", "de", planted or "Office")
    mail = envelope(rendered, SENDER, "erika@example.org", "<a@b>", MESSAGE, ASKED).content
    assert sorted(message_from_bytes(mail, policy=policy.default).keys()) == sorted(HEADERS)


@pytest.mark.parametrize(
    "planted", ["Termin\r\nBcc: x@example.org", "Termin\n", "Termin\r\n", "Termin\n\nText"]
)
def test_a_line_break_that_reaches_a_header_stops_the_mail(planted: str) -> None:
    values = dict.fromkeys(("From", "To", "Reply-To"), "a@b.example")
    values |= {"Date": PROBE, "Message-ID": "<a@b>", "Subject": planted}
    with pytest.raises((HeaderInjection, ValueError)):
        serialise(assemble(values, Mail("", "Text\n", "<p>Text</p>", "de", "Office")))


def test_the_start_up_check_passes_here_and_would_fail_without_the_comparison(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    require_safe_headers()
    monkeypatch.setattr(
        "services.notification.mail.serialise", lambda mail: mail.as_bytes(policy=policy.SMTP)
    )
    if not hasattr(policy.default, "verify_generated_headers"):
        with pytest.raises(RuntimeError, match="line breaks"):
            require_safe_headers()


@pytest.mark.parametrize(
    "address",
    ["a@b.example", "first.last+tag@xn--brgerbro-n4af.example", "o'brien@example.org", "a@127.0.0.1"],
)
def test_plain_addresses_can_be_written_to(address: str) -> None:
    assert usable(address)


@pytest.mark.parametrize(
    "address",
    [
        *(None, "", "a", "a@", "@b", "a b@c", "a@b c", "a@b,c@d", "<a@b>", "a@b."),
        *("a@b\r\nBcc: c@d", "a@b\n", "a\x00@b", "jörg@example.org", "a@bürger.example"),
        "x" * 65 + "@example.org",
    ],
)
def test_other_addresses_are_none(address: str | None) -> None:
    assert not usable(address)


def test_a_bounce_names_its_message() -> None:
    assert bounced(return_path(MESSAGE, "flensburg.example")) == MESSAGE
    assert bounced(f"<BOUNCE+{MESSAGE.hex.upper()}@flensburg.example>") == MESSAGE
    assert bounced("bounce+123@flensburg.example") is None
    assert bounced("post@flensburg.example") is None


def test_no_header_is_fixed_twice() -> None:
    assert set(FIXED) < set(HEADERS) and len(set(HEADERS)) == len(HEADERS)
