"""What a person types about themselves, brought to its normal form.

Promises: real names pass, however short, long or written; what cannot be seen is removed; one
mailbox has one spelling, which hash, limits and envelope use. Nothing here is ever logged; a
refusal names fields, never values. Shown by ``tests/rules/booking/test_contact.py``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from servicekit.decider import Refused

NAME_MOST = 100
"""Characters of a name, after its normal form."""
NEEDS = ("wheelchair", "interpreter", "sign_language")

_JOINERS = frozenset("\u200c\u200d")
"""They shape letters in some scripts; all other invisible characters only deceive."""


@dataclass(frozen=True, slots=True)
class ContactData:
    """One person's data, for the row that the append writes. ``email`` has an IDNA A-label domain."""

    name: str
    email: str | None = None
    phone: str | None = None
    needs: tuple[str, ...] = ()

    @property
    def reach(self) -> str | None:
        """By what limits know the person: the mailbox, else the number."""
        return self.email or self.phone


def normal_contact(
    name: str, email: str | None = None, phone: str | None = None, needs: tuple[str, ...] = ()
) -> ContactData:
    """The normal form, or ``invalid-input`` with the code of every field that is wrong."""
    errors: dict[str, str] = {}
    data = ContactData(
        name=_take(errors, "name", normal_name, name) or "",
        email=_take(errors, "email", normal_email, email) if email else None,
        phone=_take(errors, "phone", normal_phone, phone) if phone else None,
        needs=tuple(need for need in NEEDS if need in needs),
    )
    if errors:
        raise Refused("invalid-input", errors=errors)
    return data


def normal_name(typed: str) -> str:
    """NFC, one space between words, no invisible characters. Raises ValueError with a field code."""
    seen = "".join(char for char in unicodedata.normalize("NFC", typed) if _visible(char))
    name = " ".join(seen.split())
    if not any(char.isalpha() for char in name):
        raise ValueError("missing")
    if len(name) > NAME_MOST:
        raise ValueError("length")
    return name


def normal_email(typed: str) -> str:
    """Without white space and invisible characters, case-folded, the domain as A-label.

    A local part outside ASCII is refused: the mail server does not offer SMTPUTF8.
    """
    seen = "".join(
        char for char in unicodedata.normalize("NFC", typed) if not char.isspace() and _visible(char)
    )
    try:
        found = validate_email(seen, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise ValueError("email") from None
    return (found.ascii_email or found.normalized).casefold()


def shown_email(email: str) -> str:
    """The mailbox as people know it: ``k…@müller.de`` needs the domain as U-label."""
    return validate_email(email, check_deliverability=False).normalized


def normal_phone(typed: str) -> str:
    """E.164, read as a German number where no country is named."""
    try:
        number = phonenumbers.parse(typed, "DE")
    except phonenumbers.NumberParseException:
        raise ValueError("phone") from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError("phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _visible(char: str) -> bool:
    return (
        char in _JOINERS or char.isspace() or unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cn", "Cs")
    )


def _take(errors: dict[str, str], field: str, normal: Callable[[str], str], typed: str) -> str | None:
    try:
        return normal(typed)
    except ValueError as wrong:
        errors[field] = str(wrong)
        return None
