"""The weekly page as words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from services.reporting.backlog import PostRoom
from services.reporting.figures import Change, Facts, Status
from services.reporting.metrics import METRICS
from services.reporting.metrics.metric import figure
from services.reporting.pages import tables, view
from services.reporting.projections.contact_queries import Calls
from services.reporting.projections.documents import Lying
from services.reporting.projections.funnel import Stages
from services.reporting.projections.lead_time import LeadTime
from services.reporting.projections.waiting import Waits, WeekdayHour
from services.reporting.report import Line, WeekReport
from services.reporting.weeks import State, Week

NBSP = "\N{NO-BREAK SPACE}"
NOTHING = Change(None, Status.NO_DATA)
ALL = frozenset({"personal", "phone", "phone_import", "email", "post", "handover", "visits", "bookings"})


def report(
    recorded: Iterable[str] = ALL,
    contacts: Mapping[tuple[str, str], int] | None = None,
    **more: Any,
) -> WeekReport:
    facts = Facts(
        recorded=frozenset(recorded),
        contacts=contacts or {},
        calls=Calls(offered=100, answered=80, lost=20, within_30s=71),
        waits=Waits(3, 3, Decimal(22 * 60), Decimal(65 * 60)),
        stages=Stages(held=820, confirmed=705),
    )
    values: dict[str, Any] = {
        "week": Week(2026, 47),
        "state": State.PROVISIONAL,
        "site": None,
        "lines": tuple(Line(one, figure(one, facts), NOTHING, NOTHING, ()) for one in METRICS),
        "facts": facts,
        "by_day": {},
        "hours": (),
        "lead_times": {},
        "lead_times_before": {},
    }
    return WeekReport(**{**values, **more})


def test_the_headline_says_what_the_week_was() -> None:
    assert view.headline(report(contacts={("personal", "identity"): 1234})) == [
        "KW 47: 1.234 Kontakte.",
        f"Telefon: 71,0{NBSP}% in 30 Sekunden angenommen – Ziel 75 % verfehlt.",
        f"Die Hälfte der Besucher wartete höchstens 22,0{NBSP}min, neun von zehn höchstens 65,0{NBSP}min.",
        "Von 820 reservierten Terminen sind 705 bestätigt.",
    ]


def test_the_headline_names_the_days_of_a_short_week_and_a_missed_lead_time() -> None:
    easter = report(contacts={("personal", "identity"): 1000}, week=Week(2026, 14))
    assert view.headline(easter)[1] == "Woche mit Feiertagen: 4 Arbeitstage, 250 Kontakte je Arbeitstag."
    running = report(contacts={("personal", "identity"): 90}, week=Week(2026, 14), state=State.OPEN)
    assert not any("Arbeitstage" in one for one in view.headline(running)), "its days are not over"
    looks = {"registration": LeadTime(168, 60, 14, 20, 3, 3, 9)}
    late = looks | {"passport_apply": LeadTime(168, 60, None, None, 3, 3, 9)}
    goal = "Vorlaufzeit: Ziel 14 Arbeitstage"
    assert f"{goal} überall erreicht." in view.headline(report(lead_times=looks))
    assert f"{goal} verfehlt bei 1 von 2 Dienstleistungen." in view.headline(report(lead_times=late))


def test_the_headline_names_channels_that_are_missing() -> None:
    first = view.headline(report({"personal"}, {("personal", "identity"): 5}))[0]
    missing = "Telefon, E-Mail und online, Brief und Fax, Ausgabe am Schalter"
    assert first == f"KW 47: 5 Kontakte. Nicht erfasst: {missing}."


def test_the_headline_of_a_week_that_nobody_recorded() -> None:
    assert view.headline(report(())) == ["KW 47: Kontakte nicht erfasst."]


def test_tables_add_up_at_both_edges() -> None:
    grid = tables.by_group(
        report({"personal", "post"}, {("personal", "identity"): 1200, ("post", "other"): 3})
    )
    assert grid is not None
    assert grid.columns == ("Persönlich", "Brief und Fax", "Summe")
    assert grid.rows == (
        ("Ausweise und Pässe", ("1.200", "0", "1.200")),
        ("Sonstiges", ("0", "3", "3")),
        ("Summe", ("1.200", "3", "1.203")),
    )


def test_a_group_that_somebody_described_later_is_not_dropped() -> None:
    grid = tables.by_group(report({"personal"}, {("personal", "brand_new"): 1}))
    assert grid is not None
    assert grid.rows[0] == ("brand_new", ("1", "1"))


def test_a_weekend_is_shown_only_if_something_happened() -> None:
    by_day = {(date(2026, 11, 21), "personal"): 2}
    grid = tables.by_day(report({"personal"}, by_day=by_day))
    assert grid is not None
    assert grid.columns == (
        "Mo 16.11.",
        "Di 17.11.",
        "Mi 18.11.",
        "Do 19.11.",
        "Fr 20.11.",
        "Sa 21.11.",
        "Summe",
    )
    assert tables.by_day(report(())) is None


def test_hours_say_who_came_and_how_long_they_waited() -> None:
    hours = (
        WeekdayHour(1, 8, 100, 100, Decimal(60), Decimal(90)),
        WeekdayHour(1, 10, 1, 0, None, None),
        WeekdayHour(2, 10, 21, 21, Decimal(90), Decimal(99)),
    )
    grid = tables.hours(report(hours=hours))
    assert grid is not None
    assert [name for name, _cells in grid.rows] == ["8 Uhr", "9 Uhr", "10 Uhr"]
    cells = dict(grid.rows)
    assert cells["8 Uhr"][0] == f"100 (1,0{NBSP}min)"
    assert cells["9 Uhr"] == ("–",) * 5
    assert cells["10 Uhr"][:2] == ("1 (–)", f"21 (1,5{NBSP}min)")


def test_no_place_is_said_in_words() -> None:
    looks = {
        "registration": LeadTime(168, 60, None, None, 3, 3, 9),
        "passport_apply": LeadTime(168, 168, 14, 15, 14, 20, 21),
    }
    grid = tables.lead_times(
        report(lead_times=looks, lead_times_before={"registration": looks["passport_apply"]})
    )
    assert grid is not None
    assert dict(grid.rows) == {
        "Wohnsitz anmelden": ("keine", "14", "keine", "60 von 168", "verfehlt"),
        "Reisepass beantragen": ("14", "–", "15", "168 von 168", "erreicht"),
    }
    assert tables.lead_times(report()) is None


def test_week_53_says_what_it_is_compared_with() -> None:
    assert view.last_year_words(Week(2026, 53)) == "Mittel aus KW 52/2025 und KW 1/2026"
    assert view.last_year_words(Week(2027, 1)) == "KW 1/2026"


def test_backlog_and_documents_by_age_have_their_sums() -> None:
    facts = Facts(
        recorded=frozenset({"post_room", "documents"}),
        post=PostRoom(ages={0: 3, 4: 2, 9: 1200}, own_ages={0: 5, 9: 1200}),
        stock={
            Lying("passport", "office", 31): 2,
            Lying("id_card", "office", 0): 1,
            Lying("id_card", "locker", 3): 7,
            Lying("id_card", "carrier", None): 7,
        },
    )
    backlog, documents = tables.backlog(report(facts=facts)), tables.documents(report(facts=facts))
    assert backlog is not None
    assert documents is not None
    assert [cells for _name, cells in backlog.rows] == [
        ("3", "5"),
        ("0", "0"),
        ("2", "0"),
        ("1.200", "1.200"),
        ("1.205", "1.205"),
    ]
    assert documents.columns == ("Personalausweis", "Reisepass", "Summe"), "what waits at the office only"
    assert (documents.rows[0], documents.rows[-1]) == (
        ("0–7 Tage", ("1", "0", "1")),
        ("Summe", ("1", "2", "3")),
    )


def test_tables_that_nobody_recorded_are_left_out() -> None:
    empty = report(())
    made = (tables.backlog, tables.documents, tables.refused, tables.durations, tables.messages)
    assert [table(empty) for table in made] == [None] * 5
