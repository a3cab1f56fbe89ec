"""What a person types about themselves, brought to its normal form. Pure.

Promises: real names pass, however short, long or written; what cannot be seen is removed; one
mailbox has one spelling, which hash, limits and envelope use. Nothing here is ever logged; an error
is a code of ``FIELD_MESSAGES``, never a value. Shown by ``tests/rules/booking/test_contact.py``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

NAME_MOST = 100
"""Characters of a name, after its normal form."""

_JOINERS = frozenset("\u200c\u200d")
"""They shape letters in some scripts; all other invisible characters only deceive."""


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
    from email_validator import EmailNotValidError, validate_email  # its tables take 60 ms to load

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
    from email_validator import validate_email

    return validate_email(email, check_deliverability=False).normalized


def taken(errors: dict[str, str], field: str, normal: Callable[[str], str], typed: str) -> str | None:
    """The normal form of one field; what is wrong with it goes into ``errors``."""
    try:
        return normal(typed)
    except ValueError as wrong:
        errors[field] = str(wrong)
        return None


def _visible(char: str) -> bool:
    return (
        char in _JOINERS or char.isspace() or unicodedata.category(char) not in ("Cc", "Cf", "Co", "Cn", "Cs")
    )
