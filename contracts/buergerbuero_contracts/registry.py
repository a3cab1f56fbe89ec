"""All public types of the platform, by name. What is not here is private or unknown.

Promises: a name belongs to one service; nothing leaves this table while its topic lives.
Shown by ``tests/contract/test_registry.py``, which holds the list of the domain's events.
"""

from __future__ import annotations

from types import ModuleType

from . import booking, cloudevents, documents, notification
from .envelope import Event


def _types(module: ModuleType) -> tuple[type[Event], ...]:
    """The event types that a module exports: those with a key; the bases have none."""
    exported = (getattr(module, name) for name in module.__all__)
    return tuple(kind for kind in exported if isinstance(kind, type) and issubclass(kind, Event) and kind.key)


_PUBLIC = {"booking": _types(booking), "documents": _types(documents), "notification": _types(notification)}

EVENTS: dict[str, type[Event]] = {kind.__name__: kind for kinds in _PUBLIC.values() for kind in kinds}


def public(service: str) -> tuple[type[Event], ...]:
    """The public types of a service; none for one without events."""
    return _PUBLIC.get(service, ())


def ce_type(kind: type[Event]) -> str:
    """``de.buergerbuero.booking.SlotReserved``."""
    return f"{cloudevents.TYPE}{kind.service}.{kind.__name__}"


def from_ce_type(text: str) -> str | None:
    """The name of a public type, or None if this version does not know it."""
    service, _, name = text.removeprefix(cloudevents.TYPE).partition(".")
    kind = EVENTS.get(name)
    return name if kind is not None and kind.service == service and ce_type(kind) == text else None
