"""Every refusal of documents' rules, and how it is answered.

Promises: one row per code of the state tables; races and wrong states 409, input 422, what does not exist
404, rights and the second person 403; each text says what to do next; no row that nothing refuses with.
Shown by ``tests/rules/documents/test_refusals.py``, which looks for the codes in the sources.
"""

from __future__ import annotations

from collections.abc import Mapping

from servicekit.web.problems import Refusal, refusal

REFUSALS: Mapping[str, Refusal] = {
    # --- orders and deliveries
    "shipping-not-allowed": refusal(
        422,
        (
            "Kein Direktversand möglich",
            "Direktversand geht nur mit Anschrift in Deutschland und einem anderen gültigen Dokument, "
            "beim Ausweis ab 16, beim Pass ab 18 Jahren und nicht im Expressverfahren. Bitte Abholung "
            "wählen.",
        ),
        (
            "Cannot be shipped",
            "Shipping needs an address in Germany and another valid document, for ID cards an age of "
            "16, for passports of 18, and no express. Please choose collection.",
        ),
    ),
    "number-mismatch": refusal(
        409,
        (
            "Nummer passt nicht",
            "Die gescannte Nummer gehört nicht zu diesem Vorgang. Bitte das Dokument und den Vorgang "
            "vergleichen und noch einmal scannen.",
        ),
        (
            "Number does not match",
            "The scanned number does not belong to this case. Please compare document and case, then "
            "scan again.",
        ),
    ),
    "unknown-batch": refusal(
        404,
        (
            "Unbekannte Lieferung",
            "Diese Lieferung gibt es nicht. Bitte eine Lieferung öffnen und dort scannen.",
        ),
        (
            "Unknown delivery",
            "This delivery does not exist. Please open a delivery and scan there.",
        ),
    ),
    "unknown-order": refusal(
        404,
        (
            "Keine offene Bestellung",
            "Zu dieser Buchung ist kein solches Dokument offen bestellt. Bitte die Buchung prüfen.",
        ),
        (
            "No open order",
            "No such document is on order for this booking. Please check the booking.",
        ),
    ),
    "unknown-site": refusal(
        422,
        (
            "Unbekannter Standort",
            "Diesen Standort gibt es nicht.",
        ),
        (
            "Unknown office",
            "This office does not exist.",
        ),
    ),
    "holder-unknown": refusal(
        409,
        (
            "Noch ohne Bestellung",
            "Zu diesem Dokument fehlt noch die Bestellung. Bitte zuerst der Buchung zuordnen.",
        ),
        (
            "No order yet",
            "The order of this document is still missing. Please join it with its booking first.",
        ),
    ),
    # --- safe and window
    "bin-full": refusal(
        409,
        (
            "Fach belegt",
            "In diesem Fach ist kein Platz mehr. Bitte ein anderes Fach wählen.",
        ),
        (
            "Bin is full",
            "There is no room in this bin. Please choose another one.",
        ),
    ),
    "not-here": refusal(
        409,
        (
            "Nicht an diesem Fenster",
            "Das Dokument liegt nicht hier. Bitte im Verlauf nachsehen, wo es ist, und es zuerst an "
            "dieses Fenster holen.",
        ),
        (
            "Not at this window",
            "The document is not here. Please look where it is and bring it to this window first.",
        ),
    ),
    "wrong-state": refusal(
        409,
        (
            "So nicht möglich",
            "Dokument, Lieferung oder Eingang sind inzwischen in einem anderen Stand. Bitte neu laden.",
        ),
        (
            "Not possible now",
            "The state of document, delivery or item has changed meanwhile. Please reload.",
        ),
    ),
    "locker-not-allowed": refusal(
        409,
        (
            "Kein Abholfach möglich",
            "Dieses Dokument darf hier nicht in ein Abholfach, oder die Zustimmung fehlt. Bitte im "
            "Tresor lassen.",
        ),
        (
            "No locker possible",
            "This document may not go into a locker here, or the consent is missing. Please leave it "
            "in the safe.",
        ),
    ),
    # --- the hand-over, in the order of its checks
    "already-handed-over": refusal(
        409,
        (
            "Schon ausgegeben",
            "Dieses Dokument wurde schon ausgegeben. Fenster und Uhrzeit stehen im Verlauf.",
        ),
        (
            "Already handed over",
            "This document has already been handed over. Window and time are in its history.",
        ),
    ),
    "check-missing": refusal(
        422,
        (
            "Prüfung fehlt",
            "Bitte prüfen, wer das Dokument erhält: antragstellende Person am Foto oder Ausweis, alle "
            "anderen an ihrem eigenen Ausweis.",
        ),
        (
            "Check is missing",
            "Please check who receives the document: the applicant by photo or ID, anyone else by an "
            "ID of their own.",
        ),
    ),
    "no-authority": refusal(
        403,
        (
            "Nicht empfangsberechtigt",
            "Diese Person darf das Dokument so nicht erhalten. Bitte Vollmacht oder Zustimmung zeigen "
            "lassen, oder die berechtigte Person bitten zu kommen.",
        ),
        (
            "Not entitled",
            "This person may not receive the document like this. Please ask for the authority or "
            "consent, or for the entitled person to come.",
        ),
    ),
    "pin-letter-open": refusal(
        409,
        (
            "PIN-Brief offen",
            "Der Erhalt des PIN-Briefs ist nicht bestätigt. Bitte bestätigen lassen; die "
            "antragstellende Person kann auch die PIN neu setzen.",
        ),
        (
            "PIN letter is open",
            "The receipt of the PIN letter is not confirmed. Please have it confirmed; the applicant "
            "may also set a new PIN.",
        ),
    ),
    "old-document-open": refusal(
        409,
        (
            "Altes Dokument offen",
            "Bitte das alte Dokument einziehen oder entwerten, oder angeben, dass es verloren ist "
            "oder keines gab. Holt jemand anderes einen Ausweis, muss das alte Dokument da sein oder "
            "als verloren erklärt werden.",
        ),
        (
            "Old document is open",
            "Please collect or void the old document, or state that it is lost or that there was none. If "
            "somebody else collects an ID card, the old one must be here or be declared lost.",
        ),
    ),
    "second-person": refusal(
        403,
        (
            "Zweite Person nötig",
            "Dafür braucht es die Zustimmung einer zweiten Person von hier, die das darf. Bitte eine "
            "Kollegin oder einen Kollegen dazuholen und als zweite Person angeben.",
        ),
        (
            "Second person needed",
            "This needs the approval of a second person of this office who may give it. Please ask a "
            "colleague to come and name them as second person.",
        ),
    ),
    "future-date": refusal(
        422,
        (
            "Datum in der Zukunft",
            "Bitte ein Datum eingeben, das nicht in der Zukunft liegt.",
        ),
        (
            "Date in the future",
            "Please enter a date that is not in the future.",
        ),
    ),
    # --- uncollected documents
    "retention-unset": refusal(
        409,
        (
            "Keine Entscheidung",
            "Ohne eine festgehaltene Entscheidung wird nichts vernichtet. Bitte zuerst den Tag "
            "festhalten, nach dem es erlaubt ist.",
        ),
        (
            "No decision",
            "Nothing is destroyed without a recorded decision. Please record first after which day it "
            "is allowed.",
        ),
    ),
    "retention-running": refusal(
        409,
        (
            "Frist läuft noch",
            "Die festgehaltene Frist ist noch nicht vorbei. Bitte das Dokument im Tresor lassen.",
        ),
        (
            "Period is not over",
            "The recorded period is not over yet. Please leave the document in the safe.",
        ),
    ),
    # --- post room
    "unknown-service": refusal(
        422,
        ("Unbekanntes Anliegen", "Dieses Anliegen gibt es hier nicht. Bitte eines aus der Liste wählen."),
        ("Unknown service", "This service does not exist here. Please choose one of the list."),
    ),
    "unknown-team": refusal(
        422,
        ("Unbekanntes Team", "Dieses Team gibt es hier nicht. Bitte eines aus der Liste wählen."),
        ("Unknown team", "This team does not exist here. Please choose one of the list."),
    ),
    "unknown-office": refusal(
        422,
        ("Unbekannte Stelle", "Diese Stelle gibt es hier nicht. Bitte eine aus der Liste wählen."),
        ("Unknown office", "This office does not exist here. Please choose one of the list."),
    ),
    "unknown-paper": refusal(
        422,
        ("Unterlagen wählen", "Bitte mindestens eine Unterlage ankreuzen, die zu diesem Eingang gehört."),
        ("Choose papers", "Please tick at least one paper that belongs to this item."),
    ),
    "nothing-chosen": refusal(
        422,
        ("Nichts angekreuzt", "Bitte in der Liste ankreuzen, womit etwas geschehen soll."),
        ("Nothing ticked", "Please tick in the list what this is about."),
    ),
    "reopen-over": refusal(
        410,
        ("Zu lange her", "Wieder öffnen geht bis 90 Tage nach der Antwort. Bitte neu aufnehmen."),
        ("Too long ago", "Reopening ends 90 days after the answer. Please log it as a new item."),
    ),
}
