"""What the window's pages share: form values, windows, names with their read record.

Promises: a value that a form cannot have is ``invalid-input`` and names its field; a name is shown only
after it was written down who sees it. Shown by ``tests/way/test_window_pages.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from buergerbuero_contracts.documents import DocumentKind
from servicekit.decider import Refused
from servicekit.web.names import has_surname
from servicekit.web.requests import AnyRequest
from servicekit.web.words import short_day
from services.documents.access import staff_of
from services.documents.office import office_of
from services.documents.pages.custody_words import HOLDERS, KINDS, spot
from services.documents.projections.document_queries import DocumentRow
from services.documents.rules.ordering import holder_at

WINDOW: dict[str, Any] = {"permission": "documents"}
E = TypeVar("E", bound=StrEnum)
Options = Sequence[tuple[str, str]]


def typed(request: AnyRequest, name: str, most: int = 100) -> str:
    """One field of the form, without space around it."""
    return str(request.state.payload.get(name, "")).strip()[:most]


def chosen(request: AnyRequest, name: str, kind: type[E]) -> E | None:
    """A choice of the form; None if nothing was chosen."""
    value = typed(request, name)
    if not value:
        return None
    try:
        return kind(value)
    except ValueError:
        raise Refused("invalid-input", errors={name: "value"}) from None


def ticked(request: AnyRequest, name: str) -> bool:
    """A box of the form."""
    return bool(typed(request, name))


def id_of(request: AnyRequest, name: str) -> UUID:
    """An id of a hidden field."""
    try:
        return UUID(typed(request, name))
    except ValueError:
        raise Refused("invalid-input", errors={name: "format"}) from None


def window_of(request: AnyRequest) -> str:
    """The window at which the clerk works: as the address or form says, else the site's first."""
    here = _windows(request)
    asked = request.query_params.get("fenster") if request.method == "GET" else typed(request, "fenster")
    return asked if asked in here else here[0]


def windows(request: AnyRequest) -> Options:
    """The site's windows, to choose from."""
    return [(one, spot(one)) for one in _windows(request)]


def _windows(request: AnyRequest) -> tuple[str, ...]:
    """Refuses ``unknown-site`` for somebody whose office is not one of these."""
    site = office_of(request).sites.get(staff_of(request).site)
    if site is None:
        raise Refused("unknown-site")
    return site.windows


async def names_of(
    request: AnyRequest, reason: str, waiting: Iterable[tuple[UUID, UUID | None]]
) -> Mapping[UUID, str]:
    """Names by document, written down as read for ``reason``. ``waiting``: document and person.

    Who is erased, or not known yet, is missing.
    """
    office = office_of(request)
    people = {document: person for document, person in waiting if person}
    known = await office.names.of(people.values(), office.clock.now())
    seen = [(person, document) for document, person in people.items() if person in known]
    await office.names.record(staff_of(request), reason, seen, office.clock.now())
    return {document: known[person] for person, document in seen}


async def ordered_for(request: AnyRequest, surname: str, kind: DocumentKind | None) -> Sequence[DocumentRow]:
    """The open orders of this site for people with this surname; of one kind, or of any."""
    office = office_of(request)
    ordered = await office.documents.ordered(staff_of(request).site, kind)
    names = await office.names.of({row.person_id for row in ordered if row.person_id}, office.clock.now())
    people = {person for person, name in names.items() if has_surname(name, surname)}
    return [row for row in ordered if row.person_id in people]


async def order_options(
    request: AnyRequest, rows: Iterable[DocumentRow], names: Mapping[UUID, str]
) -> list[tuple[str, str]]:
    """Orders, to choose one: a family's of one visit are told apart by the holder's age."""
    return [(str(row.document_id), await _label(request, row, names)) for row in rows]


async def _label(request: AnyRequest, row: DocumentRow, names: Mapping[UUID, str]) -> str:
    office = office_of(request)
    case = await office.case(row.document_id)
    holder = holder_at(case.born_on, case.holder, office.clock.now()) if case else None
    age = f", {dict(HOLDERS)[holder]}" if holder else ""
    name = names.get(row.document_id, "Name noch nicht bekannt")
    return f"{KINDS[row.kind]}: {name}{age}, bestellt am {short_day(row.ordered_at, 'de')}"


def held(rows: Iterable[DocumentRow]) -> list[tuple[UUID, UUID | None]]:
    """Documents and their people."""
    return [(row.document_id, row.person_id) for row in rows]
