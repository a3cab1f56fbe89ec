"""Recordings: which events a look, an hour or a fact becomes, and what is said of a broken row."""

from __future__ import annotations

import ast
import json
import sys
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from buergerbuero_contracts.booking import CitizenCalled, LeadTimesSampled, VisitOpened
from devstack.replay import berlin, compare, generated, moers, warsaw
from devstack.replay.rows import Planned, WrongFile

WARSAW = "date,time,office,group_id,letter,queue,waiting,open_counters,svc_min,current"


def file_of(folder: Path, *lines: str | bytes) -> Path:
    file = folder / "recording.csv"
    file.write_bytes(b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines))
    return file


def look(clock: str, waiting: int, current: str, counters: int = 1) -> str:
    return f"2020-01-02,{clock},UD_Wola,7,A,A: Dowody osobiste,{waiting},{counters},5,{current}"


def clocks(events: list[Planned], kind: type) -> list[str]:
    return [
        one.at.astimezone(warsaw.BERLIN).strftime("%H:%M:%S") for one in events if type(one.event) is kind
    ]


def test_arrivals_and_calls_stand_in_the_middle_of_equal_parts(tmp_path: Path) -> None:
    events, bad = warsaw.read(file_of(tmp_path, WARSAW, look("08:00", 0, ""), look("08:06", 1, "A002")))
    assert bad == []
    assert clocks(events, VisitOpened) == ["08:01:00", "08:03:00", "08:05:00"]
    assert clocks(events, CitizenCalled) == ["08:01:30", "08:04:30"]
    days = {one.at.date() for one in events}
    assert days == {date(2020, 1, 2) + warsaw.SHIFT}
    assert (date(2020, 1, 2) + warsaw.SHIFT).weekday() == date(2020, 1, 2).weekday()


def test_who_waits_at_the_first_look_is_called_first_and_has_no_opening(tmp_path: Path) -> None:
    events, _ = warsaw.read(file_of(tmp_path, WARSAW, look("08:00", 2, ""), look("08:05", 1, "A003")))
    called = [one.event for one in events if isinstance(one.event, CitizenCalled)]
    opened = {one.event.visit_id for one in events if isinstance(one.event, VisitOpened)}
    assert [call.visit_id in opened for call in called] == [False, False, True]


def test_a_number_that_starts_again_or_jumps_calls_nobody(tmp_path: Path) -> None:
    rows = [
        look("08:00", 0, "A090"),
        look("08:05", 0, "A001"),
        look("08:10", 0, "A014"),
        look("08:15", 0, ""),
    ]
    events, _ = warsaw.read(file_of(tmp_path, WARSAW, *rows))
    assert not [one for one in events if isinstance(one.event, CitizenCalled)]


@pytest.mark.parametrize(
    ("queue", "service"),
    [
        ("R: Rejestracja pojazdów", "other"),
        ("Zezwolenia Alkoholowe", "other"),
        ("D: Odbiór dowodów", "id_card_pickup"),
        ("A: Dowody osobiste - wnioski", "id_card_apply"),
        ("E: Meldunki", "registration"),
        ("Zaświadczenia", "registration_certificate"),
        ("Prawo jazdy", "driving_licence_exchange"),
        ("Kasa", "other"),
    ],
)
def test_the_first_keyword_decides_the_service(queue: str, service: str) -> None:
    assert warsaw.service_of(queue) == service


def test_broken_rows_are_named_and_stop_nothing_else(tmp_path: Path) -> None:
    rows: list[str | bytes] = [
        look("08:00", 0, ""),
        "2020-01-02,08:02,UD_Wola",
        look("08:03", -4, ""),
        look("25:00", 1, ""),
        "2020-01-02,08:04,Bia\u0142o\u0142\u0119ka,7,A,x,1,1,5,".encode("iso-8859-2"),
        look("08:05", 1, "?"),
        look("08:05", 1, ""),
    ]
    events, bad = warsaw.read(file_of(tmp_path, WARSAW, *rows))
    assert [(row.line, row.fault) for row in bad] == [
        (3, "has 3 columns, not 10"),
        (4, "waiting is '-4', not a count"),
        (5, "time 2020-01-02 25:00 does not exist"),
        (6, "is not UTF-8"),
        (7, "current is '?', not a ticket"),
    ]
    assert len(clocks(events, VisitOpened)) == 1


