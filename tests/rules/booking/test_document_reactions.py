"""What booking does about each event of the documents' topic."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from buergerbuero_contracts.documents import (
    DocumentHandedOver,
    DocumentOrdered,
    DocumentReturned,
    DocumentsEvent,
    DocumentStored,
    PickupInvited,
    Place,
)
from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.registry import EVENTS, public
from services.booking import commands as ask
from services.booking.reactions import DOCUMENTS, LEAVING, react_to_documents
from services.booking.rules.events import Leaving
from tests.rules.booking.office import at

SAMPLES = Path(__file__).parents[3] / "contracts" / "samples"
TIME = at("09:00")
ACTING: set[type[Event]] = {DocumentOrdered, PickupInvited, DocumentStored, *LEAVING}


def sample(kind: type[Event]) -> Event:
    """The golden sample of a type."""
    (path,) = SAMPLES.glob(f"documents.{kind.__name__}.{kind.schema_version}.*json")
    return kind.model_validate(msgspec.json.decode(path.read_bytes())["data"])


def asked(event: Event) -> list[ask.Command]:
    return react_to_documents(SimpleNamespace(event=event, time=TIME))  # type: ignore[arg-type]


def test_an_order_and_an_invitation_keep_the_person() -> None:
    ordered, invited = sample(DocumentOrdered), sample(PickupInvited)
    assert isinstance(ordered, DocumentOrdered) and isinstance(invited, PickupInvited)
    assert ordered.person_id is not None
    assert asked(ordered) == [
        ask.AwaitDocuments(person_id=ordered.person_id, document_ids=(ordered.document_id,), since=ordered.at)
    ]
    assert asked(invited) == [
        ask.AwaitDocuments(person_id=invited.person_id, document_ids=invited.document_ids, since=TIME)
    ]


@pytest.mark.parametrize("kind", LEAVING, ids=lambda kind: kind.__name__)
def test_a_document_that_left_ends_what_booked_it(kind: type[DocumentHandedOver]) -> None:
    event = sample(kind)
    assert isinstance(event, kind)
    (note,) = asked(event)
    assert note == ask.NoteDocumentLeft(
        person_id=event.person_id,
        document_id=event.document_id,
        kind=event.kind,
        leaving=LEAVING[kind],
        at=event.at,
    )


def test_only_a_hand_over_delivers_and_only_the_post_may_bring_back() -> None:
    assert [kind.__name__ for kind, way in LEAVING.items() if way is Leaving.HANDED_OVER] == [
        "DocumentHandedOver"
    ]
    assert [kind.__name__ for kind, way in LEAVING.items() if way is Leaving.SHIPPED] == ["DocumentShipped"]
    stored = sample(DocumentStored)
    back = stored.model_copy(update={"from_": Place.CARRIER})
    assert [type(one) for one in asked(back)] == [ask.AwaitDocuments]
    assert asked(stored.model_copy(update={"from_": Place.RECEIVING})) == []


def test_a_document_of_nobody_asks_for_nothing() -> None:
    nobody = {"person_id": None, "person_revision": None}
    assert asked(sample(DocumentOrdered).model_copy(update=nobody)) == []
    assert asked(sample(DocumentReturned).model_copy(update=nobody)) == []


def test_all_other_events_ask_for_nothing() -> None:
    rest = [kind for kind in public("documents") if kind not in ACTING]
    assert rest and all(issubclass(kind, DocumentsEvent) for kind in rest)
    assert [kind.__name__ for kind in rest if asked(sample(kind))] == []


def test_the_catalogue_names_what_the_reaction_reads() -> None:
    import tomllib

    told = tomllib.loads((SAMPLES.parent / "catalogue.toml").read_text("utf-8"))["consumers"][DOCUMENTS.name]
    assert set(told) == {kind.__name__ for kind in ACTING} <= EVENTS.keys()
