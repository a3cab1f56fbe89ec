"""Documents' API describes itself, and tells nothing about people."""

from __future__ import annotations

import structlog

from services.documents.api.routes import PREFIX
from tests.rules.documents.desk import ID_CARD
from tests.way.described import check_description, problems_of
from tests.way.memory_documents import Window


def test_the_description_equals_the_routes_and_every_example_is_true(window: Window) -> None:
    check_description(window.get("/openapi.json").json(), window.client.app.routes, PREFIX)


def test_the_description_has_a_page_without_foreign_files(window: Window) -> None:
    page = window.get("/docs").text
    assert "/documents/{document_id}/hand-over" in page and "number-mismatch" in page
    assert "<script" not in page and "://" not in page.split("</head>")[0]


DOCUMENTED = {
    "/documents": {"shipping-not-allowed", "unknown-site", "role-forbidden"},
    "/documents/{document_id}/store": {"bin-full", "second-person", "wrong-state", "not-found"},
    "/documents/{document_id}/hand-over": {
        *("not-here", "already-handed-over", "number-mismatch", "holder-unknown", "check-missing"),
        *("no-authority", "pin-letter-open", "old-document-open", "second-person"),
    },
    "/documents/{document_id}/correct": {"second-person", "future-date"},
    "/documents/{document_id}/destroy": {"retention-unset", "retention-running", "second-person"},
    "/documents/{document_id}/locker": {"locker-not-allowed", "not-here"},
    "/delivery-batches/{batch_id}/scan": {"unknown-batch", "number-mismatch", "wrong-state"},
}


def test_each_refusal_that_a_call_can_meet_is_in_its_description(window: Window) -> None:
    made = window.get("/openapi.json").json()
    for path, codes in DOCUMENTED.items():
        assert codes <= problems_of(made, PREFIX + path, "post"), path


def test_no_answer_event_or_log_line_holds_a_name_an_address_or_a_number(window: Window) -> None:
    contact = {"name": "CANARY Mustermann", "email": "canary@example.org"}
    order = {"kind": "id_card", "site": "flensburg", "contact": contact, "number": "LCANARY47"}
    (card,) = window.eva.at_window(ID_CARD)
    with structlog.testing.capture_logs() as lines:
        path = f"/documents/{window.post('/documents', order).json()['document_id']}"
        batch = window.post("/delivery-batches", {"site": "flensburg"}).json()["batch_id"]
        answers = [
            window.get(path),
            window.get(f"{path}/custody"),
            window.post(f"/delivery-batches/{batch}/scan", {"number": "LCANARY47"}),
            window.post(
                f"/documents/{card}/hand-over", {"window": "w", "scan": "CANARY", "recipient_role": "x"}
            ),
            window.post("/documents", order | {"contact": {"name": "CANARY", "email": "CANARY@"}}),
            window.get("/fetch-list?site=CANARY"),
        ]
        for form in ({"scan": "LCANARY47"}, {"surname": "CANARY", "day": "2026-11-24"}):
            assert "CANARY" not in str(window.send("/amt/ausgabe", **form).url)
    assert all("CANARY" not in answer.text.upper() for answer in answers)
    assert "CANARY" not in repr(lines).upper()
    assert "CANARY" not in repr([(one.event, one.meta) for one in window.world.log.events]).upper()
    assert "CANARY" in repr(window.world.log.people) and "LCANARY47" in repr(window.world.cases)
