"""The drawings of the weekly report: what they show, say, and leave out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from services.reporting import charts
from services.reporting.backlog import PostRoom
from services.reporting.drawing import Drawing
from services.reporting.figures import Facts, Figure, Status
from services.reporting.pages.pictures import Picture, pictures
from services.reporting.projections.contact_queries import CallHour
from services.reporting.projections.documents import Lying
from services.reporting.projections.lead_time import LeadTime
from services.reporting.projections.waiting import WeekdayHour
from services.reporting.report import ChannelTrend, WeekReport
from services.reporting.weeks import Week
from tests.rules.reporting.test_view import report

SVG = "{http://www.w3.org/2000/svg}"
WEEKS = tuple(Week(2026, 35 + n) for n in range(13))


def known(*values: int | None) -> tuple[Figure, ...]:
    return tuple(
        Figure(one, Status.NOT_RECORDED if one is None else Status.RECORDED)
        for one in ((None,) * (13 - len(values)) + values)
    )


def trend(channel: str, this: Sequence[Figure], before: Sequence[Figure] = ()) -> ChannelTrend:
    return ChannelTrend(channel, WEEKS, tuple(this), tuple(before) or known())


def shapes(drawing: Drawing, tag: str, kind: str) -> list[dict[str, float]]:
    """The shapes of one kind, with their numbers."""
    root = ElementTree.fromstring(drawing.alone())  # noqa: S314 - our own text
    return [
        {name: float(value) for name, value in one.attrib.items() if name != "class"}
        for one in root.iter(SVG + tag)
        if kind in one.get("class", "").split()
    ]


def texts(drawing: Drawing) -> list[str]:
    root = ElementTree.fromstring(drawing.alone())  # noqa: S314
    return [one.text or "" for one in root.iter(SVG + "text")]


def looks(median: int | None, worst: int | None) -> LeadTime:
    return LeadTime(168, 160, median, worst, median, median, worst)


def a_week() -> WeekReport:
    """A week of which everything is known."""
    facts = Facts(
        recorded=frozenset({"post_room", "documents", "personal", "phone"}),
        post=PostRoom(ages={0: 3, 9: 4}),
        stock={Lying("passport", "office", 31): 2},
    )
    return report(
        facts=facts,
        channels=(trend("personal", known(5, 9)), trend("phone", known(3, 4), known(8, 8))),
        hours=(WeekdayHour(1, 9, 9, 9, Decimal(60), Decimal(90)),),
        calls=(CallHour(2, 18, 4),),
        lead_times={"registration": looks(3, 9), "passport_apply": looks(None, None)},
    )


def test_small_multiples_share_one_scale() -> None:
    personal, phone = charts.columns([trend("personal", known(10, 20)), trend("phone", known(40), known(5))])
    heights = [one["height"] for one in shapes(personal, "rect", "now")]
    (call,) = shapes(phone, "rect", "now")
    assert heights == pytest.approx([call["height"] / 4, call["height"] / 2])
    (before,) = shapes(phone, "rect", "year")
    assert before["height"] == pytest.approx(call["height"] / 8)


def test_a_week_without_data_is_a_gap_and_a_week_of_nothing_is_a_column_of_nothing() -> None:
    """F47: nobody told us is not zero."""
    (drawing,) = charts.columns([trend("personal", known(0, None, 7))])
    assert [one["height"] > 0 for one in shapes(drawing, "rect", "now")] == [False, True]
    assert "–, –, –, –, –, –, –, –, –, –, 0, –, 7." in drawing.desc


def test_the_darkest_hour_is_the_fullest_and_every_number_stands_in_its_cell() -> None:
    drawing = charts.heat("Besuche", ["Mo", "Di"], 8, 9, {(1, 8): 100, (2, 9): 1, (2, 8): 21})
    assert [len(shapes(drawing, "rect", f"shade{n}")) for n in range(6)] == [1, 1, 1, 0, 0, 1]
    assert [one for one in texts(drawing) if one.isdigit()] == ["100", "21", "1"]
    assert drawing.desc == "Zusammen 122. Am meisten: Mo 8 Uhr: 100, Di 8 Uhr: 21, Di 9 Uhr: 1."


def test_no_place_stands_beyond_every_number() -> None:
    drawing = charts.dots({"registration": looks(3, 40), "passport_apply": looks(None, None)})
    medians = [one["cx"] for one in shapes(drawing, "circle", "now")]
    (goal,) = shapes(drawing, "line", "goal")
    worst = max(one["cx"] for one in shapes(drawing, "circle", "ring"))
    assert min(medians) > goal["x1"] or max(medians) == worst
    assert (
        drawing.desc == "Median: Reisepass beantragen: kein freier Termin; Wohnsitz anmelden: 3 Arbeitstage."
    )


def test_a_dot_is_left_of_the_line_exactly_if_the_target_is_met() -> None:
    for days in (0, 13, 14, 15, 30):
        drawing = charts.dots({"registration": looks(days, days)})
        (median,), (goal,) = shapes(drawing, "circle", "now"), shapes(drawing, "line", "goal")
        assert (median["cx"] <= goal["x1"]) is (days <= 14)


def test_bars_are_as_long_as_their_numbers() -> None:
    drawing = charts.bars("Posteingang", [("0–1 Arbeitstage", 30), ("über 5 Arbeitstage", 10), ("keine", 0)])
    widths = [one["width"] for one in shapes(drawing, "rect", "now")]
    assert widths == pytest.approx([widths[0], widths[0] / 3, 0], abs=0.1)


def test_words_in_a_drawing_are_text_and_never_markup() -> None:
    drawing = charts.bars('<b>"x"&', [("</svg><script>", 1)])
    for written in (drawing.alone(), drawing.svg("a")):
        assert "<script" not in written
        assert "<b>" not in written
    assert "</svg><script>" in texts(drawing)


def test_every_drawing_has_a_title_and_a_description_that_its_image_names() -> None:
    names = [
        drawing.svg(f"p{n}")
        for n, drawing in enumerate(one for p in pictures(a_week()) for one in p.drawings)
    ]
    assert len(names) == 7
    for number, written in enumerate(names):
        assert f'role="img" aria-labelledby="p{number}-t p{number}-d"' in written
        assert re.search(rf'<title id="p{number}-t">.+?</title><desc id="p{number}-d">.+?</desc>', written)


def test_every_figure_has_a_message_and_its_numbers_as_a_table() -> None:
    found = pictures(a_week())
    assert [one.name for one in found] == ["kanaele", "stunden", "vorlaufzeit", "rueckstand"]
    assert all(one.message and one.tables for one in found)
    channels, hours, lead, backlog = found
    assert channels.message == "Die meisten: Persönlich, 9 Kontakte, 69,2\N{NO-BREAK SPACE}% von allen."
    assert hours.message == "Besuche am häufigsten Mo 9 Uhr (9); Anrufe am häufigsten Di 18 Uhr (4)."
    assert lead.message == "1 von 2 über dem Ziel von 14 Arbeitstagen: Reisepass beantragen."
    assert backlog.message == "4 Eingänge älter als 5 Arbeitstage; 2 Dokumente länger als 30 Tage da."


def test_the_table_of_the_channels_holds_both_years() -> None:
    ((_title, _corner, table),) = pictures(a_week())[0].tables
    assert table.columns == ("Persönlich", "Vorjahr", "Telefon", "Vorjahr")
    assert table.rows[-1] == ("KW 47/2026", ("9", "–", "4", "8"))


def test_visits_and_calls_stand_in_the_same_hours() -> None:
    def hours(picture: Picture) -> list[list[str]]:
        return [[one for one in texts(drawing) if one.endswith(" h")] for drawing in picture.drawings]

    visits, calls = hours(pictures(a_week())[1])
    assert visits == calls
    assert (visits[0], visits[-1]) == ("8 h", "18 h")


def test_what_nobody_recorded_has_no_figure() -> None:
    assert pictures(report(())) == []
