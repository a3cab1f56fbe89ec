"""Mails about wishes: which event asks for which, when one is stale, and what they say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from buergerbuero_contracts.booking import (
    Channel,
    Pool,
    Purpose,
    SlotReserved,
    WishClosed,
    WishConfirmed,
    WishEnd,
    WishFulfilled,
    WishMade,
    WishOffered,
)
from buergerbuero_contracts.envelope import Event, Item
from buergerbuero_contracts.notification import MessageQueued, Template
from servicekit.projection import Seen
from servicekit.tokens import Purpose as LinkPurpose
from servicekit.tokens import Tokens
from servicekit.web.problems import LANGUAGES
from services.notification.facts import WishFacts
from services.notification.projections import wishes as model
from services.notification.reactions import react_to_booking
from services.notification.rules.message import MESSAGE
from services.notification.rules.templates import SourceLook, look_at_source
from tests.rules.notification.given import NOW, PERSON
from tests.rules.notification.office import ASKED, STARTS, write

WISH, OFFER, BOOKING = (UUID(int=n) for n in (1, 2, 3))
UNTIL = NOW + timedelta(minutes=60)
COMMON: dict[str, Any] = {
    **{"wish_id": WISH, "person_id": PERSON, "person_revision": 1, "site": "flensburg"},
    **{"items": (Item(service="passport_apply"),), "language": "en"},
}
MADE, CONFIRMED = WishMade(**COMMON), WishConfirmed(**COMMON)
OFFERED = WishOffered(offer_id=OFFER, starts_at=STARTS, offered_until=UNTIL, **COMMON)
CLOSED = WishClosed(reason=WishEnd.WITHDRAWN, **COMMON)
FULFILLED = WishFulfilled(offer_id=OFFER, starts_at=STARTS, **COMMON)


def reserved(offer: UUID | None) -> SlotReserved:
    """Somebody's place."""
    return SlotReserved.model_validate(
        {
            **{"booking_id": BOOKING, "slot_id": BOOKING, "site": "flensburg", "date": STARTS.date()},
            **{"counter": "counter_1", "pool": Pool.ONLINE, "starts_at": STARTS, "ends_at": STARTS},
            **{"occupied_until": STARTS, "items": COMMON["items"], "persons": 1},
            **{"channel": Channel.ONLINE, "purpose": Purpose.OFFER, "offer_id": offer},
        }
    )


class Told:
    """An event as a reaction gets it."""

    def __init__(self, event: Event) -> None:
        self.event, self.event_id, self.time, self.position = event, UUID(int=9), NOW, 40


def seen(*events: Event) -> list[Seen]:
    """Events as the projector hands them over, ten positions apart from 10."""
    return [
        Seen(
            type(event).__name__,
            msgspec.json.decode(event.to_json(), type=model.WISHES.reads[type(event).__name__]),
            UUID(int=n),
            NOW,
            event.partition_key(),
            model.WISHES.topics[0],
            10 * n + 10,
        )
        for n, event in enumerate(events)
    ]


def row(*batches: Sequence[Seen]) -> dict[str, Any]:
    """What the statements make of several batches."""
    known: dict[str, Any] = dict.fromkeys(model.COLUMNS)
    taken = set[UUID]()
    for batch in batches:
        for one in model.wishes(batch):
            known |= {
                name: value for name, value in zip(model.COLUMNS, one, strict=True) if value is not None
            }
        taken |= {offer for (offer,) in model.taken(batch)}
    return known | {"taken": known["offer_id"] in taken}


def look(template: Template, position: int, *events: Event) -> SourceLook:
    """What a mailer sees that wants to send the message of one of these events."""
    return look_at_source(template, position, model.now_of(row(seen(*events))))


# --- which event asks for which mail


def test_a_wish_without_an_appointment_is_to_be_proven_within_the_hour() -> None:
    (asked,) = react_to_booking(Told(MADE))
    assert (asked.template, asked.wish_id, asked.useful_until) == (Template.CONFIRM_REQUEST, WISH, UNTIL)
    assert (asked.booking_id, asked.language) == (None, "en")
    queued = MESSAGE.decide(asked, MESSAGE.initial)[0]
    assert isinstance(queued, MessageQueued) and queued.wish_id == WISH


def test_a_wish_from_a_ticket_is_proven_already() -> None:
    assert react_to_booking(Told(MADE.model_copy(update={"booking_id": BOOKING}))) == []


def test_an_offer_is_of_use_until_it_ends() -> None:
    (asked,) = react_to_booking(Told(OFFERED))
    assert (asked.template, asked.wish_id, asked.useful_until) == (Template.EARLIER_SLOT, WISH, UNTIL)


