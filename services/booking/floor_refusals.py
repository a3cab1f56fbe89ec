"""The refusals of door, counters and queue; ``refusals.py`` takes them in. The same promises.

The door's screen says them in larger words of its own (``pages/door_words.py``).
"""

from __future__ import annotations

from collections.abc import Mapping

from servicekit.web.problems import Refusal, refusal

ON_FLOOR: Mapping[str, Refusal] = {
    # --- the door, in the order of its checks
    "unknown-code": refusal(
        409,
        ("Unbekannter Code", "Bitte scannen Sie noch einmal, oder fragen Sie nach Name und Uhrzeit."),
        ("Unknown code", "Please scan once more, or ask for name and time."),
    ),
    "wrong-site": refusal(
        409,
        ("Anderer Standort", "Dieser Termin ist an einem anderen Standort."),
        ("Another office", "This appointment is at another office."),
    ),
    "wrong-day": refusal(
        409,
        ("Anderer Tag", "Dieser Termin ist nicht heute. Den Tag nennt das Ticket."),
        ("Another day", "This appointment is not today. The ticket tells the day."),
    ),
    "not-confirmed": refusal(
        409,
        ("Nicht bestätigt", "Dieser Termin gilt nicht. Bitte geben Sie einen neuen Termin."),
        ("Not confirmed", "This appointment does not count. Please give a new one."),
    ),
    "already-admitted": refusal(
        409,
        ("Schon eingelassen", "Mit diesem Termin ist heute schon jemand hereingekommen."),
        ("Admitted already", "Somebody has come in with this appointment today."),
    ),
    "too-early": refusal(
        409,
        ("Zu früh", "Der Einlass beginnt kurz vor dem Termin. Mit Grund geht es früher."),
        ("Too early", "People are let in shortly before their time. With a reason it may be earlier."),
    ),
    "too-many-people": refusal(
        409,
        ("Zu viele Personen", "Gebucht ist für weniger. Bitte weniger einlassen, oder mit Grund alle."),
        ("Too many people", "Fewer are booked. Please let in fewer, or all of them with a reason."),
    ),
    "house-full": refusal(
        409,
        ("Haus voll", "Bitte warten Sie, bis jemand geht."),
        ("House full", "Please wait until somebody leaves."),
    ),
    "scanner-layout": refusal(
        422,
        (
            "Scanner-Tastatur falsch eingestellt",
            "Der Scanner tippt mit fremder Tastatur. Bitte auf Deutsch umstellen; bis dahin abtippen.",
        ),
        (
            "Wrong keyboard layout of the scanner",
            "The scanner types with a foreign keyboard. Please set it to German; until then type the code.",
        ),
    ),
    # --- counters and queue
    "counter-busy": refusal(
        409,
        ("Schalter nicht frei", "Der Schalter ist geschlossen, pausiert oder hat schon jemanden."),
        ("Counter not free", "The counter is closed, paused, or has somebody already."),
    ),
    "queue-empty": refusal(
        409,
        ("Niemand wartet", "Für diesen Schalter wartet gerade niemand."),
        ("Nobody waits", "Nobody waits for this counter just now."),
    ),
    "recall-later": refusal(
        409,
        ("Gerade erst aufgerufen", "Bitte warten Sie eine Minute bis zum nächsten Aufruf."),
        ("Called just now", "Please wait a minute before you call again."),
    ),
    "recall-first": refusal(
        409,
        (
            "Bitte erneut aufrufen",
            "Erst nach drei Aufrufen und fünf Minuten gilt jemand als abwesend.",
        ),
        ("Please call again", "Only after three calls in five minutes somebody counts as not found."),
    ),
    "skill-missing": refusal(
        409,
        ("Dort nicht möglich", "Dieser Schalter bearbeitet das Anliegen nicht. Bitte einen anderen wählen."),
        ("Not possible there", "That counter does not do this service. Please choose another one."),
    ),
    "day-open": refusal(
        409,
        ("Noch geöffnet", "Der Tag kann erst nach Dienstschluss abgeschlossen werden."),
        ("Still open", "The day can be closed only after closing time."),
    ),
}
