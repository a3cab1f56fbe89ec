"""Refusals as an answer: the table of the edge's own codes, and the body of RFC 9457.

Promises: each code has one status and texts in German and English, and those that citizens see also in plain
German and Danish; a body never repeats what was sent. A service adds its own table (``refusals.py``).
Shown by ``tests/way/test_http_edge.py`` and ``tests/pages/test_texts.py``.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from .problem_words import EDGE_WORDS, FIELD_WORDS, Words

LANGUAGES = ("de", "de-leicht", "en", "da")
"""The languages of the citizens' pages, as their addresses begin with them. German is the source of all."""
BERLIN = ZoneInfo("Europe/Berlin")
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Text(NamedTuple):
    """One language's words: what happened, and what to do."""

    title: str
    detail: str


class Refusal(NamedTuple):
    """How a refusal code is answered: HTTP status and texts."""

    status: int
    de: Text
    en: Text
    simple: Text | None = None
    da: Text | None = None

    def text(self, language: str) -> Text:
        """The words in ``language``; German where only staff is told and there are no others."""
        return {"en": self.en, "de-leicht": self.simple, "da": self.da}.get(language) or self.de


class FieldError(msgspec.Struct, frozen=True):
    """One field that could not be taken. ``code`` is a key of ``FIELD_MESSAGES``."""

    field: str
    code: str
    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of ``application/problem+json``. ``reference`` is to be read out on the phone."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    reference: str
    errors: tuple[FieldError, ...] = ()
    alternatives: tuple[datetime, ...] = ()
    retry_at: datetime | None = None


def refusal(status: int, de: tuple[str, str], en: tuple[str, str]) -> Refusal:
    """One row of a table: status, then title and detail in German and English."""
    return Refusal(status, Text(*de), Text(*en))


def in_all(rows: Mapping[str, Refusal], words: Words) -> dict[str, Refusal]:
    """The rows of a table, those of ``words`` also in plain German and Danish."""
    more = {code: (Text(*simple), Text(*danish)) for code, (simple, danish) in words.items()}
    return {
        code: row._replace(simple=more[code][0], da=more[code][1]) if code in more else row
        for code, row in rows.items()
    }


_EDGE: Mapping[str, Refusal] = {
    "bad-request": refusal(
        400,
        ("Anfrage nicht lesbar", "Die Anfrage ist unvollständig oder fehlerhaft aufgebaut."),
        ("Request not readable", "The request is incomplete or malformed."),
    ),
    "idempotency-key-missing": refusal(
        400,
        ("Kennung fehlt", "Der Kopf Idempotency-Key fehlt oder hat nicht 8 bis 64 druckbare Zeichen."),
        ("Key missing", "The header Idempotency-Key is missing or has not 8 to 64 printable characters."),
    ),
    "proof-missing": refusal(
        401,
        ("Nachweis fehlt", "Bitte melden Sie sich an oder öffnen Sie den Link aus unserer E-Mail."),
        ("Proof missing", "Please log in, or open the link from our e-mail."),
    ),
    "foreign-origin": refusal(
        403,
        ("Nicht erlaubt", "Die Anfrage kommt von einer fremden Seite."),
        ("Not allowed", "The request comes from another site."),
    ),
    "role-forbidden": refusal(
        403,
        ("Nicht erlaubt", "Ihre Rolle darf das an diesem Standort nicht."),
        ("Not allowed", "Your role may not do this at this office."),
    ),
    "not-found": refusal(
        404,
        (
            "Nicht gefunden",
            "Diese Adresse gibt es nicht, oder der Link ist unvollständig oder gilt nicht mehr.",
        ),
        ("Not found", "This address does not exist, or the link is incomplete or no longer valid."),
    ),
    "method-not-allowed": refusal(
        405,
        ("So nicht möglich", "Diese Adresse kennt diese Art der Anfrage nicht."),
        ("Method not allowed", "This address does not take this kind of request."),
    ),
    "too-slow": refusal(
        408,
        ("Zu langsam", "Die Anfrage kam nicht vollständig an. Bitte versuchen Sie es noch einmal."),
        ("Too slow", "The request did not arrive completely. Please try again."),
    ),
    "too-large": refusal(
        413,
        ("Zu groß", "Die Anfrage ist größer als 64 Kilobyte."),
        ("Too large", "The request is larger than 64 kilobytes."),
    ),
    "event-too-large": refusal(
        413,
        ("Zu groß", "Das ist zu viel für einen Vorgang."),
        ("Too large", "This is too much for one step."),
    ),
    "wrong-content-type": refusal(
        415,
        ("Falsches Format", "Hier wird ein anderes Format erwartet."),
        ("Wrong content type", "A different content type is expected here."),
    ),
    "invalid-input": refusal(
        422,
        ("Bitte prüfen Sie Ihre Angaben", "Mindestens eine Angabe fehlt oder ist ungültig."),
        ("Please check your input", "At least one value is missing or invalid."),
    ),
    "too-many-requests": refusal(
        429,
        ("Zu viele Versuche", "Bitte warten Sie und versuchen Sie es dann noch einmal."),
        ("Too many attempts", "Please wait and then try again."),
    ),
    "fault": refusal(
        500,
        ("Störung", "Bei uns ist ein Fehler aufgetreten. Bitte versuchen Sie es später noch einmal."),
        ("Fault", "Something went wrong on our side. Please try again later."),
    ),
    "unavailable": refusal(
        503,
        ("Gerade nicht erreichbar", "Bitte versuchen Sie es in wenigen Augenblicken noch einmal."),
        ("Not available just now", "Please try again in a few moments."),
    ),
}
EDGE: Mapping[str, Refusal] = in_all(_EDGE, EDGE_WORDS)

