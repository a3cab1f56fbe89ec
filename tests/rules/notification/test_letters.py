"""When a message goes out on paper, one test per row: no address, a failure, the printer, its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from buergerbuero_contracts.envelope import Event
from buergerbuero_contracts.notification import (
    BounceReason,
    FailureReason,
    LetterPrinted,
    MessageBounced,
    MessageChannel,
    MessageFailed,
    MessageSkipped,
    SkipReason,
    Template,
)
from services.notification.handlers import next_look
from services.notification.rules.commands import (
    Command,
    NoteAccepted,
    NoteDeferred,
    NoteRefused,
    QueueMessage,
    ReportBounce,
    TickOff,
)
from services.notification.rules.events import Awaited, Cause, LetterWanted, MessageWaited, Paper
from services.notification.rules.message import LETTER_LOOK, MESSAGE
from services.notification.rules.state import Message, Phase
from services.notification.rules.templates import LETTERS, POST, PersonLook, SourceLook
from tests.rules.notification import given as g
from tests.rules.notification.given import CONFIRM_REQUEST, NOW, after, look
from tests.rules.notification.paperwork import CARD, INVITATION

READY = replace(
    CONFIRM_REQUEST,
    source_type="PickupInvited",
    template=Template.DOCUMENT_READY,
    booking_id=None,
    invitation_id=INVITATION,
    document_ids=(CARD,),
    useful_until=NOW + timedelta(days=120),
)
ID = READY.message_id


def about(command: Command, message_id: UUID) -> Command:
    """The same command on another message."""
    changed: Command = replace(command, message_id=message_id)  # type: ignore[arg-type]
    return changed


def given(*commands: Command, queue: QueueMessage = READY) -> Message:
    """The message after ``commands``, queued first."""
    return g.given(*(about(one, queue.message_id) for one in commands), queue=queue)


def when(state: Message, command: Command) -> list[Event]:
    """The events that follow; the command is about this message."""
    return list(MESSAGE.decide(about(command, state.sourced.message_id), state))


def waits(cause: Paper) -> LetterWanted:
    return LetterWanted(message_id=ID, cause=cause, next_at=after() + LETTER_LOOK)


LETTER = (look(person=PersonLook.NO_ADDRESS),)


def test_a_person_without_an_address_gets_a_letter() -> None:
    assert when(given(), look(person=PersonLook.NO_ADDRESS)) == [waits(Paper.NO_ADDRESS)]
    assert given(*LETTER).phase is Phase.LETTER


@pytest.mark.parametrize("template", [one for one in Template if one not in LETTERS])
def test_what_is_not_about_documents_never_becomes_a_letter(template: Template) -> None:
    if template in (Template.REMINDER, Template.EARLIER_SLOT, Template.WEEKLY_REPORT):
        return  # nobody asks for them yet
    queue = replace(READY, template=template)
    (skipped,) = when(given(queue=queue), look(person=PersonLook.NO_ADDRESS))
    assert isinstance(skipped, MessageSkipped) and skipped.reason is SkipReason.NO_ADDRESS


@pytest.mark.parametrize("template", [Template.CONFIRMED, Template.MOVED])
def test_who_wants_an_appointment_on_paper_gets_it_if_the_date_allows(template: Template) -> None:
    queue = replace(READY, template=template, by_letter=True, useful_until=NOW + POST)
    assert given(*LETTER, queue=queue).phase is Phase.LETTER
    near = replace(queue, useful_until=NOW + POST - timedelta(minutes=1))
    assert given(*LETTER, queue=near).phase is Phase.SKIPPED


def test_a_date_too_near_for_the_post_is_no_date_for_a_letter() -> None:
    booked = replace(READY, template=Template.PICKUP_BOOKED, useful_until=NOW + POST)
    assert given(*LETTER, queue=booked).phase is Phase.LETTER
    near = replace(booked, useful_until=NOW + POST - timedelta(minutes=1))
    assert given(*LETTER, queue=near).phase is Phase.SKIPPED


@pytest.mark.parametrize(
    ("before", "command", "kind", "reason"),
    [
        ((), look(person=PersonLook.SUPPRESSED), MessageFailed, FailureReason.PERMANENT),
        ((look(),), NoteRefused(ID, 1, NOW), MessageFailed, FailureReason.PERMANENT),
        (
            (look(),),
            NoteDeferred(ID, 1, Cause.CODE, 0.0, after(days=3), 451),
            MessageFailed,
            FailureReason.EXPIRED,
        ),
        (
            (look(), NoteAccepted(ID, 1)),
            ReportBounce(ID, BounceReason.ADDRESS, NOW),
            MessageBounced,
            BounceReason.ADDRESS,
        ),
    ],
)
def test_an_email_about_documents_that_fails_is_told_and_becomes_a_letter(
    before: tuple[Command, ...], command: Command, kind: type[Event], reason: str
) -> None:
    state = given(*before)
    failed, wanted = when(state, command)
    assert isinstance(failed, MessageFailed | MessageBounced) and type(failed) is kind
    assert (failed.reason, failed.channel) == (reason, MessageChannel.EMAIL)
    assert isinstance(wanted, LetterWanted) and wanted.cause is Paper.NOT_DELIVERED
    assert MESSAGE.fold([failed, wanted], state).phase is Phase.LETTER


def test_a_server_that_says_later_is_tried_for_three_days_only() -> None:
    soon = NoteDeferred(ID, 1, Cause.CODE, 0.0, after(days=2), 451)
    assert MESSAGE.fold(when(given(look()), soon), given(look())).phase is Phase.RETRYING


def test_a_printed_letter_that_is_ticked_off_is_done_and_goes_by_letter() -> None:
    (printed,) = when(given(*LETTER), TickOff(ID))
    assert isinstance(printed, LetterPrinted)
    assert (printed.channel, printed.document_ids) == (MessageChannel.LETTER, (CARD,))
    assert given(*LETTER, TickOff(ID)).phase is Phase.ACCEPTED


def test_ticked_off_twice_is_ticked_off_once() -> None:
    assert when(given(*LETTER, TickOff(ID)), TickOff(ID)) == []


@pytest.mark.parametrize("before", [(), (look(),), (look(), NoteAccepted(ID, 1))])
def test_what_does_not_wait_on_paper_cannot_be_ticked_off(before: tuple[Command, ...]) -> None:
    assert when(given(*before), TickOff(ID)) == []


def test_a_letter_cannot_bounce() -> None:
    assert when(given(*LETTER, TickOff(ID)), ReportBounce(ID, BounceReason.ADDRESS, NOW)) == []


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (look(after(hours=1), source=SourceLook.LEFT), SkipReason.STALE),
        (look(after(hours=1), person=PersonLook.ERASED), SkipReason.ERASED),
        (look(after(days=120), person=PersonLook.NO_ADDRESS), SkipReason.EXPIRED),
    ],
)
def test_a_letter_that_lost_its_sense_leaves_the_queue(seen: Command, reason: SkipReason) -> None:
    (skipped,) = when(given(*LETTER), seen)
    assert isinstance(skipped, MessageSkipped)
    assert (skipped.reason, skipped.channel) == (reason, MessageChannel.LETTER)


@pytest.mark.parametrize("person", [PersonLook.NO_ADDRESS, PersonLook.HERE, PersonLook.SUPPRESSED])
def test_a_letter_that_still_waits_is_looked_at_again_every_hour(person: PersonLook) -> None:
    state = given(*LETTER)
    assert when(state, look(after(hours=1), person=person)) == [], "paper stays paper"
    assert next_look(state, after(hours=1)) == after(hours=2)
    assert next_look(state, after(days=120) - timedelta(minutes=5)) == after(days=120), "and at its end"


def test_a_call_whose_document_was_not_seen_yet_waits_for_it() -> None:
    (waited,) = when(given(), look(source=SourceLook.BEHIND))
    assert isinstance(waited, MessageWaited) and waited.awaited is Awaited.DOCUMENT
