"""Metrics of messages to people: what went out, and what they do not have."""

from __future__ import annotations

from functools import partial

from services.reporting.figures import Unit

from .metric import Definition, Direction, Metric, Names, Section

_Delivery = partial(Metric, section=Section.DELIVERY, unit=Unit.COUNT, query="delivery", feeds=("messages",))

DELIVERY: tuple[Metric, ...] = (
    _Delivery(
        id="delivery.sent",
        names=Names("E-Mails versandt", "E-mails sent", "E-mails sendt"),
        definition=Definition(
            "E-Mails, die der Mailserver angenommen hat; das ist noch keine Zustellung.",
            "E-mails that the mail server took; that is not yet delivery.",
        ),
        value=lambda facts: facts.outcome("sent"),
    ),
    _Delivery(
        id="delivery.printed",
        names=Names("Briefe gedruckt", "Letters printed", "Breve udskrevet"),
        definition=Definition(
            "Briefe, deren Stapel als gedruckt abgehakt wurde.",
            "Letters whose batch was ticked off as printed.",
        ),
        value=lambda facts: facts.outcome("printed"),
    ),
    _Delivery(
        id="delivery.bounced",
        names=Names("Zurückgekommen", "Bounced", "Returneret"),
        definition=Definition(
            "Versandte Nachrichten, deren Zustellung der Empfängerserver ablehnte.",
            "Sent messages that the receiving server refused.",
        ),
        value=lambda facts: facts.outcome("bounced"),
        direction=Direction.DOWN,
    ),
    _Delivery(
        id="delivery.given_up",
        names=Names("Gescheitert", "Given up", "Opgivet"),
        definition=Definition(
            "Nachrichten, die nicht hinausgingen: endgültig abgelehnt, überholt oder wegen eines Fehlers.",
            "Messages that never went out: refused for good, of no more use, or by a fault.",
        ),
        value=lambda facts: facts.outcome("failed"),
        direction=Direction.DOWN,
    ),
    _Delivery(
        id="delivery.failed",
        names=Names("Nicht zugestellt", "Not delivered", "Ikke leveret"),
        definition=Definition(
            "Zurückgekommene und gescheiterte Nachrichten.", "Messages that bounced or were given up."
        ),
        value=lambda facts: facts.outcome("bounced") + facts.outcome("failed"),
        direction=Direction.DOWN,
    ),
    _Delivery(
        id="delivery.skipped",
        names=Names("Entfallen", "Skipped", "Bortfaldet"),
        definition=Definition(
            "Nachrichten, die nicht mehr zutrafen oder ohne Adresse waren und deshalb nicht hinausgingen.",
            "Messages that were no longer true or had no address, and so were not sent.",
        ),
        value=lambda facts: facts.outcome("skipped"),
    ),
)
