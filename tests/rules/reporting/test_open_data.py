"""The rows of the open data: statuses, percentiles of few cases, and what the description says of them."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

from jsonschema import Draft202012Validator

from services.reporting.figures import Facts
from services.reporting.open_data import Row, as_csv, as_json, datapackage, rows
from services.reporting.pages.open_data import public_lines
from services.reporting.projections.contact_queries import Calls
from services.reporting.projections.waiting import Waits
from services.reporting.weeks import Week

ALL = frozenset({"personal", "phone", "email", "post", "handover", "visits", "phone_import"})
BIG = {("personal", "identity"): 400, ("phone", "unassigned"): 300, ("post", "other"): 90}
W40, W41 = Week(2026, 40), Week(2026, 41)


def facts(contacts: dict[tuple[str, str], int] | None = None, **more: Any) -> Facts:
    return Facts(**{"recorded": ALL, "contacts": BIG if contacts is None else contacts, **more})


def found(*weeks: Facts) -> dict[tuple[Any, ...], Row]:
    told = rows({W40.plus(n): one for n, one in enumerate(weeks)})
    return {(row.iso_week, row.channel, row.service_group, row.metric): row for row in told}


def test_sums_stand_beside_their_parts() -> None:
    week = found(facts())
    assert week[40, "personal", "identity", "contacts"].value == 400
    assert week[40, "post", "all", "contacts"].value == 90
    assert week[40, "email", "all", "contacts"].value == 0
    assert week[40, "all", "all", "contacts"].value == 790


def test_what_nobody_recorded_is_empty_and_never_zero() -> None:
    """F47: also its sum says that something is missing."""
    week = found(facts(recorded=frozenset({"personal"})), facts({}, recorded=frozenset()))
    post, total = week[40, "post", "all", "contacts"], week[40, "all", "all", "contacts"]
    assert (post.value, post.status) == (None, "not_recorded")
    assert (total.value, total.status) == (400, "partial")
    nothing = week[41, "all", "all", "contacts"]
    assert (nothing.value, nothing.status) == (None, "not_recorded")
    assert week[40, "phone", "all", "wait.p50"].status == "not_recorded"


def test_percentiles_of_fewer_than_five_cases_are_withheld() -> None:
    for cases, status, value in ((5, "recorded", 2), (4, "withheld", None), (0, "withheld", None)):
        waits = Waits(cases, cases, Decimal(120), Decimal(600))
        calls = Calls(answered=cases, wait_p50=Decimal(2), wait_p90=Decimal("9.25"))
        week = found(facts(waits=waits, calls=calls))
        for channel in ("personal", "phone"):
            row = week[40, channel, "all", "wait.p50"]
            assert (row.status, row.value) == (status, value)


def test_the_file_is_rfc_4180_and_both_files_hold_the_same_rows() -> None:
    """F34: no byte mark, commas, decimal point, CRLF."""
    told = list(rows({W40: facts(waits=Waits(9, 9, Decimal(100), Decimal(600)))}))
    file = as_csv(told)
    assert file.startswith(b"iso_year,iso_week,channel,service_group,metric,value,unit,status\r\n")
    assert b"2026,40,personal,all,wait.p50,1.667,min,recorded\r\n" in file
    read = list(csv.DictReader(io.StringIO(file.decode())))
    objects = as_json(told)
    assert len(read) == len(objects) == len(told)
    for one, other in zip(read, objects, strict=True):
        assert one == {name: "" if value is None else str(value) for name, value in other.items()}


def test_a_group_that_somebody_described_like_a_formula_stays_text() -> None:
    """F34: in this file too."""
    assert b",'=1+1," in as_csv(rows({W40: facts({("post", "=1+1"): 50})}))


def test_every_row_is_what_the_description_says() -> None:
    package = datapackage()
    fields = package["resources"][0]["schema"]["fields"]
    assert [one["name"] for one in fields] == list(Row._fields)
    kinds = {
        "integer": {"type": "integer"},
        "string": {"type": "string"},
        "number": {"type": ["number", "null"]},
    }
    shape = {
        "type": "object",
        "properties": {one["name"]: kinds[one["type"]] for one in fields},
        "required": [one["name"] for one in fields],
    }
    told = as_json(rows({W40: facts(), W41: facts({("post", "other"): 2})}))
    assert not [error.message for one in told for error in Draft202012Validator(shape).iter_errors(one)]
    keys = [tuple(one[name] for name in package["resources"][0]["schema"]["primaryKey"]) for one in told]
    assert len(keys) == len(set(keys))
    assert not [one for one in told if one["value"] is not None and one["value"] < 0]


def test_the_public_page_tells_no_difference_and_no_point_of_a_withheld_count() -> None:
    """Its lines are made of published rows alone."""
    small = BIG | {("personal", "permits"): 3}
    told = list(rows({W40: facts(BIG | {("personal", "permits"): 50}), W41: facts(small)}))
    lines = {one.name: one for one in public_lines(told, W41)}
    permits = lines["Persönlich: Berechtigungen"]
    assert (permits.this, permits.to_last_week, permits.trend) == ("zurückgehalten", "–", None)
    later = list(rows({W40: facts(small), W41: facts(BIG | {("personal", "permits"): 50})}))
    permits = next(one for one in public_lines(later, W41) if one.name == "Persönlich: Berechtigungen")
    assert (permits.this, permits.to_last_week, permits.trend) == ("50", "–", None)


def test_sums_of_different_channels_are_not_compared_in_public() -> None:
    one = facts(recorded=frozenset({"personal"}))
    other = facts(recorded=frozenset({"post"}))
    (total, *_lines) = public_lines(list(rows({W40: one, W41: other})), W41)
    assert (total.this, total.to_last_week) == ("90 *", "–")
