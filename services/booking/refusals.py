"""Every refusal of booking's rules, and how it is answered.

Promises: one row per code of the state tables; races and wrong states 409, ended limits 410, input
422, limits 429, roles 403; no row that nothing refuses with. Shown by
``tests/way/test_booking_description.py``, which looks for the codes in the sources.
"""

from __future__ import annotations

from collections.abc import Mapping

from servicekit.web.problems import Refusal, in_all, refusal

from .floor_refusals import ON_FLOOR
from .refusal_words import WORDS

_ROWS: Mapping[str, Refusal] = {
    # --- the day plan: where a place is decided
    "off-grid": refusal(
        422,
        (
            "Keine mögliche Uhrzeit",
            "Termine beginnen zu vollen fünf Minuten. Bitte wählen Sie eine freie Zeit.",
        ),
        ("Not a possible time", "Appointments begin at full five minutes. Please choose a free time."),
    ),
    "too-soon": refusal(
        409,
        ("Zu kurzfristig", "Diese Zeit ist vorbei oder beginnt gleich. Bitte wählen Sie eine spätere."),
        ("Too soon", "This time has passed or begins in a moment. Please choose a later one."),
    ),
    "day-closed": refusal(
        409,
        ("Geschlossen", "Zu dieser Zeit hat das Bürgerbüro nicht geöffnet. Bitte wählen Sie eine andere."),
        ("Closed", "The office is not open at this time. Please choose another one."),
    ),
    "not-released": refusal(
        409,
        (
            "Noch nicht freigegeben",
            "Diese Zeit kann noch nicht gebucht werden. Bitte wählen Sie eine andere.",
        ),
        ("Not open yet", "This time cannot be booked yet. Please choose another one."),
    ),
    "slot-taken": refusal(
        409,
        ("Gerade vergeben", "Jemand war schneller: Diese Zeit ist vergeben. Bitte wählen Sie eine andere."),
        ("Just taken", "Someone was faster: this time is taken. Please choose another one."),
    ),
    # --- what is asked for
    "unknown-service": refusal(
        422,
        ("Unbekanntes Anliegen", "Dieses Anliegen gibt es hier nicht."),
        ("Unknown service", "This service does not exist here."),
    ),
    "unknown-site": refusal(
        422,
        ("Unbekannter Standort", "Diesen Standort gibt es nicht."),
        ("Unknown office", "This office does not exist."),
    ),
    "not-combinable": refusal(
        422,
        ("Nicht zusammen möglich", "Diese Anliegen passen nicht in einen Termin. Bitte buchen Sie getrennt."),
        ("Not possible together", "These services do not fit into one appointment. Please book separately."),
    ),
    "too-long": refusal(
        422,
        ("Zu lang für einen Termin", "So viel passt nicht in einen Termin. Bitte buchen Sie getrennt."),
        ("Too long for one appointment", "This is too much for one appointment. Please book separately."),
    ),
    "no-visit-needed": refusal(
        422,
        ("Kein Besuch nötig", "Dafür brauchen Sie nicht zu kommen: Das geht per Post, E-Mail oder online."),
        ("No visit needed", "You do not need to come: this is done by post, e-mail or online."),
    ),
    "pickup-by-invitation": refusal(
        422,
        ("Abholung mit Einladung", "Dafür laden wir Sie ein, sobald das Dokument bereitliegt."),
        ("Pick-up by invitation", "We will invite you for this as soon as the document is ready."),
    ),
    "pool-forbidden": refusal(
        403,
        ("Nicht aus diesem Kontingent", "Aus diesem Kontingent kann so nicht gebucht werden."),
        ("Not from this pool", "This pool cannot be booked this way."),
    ),
    "reason-missing": refusal(
        422,
        ("Grund fehlt", "Bitte nennen Sie den Grund."),
        ("Reason missing", "Please give the reason."),
    ),
    # --- limits
    "too-many-holds": refusal(
        429,
        ("Zu viele Reservierungen", "Es sind schon Zeiten für Sie reserviert. Bitte schließen Sie eine ab."),
        ("Too many reservations", "Times are already reserved for you. Please finish one of them."),
    ),
    "hold-proof-missing": refusal(
        401,
        (
            "Noch ein Schritt vor der Reservierung",
            "Zurzeit löst Ihr Gerät vorher eine Rechenaufgabe, oder Sie bestätigen Ihre E-Mail-Adresse.",
        ),
        (
            "One more step before the reservation",
            "At present your device solves a small task first, or you confirm your e-mail address.",
        ),
    ),
    "too-many-bookings": refusal(
        429,
        ("Zu viele Termine", "Für diese Angaben gibt es schon Termine. Rufen Sie uns an: Wir helfen weiter."),
        ("Too many appointments", "There are already appointments for these details. Call us: we can help."),
    ),
    "mail-limit": refusal(
        429,
        (
            "Zu viele E-Mails",
            "Für diese Adresse oder von diesem Internetanschluss aus wurden schon so viele E-Mails "
            "angefordert, wie auf einmal möglich ist. Bitte sehen Sie auch im Spam-Ordner nach.",
        ),
        (
            "Too many e-mails",
            "As many e-mails as are possible at once have been asked for already, for this address or from "
            "this internet connection. Please also look in your spam folder.",
        ),
    ),
    # --- the booking's life
    "wrong-state": refusal(
        409,
        ("So nicht mehr möglich", "Der Termin ist inzwischen in einem anderen Stand."),
        ("No longer possible", "The appointment's state has changed meanwhile."),
    ),
    "no-more-extensions": refusal(
        409,
        ("Keine Verlängerung mehr", "Die Reservierung lässt sich nicht weiter verlängern."),
        ("No more extensions", "The reservation cannot be extended any further."),
    ),
    "hold-expired": refusal(
        410,
        (
            "Frist abgelaufen",
            "Die Zeit zum Bestätigen ist vorbei, der Platz ist wieder frei. Bitte buchen Sie neu.",
        ),
        ("Time is over", "The time to confirm is over and the place is free again. Please book anew."),
    ),
    "too-late": refusal(
        410,
        ("Zu spät", "Der Termin hat schon begonnen."),
        ("Too late", "The appointment has already begun."),
    ),
    "too-many-moves": refusal(
        409,
        ("Nicht weiter verschiebbar", "Dieser Termin wurde schon dreimal verschoben. Rufen Sie uns an."),
        ("Cannot be moved again", "This appointment was moved three times already. Please call us."),
    ),
    "code-mismatch": refusal(
        422,
        (
            "Das passt nicht",
            "Bitte geben Sie den Tag des Termins oder den Code ein, wie er auf der Seite steht.",
        ),
        ("This does not match", "Please enter the day of the appointment or the code as the page shows it."),
    ),
    "undo-over": refusal(
        410,
        ("Nicht mehr rückgängig zu machen", "Die Zeit dafür ist vorbei. Bitte buchen Sie neu."),
        ("Cannot be undone any more", "The time for this is over. Please book anew."),
    ),
    "grant-expired": refusal(
        410,
        ("Frist abgelaufen", "Bitte öffnen Sie den Link aus der E-Mail noch einmal."),
        ("Time is over", "Please open the link from the e-mail once more."),
    ),
    "invitation-on-its-way": refusal(
        503,
        (
            "Einen Moment noch",
            "Ihre Einladung ist bei uns noch unterwegs. Bitte laden Sie die Seite in wenigen Sekunden neu.",
        ),
        ("One moment", "Your invitation is still on its way. Please load the page again in a few seconds."),
    ),
    "invitation-ended": refusal(
        410,
        (
            "Diese Einladung gilt nicht mehr",
            "Hier ist nichts mehr abzuholen. Liegt noch ein Dokument für Sie bereit, laden wir Sie neu ein.",
        ),
        (
            "This invitation is over",
            "There is nothing left to collect by it. If a document is still here, we will invite you again.",
        ),
    ),
    "document-booked": refusal(
        409,
        (
            "Schon gebucht",
            "Für dieses Dokument gibt es schon einen Abholtermin. Er steht in Ihrer letzten E-Mail von uns.",
        ),
        (
            "Booked already",
            "There is an appointment to collect this document already. See our latest e-mail to you.",
        ),
    ),
    "document-gone": refusal(
        410,
        (
            "Das Dokument ist nicht mehr hier",
            "Es wurde ausgegeben oder ging zurück. Dieser Termin ist vorbei. Rufen Sie uns bei Fragen an.",
        ),
        (
            "The document is no longer here",
            "It was handed over or sent back. This appointment is over. Please call us if in doubt.",
        ),
    ),
    # --- the waiting list
    "wish-exists": refusal(
        409,
        (
            "Sie stehen schon auf der Warteliste",
            "Für dieses oder ein ähnliches Anliegen haben Sie schon einen Wunsch. Beenden können Sie ihn mit"
            " dem Link in unserer E-Mail.",
        ),
        (
            "You are on the waiting list already",
            "You already have a request for this or a similar service. The link in our e-mail ends it.",
        ),
    ),
    "offer-over": refusal(
        410,
        ("Das Angebot ist vorbei", "Die Zeit für dieses Angebot ist abgelaufen."),
        ("The offer is over", "The time for this offer has run out."),
    ),
    "offer-taken": refusal(
        409,
        ("Schon vergeben", "Jemand war schneller: Dieser Termin ist vergeben."),
        ("Already taken", "Someone was faster: this appointment is taken."),
    ),
    # --- hours
    "past-read-only": refusal(
        422,
        ("Vergangenes bleibt", "Was vergangen ist, lässt sich nicht mehr ändern."),
        ("The past stays", "What has passed cannot be changed any more."),
    ),
    "end-before-start": refusal(
        422,
        ("Ende vor Anfang", "Das Ende muss nach dem Anfang liegen."),
        ("End before start", "The end must come after the start."),
    ),
    "weekday-never": refusal(
        422,
        ("Kein solcher Tag", "In diesem Zeitraum kommt der Wochentag nicht vor."),
        ("No such day", "The weekday does not occur in this period."),
    ),
    "counter-twice": refusal(
        409,
        ("Schalter doppelt belegt", "Dieser Schalter hat zu dieser Zeit schon eine Öffnung."),
        ("Counter used twice", "This counter is already open at this time."),
    ),
    "row-exists": refusal(
        409,
        ("Kürzel vergeben", "Unter diesem Kürzel gibt es schon einen Eintrag."),
        ("Code in use", "There is already an entry with this code."),
    ),
    "unknown-row": refusal(
        404,
        ("Unbekannter Eintrag", "Diesen Eintrag gibt es nicht."),
        ("Unknown entry", "This entry does not exist."),
    ),
    "unknown-counter": refusal(
        422,
        ("Unbekannter Schalter", "Diesen Schalter gibt es hier nicht."),
        ("Unknown counter", "This counter does not exist here."),
    ),
    "beyond-horizon": refusal(
        409,
        ("Zu weit voraus", "So weit voraus wird noch nicht geplant."),
        ("Too far ahead", "Dates so far ahead are not planned yet."),
    ),
    "no-open-hours": refusal(
        409,
        ("Keine offene Sprechzeit", "Jetzt ist keine offene Sprechzeit."),
        ("No open hours", "There are no open hours now."),
    ),
    **ON_FLOOR,
}
REFUSALS: Mapping[str, Refusal] = in_all(_ROWS, WORDS)