@pytest.mark.parametrize("event", [CONFIRMED, FULFILLED, CLOSED])
def test_nothing_else_about_a_wish_asks_for_a_mail(event: Event) -> None:
    assert react_to_booking(Told(event)) == []


# --- stale?


def test_a_request_holds_until_the_wish_is_proven_or_closed() -> None:
    request = Template.CONFIRM_REQUEST
    assert look_at_source(request, 10, None) is SourceLook.BEHIND
    assert look(request, 10, MADE) is SourceLook.HOLDS
    for later in (CONFIRMED, CLOSED, OFFERED):
        assert look(request, 10, MADE, later) is SourceLook.LEFT


def test_an_offer_holds_until_somebody_has_it_or_the_next_one_follows() -> None:
    offer, life = Template.EARLIER_SLOT, (MADE, CONFIRMED, OFFERED)
    assert look(offer, 30, *life[:2]) is SourceLook.BEHIND
    assert look(offer, 30, *life) is SourceLook.HOLDS
    assert look(offer, 30, *life, reserved(None)) is SourceLook.HOLDS
    assert look(offer, 30, *life, reserved(OFFER)) is SourceLook.LEFT
    assert look(offer, 40, reserved(OFFER), *life) is SourceLook.LEFT
    for later in (FULFILLED, CLOSED, OFFERED.model_copy(update={"offer_id": BOOKING})):
        assert look(offer, 30, *life, later) is SourceLook.LEFT


LIFE: list[Event] = [MADE, CONFIRMED, OFFERED, reserved(OFFER), CLOSED]


@pytest.mark.parametrize("cut", range(len(LIFE) + 1))
def test_the_same_events_split_anywhere_give_the_same_row(cut: int) -> None:
    events = seen(*LIFE)
    assert row(events[:cut], events[cut:]) == row(events)


def test_a_wish_known_in_part_tells_nothing() -> None:
    with pytest.raises(LookupError):
        model.facts_of(row(seen(CLOSED)), "WishClosed")


# --- words

FACTS = WishFacts(WISH, "flensburg", [("passport_apply", 2)], ASKED + timedelta(minutes=60))
OFFER_FACTS = replace(FACTS, starts_at=STARTS, offered_until=ASKED + timedelta(minutes=45))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("template", "facts"),
    [
        (Template.CONFIRM_REQUEST, FACTS),
        (Template.EARLIER_SLOT, OFFER_FACTS),
        (Template.EARLIER_SLOT, replace(OFFER_FACTS, moves=True)),
    ],
)
def test_the_link_opens_this_wish_and_nothing_else(
    tmp_path: Path, template: Template, facts: WishFacts, language: str
) -> None:
    mail = write(tmp_path, template, facts, language=language)
    assert mail.ics is None and mail.square is None
    links = re.findall(r"https?://\S+/frueher/\S+", mail.text)
    tokens_in = {link.rpartition("/frueher/")[2].removesuffix("/beenden") for link in links}
    (token,) = tokens_in
    link = Tokens(tmp_path / "links").verify(token, LinkPurpose.WISH)
    assert link is not None
    assert (link.id, link.until) == (WISH, ASKED + timedelta(days=67))
    assert {one.endswith("/beenden") for one in links} == (
        {True, False} if template is Template.EARLIER_SLOT else {False}
    )


def test_a_request_says_what_for_and_until_when(tmp_path: Path) -> None:
    mail = write(tmp_path, Template.CONFIRM_REQUEST, FACTS)
    assert mail.subject == "Ihr Wunsch nach einem früheren Termin – bitte bestätigen"
    assert "Reisepass beantragen (2 Personen)" in mail.text
    assert "einen Tag nach dem Ende des Wunsches" in mail.text
    assert "None" not in mail.text


def test_an_offer_says_when_that_others_have_it_and_what_stays(tmp_path: Path) -> None:
    mail = write(tmp_path, Template.EARLIER_SLOT, OFFER_FACTS)
    assert mail.subject.startswith("Früherer Termin frei: ")
    assert "Wer zuerst zusagt, hat den Termin." in mail.text
    assert "jetziger Termin" not in mail.text
    moving = write(tmp_path, Template.EARLIER_SLOT, replace(OFFER_FACTS, moves=True))
    assert "Ihr jetziger Termin bleibt, bis Sie zusagen." in moving.text
    english = write(tmp_path, Template.EARLIER_SLOT, OFFER_FACTS, language="en")
    assert english.subject.startswith("Earlier appointment free: ")
