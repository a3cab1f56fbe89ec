"""How a document and its order find each other, whichever comes first: decisions over several streams. Pure.

Promises: one physical document has one stream; a delivery that comes before its order opens it ``late``,
and the order, the same booking or a clerk joins it; a document that lies in the safe when its holder
becomes known is called in the same append. Shown by ``tests/rules/documents/test_orders.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from buergerbuero_contracts.documents import DocumentKind, PinLetter
from servicekit.decider import Refused
from servicekit.log import Person, Stream

from . import commands as ask
from .around import WHILE_WAITING, Around
from .draft import Draft, document_stream, holder_stream
from .inviting import call
from .rules import batch
from .rules import document_commands as c
from .rules.document_commands import Asked
from .rules.document_state import AT_OFFICE, Document, Status
from .rules.holder import NameHolder
from .rules.ordering import MOST_PIECES, document_id_of, holder_at, may_be_shipped, pin_letter


def order(command: ask.OrderDocument, around: Around, draft: Draft) -> None:
    """A new document, or the holder of one that is here already."""
    document_id = _target(around)
    stream = document_stream(document_id)
    known: Document = draft[stream]
    if known.known and known.kind is not command.kind:
        raise Refused("number-mismatch")
    if known.person_id is None and (known.late or known.status in AT_OFFICE):
        if person := _person(command, around, draft):
            if command.contact is not None:
                around = around.speaking(person[0], command.contact.language)
            _join(around, draft, known, *person, command.booking_id)
        return
    if around.number_known and known.known and command.booking_id is None:
        raise Refused("number-mismatch")  # another order has this number
    if known.known:
        return
    _new(command, around, draft, document_id)


def _new(command: ask.OrderDocument, around: Around, draft: Draft, document_id: UUID) -> None:
    facts = around.facts(draft, command.site)
    ordered_at = min(command.ordered_at or around.at, around.at)
    age = holder_at(command.born_on, command.holder, ordered_at)
    person = _person(command, around, draft)
    person_id, revision = person or (None, None)
    step = c.Order(
        document_id=document_id,
        kind=command.kind,
        site=command.site,
        variant=command.variant,
        delivery=command.delivery,
        pin_letter=command.pin_letter or pin_letter(command.kind, age, ordered_at),
        person_id=person_id,
        person_revision=revision,
        booking_id=command.booking_id,
        item_id=command.item_id,
        ordered_at=ordered_at,
        shippable=may_be_shipped(
            command.kind,
            command.variant,
            age,
            address_in_germany=command.address_in_germany,
            other_document=command.other_document,
        ),
    )
    draft.ask(document_stream(document_id), Asked(step, facts))
    if person is not None:
        _name(draft, *person, command.site, document_id)


def _person(command: ask.OrderDocument, around: Around, draft: Draft) -> tuple[UUID, int] | None:
    """Who it is for. A booking may have none; else ``invalid-input``. A contact becomes a new row."""
    if command.person_id is not None:
        if kept := around.kept(command.person_id, around.at + WHILE_WAITING):
            draft.keep(kept)
            # Looked at, so that the end of one, which ends the row too, makes this one be decided again.
            draft.documents(draft[holder_stream(kept.person_id, command.site)].document_ids)
        return command.person_id, command.person_revision or 1
    if command.contact is None:
        if command.booking_id is None:
            raise Refused("invalid-input", errors={"contact": "missing"})
        return None
    contact = command.contact
    person = Person(
        person_id=around.context.new_id("person"),
        revision=1,
        keep_until=around.at + WHILE_WAITING,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        language=contact.language,
    )
    draft.keep(person)
    return person.person_id, person.revision


def join(command: ask.JoinOrder, around: Around, draft: Draft) -> None:
    """By hand: the order that was chosen, else the booking's first of this kind that nothing came for."""
    document = draft.document(command.document_id)
    if document.person_id is not None:
        raise Refused("wrong-state")
    fulfilled = open_order(draft.documents(joinable_ids(command, document.kind)))
    if fulfilled is None or fulfilled.person_id is None:
        raise Refused("unknown-order")
    facts = around.facts(draft, document.site)
    draft.ask(document_stream(fulfilled.document_id), Asked(c.Merge(into=document.document_id), facts))
    person, letter = (fulfilled.person_id, fulfilled.person_revision or 1), fulfilled.pin_letter
    _join(around, draft, document, *person, command.booking_id, letter)


def ordered_ids(booking_id: UUID, kind: DocumentKind) -> list[UUID]:
    """The ids of all documents of a kind that a booking can order."""
    return [document_id_of(booking_id, kind, piece) for piece in range(1, MOST_PIECES + 1)]


def joinable_ids(command: ask.JoinOrder, kind: DocumentKind) -> list[UUID]:
    """The ids of the booking's documents of a kind, only the chosen one if there is a choice."""
    ids = ordered_ids(command.booking_id, kind)
    return [one for one in ids if command.order_id in (None, one)]


def open_order(documents: Iterable[Document]) -> Document | None:
    """The first that is ordered for somebody and did not come."""
    return next((one for one in documents if one.status is Status.ORDERED and one.person_id), None)


def _join(
    around: Around,
    draft: Draft,
    document: Document,
    person_id: UUID,
    person_revision: int,
    booking_id: UUID | None,
    letter: PinLetter | None = None,
) -> None:
    facts = around.facts(draft, document.site)
    step = c.Join(
        person_id=person_id, person_revision=person_revision, booking_id=booking_id, pin_letter=letter
    )
    draft.ask(document_stream(document.document_id), Asked(step, facts))
    _name(draft, person_id, person_revision, document.site, document.document_id)
    if document.status is Status.STORED:
        call(around, draft, [draft.document(document.document_id)])


def _name(draft: Draft, person_id: UUID, revision: int, site: str, document_id: UUID) -> None:
    step = NameHolder(person_id=person_id, person_revision=revision, document_id=document_id)
    draft.ask(holder_stream(person_id, site), step)


def receive(command: ask.ReceiveDocument, around: Around, draft: Draft) -> None:
    """One scan of an open delivery: its order's document, or one without an order."""
    stream = Stream("delivery_batch", command.batch_id)
    delivery: batch.Batch = draft[stream]
    if delivery.opened_at is None:
        raise Refused("unknown-batch")
    document_id = _target(around)
    known: Document = draft[document_stream(document_id)]
    if known.status is Status.READY:
        return  # scanned before
    facts = around.facts(draft, delivery.site)
    if not known.known:
        if around.kind is None:
            raise Refused("number-mismatch")
        late = c.Order(
            document_id=document_id,
            kind=around.kind,
            site=delivery.site,
            pin_letter=pin_letter(around.kind, None, around.at),
            booking_id=command.booking_id,
            ordered_at=around.at,
            late=True,
        )
        draft.ask(document_stream(document_id), Asked(late, facts))
    received = c.Receive(batch_id=command.batch_id)
    draft.ask(document_stream(document_id), Asked(received, facts))
    draft.ask(stream, batch.Scan(document_id=document_id))


def _target(around: Around) -> UUID:
    """The document that the handler found for an order or a scan."""
    assert around.target is not None  # noqa: S101 - the handler names it for these commands
    return around.target
