"""What a request shows before a hold: the answer of a task, or the link that proved a mailbox.

Promises: what is not genuine, not for these services, or over counts as nothing shown; of a person only
keyed hashes go on. Shown by ``tests/way/test_raised_level.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from buergerbuero_contracts.envelope import Item
from servicekit.tokens import LENGTH, Purpose

from .contact import counted_as
from .office import Office
from .rules.hold_proof import Mailbox, Proof
from .rules.settings import ProtectionLevel
from .rules.wish_state import Wish, WishStatus
from .work import solved, subject

PROVEN = frozenset({WishStatus.ACTIVE, WishStatus.OFFERED})


def raised(office: Office, site: str) -> bool:
    """Whether a hold needs a proof now."""
    return office.site(site).opening.level is ProtectionLevel.RAISED


async def proof_of(office: Office, text: str, site: str, items: Iterable[Item], persons: int) -> Proof | None:
    """What was shown: an answer, or a wish's token."""
    if len(text) == LENGTH:
        return await mailbox_of(office, text)
    return solved(office.hashed, subject(site, items, persons), text, office.clock.now())


async def proven_wish(office: Office, token: str) -> Wish | None:
    """The wish whose link proved a mailbox, as long as it is open."""
    link = office.tokens.verify(token, Purpose.WISH, office.clock.now())
    wish = await office.wish(link.id) if link is not None else Wish()
    return wish if wish.status in PROVEN else None


async def mailbox_of(office: Office, token: str) -> Mailbox | None:
    """The mailbox behind a wish's token."""
    wish = await proven_wish(office, token)
    person = await office.person(wish.person_id) if wish is not None else None
    if person is None or person.erased or not person.email:
        return None
    return Mailbox(office.hashed("contact", counted_as(person.email)), office.hashed("mailbox", person.email))
