"""The second screen: do you need to come? The answer first, then papers, fee, who comes, how many.

Promises: GET only and free of effects; what can be done without a visit is said before an appointment is
offered; what was chosen before stays chosen. Shown by ``tests/way/test_finding_pages.py``.
"""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency
from litestar import Response, get
from litestar.params import FromPath

from servicekit.decider import Refused
from servicekit.web.requests import AnyRequest
from services.booking.api.bookings import PUBLIC
from services.booking.api.free_slots import Ahead, FreeSlots
from services.booking.pages import find
from services.booking.pages.citizen import language_of, page, site_of, texts_of
from services.booking.pages.wish import Wish, read
from services.booking.proof import office_of
from services.booking.rules.calendar import local_date
from services.booking.rules.catalogue import MAX_PERSONS, Service, combinable_with

REMOTE = ("online", "email", "post")
"""Ways without a visit, in the order of their speed."""


@get("/{l:str}/leistung/{name:str}", opt=PUBLIC, include_in_schema=False)
async def show(request: AnyRequest, l: FromPath[str], name: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """A service: how it is had, and the way to the free times if one can come for it."""
    language, office = language_of(request, l), office_of(request)
    catalogue, texts = find.on_offer(office), texts_of(office, language)
    if name not in catalogue or name not in texts:
        return find.unknown(request, language)
    one, site = catalogue[name], site_of(office)
    together = [code for code in combinable_with(catalogue, name) if code in texts] if one.by_visit else []
    wish = read(request.query_params.multi_items(), local_date(office.clock.now()))
    return page(
        request,
        language,
        "citizen/service.html.jinja",
        packed=True,
        service=one,
        text=texts[name],
        site=site,
        ways=[way for way in REMOTE if way in {channel.value for channel in one.channels}],
        together=[(code, texts[code].name) for code in sorted(together, key=lambda code: texts[code].name)],
        chosen=wish.quantities,
        persons=wish.persons or 1,
        most_persons=MAX_PERSONS,
        ahead=_ahead(request, one, wish) if one.by_visit else None,
        fee=None if one.fee_cents is None else _money(one.fee_cents, language),
    )


def _money(cents: int, language: str) -> str:
    """``46,00 €``; nothing for what is free of charge."""
    return format_currency(Decimal(cents) / 100, "EUR", locale=language[:2]) if cents else ""


def _ahead(request: AnyRequest, one: Service, wish: Wish) -> Ahead | None:
    """The nearest time for the service as it was chosen; None if it does not fit into one appointment."""
    office, free = office_of(request), free_slots(request)
    today = local_date(office.clock.now())
    whole = Wish({**wish.quantities, one.code: wish.persons or 1}, wish.persons or 1)
    for asked in (whole, Wish({one.code: 1})):
        try:
            return free.ahead(asked.question(one.site, today), 0, asked.suits)
        except Refused:
            continue
    return None


def free_slots(request: AnyRequest) -> FreeSlots:
    """The answers from the plans in memory."""
    free: FreeSlots = request.app.state.free_slots
    return free


ROUTES = (show,)
