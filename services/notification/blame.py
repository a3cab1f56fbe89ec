"""What a mail server's status says is wrong: the recipient's address, or something else.

Promises: an address is called bad only where its own server speaks of it; our own sender, a full mailbox, a
policy or a login is nobody's address. Pure. Shown by ``tests/rules/notification/test_bounces.py`` and
``tests/way/test_mail_delivery.py``.
"""

from __future__ import annotations

import re

_STATUS = re.compile(r"5\.(\d{1,3})\.(\d{1,3})(?!\d)")
"""An enhanced status (RFC 3463): subject and detail of a failure for good."""
ADDRESS = "1"
"""The subject of addresses."""
OF_SENDER = frozenset({"7", "8"})
"""Its details that speak of the sender's mailbox and system: our own side's fault."""
OF_MAILBOXES = frozenset({550, 551, 553})
"""Reply codes about a mailbox (RFC 5321); others are about storage, login or the whole transaction."""


def blames_recipient(status: str) -> bool | None:
    """Whether what begins with an enhanced status blames the recipient's address; None without one."""
    found = _STATUS.match(status.lstrip())
    return None if found is None else found[1] == ADDRESS and found[2] not in OF_SENDER


def bad_recipient(code: int, said: str) -> bool:
    """Whether a refusal at RCPT says that the address is bad: by its enhanced status, else by its code."""
    blamed = blames_recipient(said)
    return code in OF_MAILBOXES if blamed is None else blamed
