"""Who may see and change a booking: the one loader that takes a booking only with its proof.

Promises: an unknown id, a foreign token and an expired one are the same refusal, ``not-found``;
staff see bookings of their own site only. Shown by ``tests/way/test_booking_refusals.py`` and
``tests/way/test_booking_repeats.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from servicekit.decider import Refused
from servicekit.log import Actor, Context
from servicekit.staff import Staff
from servicekit.tokens import Purpose
from servicekit.web.requests import AnyRequest, context, network

from .office import Office
from .rules.booking_state import Booking, Status
from .rules.limits import Origin

DEVICE_COOKIE = "__Host-booking-device"
_DEVICE = re.compile(r"^[A-Za-z0-9_-]{22,64}$")

HELD = frozenset({Status.HELD, Status.UNCONFIRMED, Status.EXPIRED})
"""While a booking is only held, whoever holds it may act; later only the mailbox that confirmed it."""
CHANGING = frozenset({Purpose.TICKET, Purpose.CHANGE})
MAILED = (Purpose.CONFIRM, Purpose.TICKET, Purpose.CHANGE)


@dataclass(frozen=True, slots=True)
class Proven:
    """A booking together with what proved it: staff, or a token."""

    booking: Booking
    staff: Staff | None = None
    purpose: Purpose | None = None

    @property
    def may_change(self) -> bool:
        """False for who may only look."""
        held = self.purpose is Purpose.HOLD and self.booking.status in HELD
        return self.staff is not None or held or self.purpose in CHANGING

    @property
    def knows_mailbox(self) -> bool:
        """True for staff, and for whoever got a mail of this booking."""
        return self.purpose is not Purpose.HOLD

    @property
    def principal(self) -> str:
        """Whose repeats are the same command."""
        return self.staff.id if self.staff else str(self.booking.booking_id)


def office_of(request: AnyRequest) -> Office:
    """The service behind this application."""
    office: Office = request.app.state.office
    return office


def staff_of(request: AnyRequest) -> Staff | None:
    """Who of the office asks, if anybody."""
    who: Staff | None = request.state.staff
    return who


def device_of(request: AnyRequest) -> str | None:
    """The random id of the browser; None if there is none or it is not one of ours."""
    value = request.cookies.get(DEVICE_COOKIE, "")
    return value if _DEVICE.match(value) else None


def origin_of(request: AnyRequest) -> Origin:
    """Device and network as keyed hashes, for limits; neither for staff."""
    if staff_of(request) is not None:
        return Origin()
    office, device = office_of(request), device_of(request)
    prefix = network(request, request.app.state.proxies)
    return Origin(office.hashed("device", device) if device else None, office.hashed("network", prefix))


async def proven(request: AnyRequest, booking_id: UUID, *, change: bool = False) -> Proven:
    """The booking, or ``proof-missing``, ``not-found``, ``role-forbidden``.

    ``change`` asks for a proof that may change it, or for the same call a second time: that gets its
    first answer also when the booking has moved on.
    """
    office, who = office_of(request), staff_of(request)
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if who is None and not bearer:
        raise Refused("proof-missing")
    booking = await office.booking(booking_id)
    found = Proven(booking, who, None if who else _purpose(office, bearer, booking))
    if booking.status is Status.NONE or (who is None and found.purpose is None):
        raise Refused("not-found")
    if who is not None:
        who.need("book_for_others", booking.site)
    if change and not found.may_change and not await _again(request, found):
        raise Refused("not-found")
    return found


async def _again(request: AnyRequest, found: Proven) -> bool:
    """Whether this call changed the booking before."""
    command = command_context(request, found.principal, found.staff).command_id
    history = await office_of(request).history(found.booking.booking_id)
    return any(one.meta.command_id == command for one in history)


def _purpose(office: Office, bearer: str, booking: Booking) -> Purpose | None:
    """What the token is for, if it is this booking's and no newer address has made it void."""
    found = None
    for purpose in (
        Purpose.HOLD,
        *MAILED,
    ):  # always all of them: a foreign token takes as long as a right one
        link = office.tokens.verify(bearer, purpose, office.clock.now())
        if link is not None and link.id == booking.booking_id:
            void = purpose is Purpose.CONFIRM and link.attempt < booking.oldest_link
            found = None if void else purpose
    return found


async def mailed_link(office: Office, token: str) -> tuple[Proven, int] | None:
    """The booking behind a token of a mailed link, and the link's attempt; None if it is not good."""
    now, found = office.clock.now(), None
    for purpose in MAILED:
        link = office.tokens.verify(token, purpose, now)
        if link is not None:
            found = (purpose, link)
    if found is None:
        return None
    purpose, link = found
    booking = await office.booking(link.id)
    void = purpose is Purpose.CONFIRM and link.attempt < booking.oldest_link
    if void or booking.status in (Status.NONE, Status.HELD):
        return None
    return Proven(booking, purpose=purpose), link.attempt


@dataclass(frozen=True, slots=True)
class Grant:
    """A genuine grant: the invitation it is for, and whether its half hour is over."""

    invitation_id: UUID
    late: bool


def granted(office: Office, token: str, *, late: bool = False) -> Grant:
    """The grant behind a token. Refuses ``not-found`` for everything that is not genuine.

    Past its end it is ``grant-expired``; with ``late`` the caller looks into that, because the same call
    a second time gets its first answer.
    """
    link = office.tokens.verify(token, Purpose.GRANT)
    if link is None:
        raise Refused("not-found")
    grant = Grant(link.id, office.clock.now() > link.until)
    if grant.late and not late:
        raise Refused("grant-expired")
    return grant


def command_context(request: AnyRequest, principal: str, who: Staff | None = None) -> Context:
    """The context of this request's command. Nobody's id is kept but that of staff."""
    actor = Actor("staff", who.id) if who else Actor("citizen")
    return context(request, principal, actor, office_of(request).clock.now())
