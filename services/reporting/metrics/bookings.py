"""Metrics of the funnel: what became of the reservations of a week, each booking counted once."""

from __future__ import annotations

from functools import partial

from services.reporting.figures import Unit, rate

from .metric import Definition, Direction, Metric, Names, Section

_Bookings = partial(Metric, section=Section.BOOKINGS, query="funnel", feeds=("bookings",))
_Stage = partial(_Bookings, unit=Unit.COUNT)

BOOKINGS: tuple[Metric, ...] = (
    _Stage(
        id="funnel.held",
        names=Names("Reserviert", "Reserved", "Reserveret"),
        definition=Definition(
            "Buchungen, für die in der Woche eine Zeit gewählt wurde, ohne Umbuchungen und Abholungen.",
            "Bookings for which a time was picked in the week; moves and pick-ups do not count.",
        ),
        value=lambda facts: facts.stages.held,
    ),
    _Stage(
        id="funnel.contact_given",
        names=Names("Kontaktdaten angegeben", "Contact given", "Kontaktoplysninger givet"),
        definition=Definition(
            "Davon wurde „Termin reservieren“ mit Kontaktdaten abgeschickt.",
            "Of these, contact data was given and the confirmation asked for.",
        ),
        value=lambda facts: facts.stages.contact_given,
    ),
    _Stage(
        id="funnel.mail_accepted",
        names=Names("Bestätigungsmail angenommen", "Mail accepted", "Mail modtaget"),
        definition=Definition(
            "Davon hat der Mailserver die Bitte um Bestätigung angenommen; das ist noch keine Zustellung.",
            "Of these, the mail server took the confirm request; that is not yet delivery.",
        ),
        feeds=("mails",),
        value=lambda facts: facts.stages.mail_accepted,
    ),
    _Stage(
        id="funnel.confirmed",
        names=Names("Bestätigt", "Confirmed", "Bekræftet"),
        definition=Definition(
            "Davon wurden bestätigt, auch wenn später abgesagt oder verschoben wurde.",
            "Of these, confirmed, even if cancelled or moved later.",
        ),
        value=lambda facts: facts.stages.confirmed,
    ),
    _Stage(
        id="funnel.expired_held",
        names=Names("Verfallen vor den Kontaktdaten", "Expired before contact", "Udløbet før kontakt"),
        definition=Definition(
            "Davon verfielen, bevor Kontaktdaten da waren, und wurden nicht wieder aufgenommen.",
            "Of these, expired before contact was given, and not taken up again.",
        ),
        value=lambda facts: facts.stages.expired_held,
        direction=Direction.DOWN,
    ),
    _Stage(
        id="funnel.expired_unconfirmed",
        names=Names("Verfallen ohne Bestätigung", "Expired unconfirmed", "Udløbet uden bekræftelse"),
        definition=Definition(
            "Davon verfielen, weil die Bestätigung ausblieb.",
            "Of these, expired because nobody confirmed.",
        ),
        value=lambda facts: facts.stages.expired_unconfirmed,
        direction=Direction.DOWN,
    ),
    _Stage(
        id="funnel.cancelled",
        names=Names("Abgesagt", "Cancelled", "Aflyst"),
        definition=Definition(
            "Davon sind abgesagt, vor oder nach der Bestätigung.",
            "Of these, cancelled, before or after the confirmation.",
        ),
        value=lambda facts: facts.stages.cancelled,
        direction=Direction.DOWN,
    ),
    _Bookings(
        id="unconfirmed_rate",
        unit=Unit.PERCENT,
        names=Names("Anteil verfallen", "Share expired", "Andel udløbet"),
        definition=Definition(
            "Verfallene ÷ reservierte Buchungen, nach Woche der Reservierung.",
            "Expired ÷ reserved bookings, by the week of reservation.",
        ),
        value=lambda facts: rate(
            facts.stages.expired_held + facts.stages.expired_unconfirmed, facts.stages.held
        ),
        direction=Direction.DOWN,
    ),
    _Bookings(
        id="lead_time.within_14",
        unit=Unit.PERCENT,
        names=Names("Termin binnen 14 Tagen", "Within 14 days", "Inden for 14 dage"),
        definition=Definition(
            "Reservierungen für einen Tag in höchstens 14 Tagen ÷ alle Reservierungen der Woche.",
            "Reservations for a day at most 14 days away ÷ all reservations of the week.",
        ),
        value=lambda facts: rate(facts.stages.within_14, facts.stages.held),
        direction=Direction.UP,
    ),
)
