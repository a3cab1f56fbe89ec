"""ID documents over the JSON API: the whole way, repeats, bad input, and who may."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from buergerbuero_contracts.documents import Place
from services.documents.api.documents import DOCUMENTS
from tests.rules.documents.desk import EVA, ID_CARD, PASSPORT, PICKUP, VISIT, Desk, finished, uid
from tests.rules.documents.world import World
from tests.way.booking_desk import refused
from tests.way.memory_documents import Window

BY_PROXY = {
    "recipient_role": "proxy",
    "check_method": "id_seen",
    "authority": "written_seen",
    "old_document": "voided_kept",
}
TO_APPLICANT = {"recipient_role": "applicant", "check_method": "photo", "old_document": "voided_returned"}


def hand_over(clerk: Window, document: UUID, **changed: Any) -> Any:
    """The hand-over of a document at window 1."""
    scan = clerk.eva.number(clerk.world.document(document).kind)
    body = {"window": "window_1", "scan": scan, **TO_APPLICANT, **changed}
    return clerk.post(f"/documents/{document}/hand-over", body)


# --- the way


def test_a_document_goes_its_whole_way_over_the_api(window: Window) -> None:
    contact = {"name": "Erika  Mustermann", "email": "Erika@Example.org"}
    order = {"kind": "id_card", "site": "flensburg", "contact": contact, "number": "L01X00T47"}
    ordered = window.post("/documents", order)
    assert (ordered.status_code, ordered.json()["state"]) == (201, "ordered")
    path = ordered.headers["location"].removeprefix("/api/documents/v1")
    batch = window.post("/delivery-batches", {"site": "flensburg"})
    assert (batch.status_code, batch.json()["open"]) == (201, True)
    scan = f"/delivery-batches/{batch.json()['batch_id']}"
    ready = window.post(f"{scan}/scan", {"number": "l01x00t47"}).json()
    assert (ready["document_id"], ready["state"], ready["place"]) == (path[11:], "ready", "receiving")
    assert window.post(f"{scan}/scan", {"number": "L01X00T47"}).json()["document_id"] == path[11:]
    closed = window.post(f"{scan}/close", {}).json()
    assert (closed["open"], closed["document_ids"]) == (False, [path[11:]])
    stored = window.post(f"{path}/store", {"bin": "A-07", "approved_by": "window_2"}).json()
    assert (stored["state"], stored["place"], stored["spot"]) == ("invited", "safe", "A-07")
    assert window.get(path).json() == stored
    fetched = window.post(f"{path}/fetch", {"window": "window_1"}).json()
    assert (fetched["place"], fetched["spot"]) == ("window", "window_1")
    back = window.post(f"{path}/put-back", {"window": "window_1", "bin": "A-08"}).json()
    assert (back["place"], back["spot"]) == ("safe", "A-08")
    custody = window.get(f"{path}/custody").json()["steps"]
    chain = [(step.get("from"), step["to"]) for step in custody if "to" in step]
    assert chain == [
        (None, "producer"),
        ("producer", "receiving"),
        ("receiving", "safe"),
        ("safe", "window"),
        ("window", "safe"),
    ]
    assert "Mustermann" not in ordered.text + window.get(f"{path}/custody").text
    assert "01X00T47" not in ordered.text + stored["document_id"] + window.get(f"{path}/custody").text


def test_f48_a_proxy_collects_two_documents_and_the_forgotten_old_one_comes_second(window: Window) -> None:
    card, passport = window.eva.at_window(ID_CARD, PASSPORT)
    given = hand_over(window, passport, **BY_PROXY)
    assert (given.status_code, given.json()["state"]) == (200, "handed_over")
    last = window.get(f"/documents/{passport}/custody").json()["steps"][-1]
    assert {name: last[name] for name in BY_PROXY} == BY_PROXY
    assert (last["to"], last["spot"], last["booking_id"]) == ("holder", "window_1", str(PICKUP))
    assert "Mustermann" not in repr(window.world.log.events)
    before = window.office.position()
    refused(hand_over(window, card, **BY_PROXY | {"old_document": None}), 409, "old-document-open")
    assert window.office.position() == before
    listed = window.get("/fetch-list?site=flensburg").json()["pickups"]
    assert [one["document_id"] for pickup in listed for one in pickup["documents"]] == [str(card)]
    assert hand_over(window, card, **BY_PROXY).json()["state"] == "handed_over"
    assert window.get("/fetch-list?site=flensburg").json()["pickups"] == []


def test_the_fetch_list_names_time_code_and_bin_of_everything_that_is_collected(window: Window) -> None:
    card, passport = window.eva.booked(ID_CARD, PASSPORT)
    assert window.get("/fetch-list?site=flensburg").json()["pickups"] == []
    (pickup,) = window.get("/fetch-list?site=flensburg&date=2026-11-24").json()["pickups"]
    assert pickup["starts_at"] == "2026-11-24T09:00:00+01:00"
    assert pickup["booking_id"] == str(PICKUP) and len(pickup["code"]) == 11
    assert {one["document_id"] for one in pickup["documents"]} == {str(card), str(passport)}
    assert all(one["place"] == "safe" and one["spot"] for one in pickup["documents"])
    window.world.passes(days=1)
    window.world.hear(window.eva.admitted(card, passport))
    (pickup,) = window.get("/fetch-list?site=flensburg").json()["pickups"]
    assert pickup["admitted_at"] == "2026-11-24T09:00:00+01:00"


def test_the_safe_shows_its_bins_and_a_count_finds_what_is_missing(window: Window) -> None:
    (card,) = window.eva.invited(ID_CARD)
    Desk(window.world, uid("Max"), uid("Max's visit")).received(PASSPORT)
    safe = window.get("/safes/flensburg").json()
    assert (safe["bins"], safe["without_bin"]) == (
        [{"bin": window.world.document(card).bin, "documents": 1}],
        1,
    )
    missing = window.post("/safes/flensburg/count", {}).json()
    assert (missing["expected"], missing["counted"], missing["missing"]) == (1, 0, 1)
    again = window.post("/safes/flensburg/count", {"numbers": [window.eva.number(ID_CARD)]}).json()
    assert (again["counted"], again["found"], again["missing"]) == (1, 1, 0)
    refused(window.get("/safes/kiel"), 403, "role-forbidden")


def test_what_was_left_at_a_window_is_listed_on_any_day(window: Window) -> None:
    (card,) = window.eva.invited(ID_CARD)
    window.post(f"/documents/{card}/fetch", {"window": "window_2"})
    listed = window.get("/fetch-list?site=flensburg&date=2027-02-01").json()
    assert [one["document_id"] for one in listed["at_window"]] == [str(card)]


def test_the_same_call_again_gets_the_first_answer_and_another_body_is_another_command(
    window: Window,
) -> None:
    (card,) = window.eva.at_window(ID_CARD)
    key = {"Idempotency-Key": "the-same-key"}
    body = {"window": "window_1", "scan": window.eva.number(ID_CARD), **TO_APPLICANT}
    first = window.post(f"/documents/{card}/hand-over", body, **key)
    again = window.post(f"/documents/{card}/hand-over", body, **key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = window.post(f"/documents/{card}/hand-over", body | {"check_method": "id_seen"}, **key)
    refused(other, 409, "already-handed-over")


def test_of_a_familys_orders_the_one_that_was_chosen_is_joined(window: Window) -> None:
    window.world.hear(finished("child_document_apply", "id_card_apply", at=window.world.at))
    childs, adults = (window.eva.document(ID_CARD, piece) for piece in (1, 2))
    batch = f"/delivery-batches/{window.eva.batch()}/scan"
    late = window.post(batch, {"number": "L01X00T47"}).json()["document_id"]
    chosen = {"booking_id": str(VISIT), "order_id": str(adults)}
    assert window.post(f"/documents/{late}/join", chosen).json()["person_id"] == str(EVA)
    assert [window.world.document(one).status for one in (childs, adults)] == ["ordered", "merged"]


def test_a_correction_adds_and_needs_the_lead_and_a_second_person(window: Window) -> None:
    (card,) = window.eva.at_window(ID_CARD)
    hand_over(window, card)
    path, body = f"/documents/{card}/correct", {"recipient_role": "custodian", "approved_by": "window_1"}
    refused(window.post(path, body), 403, "role-forbidden")
    refused(window.post(path, body | {"approved_by": None}, "lead@flensburg"), 403, "second-person")
    refused(window.post(path, body | {"approved_by": "desk_1"}, "lead@flensburg"), 403, "second-person")
    future = body | {"handed_over_at": "2027-01-01T00:00:00Z"}
    refused(window.post(path, future, "lead@flensburg"), 422, "future-date")
    before = window.get(f"/documents/{card}/custody").json()["steps"]
    assert window.post(path, body, "lead@flensburg").status_code == 200
    after = window.get(f"/documents/{card}/custody").json()["steps"]
    assert after[: len(before)] == before
    assert (after[-1]["event"], after[-1]["recipient_role"]) == ("HandoverCorrected", "custodian")
    assert after[-1]["witnessed"] is True


# --- bad input: a named refusal, and nothing has changed


def nothing_changed(window: Window, answer: Any, status: int, code: str, position: int) -> dict[str, Any]:
    body = refused(answer, status, code)
    assert window.office.position() == position
    return body


def test_a_wrong_scan_an_unknown_batch_and_a_document_elsewhere_change_nothing(window: Window) -> None:
    (card,) = window.eva.at_window(ID_CARD)
    (passport,) = window.eva.invited(PASSPORT)
    at = window.office.position()
    nothing_changed(window, hand_over(window, card, scan="C01X00T47"), 409, "number-mismatch", at)
    nothing_changed(window, hand_over(window, card, scan="#+?"), 409, "number-mismatch", at)
    nothing_changed(window, hand_over(window, card, window="window_2"), 409, "not-here", at)
    nothing_changed(window, hand_over(window, passport), 409, "not-here", at)
    scan = window.post(f"/delivery-batches/{uuid4()}/scan", {"number": "L01X00T47"})
    nothing_changed(window, scan, 404, "unknown-batch", at)
    number = window.post(f"/delivery-batches/{window.eva.batch()}/scan", {"number": "?"})
    body = refused(number, 422, "invalid-input")
    assert body["errors"][0]["field"] == "number"


def test_an_exception_needs_a_second_person_who_may_agree(window: Window) -> None:
    (card,) = window.eva.invited(ID_CARD)
    window.post(f"/documents/{card}/fetch", {"window": "window_1"})
    at = window.office.position()
    for second in (None, "nobody", "door_1"):
        answer = hand_over(window, card, exception="not_booked", approved_by=second)
        nothing_changed(window, answer, 403, "second-person", at)
    given = hand_over(window, card, exception="not_booked", approved_by="lead_1")
    assert given.json()["state"] == "handed_over"
    last = window.get(f"/documents/{card}/custody").json()["steps"][-1]
    assert (last["exception"], last["witnessed"]) == ("not_booked", True)
    assert "lead_1" not in repr(last)


def test_two_windows_at_once_one_wins_and_the_other_is_told(window: Window) -> None:
    (card,) = window.eva.at_window(ID_CARD)

    other = World(window.world.at, log=window.world.log, cases=window.world.cases)

    def faster() -> None:
        other.ask(window.eva.hand_over(card), by="window_2")

    window.world.log.meanwhile = faster
    refused(hand_over(window, card), 409, "already-handed-over")
    assert [event.to for event in window.world.custody(card)].count(Place.HOLDER) == 1


WRONG: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("store", {"bin": "", "approved_by": "window_2"}, "bin"),
    ("store", {"bin": "../../etc", "approved_by": "window_2"}, "bin"),
    ("store", {"bin": "A-1\u0000"}, "?"),
    ("fetch", {}, "window"),
    ("fetch", {"window": "window_1", "more": 1}, "more"),
    ("hand-over", {"window": "window_1", "scan": "x", "recipient_role": "friend"}, "recipient_role"),
    ("hand-over", {"window": "window_1", "recipient_role": "proxy"}, "scan"),
    ("correct", {"handed_over_at": "yesterday"}, "handed_over_at"),
    ("decide-destruction", {"destroy_after": "9999-12-31"}, "destroy_after"),
)


@pytest.mark.parametrize(("command", "body", "field"), WRONG)
def test_bad_values_name_their_field_and_never_repeat_it(
    window: Window, command: str, body: dict[str, Any], field: str
) -> None:
    (card,) = window.eva.invited(ID_CARD)
    answer = refused(
        window.post(f"/documents/{card}/{command}", body, "lead@flensburg"), 422, "invalid-input"
    )
    assert answer["errors"][0]["field"] == field
    assert "friend" not in repr(answer) and "etc" not in repr(answer)


def test_a_read_that_asks_for_a_position_nobody_has_is_refused(window: Window) -> None:
    (card,) = window.eva.ordered(ID_CARD)
    refused(window.get(f"/documents/{card}", Min_Log_Position="999"), 422, "invalid-input")
    refused(window.get("/fetch-list?site=flensburg", Min_Log_Position="-1"), 422, "invalid-input")
    refused(window.get("/fetch-list?site=flensburg&date=1066-10-14"), 422, "invalid-input")
    refused(window.get("/fetch-list?site=flensburg&date=tomorrow"), 422, "invalid-input")
    refused(window.get("/fetch-list?site=kiel"), 422, "unknown-site")


# --- who may


def test_only_the_window_and_the_lead_of_the_own_site_may(window: Window) -> None:
    (card,) = window.eva.invited(ID_CARD)
    for path in (f"/documents/{card}", f"/documents/{card}/custody", "/fetch-list?site=flensburg"):
        for role in ("door", "desk", "phone", "post_room", "data_protection", "operations"):
            refused(window.get(path, f"{role}@flensburg"), 403, "role-forbidden")
        refused(window.get(path, "window@kiel"), 403, "role-forbidden")
        assert window.get(path, "lead@flensburg").status_code == 200
    window.client.cookies.clear()
    answer = window.client.get(f"/api/documents/v1/documents/{card}")
    refused(answer, 401, "proof-missing")
    refused(window.get(f"/documents/{uuid4()}"), 404, "not-found")


def test_every_route_of_documents_asks_for_a_permission_that_a_role_has(window: Window) -> None:
    for route in window.client.app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.http_methods == {"OPTIONS"} or not route.path.startswith("/api/documents"):
                continue
            wanted = handler.opt["permission"]
            public = route.path.endswith(("/openapi.json", "/docs"))
            allowed = {DOCUMENTS["permission"], "documents_correct", "mail"}
            assert wanted in ({"public"} if public else allowed), route.path
