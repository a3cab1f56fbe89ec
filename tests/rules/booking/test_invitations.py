"""The rows of ``booking.invitations.v1``: pure, one per thing, the same however the events are split."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from buergerbuero_contracts.envelope import NIL
from servicekit.projection import Seen
from services.booking.projections.invitations import (
    Arrived,
    Ended,
    Invited,
    documents,
    ends,
    invitations,
    invited_documents,
)

A, B, EVA, CARD, PASS = (uuid5(NIL, name) for name in ("a", "b", "eva", "card", "pass"))


def seen(*data: Any) -> list[Seen]:
    at = datetime(2026, 12, 1, tzinfo=UTC)
    return [Seen("-", one, NIL, at, "-", "-", nr) for nr, one in enumerate(data)]


def invited(invitation: UUID, *wanted: UUID) -> Invited:
    return Invited(invitation, list(wanted), EVA, 2, "flensburg", "en")


def test_an_invitation_is_a_row_and_one_for_each_document_in_its_order() -> None:
    batch = seen(invited(A, PASS, CARD), invited(A, PASS, CARD))
    assert invitations(batch) == [(A, EVA, 2, "flensburg", "en")]
    assert invited_documents(batch) == [(A, 0, PASS), (A, 1, CARD)]


def test_the_first_end_counts_and_rows_are_sorted_by_their_key() -> None:
    batch = seen(Ended(B, "replaced"), Ended(A, "handed_over"), Ended(B, "handed_over"))
    assert ends(batch) == sorted([(A, "handed_over"), (B, "replaced")])
    kinds = seen(Arrived(PASS, "passport"), Arrived(CARD, "id_card"), Arrived(PASS, "passport"))
    assert documents(kinds) == sorted([(CARD, "id_card"), (PASS, "passport")])


def test_events_that_a_table_is_not_about_leave_no_row() -> None:
    assert invitations(seen(Ended(A, "replaced"))) == ends(seen(invited(A, PASS))) == []
    assert invited_documents(seen(Arrived(PASS, "passport"))) == documents(seen(invited(A, PASS))) == []
