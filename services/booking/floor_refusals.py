"""The refusals of the floor: what the door, the counters and the queue do not allow.

Promises: as ``refusals.py``, which takes these rows in; each says what to do next.
Shown by ``tests/way/test_booking_description.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

from servicekit.web.problems import Refusal, refusal

FLOOR: Mapping[str, Refusal] = {
    # --- the door
    "unknown-code": refusal(
        404,
        ("Unbekannter Code", "Zu diesem Code gibt es keinen Termin. Bitte nach Namen oder Uhrzeit suchen."),
        ("Unknown code", "No appointment has this code. Please look for the name or the time."),
    ),
    "wrong-site": refusal(
        409,
        ("Anderer Standort", "Der Termin ist an einem anderen Standort. Bitte dorthin schicken."),
        ("Another office", "The appointment is at another office. Please send the person there."),
    ),
    "wrong-day": refusal(
        409,
        ("Anderer Tag", "Der Termin ist nicht heute. Bitte den Tag nennen oder neu buchen."),
        ("Another day", "The appointment is not today. Please name the day or book anew."),
    ),
    "not-confirmed": refusal(
        409,
        (
            "Nicht bestätigt",
            "Der Termin ist nicht bestätigt oder gilt nicht mehr. Bitte einen freien Platz anbieten.",
        ),
        ("Not confirmed", "The appointment is not confirmed or no longer valid. Please offer a free place."),
    ),
    "already-admitted": refusal(
        409,
        ("Schon eingelassen", "Mit diesem Termin ist schon jemand eingelassen worden."),
        ("Already admitted", "Somebody was let in with this appointment already."),
    ),
    "too-early": refusal(
        409,
        ("Zu früh", "Einlass ist erst kurz vor dem Termin. Bitte später wiederkommen."),
        ("Too early", "Doors open shortly before the appointment. Please come back later."),
    ),
    "too-many-people": refusal(
        409,
        ("Zu viele Personen", "So viele Personen sind zu diesem Termin nicht angemeldet."),
        ("Too many people", "The appointment is not for that many people."),
    ),
    "house-full": refusal(
        409,
        ("Haus voll", "Es sind so viele Menschen im Haus, wie hinein dürfen. Bitte kurz warten."),
        ("House full", "As many people are inside as may be. Please wait a moment."),
    ),
    # --- counters and the queue
    "counter-busy": refusal(
        409,
        (
            "Schalter nicht frei",
            "Der Schalter ist geschlossen, in Pause oder noch besetzt. Bitte erst öffnen oder beenden.",
        ),
        ("Counter not free", "The counter is closed, paused or still serving. Please open or finish first."),
    ),
    "queue-empty": refusal(
        409,
        ("Niemand wartet", "Gerade wartet niemand, den dieser Schalter bedienen kann."),
        ("Nobody waits", "Nobody whom this counter can serve is waiting now."),
    ),
    "recall-later": refusal(
        409,
        ("Gerade aufgerufen", "Der letzte Aufruf ist noch keine Minute her. Bitte kurz warten."),
        ("Just called", "The last call was less than a minute ago. Please wait a moment."),
    ),
    "recall-first": refusal(
        409,
        ("Erst noch einmal aufrufen", "Bitte dreimal aufrufen und fünf Minuten warten."),
        ("Call again first", "Please call three times and wait five minutes."),
    ),
    "skill-missing": refusal(
        409,
        ("Dort nicht möglich", "Dieser Schalter bearbeitet das Anliegen nicht. Bitte einen anderen wählen."),
        ("Not possible there", "That counter does not do this service. Please choose another one."),
    ),
    "day-open": refusal(
        409,
        ("Noch geöffnet", "Der Tag lässt sich erst nach der Schließzeit abschließen."),
        ("Still open", "The day can be closed after closing time only."),
    ),
}
