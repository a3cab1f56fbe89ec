"""What the door's screen says in large words, for each answer of the rules. Pure, German.

Promises: every refusal of the door has words of its own, with the time, day or door that explains it;
never a word about the person. Shown by ``tests/way/test_door.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from buergerbuero_contracts.booking import OverrideReason
from servicekit.decider import Refused
from servicekit.web.problems import local
from servicekit.web.words import short_day

OVERRIDABLE = frozenset({"too-early", "too-late", "too-many-people"})
OVERRIDES: tuple[tuple[str, str], ...] = (
    (OverrideReason.ACCESSIBILITY.value, "Barrierefreiheit"),
    (OverrideReason.OFFICE_FAULT.value, "Fehler des Amtes"),
    (OverrideReason.TRAVEL.value, "Anreise"),
    (OverrideReason.QUIET_HOUSE.value, "Haus ist leer"),
)
_STATES = {
    "unconfirmed": "Der Termin wurde nie bestätigt. Bitte einen neuen Termin geben.",
    "held": "Der Termin wurde nie bestätigt. Bitte einen neuen Termin geben.",
    "expired": "Die Frist zum Bestätigen ist abgelaufen. Bitte einen neuen Termin geben.",
    "cancelled": "Der Termin ist abgesagt. Bitte einen neuen Termin geben.",
    "displaced": "Das Amt hat den Termin aufgehoben. Bitte einen neuen Termin geben.",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A result. ``kind`` is the colour: ``in``, ``wait``, ``stop`` or ``note``; the word says it too."""

    kind: str
    word: str
    detail: str
    code: str = ""


def clock(at: datetime | None) -> str:
    """``9:02``."""
    return f"{local(at).hour}:{local(at).minute:02}" if at else "–"


def door_name(code: str) -> str:
    """``door_1`` is ``Tür 1``."""
    return code.replace("door_", "Tür ").replace("_", " ")


def _wrong_day(told: Mapping[str, Any]) -> Said:
    day = short_day(told["starts_at"], "de")
    return Said("stop", f"anderer Tag ({day})", f"Der Termin ist am {day}, {clock(told['starts_at'])} Uhr.")


def _not_confirmed(told: Mapping[str, Any]) -> Said:
    return Said("stop", "nicht bestätigt", _STATES.get(told.get("state", ""), _STATES["unconfirmed"]))


def _already(told: Mapping[str, Any]) -> Said:
    word = f"schon eingelassen {clock(told['admitted_at'])}, {door_name(told['door'] or '–')}"
    return Said("stop", word, "Dieser Termin wurde schon benutzt. Bitte nachfragen, wer vor Ihnen steht.")


def _early(told: Mapping[str, Any]) -> Said:
    detail = "Bitte später wiederkommen, oder mit Grund einlassen."
    return Said("wait", f"zu früh ({clock(told['starts_at'])})", detail)


def _late(told: Mapping[str, Any]) -> Said:
    detail = "Die Zeit ist vorbei. Neuen Termin geben, oder mit Grund einlassen."
    return Said("wait", f"zu spät ({clock(told['starts_at'])})", detail)


def _many(told: Mapping[str, Any]) -> Said:
    detail = f"Gebucht ist für höchstens {told['at_most']}. Weniger einlassen, oder mit Grund alle."
    return Said("wait", "zu viele Personen", detail)


def _full(told: Mapping[str, Any]) -> Said:
    room = f"Noch Platz für {told['at_most']}." if told["at_most"] else "Bitte warten, bis jemand geht."
    return Said("wait", "Haus voll", room)


def _pause(told: Mapping[str, Any]) -> Said:
    detail = f"Zu viele unbekannte Codes. Weiter ab {clock(told['retry_at'])} Uhr; QR-Codes gehen sofort."
    return Said("stop", "Pause", detail)


def _plain(kind: str, word: str, detail: str) -> Callable[[Mapping[str, Any]], Said]:
    return lambda _told: Said(kind, word, detail)


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], Said]] = {
    "unknown-code": _plain(
        "stop", "unbekannter Code", "Noch einmal scannen oder abtippen, sonst Name und Uhrzeit erfragen."
    ),
    "wrong-site": _plain("stop", "anderer Standort", "Der Termin ist an einem anderen Standort."),
    "wrong-day": _wrong_day,
    "not-confirmed": _not_confirmed,
    "already-admitted": _already,
    "too-early": _early,
    "too-late": _late,
    "too-many-people": _many,
    "house-full": _full,
    "too-many-requests": _pause,
    "scanner-layout": _plain(
        "note",
        "Scanner-Tastatur falsch eingestellt",
        "Der Scanner tippt mit fremder Tastatur. Bitte auf Deutsch umstellen; bis dahin den Code "
        "abtippen oder Name und Uhrzeit erfragen.",
    ),
}


def refused(refusal: Refused) -> Said | None:
    """The words for a refusal of the door; None for one that no door gives."""
    words = _WORDS.get(refusal.code)
    if words is None:
        return None
    said = words(refusal.details)
    return Said(said.kind, said.word, said.detail, refusal.code)
