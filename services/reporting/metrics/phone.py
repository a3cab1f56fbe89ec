"""Metrics of the phone. Volumes and waits come from the telephone system, reasons from the hand log."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from services.reporting.figures import Unit, rate

from .metric import Definition, Direction, Metric, Names, Section

_Phone = partial(Metric, section=Section.PHONE, query="contact_volume")

_RING = Definition(
    "Vom ersten Klingeln bis zur Annahme, angenommene Anrufe; verlorene haben keine Wartezeit.",
    "From the first ring to the answer, answered calls; lost calls have no wait.",
)

PHONE: tuple[Metric, ...] = (
    _Phone(
        id="phone.offered",
        unit=Unit.COUNT,
        names=Names("Anrufe in der Sprechzeit", "Calls in service hours", "Opkald i åbningstiden"),
        definition=Definition(
            "Angenommene und verlorene Anrufe innerhalb der Telefonzeiten, nach Woche des ersten Klingelns.",
            "Answered and lost calls within the hours of the line, by the week of the first ring.",
        ),
        feeds=("phone_import",),
        value=lambda facts: facts.calls.offered,
    ),
    _Phone(
        id="phone.answered",
        unit=Unit.COUNT,
        names=Names("Angenommene Anrufe", "Calls answered", "Besvarede opkald"),
        definition=Definition(
            "Wie Kontakte am Telefon: aus der Telefonanlage, in Wochen ohne sie aus der Handliste.",
            "As contacts by phone: from the telephone system, in weeks without it from the hand log.",
        ),
        feeds=("phone",),
        counted_by=("phone_import",),
        value=lambda facts: facts.channel("phone"),
    ),
    _Phone(
        id="phone.lost",
        unit=Unit.COUNT,
        names=Names("Verlorene Anrufe", "Lost calls", "Mistede opkald"),
        definition=Definition(
            "Anrufe innerhalb der Telefonzeiten, die niemand annahm. Nur aus der Telefonanlage.",
            "Calls within the hours of the line that nobody answered. From the telephone system only.",
        ),
        feeds=("phone_import",),
        value=lambda facts: facts.calls.lost,
        direction=Direction.DOWN,
    ),
    _Phone(
        id="phone.answer_rate",
        unit=Unit.PERCENT,
        names=Names("Angenommen", "Answered", "Besvaret"),
        definition=Definition(
            "Angenommene ÷ alle Anrufe in der Sprechzeit.", "Answered ÷ calls in service hours."
        ),
        feeds=("phone_import",),
        value=lambda facts: rate(facts.calls.answered, facts.calls.offered),
        direction=Direction.UP,
    ),
    _Phone(
        id="phone.service_level_30s",
        unit=Unit.PERCENT,
        names=Names("In 30 Sekunden angenommen", "Answered within 30 s", "Besvaret inden 30 s"),
        definition=Definition(
            "In 30 Sekunden angenommene ÷ alle Anrufe in der Sprechzeit. Ziel der Nummer 115: 75 %.",
            "Answered within 30 seconds ÷ calls in service hours. Promise of the number 115: 75 %.",
        ),
        feeds=("phone_import",),
        value=lambda facts: rate(facts.calls.within_30s, facts.calls.offered),
        target=Decimal(75),
        direction=Direction.UP,
    ),
    _Phone(
        id="phone.wait.p50",
        unit=Unit.SECONDS,
        names=Names(
            "Wartezeit am Telefon, Median", "Wait on the phone, median", "Ventetid i telefonen, median"
        ),
        definition=_RING,
        feeds=("phone_import",),
        value=lambda facts: facts.calls.wait_p50,
        direction=Direction.DOWN,
    ),
    _Phone(
        id="phone.wait.p90",
        unit=Unit.SECONDS,
        names=Names("Wartezeit am Telefon, 90 %", "Wait on the phone, 90 %", "Ventetid i telefonen, 90 %"),
        definition=_RING,
        feeds=("phone_import",),
        value=lambda facts: facts.calls.wait_p90,
        direction=Direction.DOWN,
    ),
    _Phone(
        id="phone.solved",
        unit=Unit.PERCENT,
        names=Names("Beim ersten Anruf gelöst", "Solved at first contact", "Løst ved første opkald"),
        definition=Definition(
            "Handliste: Auskunft, Termin, Post/E-Mail ÷ abgeschlossene Anrufe. Ziel der Nummer 115: 65 %.",
            "Hand log: information, appointment or post/e-mail ÷ all closed calls. Promise of 115: 65 %.",
        ),
        feeds=("phone_log",),
        value=lambda facts: rate(facts.hand_log.solved, facts.hand_log.closed),
        target=Decimal(65),
        direction=Direction.UP,
    ),
)
