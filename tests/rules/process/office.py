"""What the safe and the window may do at any moment of a life, at random. See ``people.py``."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import UUID

from buergerbuero_contracts.documents import (
    Authority,
    CheckMethod,
    Delivery,
    DocumentKind,
    OldDocument,
    Place,
    RecipientRole,
)
from services.documents import commands as ask
from services.documents.rules.batch import Batch
from services.documents.rules.calendar import local_date
from services.documents.rules.document_state import WAITING, Document, Status
from services.documents.rules.holder import Holder
from tests.rules.documents.world import SITE
from tests.rules.process.life import Life
from tests.rules.process.seed import FORMS, Piece

WINDOWS = ("window_1", "window_2")
BINS = tuple(f"A{n}" for n in range(1, 8))
COLLEAGUE = "colleague"


def documents(life: Life, *statuses: Status) -> list[Document]:
    """The documents in these states; all of them if none is named."""
    found: list[Document] = life.documents.log.of("document")
    return [one for one in found if not statuses or one.status in statuses]


def _one(draw: random.Random, first: list[Document], others: list[Document]) -> Document | None:
    """Mostly one of the first, sometimes any."""
    chosen = first if first and draw.random() < 0.9 else others
    return draw.choice(chosen) if chosen else None


def _witness(draw: random.Random) -> str | None:
    """Mostly a second person; now and then none, or the same one."""
    return draw.choice((COLLEAGUE,) * 6 + (None, "clerk"))


# --- orders and deliveries


def order(life: Life, draw: random.Random) -> None:
    """By post, for a person that only documents knows; perhaps to be shipped."""
    kind = draw.choice(tuple(DocumentKind))
    number = f"{FORMS[kind]}9{draw.randrange(10)}T7"
    wish = ask.OrderDocument(
        kind=kind,
        site=SITE,
        delivery=draw.choice((Delivery.SHIPPING, Delivery.SHIPPING, Delivery.WINDOW)),
        contact=ask.Contact(name="Somebody", email="somebody@example.org"),
        number=number,
        holder=Holder.ADULT,
        address_in_germany=True,
        other_document=True,
    )
    life.ask(life.documents, wish)
    life.pieces.append(Piece(UUID(int=0), kind, 0, number, Holder.ADULT))


def receive(life: Life, draw: random.Random) -> None:
    """A delivery is opened and one document scanned, found by its order, its visit or nothing at all."""
    if not life.pieces:
        return
    batch_id = _batch(life)
    one = draw.choice([piece for piece in life.pieces if piece.number not in life.scanned] or life.pieces)
    scan = ask.ReceiveDocument(batch_id=batch_id, number=one.number, kind=one.kind)
    how = draw.random()
    if how < 0.6 and one.piece:
        scan = ask.ReceiveDocument(batch_id=batch_id, number=one.number, document_id=one.document_id)
    elif how < 0.8 and one.piece:
        scan = ask.ReceiveDocument(batch_id=batch_id, number=one.number, booking_id=one.booking_id)
    life.ask(life.documents, scan)
    life.scanned.add(one.number)
    if draw.random() < 0.2:
        life.ask(life.documents, ask.CloseBatch(batch_id=batch_id))


def _batch(life: Life) -> UUID:
    """The delivery that is being unpacked, or a new one."""
    deliveries: list[Batch] = life.documents.log.of("delivery_batch")
    unpacked = [one.batch_id for one in deliveries if one.closed_at is None]
    if not unpacked:
        life.ask(life.documents, ask.OpenBatch(site=SITE))
        unpacked = [life.documents.log.of("delivery_batch")[-1].batch_id]
    return unpacked[-1]


def join(life: Life, draw: random.Random) -> None:
    """A document without an order is joined by hand to the visit at which it was applied for."""
    strange = [one.document_id for one in documents(life) if one.late and one.person_id is None]
    numbers = {one: case.number for one, case in life.documents.cases.rows.items() if one in strange}
    if numbers:
        document_id = draw.choice(list(numbers))
        visits = [one.booking_id for one in life.pieces if one.number == numbers[document_id]]
        life.ask(life.documents, ask.JoinOrder(document_id=document_id, booking_id=visits[0]))


# --- the safe


def store(life: Life, draw: random.Random) -> None:
    """Into a bin, with a second person."""
    one = _one(draw, documents(life, Status.READY), documents(life))
    if one:
        command = ask.StoreDocument(
            document_id=one.document_id, bin=draw.choice(BINS), approved_by=_witness(draw)
        )
        life.ask(life.documents, command)


def invite(life: Life, draw: random.Random) -> None:
    """By hand."""
    if waiting := documents(life, Status.STORED, Status.INVITED, Status.BOOKED):
        life.ask(life.documents, ask.InvitePickup(document_ids=(draw.choice(waiting).document_id,)))


def ship(life: Life, draw: random.Random) -> None:
    """The producer sends it, it comes through or comes back."""
    ordered = [one for one in documents(life, Status.ORDERED) if one.delivery is Delivery.SHIPPING]
    one = _one(draw, [*ordered, *documents(life, Status.SHIPPED)], documents(life))
    if one is None:
        return
    steps: list[ask.Command] = [
        ask.ConfirmDelivery(document_id=one.document_id),
        ask.ReceiveReturn(document_id=one.document_id, bin=draw.choice(BINS), approved_by=COLLEAGUE),
    ]
    if one.status is not Status.SHIPPED:
        steps = [ask.RecordShipment(document_id=one.document_id)]
    life.ask(life.documents, draw.choice(steps))


def give_back(life: Life, draw: random.Random) -> None:
    """Defect or revoked."""
    if here := documents(life):
        document_id = draw.choice(here).document_id
        life.ask(life.documents, ask.ReturnToProducer(document_id=document_id, approved_by=_witness(draw)))


def destroy(life: Life, draw: random.Random) -> None:
    """A decision, or what follows from one."""
    decided = [one for one in documents(life) if one.destroy_after]
    one = _one(draw, decided, documents(life))
    if one is None:
        return
    day = local_date(life.at) + timedelta(days=draw.choice((-1, 0, 1)))
    steps: list[ask.Command] = [
        ask.DestroyDocument(document_id=one.document_id, approved_by=_witness(draw)),
        ask.DecideDestruction(document_id=one.document_id, destroy_after=day, approved_by=COLLEAGUE),
    ]
    life.ask(life.documents, steps[0] if one.destroy_after else steps[1])


def lock(life: Life, draw: random.Random) -> None:
    """Into a locker, or out of it."""
    one = _one(draw, documents(life, Status.IN_LOCKER, Status.INVITED), documents(life))
    if one is None:
        return
    inside = one.status is Status.IN_LOCKER
    out = ask.CollectFromLocker(
        document_id=one.document_id, phone=True, code=draw.random() < 0.8, old_document=True
    )
    into = ask.PlaceInLocker(document_id=one.document_id, locker="locker_1", agreed=True)
    life.ask(life.documents, out if inside else into)


def count(life: Life, draw: random.Random) -> None:
    """The safe is counted, perhaps badly."""
    here = [one.document_id for one in documents(life) if one.place is Place.SAFE]
    seen = tuple(one for one in here if draw.random() < 0.8)
    life.ask(life.documents, ask.CountSafe(site=SITE, document_ids=seen))


# --- the window


def fetch(life: Life, draw: random.Random) -> None:
    """From the safe to a window."""
    booked = [one for one in documents(life, Status.BOOKED) if one.place is Place.SAFE]
    one = _one(draw, booked, documents(life, *WAITING))
    if one:
        life.ask(life.documents, ask.FetchDocument(document_id=one.document_id, window=draw.choice(WINDOWS)))


def put_back(life: Life, draw: random.Random) -> None:
    """From a window into a bin, mostly the right window."""
    here = [one for one in documents(life, *WAITING) if one.place is Place.WINDOW]
    one = _one(draw, here, documents(life))
    if one:
        window = (one.window or WINDOWS[0]) if draw.random() < 0.9 else draw.choice(WINDOWS)
        life.ask(
            life.documents,
            ask.PutBack(document_id=one.document_id, window=window, bin=draw.choice(BINS)),
        )


def hand_over(life: Life, draw: random.Random) -> None:
    """As it should be, or with something wrong: scan, window, recipient, authority, second person."""
    here = [one for one in documents(life, *WAITING) if one.place is Place.WINDOW]
    admitted = [one for one in here if one.admitted_by == one.booking_id is not None]
    one = _one(draw, admitted or here, documents(life))
    if one is None:
        return
    case = life.documents.cases.rows.get(one.document_id)
    wrong = draw.random() < 0.4
    role, check, authority = RecipientRole.APPLICANT, CheckMethod.PHOTO, Authority.NONE_NEEDED
    if case and case.holder is Holder.CHILD:
        role, check, authority = RecipientRole.CUSTODIAN, CheckMethod.ID_SEEN, Authority.CONSENT_SEEN
    if wrong:
        role, check = draw.choice(tuple(RecipientRole)), draw.choice((*CheckMethod, None))
        authority = draw.choice(tuple(Authority))
    numbers = [piece.number for piece in life.pieces]
    right = case.number if case and case.number else "X"
    command = ask.HandOverDocument(
        document_id=one.document_id,
        window=(one.window or WINDOWS[0]) if draw.random() < 0.9 else draw.choice(WINDOWS),
        scan=draw.choice(numbers) if wrong and draw.random() < 0.3 else right,
        recipient_role=role,
        check_method=check,
        authority=authority,
        old_document=draw.choice((*OldDocument, None)) if wrong else OldDocument.VOIDED_RETURNED,
        holder=draw.choice((None, life.holder(one.document_id))),
        approved_by=draw.choice((None, COLLEAGUE, "clerk")),
    )
    life.ask(life.documents, command)


def correct(life: Life, draw: random.Random) -> None:
    """The record of a hand-over was wrong."""
    if gone := documents(life, Status.HANDED_OVER):
        command = ask.CorrectHandover(
            document_id=draw.choice(gone).document_id,
            approved_by=_witness(draw),
            check_method=CheckMethod.ID_SEEN,
        )
        life.ask(life.documents, command)
