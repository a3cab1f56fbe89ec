"""The API describes itself, tells nothing about people, and has words for each refusal."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import structlog

from servicekit.web.problems import EDGE
from services.booking.refusals import REFUSALS
from tests.way.booking_desk import API, CONTACT, Desk, bearer
from tests.way.described import check_description, problems_of
from tests.way.memory_office import ROOT


def test_no_answer_error_or_log_holds_what_a_person_typed(desk: Desk) -> None:
    with structlog.testing.capture_logs() as lines:
        asked = desk.asked()
        path, access = f"/bookings/{asked['booking_id']}", bearer(asked["access"])
        answers = [
            desk.get(path, **access),
            desk.post(f"{path}/correct-address", {"email": "CANARY@"}, **access),
            desk.post(f"{path}/correct-address", {"email": "CANARY@example.org"}, **access),
            desk.post(f"{path}/give-contact", CONTACT, **access),
            desk.post(f"{path}/cancel", {"code": "CANARY"}, **access),
            desk.get(f"{path}?name=CANARY", **access),
        ]
    assert all("CANARY" not in answer.text for answer in answers)
    assert "CANARY" not in repr(lines) and asked["access"] not in repr(lines)
    assert "CANARY" not in repr([(one.event, one.meta) for one in desk.office.log.events])
    assert "CANARY" in repr(desk.office.log.people)


def test_the_description_equals_the_routes_and_every_example_is_true(desk: Desk) -> None:
    check_description(desk.get("/openapi.json").json(), desk.client.app.routes, API)


def test_the_description_has_a_page_without_foreign_files(desk: Desk) -> None:
    page = desk.get("/docs").text
    assert "/bookings/{booking_id}/confirm" in page and "slot-taken" in page
    assert "<script" not in page and "://" not in page.split("</head>")[0]


LATER = {"no-open-hours"}
"""Rows of the state tables whose commands are not there yet: open hours."""


def _sources(*folders: str) -> Iterator[ast.Module]:
    for folder in folders:
        for file in (ROOT / folder).rglob("*.py"):
            if not file.name.endswith(("refusals.py", "problems.py")):
                yield ast.parse(file.read_text("utf-8"))


def _texts(node: ast.AST) -> set[str]:
    return {
        one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }


def _refused_codes(source: ast.Module) -> set[str]:
    """The codes of ``Refused(code)`` and of guards, which ``limits._effects(subject, code, …)`` makes."""
    place = {"Refused": 0, "_effects": 1}
    codes: set[str] = set()
    for node in ast.walk(source):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and name in place and len(node.args) > place[name]:
            codes |= _texts(node.args[place[name]])
    return codes


def test_each_refusal_has_its_row_and_each_row_its_refusal() -> None:
    used = set().union(*map(_refused_codes, _sources("services/booking", "servicekit")))
    assert {"slot-taken", "mail-limit", "too-many-holds", "not-found"} <= used
    assert used - REFUSALS.keys() - EDGE.keys() == set()
    named = set().union(*map(_texts, _sources("services/booking/rules", "services/booking")))
    assert REFUSALS.keys() - named == LATER
    assert all(all(row.text(language)) for row in REFUSALS.values() for language in ("de", "en"))


DOCUMENTED = {
    ("/bookings", "post"): {
        *("pool-forbidden", "mail-limit", "day-closed", "beyond-horizon", "pickup-by-invitation"),
        "slot-taken",
    },
    ("/bookings/{booking_id}/correct-address", "post"): {"too-many-bookings", "mail-limit", "hold-expired"},
    ("/bookings/{booking_id}/resend-confirmation", "post"): {"mail-limit", "hold-expired"},
    ("/bookings/{booking_id}/undo-cancel", "post"): {"undo-over", "too-many-bookings"},
    ("/bookings/{booking_id}/give-contact", "post"): {
        *("too-soon", "not-released", "day-closed", "slot-taken", "too-many-bookings"),
        "too-many-holds",
    },
    ("/bookings/{booking_id}/reschedule", "post"): {"beyond-horizon", "slot-taken", "proof-missing"},
    ("/sites/{site}/exceptions/{exception}/remove", "post"): {"unknown-row"},
    ("/sites/{site}/free-slots", "get"): {"pickup-by-invitation", "invalid-input"},
}


def test_each_refusal_that_a_call_can_meet_is_in_its_description(desk: Desk) -> None:
    made = desk.get("/openapi.json").json()
    for (path, method), codes in DOCUMENTED.items():
        assert codes <= problems_of(made, API + path, method), path
    assert "invalid-persons" not in repr(made)
