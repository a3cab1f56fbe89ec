"""The words of the counter's screen. Pure, German."""

from __future__ import annotations

from collections.abc import Mapping

from buergerbuero_contracts.booking import (
    CallOutOfOrderReason,
    NothingDeliveredReason,
    ParkReason,
    PauseReason,
    ReturnReason,
)
from services.booking.pages.door_words import clock
from services.booking.rules.counter import CounterDay, CounterStatus
from services.booking.rules.visit_state import Visit, VisitStatus

Options = tuple[tuple[str, str], ...]
PAUSES: Mapping[PauseReason, str] = {
    PauseReason.BREAK: "Pause",
    PauseReason.BACK_OFFICE: "Sachbearbeitung",
    PauseReason.PHONE: "Telefon",
    PauseReason.CLEANING: "Reinigung",
}
PARKED: Mapping[ParkReason, str] = {
    ParkReason.PHOTO: "Foto machen",
    ParkReason.FORM: "Formular ausfüllen",
    ParkReason.PAYMENT: "bezahlen",
}
OUT_OF_ORDER: Mapping[CallOutOfOrderReason, str] = {
    CallOutOfOrderReason.ACCESSIBILITY: "Barrierefreiheit",
    CallOutOfOrderReason.CHILD: "kleine Kinder",
    CallOutOfOrderReason.OFFICE_FAULT: "Fehler des Amtes",
    CallOutOfOrderReason.TRAVEL: "Abreise",
    CallOutOfOrderReason.SKILL: "nur hier möglich",
}
RETURNED: Mapping[ReturnReason, str] = {
    ReturnReason.CAME_LATE: "kam verspätet",
    ReturnReason.WRONG_COUNTER: "falscher Schalter",
    ReturnReason.COUNTER_CLOSED: "Schalter schließt",
}
NOTHING: Mapping[NothingDeliveredReason, str] = {
    NothingDeliveredReason.PAPERS_MISSING: "Unterlagen fehlen",
    NothingDeliveredReason.INFORMATION_ONLY: "nur Auskunft",
    NothingDeliveredReason.NOT_RESPONSIBLE: "nicht zuständig",
    NothingDeliveredReason.NO_AUTHORITY: "keine Vollmacht",
    NothingDeliveredReason.DOCUMENT_GONE: "Dokument nicht mehr da",
    NothingDeliveredReason.TECHNICAL_FAULT: "technische Störung",
}
STATES: Mapping[str, str] = {
    "waiting": "wartet",
    "called": "aufgerufen",
    "in_service": "wird bedient",
    "parked": "zurückgestellt",
    "gone": "nicht da",
}
NEEDS: Mapping[str, str] = {
    "wheelchair": "Rollstuhl",
    "interpreter": "Dolmetschen",
    "sign_language": "Gebärdensprache",
}


def options(table: Mapping[object, str], empty: str | None = None) -> Options:
    """A table as the options of a select."""
    first = (("", empty),) if empty is not None else ()
    return first + tuple((str(code), text) for code, text in table.items())


def counter_name(code: str) -> str:
    """``counter_3`` is ``Schalter 3``, ``window_1`` ``Fenster 1``."""
    return code.replace("counter_", "Schalter ").replace("window_", "Fenster ").replace("_", " ")


def counter_state(counter: CounterDay) -> str:
    """What a counter does."""
    if counter.status is CounterStatus.CLOSED:
        return "geschlossen"
    if counter.status is CounterStatus.PAUSED:
        return f"pausiert ({PAUSES[counter.reason]})" if counter.reason else "pausiert"
    return "geöffnet, belegt" if counter.visit_id else "geöffnet, frei"


def happened(visit: Visit) -> str:
    """What became of a visit, for somebody who was slower."""
    number = visit.public_number
    if visit.status in (VisitStatus.CALLED, VisitStatus.IN_SERVICE):
        return f"{counter_name(visit.counter)} hat {number} um {clock(visit.called_at)} Uhr aufgerufen"
    ended = {
        VisitStatus.WAITING: "wartet wieder",
        VisitStatus.PARKED: "ist zurückgestellt",
        VisitStatus.GONE: "ist nicht da",
        VisitStatus.FINISHED: f"ist fertig seit {clock(visit.ended_at)} Uhr",
    }
    return f"{number} {ended.get(visit.status, 'ist nicht mehr in der Liste')}"
