"""Timers: which are armed at which stage of a document's way, and what each of them asks for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from servicekit.log import Due
from services.documents import commands as ask
from services.documents import followed_commands as told
from services.documents.post_room_commands import NotePapersOverdue
from services.documents.timers import ASKS, due
from tests.rules.documents.desk import PASSPORT, Desk
from tests.rules.documents.world import World

ID = UUID(int=1)
NOW = datetime.fromisoformat("2026-11-23T08:00Z")


def test_each_stage_has_its_timers_and_a_document_that_is_gone_only_the_erasure(
    world: World, desk: Desk
) -> None:
    (document,) = desk.ordered(PASSPORT)
    assert world.timer_kinds(document) == {"order-late"}
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=desk.number(PASSPORT), document_id=document))
    assert world.timer_kinds(document) == set()
    desk.store(document)
    assert world.timer_kinds(document) == {"overdue"}
    invitation = world.document(document).invitation_id
    assert invitation
    assert world.timer_kinds(invitation) == {"pickup-reminder"}
    world.hear(desk.confirmed(document))
    assert world.timer_kinds(document) == {"overdue", "pickup-over"}
    world.hear(desk.cancelled(document, undo_until=desk.tomorrow))
    assert world.timer_kinds(document) == {"overdue"}
    assert world.timer_kinds(invitation) == {"pickup-reminder", "reinvite"}
    world.hear(desk.undone(document))
    world.hear(desk.admitted(document))
    world.ask(ask.FetchDocument(document_id=document, window="window_1"))
    world.ask(desk.hand_over(document))
    assert world.timer_kinds(document) == {"case-erasure"}
    assert world.timer_kinds(invitation) <= {"reinvite"}
    assert world.until("2026-12-24T09:00Z") == []
    assert world.log.armed == {}


def test_what_each_timer_asks_for() -> None:
    asked = {kind: due(Due(kind, ID, NOW)) for kind in ASKS}
    assert asked == {
        "order-late": told.NoteOrderLate(document_id=ID),
        "overdue": told.MarkOverdue(document_id=ID),
        "pickup-over": told.EndPickup(document_id=ID),
        "pickup-reminder": told.RemindPickup(invitation_id=ID),
        "reinvite": told.Reinvite(invitation_id=ID),
        "locker-return": told.ReturnFromLocker(document_id=ID),
        "case-erasure": told.EraseCase(document_id=ID),
    }
    assert due(Due("papers-due", ID, NOW)) == NotePapersOverdue(item_id=ID)
    assert due(Due("no-such-timer", ID, NOW)) is None