BY_STATUS: Mapping[int, str] = {
    400: "bad-request",
    401: "proof-missing",
    403: "role-forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "wrong-content-type",
    429: "too-many-requests",
    503: "unavailable",
}

FIELD_MESSAGES: Mapping[str, tuple[str, str]] = {
    "missing": ("Bitte füllen Sie dieses Feld aus.", "Please fill in this field."),
    "unknown": ("Dieses Feld gibt es hier nicht.", "This field does not exist here."),
    "type": ("Dieser Wert hat die falsche Art.", "This value has the wrong type."),
    "range": ("Dieser Wert ist zu klein oder zu groß.", "This value is too small or too large."),
    "length": ("Diese Angabe ist zu kurz oder zu lang.", "This value is too short or too long."),
    "value": ("Dieser Wert ist hier nicht möglich.", "This value is not possible here."),
    "format": ("Diese Angabe hat nicht die erwartete Form.", "This value does not have the expected form."),
    "twice": ("Diese Angabe kommt doppelt vor.", "This value is given twice."),
    "above-persons": (
        "Das ist für mehr Personen, als kommen sollen.",
        "This is for more people than are to come.",
    ),
    "control-character": (
        "Diese Angabe enthält ein unsichtbares Steuerzeichen.",
        "This value contains an invisible control character.",
    ),
    "email": (
        "Bitte geben Sie eine E-Mail-Adresse ein, zum Beispiel name@example.org.",
        "Please enter an e-mail address, for example name@example.org.",
    ),
    "phone": (
        "Bitte geben Sie eine Telefonnummer ein, zum Beispiel 0461 123456.",
        "Please enter a phone number, for example 0461 123456.",
    ),
}

_FIELD = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_CLUES = (  # how msgspec words its errors, and our code for them
    (re.compile(r"^Object missing required field `([^`]*)`"), "missing"),
    (re.compile(r"^Object contains unknown field `([^`]*)`"), "unknown"),
    (re.compile(r"^Expected `(?:str|array)` of length"), "length"),
    (re.compile(r"^Expected `\w+` (?:[<>]=?|that's)"), "range"),
    (re.compile(r"^Expected `str` matching"), "format"),
    (re.compile(r"^Invalid enum value"), "value"),
    (re.compile(r"^Invalid"), "format"),
)
_PLACE = re.compile(r" - at `\$([^`]*)`$")


def field_error(field: str, code: str, language: str) -> FieldError:
    """The error of one field with its message. A name that is none of ours becomes ``?``."""
    names = [name for name in field.split(".") if name]
    known = all(_FIELD.match(re.sub(r"\[.*\]$", "", name)) for name in names)
    words = dict(zip(LANGUAGES, _in_order(code), strict=True))
    return FieldError(".".join(names) if known else "?", code, words.get(language, words["de"]))


def _in_order(code: str) -> tuple[str, str, str, str]:
    """The message of a field's code in the order of ``LANGUAGES``."""
    (de, en), (simple, danish) = FIELD_MESSAGES[code], FIELD_WORDS[code]
    return de, simple, en, danish


def from_msgspec(message: str, language: str) -> FieldError:
    """What msgspec says about a value, without the value."""
    place = _PLACE.search(message)
    field = place.group(1) if place else ""
    for clue, code in _CLUES:
        if found := clue.match(message):
            inner = found.group(1) if found.groups() else ""
            return field_error(f"{field}.{inner}", code, language)
    return field_error(field, "type", language)


def reference() -> str:
    """Eight characters that can be read out and found in the logs; random, says nothing."""
    drawn = secrets.randbits(40)
    text = "".join([CROCKFORD[drawn >> shift & 31] for shift in range(0, 40, 5)])
    return f"{text[:4]}-{text[4:]}"


def local(at: datetime) -> datetime:
    """The instant as the office's clock shows it, with its offset."""
    return at.astimezone(BERLIN)


def problem(code: str, row: Refusal, language: str, reference: str, details: Mapping[str, Any]) -> Problem:
    """The body for one refusal. ``details`` may hold errors (field → code), alternatives, retry_at."""
    errors = details.get("errors", ())
    if isinstance(errors, Mapping):
        errors = [field_error(field, why, language) for field, why in errors.items()]
    retry_at = details.get("retry_at")
    return Problem(
        type=f"urn:buergerbuero:problem:{code}",
        title=row.text(language).title,
        status=row.status,
        detail=row.text(language).detail,
        code=code,
        reference=reference,
        errors=tuple(errors),
        alternatives=tuple(local(at) for at in details.get("alternatives", ())),
        retry_at=local(retry_at) if retry_at else None,
    )
