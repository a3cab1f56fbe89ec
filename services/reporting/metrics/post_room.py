"""Metrics of the post room: what came in, what was done, and how old the rest is."""

from __future__ import annotations

from functools import partial

from services.reporting.ages import nearest_rank
from services.reporting.figures import Unit, rate

from .metric import Definition, Direction, Metric, Names, Section

_Post = partial(Metric, section=Section.POST_ROOM, unit=Unit.COUNT, query="post_room", feeds=("post_room",))
_Backlog = partial(_Post, stock=True, direction=Direction.DOWN)
_Age = partial(
    _Backlog,
    unit=Unit.WORKING_DAYS,
    definition=Definition(
        "Arbeitstage seit dem Eingangsstempel am Ende der Woche; was am Wochenende oder Feiertag ankommt,"
        " beginnt am nächsten Arbeitstag mit 0.",
        "Working days since the stamp of arrival at the end of the week; what arrives on a weekend or holiday"
        " starts on the next working day with 0.",
    ),
)

POST_ROOM: tuple[Metric, ...] = (
    _Post(
        id="mail.in",
        names=Names("Eingänge", "Items in", "Modtaget"),
        definition=Definition(
            "Briefe, E-Mails, Formulare, Faxe nach Woche des Eingangsstempels; jedes Stück zählt.",
            "Letters, e-mails, forms and faxes by the week of their stamp; each one of a batch counts.",
        ),
        value=lambda facts: facts.post.received,
    ),
    _Post(
        id="mail.done",
        names=Names("Erledigt", "Items done", "Afsluttet"),
        definition=Definition(
            "Beantwortete und weitergeleitete Eingänge; wieder geöffnete zählen beim nächsten Mal erneut.",
            "Items answered or forwarded; a reopened one counts again the next time.",
        ),
        value=lambda facts: facts.post.closed,
    ),
    _Backlog(
        id="mail.backlog",
        names=Names("Rückstand", "Backlog", "Ubehandlet"),
        definition=Definition(
            "Eingänge, die am Ende der Woche offen waren, auch solche, die auf Unterlagen warten.",
            "Items open at the end of the week, those that wait for papers included.",
        ),
        value=lambda facts: sum(facts.post.ages.values()),
    ),
    _Age(
        id="mail.age.p50",
        names=Names(
            "Alter des Rückstands in Arbeitstagen, Median",
            "Age of the backlog in working days, median",
            "Alder i arbejdsdage, median",
        ),
        value=lambda facts: nearest_rank(facts.post.ages, 50),
    ),
    _Age(
        id="mail.age.max",
        names=Names(
            "Ältester offener Eingang in Arbeitstagen",
            "Oldest open item in working days",
            "Ældste i arbejdsdage",
        ),
        value=lambda facts: nearest_rank(facts.post.ages, 100),
    ),
    _Age(
        id="mail.own_age.p50",
        names=Names(
            "Eigenes Alter in Arbeitstagen, Median", "Own age in working days, median", "Egen alder, median"
        ),
        definition=Definition(
            "Wie das Alter, aber ohne Tage, an denen Unterlagen fehlten oder die Antwort schon heraus war.",
            "As the age, without days on which the office waited for papers or had already answered.",
        ),
        value=lambda facts: nearest_rank(facts.post.own_ages, 50),
    ),
    _Post(
        id="mail.within_3",
        unit=Unit.PERCENT,
        names=Names(
            "Erste Reaktion in 3 Arbeitstagen",
            "First reaction within 3 working days",
            "Første reaktion inden for 3 arbejdsdage",
        ),
        definition=Definition(
            "Eingänge der Woche mit Antwort, Weiterleitung oder Nachforderung binnen 3 Arbeitstagen"
            " ÷ Eingänge, bei denen das schon feststeht.",
            "Items of the week answered, forwarded or asked for papers within 3 working days"
            " ÷ items for which that is settled.",
        ),
        value=lambda facts: rate(facts.post.in_time, facts.post.decided),
        direction=Direction.UP,
    ),
    _Post(
        id="visits_avoided",
        names=Names("Besuche erspart", "Visits avoided", "Besøg sparet"),
        definition=Definition(
            "Schriftlich erledigte Anliegen, für die auch ein Besuch möglich gewesen wäre.",
            "Matters done in writing for which a visit would have been possible.",
        ),
        value=lambda facts: facts.post.avoided,
        direction=Direction.UP,
    ),
)
