"""What every office must say of itself: who answers for the pages, what happens to data, who can use them.

Promises: facts come from ``config/statements.toml`` and from what the rules really do (retention, limits of
holds); a fact that the city has still to give is marked, and its page says that it is a draft.
Shown by ``tests/way/test_statements.py``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from servicekit.web.requests import AnyRequest
from services.booking.api.bookings import PUBLIC
from services.booking.pages.citizen import language_of, page, site_of
from services.booking.proof import office_of
from services.booking.rules import retention

Statements = Mapping[str, Mapping[str, str]]
OPEN = "["
"""What a placeholder begins with."""
FACTS: Mapping[str, tuple[str, ...]] = {
    "imprint": ("provider", "represented_by", "address", "supervision", "tax_id", "editor"),
    "privacy": ("controller", "officer", "officer_email", "authority", "legal_basis"),
    "accessibility": ("made_on", "checked_by", "result", "barriers", "complaints"),
}
"""What each page names. Office, phone and mailbox are the site's."""


def read_statements(file: Path) -> Statements:
    """The facts of a file. Raises KeyError for a missing one."""
    table = tomllib.loads(file.read_text("utf-8"))
    return {name: {fact: str(table[name][fact]) for fact in facts} for name, facts in FACTS.items()}


@get("/{l:str}/impressum", opt=PUBLIC, include_in_schema=False)
async def imprint(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741 - the path's name
    """Who answers for these pages."""
    return _page(request, language_of(request, l), "imprint")


@get("/{l:str}/datenschutz", opt=PUBLIC, include_in_schema=False)
async def privacy(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """What is kept, why and how long; what the browser keeps; which rights people have."""
    return _page(request, language_of(request, l), "privacy", days=DAYS)


@get("/{l:str}/barrierefreiheit", opt=PUBLIC, include_in_schema=False)
async def accessibility(request: AnyRequest, l: FromPath[str]) -> Response[bytes]:  # noqa: E741
    """How far everybody can use the pages, and whom to tell of barriers."""
    return _page(request, language_of(request, l), "accessibility")


DAYS: Mapping[str, int] = {
    "appointment": retention.DAYS_AFTER_APPOINTMENT,
    "no_show": retention.DAYS_AFTER_NO_SHOW,
    "document": retention.DAYS_AFTER_DOCUMENT,
    "wish": retention.AFTER_WISH.days,
    "hold": int(retention.AFTER_EXPIRY.total_seconds() // 3600),
}
"""How long a person's data is kept, as the rules do it: days, for a hold hours."""


def _page(request: AnyRequest, language: str, name: str, **values: Any) -> Response[bytes]:
    statements: Statements = request.app.state.statements
    facts = statements[name]
    return page(
        request,
        language,
        f"{name}.html.jinja",
        site=site_of(office_of(request)),
        facts=facts,
        draft=any(fact.startswith(OPEN) for fact in facts.values()),
        **values,
    )


ROUTES: tuple[Any, ...] = (imprint, privacy, accessibility)
