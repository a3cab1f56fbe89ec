"""A site as commands and pages see it: what is set, and what it does. Folded from two categories.

Promises: a pure fold of all events of ``opening`` and ``catalogue`` in log order; other events
change nothing. Shown by ``tests/rules/booking/test_opening.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from buergerbuero_contracts.envelope import Event

from . import catalogue, opening
from .catalogue import Catalogue, Service
from .limits import LIMITS, Limits
from .opening import Opening

CATEGORIES = frozenset({"opening", "catalogue"})


@dataclass(frozen=True, slots=True)
class Site:
    """One site of the office."""

    opening: Opening = field(default_factory=Opening)
    catalogue: Catalogue = field(default_factory=dict)

    @property
    def limits(self) -> Limits:
        """The limits of the present protection level."""
        return LIMITS[self.opening.level]


Sites = Mapping[str, Site]


def apply(sites: Sites, events: Iterable[Event]) -> Sites:
    """The sites after events of the two categories."""
    result = dict(sites)
    for event in events:
        if event.category not in CATEGORIES:
            continue
        code: str = getattr(event, "site")  # noqa: B009 - every event of the two categories has it
        site = result.get(code, Site())
        if event.category == "opening":
            result[code] = replace(site, opening=opening.evolve(site.opening, event))
        else:
            service: str = getattr(event, "service_")  # noqa: B009
            known = catalogue.evolve(site.catalogue.get(service, Service()), event)
            result[code] = replace(site, catalogue={**site.catalogue, service: known})
    return result