def test_a_file_without_a_needed_column_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(WrongFile, match="has no column waiting, current"):
        warsaw.read(file_of(tmp_path, "date,time,office,group_id,letter,queue,open_counters"))


def test_an_hours_twelve_waits_have_its_mean(tmp_path: Path) -> None:
    header = "date,iso_year,iso_week,weekday_mon0,hour_local,avg_wait_min"
    rows = ["2015-03-28,2015,13,5,8,2", "2015-03-30,2015,14,0,9,22", "2015-03-30,2015,14,0,10,soon"]
    events, bad = moers.read(file_of(tmp_path, header, *rows))
    opened = {one.event.visit_id: one.at for one in events if isinstance(one.event, VisitOpened)}
    waits = [one.at - opened[one.event.visit_id] for one in events if isinstance(one.event, CitizenCalled)]
    assert len(waits) == moers.VISITS  # Saturday 8 h is a filler
    assert sum(waits, timedelta()) / len(waits) == timedelta(minutes=22)
    assert [str(row) for row in bad] == ["line 4: avg_wait_min is 'soon', not a number"]


def test_the_first_look_of_an_hour_is_its_sample(tmp_path: Path) -> None:
    header = "dateChecked,appointmentDaysFound,earliestAppointmentDate,earliestAppointmentDelta"
    rows = [
        "2021-09-11T12:02:00,1,2021-11-10T00:00:00,60",
        "2021-09-11T12:00:00,0,,",
        "2021-09-11T13:00:00,-1,,",
    ]
    events, bad = berlin.read(file_of(tmp_path, header, *rows), lambda a, b: (b - a).days)
    (sampled,) = [one.event for one in events if isinstance(one.event, LeadTimesSampled)]
    assert sampled.entries[0].first_free_on is None
    assert [row.line for row in bad] == [4]


def test_generated_facts_cover_the_clock_change_and_week_53_and_are_drawn_alike(tmp_path: Path) -> None:
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    assert generated.draw(one) == generated.draw(other) >= 5_000
    assert one.read_text() == other.read_text()
    facts = [json.loads(line) for line in one.read_text().splitlines()]
    assert set(Counter(fact["kind"] for fact in facts)) == set(generated.EVENTS)
    moments = [datetime.fromisoformat(fact["at"]).astimezone(generated.BERLIN) for fact in facts]
    assert {"2026-W43", "2026-W53"} <= {at.strftime("%G-W%V") for at in moments}
    assert {at.utcoffset() for at in moments} == {timedelta(hours=1), timedelta(hours=2)}
    events, bad = generated.read(one)
    assert len(events) == len(facts)
    assert bad == []


def test_the_checks_import_nothing_of_the_project() -> None:
    for script in compare.CHECKS.glob("*.py"):
        nodes = list(ast.walk(ast.parse(script.read_text())))
        names = {one.module or "" for one in nodes if isinstance(one, ast.ImportFrom)}
        names |= {name.name for one in nodes if isinstance(one, ast.Import) for name in one.names}
        assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names, script.name


def test_a_difference_in_any_single_figure_shows_although_the_sums_agree() -> None:
    line = compare.many("x", {"a": 1, "b": 2}, {"a": 2, "b": 1})
    assert (line.expected, line.found, line.wrong, line.right) == ("3", "3", 2, False)
    assert not compare.many("x", {"a": 1}, {"a": 1, "b": 0}).right
    assert compare.many("x", {"a": None}, {"a": None}).right
