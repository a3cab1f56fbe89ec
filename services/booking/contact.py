"""What a person gives to be reached by, brought to its normal form (``servicekit/web/contact.py``).

Promises: nothing here is ever logged; a refusal names fields, never values.
Shown by ``tests/rules/booking/test_contact.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

from servicekit.decider import Refused
from servicekit.web.contact import normal_email, normal_name, taken

NEEDS = ("wheelchair", "interpreter", "sign_language")


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


def counted_as(reach: str) -> str:
    """How limits know a mailbox or a number: ``eva+word@…`` is one more spelling of ``eva@…``.

    Only limits count so; mails go to what was typed.
    """
    local, at, domain = reach.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}" if at else reach


def normal_contact(
    name: str, email: str | None = None, phone: str | None = None, needs: tuple[str, ...] = ()
) -> ContactData:
    """The normal form, or ``invalid-input`` with the code of every field that is wrong."""
    errors: dict[str, str] = {}
    data = ContactData(
        name=taken(errors, "name", normal_name, name) or "",
        email=taken(errors, "email", normal_email, email) if email else None,
        phone=taken(errors, "phone", normal_phone, phone) if phone else None,
        needs=tuple(need for need in NEEDS if need in needs),
    )
    if errors:
        raise Refused("invalid-input", errors=errors)
    return data


def normal_phone(typed: str) -> str:
    """E.164, read as a German number where no country is named."""
    import phonenumbers  # 60 modules, for the first number only

    try:
        number = phonenumbers.parse(typed, "DE")
    except phonenumbers.NumberParseException:
        raise ValueError("phone") from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError("phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
