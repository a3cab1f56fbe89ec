"""Every state of one document, an ID card of Eva's, as the events that led there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from uuid import UUID

from buergerbuero_contracts.documents import Delivery, DocumentKind
from buergerbuero_contracts.envelope import Event
from services.documents import commands as ask
from services.documents.draft import document_stream
from services.documents.rules.document_state import Status
from services.documents.rules.holder import Holder
from tests.rules.documents.desk import ID_CARD, Desk
from tests.rules.documents.world import SITE, World


def shipped_order(world: World, **changed: object) -> None:
    """An ID card that the producer sends to the holder."""
    order = {
        "kind": DocumentKind.ID_CARD,
        "site": SITE,
        "delivery": Delivery.SHIPPING,
        "contact": ask.Contact(name="Eva Muster", email="eva@example.org"),
        "holder": Holder.ADULT,
        "address_in_germany": True,
        "other_document": True,
    }
    world.ask(ask.OrderDocument(**{**order, **changed}), name="shipped")  # type: ignore[arg-type]


def _shipped(world: World) -> None:
    shipped_order(world)
    world.ask(ask.RecordShipment(document_id=only(world)))


def _delivered(world: World) -> None:
    _shipped(world)
    world.ask(ask.ConfirmDelivery(document_id=only(world)))


def _stored(world: World) -> None:
    """Only a document without its order lies in the safe and calls nobody."""
    desk = Desk(world)
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=desk.number(ID_CARD)))
    desk.store(only(world))


def _in_locker(world: World) -> None:
    world.set(locker=True)
    (document,) = Desk(world).invited(ID_CARD)
    world.ask(ask.PlaceInLocker(document_id=document, locker="locker_1", agreed=True))


def _handed_over(world: World) -> None:
    desk = Desk(world)
    (document,) = desk.at_window(ID_CARD)
    world.ask(desk.hand_over(document))


def _returned(world: World) -> None:
    (document,) = Desk(world).invited(ID_CARD)
    world.ask(ask.ReturnToProducer(document_id=document, approved_by="colleague"))


def _destroyed(world: World) -> None:
    (document,) = Desk(world).invited(ID_CARD)
    decide = ask.DecideDestruction(
        document_id=document, destroy_after=date(2026, 11, 22), approved_by="colleague"
    )
    world.ask(decide)
    world.ask(ask.DestroyDocument(document_id=document, approved_by="colleague"))


def _merged(world: World) -> None:
    desk = Desk(world)
    desk.ordered(ID_CARD)
    world.ask(ask.ReceiveDocument(batch_id=desk.batch(), number=desk.number(ID_CARD)))
    late = next(one for one in documents(world) if one != desk.document(ID_CARD))
    world.ask(ask.JoinOrder(document_id=late, booking_id=desk.visit))


def documents(world: World) -> list[UUID]:
    """The ids of all documents, in the order in which they were ordered."""
    return list(dict.fromkeys(stream.id for stream in world.log.streams if stream.category == "document"))


def only(world: World) -> UUID:
    """The only document there is."""
    (document,) = documents(world)
    return document


WAYS: Mapping[Status, Callable[[World], object]] = {
    Status.NONE: lambda _world: None,
    Status.ORDERED: lambda world: Desk(world).ordered(ID_CARD),
    Status.SHIPPED: _shipped,
    Status.READY: lambda world: Desk(world).received(ID_CARD),
    Status.STORED: _stored,
    Status.INVITED: lambda world: Desk(world).invited(ID_CARD),
    Status.BOOKED: lambda world: Desk(world).booked(ID_CARD),
    Status.IN_LOCKER: _in_locker,
    Status.HANDED_OVER: _handed_over,
    Status.DELIVERED: _delivered,
    Status.RETURNED: _returned,
    Status.DESTROYED: _destroyed,
    Status.MERGED: _merged,
}


@cache
def events(status: Status) -> tuple[Event, ...]:
    """The events of a document in this state."""
    world = World()
    WAYS[status](world)
    if status is Status.NONE:
        return ()
    stream = document_stream(documents(world)[0])
    return tuple(one.event for one in world.log.streams[stream])
