"""Names and addresses as people really have them."""

from __future__ import annotations

import unicodedata

import pytest

from servicekit.decider import Refused
from servicekit.web.contact import normal_email, normal_name, shown_email
from services.booking.contact import counted_as, normal_contact, normal_phone

NAMES = [
    "O",
    "Sukarno",
    "D’Angelo",
    "Nguyễn",
    "Żółć",
    "محمد عبد الله",
    "Müller-Lüdenscheidt-von der Hohenstraße zu Berg",
    "St. John",
    "<b>Eva</b>",
    "李",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_real_name_passes_and_is_equal_in_every_form(name: str) -> None:
    """F36: short, long, accented, right to left, with what looks like markup."""
    assert normal_name(name) == unicodedata.normalize("NFC", name)
    assert normal_name(unicodedata.normalize("NFD", name)) == normal_name(name)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("  Eva \u00a0 Muster ", "Eva Muster"),
        ("Eva\u202eretsuM", "EvaretsuM"),
        ("\ufeffEva\u200b", "Eva"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_what_cannot_be_seen_is_removed(typed: str, normal: str) -> None:
    assert normal_name(typed) == normal


@pytest.mark.parametrize(
    ("typed", "code"), [("", "missing"), (" \u200b", "missing"), ("12", "missing"), ("x" * 101, "length")]
)
def test_no_name_is_refused(typed: str, code: str) -> None:
    with pytest.raises(ValueError, match=code):
        normal_name(typed)


def test_one_mailbox_has_one_spelling() -> None:
    spellings = [
        "Eva.Muster@Müller.example",
        " eva.muster@MÜLLER.example\u200b",
        "eva.muster@xn--mller-kva.example",
    ]
    assert {normal_email(one) for one in spellings} == {"eva.muster@xn--mller-kva.example"}
    assert shown_email("eva@xn--mller-kva.example") == "eva@müller.example"


@pytest.mark.parametrize(
    "typed",
    [
        "kunde@",
        "@x.example",
        "a b",
        "eva@localhost",
        "mül@x.example",
        "a@[1.2.3.4]",
        "a@x..example",
        '"a@b"@x.example',
        "a@x.example\nBcc: b@x.example",
        "a@x.example,b@x.example",
    ],
)
def test_what_no_mail_can_reach_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="email"):
        normal_email(typed)


@pytest.mark.parametrize(
    ("typed", "normal"), [("0461 85-0", "+49461850"), ("+45 12 34 56 78", "+4512345678")]
)
def test_a_number_is_kept_as_the_world_dials_it(typed: str, normal: str) -> None:
    assert normal_phone(typed) == normal


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(Refused) as refused:
        normal_contact("", "kunde@", "abc")
    assert refused.value.details["errors"] == {"name": "missing", "email": "email", "phone": "phone"}


def test_needs_are_a_closed_list_in_a_fixed_order() -> None:
    assert normal_contact("Eva", needs=("sign_language", "wheelchair", "x")).needs == (
        "wheelchair",
        "sign_language",
    )


@pytest.mark.parametrize(
    ("reach", "counted"),
    [
        ("eva@example.org", "eva@example.org"),
        ("eva+termin@example.org", "eva@example.org"),
        ("eva+a+b@example.org", "eva@example.org"),
        ("+only@example.org", "+only@example.org"),
        ("+4946185", "+4946185"),
    ],
)
def test_limits_know_a_mailbox_by_what_stands_before_the_plus(reach: str, counted: str) -> None:
    assert counted_as(reach) == counted
