"""The waiting list's commands, each to who carries it out.

Promises: they all come through ``Handlers.execute``, as every command of booking.
"""

from __future__ import annotations

from servicekit.handle import Handler, Outcome
from servicekit.log import Context, Due

from . import wish_commands as ask
from .offering import lapse_offer, offer_returned
from .surroundings import Surroundings
from .taking import accept_offer
from .wishing import end_wishes_of, make_wish, of_wish, wish_earlier


async def on_waiting_list(
    handler: Handler,
    around: Surroundings,
    command: ask.OfWaitingList,
    context: Context,
    fired: Due | None = None,
) -> Outcome:
    """Carry out one command of the waiting list. Raises ``Refused`` or ``Busy``."""
    match command:
        case ask.MakeWish():
            return await make_wish(handler, around, command, context)
        case ask.WishEarlier():
            return await wish_earlier(handler, around, command, context)
        case ask.AcceptOffer():
            return await accept_offer(handler, around, command, context)
        case ask.OfferReturned():
            return await offer_returned(handler, around, command, context, fired)
        case ask.LapseOffer():
            return await lapse_offer(handler, around, command, context, fired)
        case ask.EndWishesOf():
            return await end_wishes_of(handler, around, command, context)
        case _:
            return await of_wish(handler, around, command, context, fired)
