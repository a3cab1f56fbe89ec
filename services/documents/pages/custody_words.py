"""A document's history in German, as the window reads it out. Pure.

Promises: every step has words, who received a document stands in its role, never by name.
Shown by ``tests/rules/documents/test_custody.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from servicekit.web.words import clock_time, short_day
from services.documents.custody import Step

HOLDERS = (("adult", "ab 18 Jahren"), ("young", "16 oder 17 Jahre"), ("child", "unter 16 Jahren"))
KINDS: Mapping[str, str] = {
    "id_card": "Personalausweis",
    "passport": "Reisepass",
    "driving_licence": "Führerschein",
}
STATES: Mapping[str, str] = {
    "ordered": "bestellt",
    "shipped": "vom Hersteller versandt",
    "ready": "eingetroffen, noch nicht im Tresor",
    "stored": "im Tresor, noch nicht eingeladen",
    "invited": "liegt bereit, eingeladen",
    "booked": "Abholtermin gebucht",
    "in_locker": "im Abholfach",
    "handed_over": "ausgegeben",
    "delivered": "zugestellt",
    "returned": "zurück an den Hersteller",
    "destroyed": "vernichtet",
    "merged": "erledigt durch ein früher eingetroffenes Dokument",
}
PLACES: Mapping[str, str] = {
    "producer": "beim Hersteller",
    "carrier": "beim Zusteller",
    "receiving": "in der Annahme",
    "safe": "im Tresor",
    "window": "am Fenster",
    "locker": "im Abholfach",
    "holder": "bei der Inhaberin oder dem Inhaber",
    "destroyed": "vernichtet",
}
RECIPIENTS: Mapping[str, str] = {
    "applicant": "Antragstellende Person",
    "custodian": "Sorgeberechtigte Person",
    "proxy": "Bevollmächtigte Person",
}
CHECKS: Mapping[str, str] = {"photo": "am Foto erkannt", "id_seen": "Ausweis gesehen"}
AUTHORITIES: Mapping[str, str] = {
    "none_needed": "keine Vollmacht nötig",
    "written_seen": "Vollmacht lag vor",
    "consent_seen": "Zustimmung aller Sorgeberechtigten lag vor",
}
OLD_DOCUMENTS: Mapping[str, str] = {
    "voided_returned": "altes Dokument entwertet und zurückgegeben",
    "voided_kept": "altes Dokument entwertet und einbehalten",
    "declared_lost": "altes Dokument als verloren erklärt",
    "none": "kein altes Dokument",
}
EXCEPTIONS: Mapping[str, str] = {
    "not_booked": "ohne Abholtermin",
    "not_admitted": "ohne Einlass",
}
FIELDS: Mapping[str, str] = {
    "recipient_role": "wer empfangen hat",
    "check_method": "wie geprüft wurde",
    "authority": "Vollmacht",
    "old_document": "altes Dokument",
    "at": "Zeitpunkt",
}
_PLAIN: Mapping[str, str] = {
    "DocumentReady": "Eingetroffen, liegt in der Annahme",
    "DocumentShipped": "Vom Hersteller versandt",
    "ShipmentDelivered": "Zugestellt",
    "DocumentReturned": "Zurück an den Hersteller gegeben",
    "DocumentDestroyed": "Vernichtet",
    "DocumentMissed": "Bei der Zählung nicht gefunden",
    "DocumentFound": "Wieder gefunden",
    "DocumentInvited": "Zur Abholung eingeladen",
    "DocumentOverdue": "Nach 60 Tagen noch nicht abgeholt",
    "PickupReopened": "Abholtermin weggefallen",
    "PickupAdmitted": "Abholende Person eingelassen",
    "OrderDelayed": "Lieferung überfällig",
    "OrderJoined": "Dem Auftrag zugeordnet",
    "OrderMerged": "Erledigt durch ein früher eingetroffenes Dokument",
}
_STORED: Mapping[str | None, str] = {
    "window": "Zurück in den Tresor gelegt",
    "carrier": "Nicht zustellbar, in den Tresor gelegt",
    "locker": "Aus dem Abholfach in den Tresor gelegt",
}
_HANDED_OVER = ("check_method", CHECKS), ("authority", AUTHORITIES), ("old_document", OLD_DOCUMENTS)


def spot(name: str) -> str:
    """A window, counter or locker as the sign over it says: ``window_1`` is ``Fenster 1``."""
    what, _, number = name.rpartition("_")
    german = {"window": "Fenster", "locker": "Abholfach"}.get(what)
    return f"{german} {number}" if german else name


def words(step: Step) -> str:
    """What happened, in one line."""
    match step.event:
        case "DocumentOrdered":
            return "Ohne Auftrag eingetroffen" if step.facts.get("late") else "Beim Hersteller bestellt"
        case "DocumentStored":
            stored = _STORED.get(step.from_, "In den Tresor gelegt")
            return f"{stored}, Fach {step.spot}" if step.spot else stored
        case "DocumentFetched":
            return f"Aus dem Tresor geholt, {spot(step.spot)}" if step.spot else "Aus dem Tresor geholt"
        case "DocumentPlacedInLocker":
            return f"In {spot(step.spot or 'ein Abholfach')} gelegt"
        case "DocumentHandedOver":
            return f"{RECIPIENTS[step.facts['recipient_role']]}, {_handed_over(step)}"
        case "HandoverCorrected":
            wrong = ", ".join(FIELDS[one] for one in step.facts.get("fields", ()))
            return f"Ausgabe berichtigt: {wrong}"
        case "PickupBooked":
            starts_at = step.facts.get("starts_at")
            return f"Abholtermin gebucht{_when(starts_at)}"
        case "DestructionDecided":
            return f"Vernichtung erlaubt nach {short_day(step.facts['destroy_after'], 'de')}"
    return _PLAIN.get(step.event, step.event)


def details(step: Step) -> list[str]:
    """What a step says beyond that line: how it was handed over, and that two people did it."""
    if step.event not in ("DocumentHandedOver", "HandoverCorrected"):
        return ["mit zweiter Person"] if step.witnessed else []
    told = [names[step.facts[name]] for name, names in _HANDED_OVER if name in step.facts]
    if step.event == "HandoverCorrected" and "recipient_role" in step.facts:
        told.insert(0, RECIPIENTS[step.facts["recipient_role"]])
    if "exception" in step.facts:
        told.append(f"Ausnahme: {EXCEPTIONS[step.facts['exception']]}")
    if "handed_over_at" in step.facts:
        told.append(f"ausgegeben{_when(step.facts['handed_over_at'])}")
    return [*told, "mit zweiter Person"] if step.witnessed else told


def _handed_over(step: Step) -> str:
    if step.facts.get("channel") == "locker":
        return "abgeholt aus dem Abholfach"
    return f"ausgegeben an {spot(step.spot)}" if step.spot else "ausgegeben am Fenster"


def _when(at: datetime | date | None) -> str:
    return f": {short_day(at, 'de')}, {clock_time(at, 'de')}" if isinstance(at, datetime) else ""
