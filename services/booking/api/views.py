"""From states to answers. Pure but for the person's row, of which two letters may be shown."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from servicekit.decider import Refused
from servicekit.log import Person
from servicekit.tokens import Purpose
from servicekit.web.codes import spoken_code
from servicekit.web.contact import shown_email
from servicekit.web.problems import local
from services.booking.api import bodies as b
from services.booking.office import Office, ServiceText, SiteInfo
from services.booking.rules.booking_state import Booking, Status
from services.booking.rules.calendar import local_date
from services.booking.rules.catalogue import Service, combinable_with
from services.booking.rules.free_slots import next_release_at
from services.booking.rules.opening import Opening
from services.booking.rules.site import Site

ACCESS = timedelta(hours=24)
"""How long the token of a hold is good, from its creation on."""
LINK_AFTER_START = timedelta(days=60)
HOURS_AHEAD = 28
SENT = frozenset({"post", "email"})


def held(office: Office, booking: Booking, opened_at: datetime) -> b.Held:
    """The answer to a new booking. The token depends only on stored events, so a repeat gets it again."""
    starts_at, ends_at = _times(booking)
    confirmed = booking.status is Status.CONFIRMED
    return b.Held(
        booking_id=booking.booking_id,
        state=booking.status.value,
        starts_at=local(starts_at),
        ends_at=local(ends_at),
        hold_until=local(booking.limit) if booking.limit else None,
        extensions_left=_extensions_left(office, booking),
        access=(
            office.tokens.sign(Purpose.HOLD, booking.booking_id, opened_at + ACCESS)
            if booking.limit
            else ticket_token(office, booking)
        ),
        spoken_code=spoken_code(office.code_key, booking.booking_id) if confirmed else None,
    )


def booking(
    office: Office, state: Booking, person: Person | None, *, mailbox: bool, ticket: bool = False
) -> b.BookingState:
    """A booking as its holder sees it.

    The spoken code is only for ``mailbox``, since it opens the door; ``ticket`` adds the token with
    which the confirmed booking can be changed.
    """
    name = person.name if person and not person.erased else None
    email = person.email if person and not person.erased else None
    settings = office.site(state.site).opening.settings
    is_held, asked = state.status is Status.HELD, state.status is Status.UNCONFIRMED
    stands = state.status in (Status.CONFIRMED, Status.DISPLACED)
    return b.BookingState(
        booking_id=state.booking_id,
        state=state.status.value,
        site=state.site,
        items=tuple(b.ItemBody(item.service, item.quantity) for item in state.items),
        persons=state.persons,
        language=state.language,
        starts_at=_local(state.starts_at),
        ends_at=_local(state.ends_at),
        hold_until=_local(state.limit) if is_held else None,
        confirm_until=_local(state.limit) if asked else None,
        undo_until=_local(state.undo_until),
        extensions_left=_extensions_left(office, state) if is_held else None,
        moves_left=max(settings.max_moves - state.own_moves, 0) if stands else None,
        name_initial=name[:1] if name else None,
        email_domain=shown_email(email).rpartition("@")[2] if email else None,
        spoken_code=spoken_code(office.code_key, state.booking_id) if mailbox and stands else None,
        access=ticket_token(office, state) if ticket and stands else None,
    )


def service(
    office: Office, site: SiteInfo, one: Service, language: str, combinable: tuple[str, ...]
) -> b.ServiceAnswer:
    """One service in the request's language."""
    words = office.texts.get(language, {}).get(one.code) or office.texts["de"].get(one.code)
    text = words or ServiceText(one.code)
    return b.ServiceAnswer(
        code=one.code,
        name=text.name,
        minutes=one.minutes,
        channels=tuple(channel.value for channel in one.channels),
        presence=one.presence.value,
        papers=text.papers,
        fee_cents=one.fee_cents,
        combinable_with=combinable,
        send_to=f"{site.name}, {site.address}, {site.email}" if SENT & set(one.channels) else None,
    )


def services(office: Office, language: str) -> dict[str, b.ServiceAnswer]:
    """All services on offer, of the first site that has each."""
    found: dict[str, b.ServiceAnswer] = {}
    for site in office.sites.values():
        catalogue = set_up(office, site.code).catalogue
        for code, one in sorted(catalogue.items()):
            if one.on_offer and code not in found:
                together = combinable_with(catalogue, code) if one.by_visit else ()
                found[code] = service(office, site, one, language, together)
    return found


def site(office: Office, info: SiteInfo, now: datetime) -> b.SiteAnswer:
    """One office with the hours of the next days, the telephone line's not among them."""
    opening, today = set_up(office, info.code).opening, local_date(now)
    days = [today + timedelta(days=n) for n in range(HOURS_AHEAD)]
    return b.SiteAnswer(
        code=info.code,
        name=info.name,
        address=info.address,
        phone=info.phone,
        email=info.email,
        opening_hours=tuple(hours for day in days for hours in _hours(opening, day)),
        next_release_at=_local(next_release_at(office.plans(info.code).values(), now, opening.policy)),
    )


def known_site(office: Office, code: str) -> SiteInfo:
    """The site of a path, or ``not-found``; ``unavailable`` while it is not set up yet."""
    if code not in office.sites:
        raise Refused("not-found")
    set_up(office, code)
    return office.sites[code]


def set_up(office: Office, code: str) -> Site:
    """What is set for a site, or ``unavailable`` before the seed has reached this process."""
    try:
        return office.site(code)
    except KeyError:
        raise Refused("unavailable") from None


def _hours(opening: Opening, day: date) -> list[b.Hours]:
    """What the site's counters are open, blocks that touch or overlap as one."""
    spans: list[list[datetime]] = []
    for block in sorted(opening.frame(day).blocks, key=lambda block: block.from_):
        if spans and block.from_ <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], block.until)
        else:
            spans.append([block.from_, block.until])
    return [b.Hours(day, f"{local(opens):%H:%M}", _closes(closes)) for opens, closes in spans]


def _closes(at: datetime) -> str:
    text = f"{local(at):%H:%M}"
    return "24:00" if text == "00:00" else text


def _times(state: Booking) -> tuple[datetime, datetime]:
    if state.starts_at is None or state.ends_at is None:
        raise Refused("wrong-state")
    return state.starts_at, state.ends_at


def _extensions_left(office: Office, state: Booking) -> int:
    return max(office.site(state.site).opening.settings.max_extensions - state.extensions, 0)


def _local(at: datetime | None) -> datetime | None:
    return local(at) if at else None


def ticket_token(office: Office, state: Booking) -> str:
    """What the link to the ticket carries, good until 60 days after the start."""
    return office.tokens.sign(Purpose.TICKET, state.booking_id, _times(state)[0] + LINK_AFTER_START)


def encoded(body: Any) -> bytes:
    """An answer as JSON."""
    return msgspec.json.encode(body)
