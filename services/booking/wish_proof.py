"""Whose wish it is: the token that notification mails, or that a ticket's holder gets at once.

Promises: an unknown id, a foreign token and an expired one are the same refusal, ``not-found``; the token
outlives the wish by a week, and what it may still do, the wish's state says.
Shown by ``tests/way/test_wishes_api.py``.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from servicekit.decider import Refused
from servicekit.tokens import Purpose
from servicekit.web.requests import AnyRequest

from .office import Office
from .proof import office_of
from .rules.waiting_list import last_moment
from .rules.wish_state import Wish, WishStatus

AFTER_LAST_DAY = timedelta(days=7)


def wish_token(office: Office, wish: Wish) -> str:
    """The proof of a wish, until a week after its last day."""
    until = (last_moment(wish) or office.clock.now()) + AFTER_LAST_DAY
    return office.tokens.sign(Purpose.WISH, wish.wish_id, until)


async def wish_behind(office: Office, token: str) -> Wish:
    """The wish of a mailed link. Refuses ``not-found`` for every link that is not good."""
    link = office.tokens.verify(token, Purpose.WISH, office.clock.now())
    wish = await office.wish(link.id) if link is not None else Wish()
    if wish.status is WishStatus.NONE:
        raise Refused("not-found")
    return wish


async def proven_wish(request: AnyRequest, wish_id: UUID) -> Wish:
    """The wish of a call's proof. Refuses ``proof-missing`` and ``not-found``."""
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not bearer:
        raise Refused("proof-missing")
    wish = await wish_behind(office_of(request), bearer)
    if wish.wish_id != wish_id:
        raise Refused("not-found")
    return wish
