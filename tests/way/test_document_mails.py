"""Mails about documents on their whole way: events of two services in, real log, real mail server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from buergerbuero_contracts.booking import BookingCancelled, BookingConfirmed
from buergerbuero_contracts.envelope import Event
from servicekit.tokens import Purpose
from tests.conftest import Databases
from tests.rules.notification import paperwork as p
from tests.rules.notification.given import PERSON
from tests.way.mail_story import Story
from tests.way.mail_world import LONG, NOW, World, open_world


@pytest.fixture
async def world(database: Databases, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(database("notification"), tmp_path) as world:
        await world.person(PERSON, keep_until=LONG)
        yield world


def pickup(booking_id: UUID) -> BookingConfirmed:
    """A time at the window, as booking confirms it."""
    place = Story(booking_id, PERSON).confirmed().model_dump() | {
        "kind": "pickup",
        "method": "pickup_link",
        "items": [{"service": "id_card_pickup"}],
        "persons": 1,
        "invitation_id": p.INVITATION,
        "document_ids": [p.CARD],
    }
    return BookingConfirmed.model_validate(place)


async def skipped(world: World) -> int:
    return (await world.types()).count("MessageSkipped")


async def test_who_is_called_reads_what_waits_and_gets_a_link_that_proves_the_call(world: World) -> None:
    await world.happened(p.stored(), p.invited())
    await world.work()
    (mail,) = await world.mails()
    assert (mail.to, mail.subject) == ("erika@example.org", "Ihr Personalausweis liegt zur Abholung bereit")
    (link,) = mail.links
    found = re.fullmatch(r"http://127\.0\.0\.1:8001/de/abholung/([\w-]{54})", link)
    assert found
    proof = world.tokens.verify(found[1], Purpose.PICKUP)
    assert proof is not None and (proof.id, proof.until) == (p.INVITATION, NOW + timedelta(days=120))
    assert await world.types() == ["MessageQueued", "MessageSourced", "SendStarted", "MessageSent"]


async def test_a_life_of_mails_tells_it_all_even_after_a_restart(database: Databases, tmp_path: Path) -> None:
    """F29: reminder, pick-up and its cancellation name what earlier events named."""
    own, booking = database("notification"), uuid4()
    async with open_world(own, tmp_path) as world:
        await world.person(PERSON, keep_until=LONG)
        await world.happened(p.stored(), p.stored(p.PASSPORT, "passport"), p.invited(p.CARD, p.PASSPORT))
        await world.work()
        position, last = world.position, world.last
    async with open_world(own, tmp_path, again=True) as world:  # no memory of what was before
        world.position, world.last = position, last
        world.clock.at = NOW + timedelta(days=1)
        await world.happened(p.reminded(p.CARD, p.PASSPORT))
        await world.work()
        world.clock.at = NOW + timedelta(days=2)
        await world.happened(pickup(booking))
        await world.work()
        position, last = world.position, world.last
    async with open_world(own, tmp_path, again=True) as world:
        world.position, world.last = position, last
        world.clock.at = NOW + timedelta(days=3)
        cancelled = Story(booking, PERSON).cancelled(reason="closure").model_dump()
        await world.happened(BookingCancelled.model_validate(cancelled | {"kind": "pickup"}))
        await world.work()
        call, reminder, booked, gone = await world.mails()
    for mail in (call, reminder):
        assert "Was: Personalausweis; Reisepass" in mail.body("plain")
        assert "Rathausplatz 1, 24937 Flensburg" in mail.body("plain")
    assert reminder.subject.startswith("Erinnerung: ")
    assert "Wir haben Sie am Di, 24.11.2026 eingeladen" in reminder.body("plain")
    for mail, method in ((booked, "REQUEST"), (gone, "CANCEL")):
        for said in ("Personalausweis abholen", "Di, 1.12.2026, 9:00 Uhr", "1 Person"):
            assert said in mail.body("plain")
        assert f"METHOD:{method}" in mail.body("calendar")
    assert "neue Einladung" in gone.body("plain")


@pytest.mark.parametrize(
    "meanwhile",
    [(p.booked(),), (p.handed_over(),), (p.ended("document_gone"),)],
    ids=["booked", "handed over", "ended"],
)
async def test_a_call_that_is_over_is_not_sent(world: World, meanwhile: tuple[Event, ...]) -> None:
    await world.happened(p.stored(), p.invited(), *meanwhile)
    await world.work()
    assert await world.mails() == [] and await skipped(world) == 1
    assert await world.due() == []


async def test_a_new_call_is_sent_though_the_end_of_the_last_pickup_is_still_on_the_way(world: World) -> None:
    """A document's events come on another key than its call's: an older one must not spoil a newer call."""
    await world.arrive(*(world.record(event, 1) for event in (p.stored(), p.booked())))
    late = world.record(p.reopened(), 1)
    await world.happened(p.invited())
    await world.work()
    assert len(await world.mails()) == 1
    await world.arrive(late)


async def test_a_call_waits_for_what_it_names(world: World) -> None:
    late = world.record(p.stored(), 1)
    await world.happened(p.invited())
    await world.work()
    assert (await world.types())[-1] == "MessageWaited" and await world.mails() == []
    await world.arrive(late)
    await world.later(seconds=3)
    assert len(await world.mails()) == 1


async def test_papers_are_asked_for_and_asked_for_again_and_what_came_is_left_out(world: World) -> None:
    await world.happened(p.received(), p.requested())
    await world.work()
    await world.happened(p.arrived("id_copy"))
    world.clock.at = NOW + timedelta(days=10)
    await world.happened(p.overdue("form"))
    await world.work()
    first, second = await world.mails()
    assert first.subject == "Bitte schicken Sie uns Unterlagen bis Di, 8.12.2026"
    for said in ("- Formular", "- Kopie des Ausweises", "Anliegen: Wohnsitz anmelden"):
        assert said in first.body("plain")
    assert second.subject.startswith("Erinnerung: ") and "Kopie des Ausweises" not in second.body("plain")


@pytest.mark.parametrize(
    "meanwhile", [p.arrived("form", "id_copy", complete=True), p.answered()], ids=["came", "answered"]
)
async def test_papers_that_came_meanwhile_are_not_asked_for(world: World, meanwhile: Event) -> None:
    await world.happened(p.received(), p.requested(), meanwhile)
    await world.work()
    assert await world.mails() == [] and await skipped(world) == 1


async def test_calls_become_letters_after_three_days_however_long_the_mail_server_is_away(
    database: Databases, tmp_path: Path, unused_tcp_port: int
) -> None:
    documents = [UUID(int=500 + number) for number in range(9)]
    async with open_world(database("notification"), tmp_path, port=unused_tcp_port) as world:
        await world.person(PERSON, keep_until=LONG)
        for one in documents:
            call = p.invited(one).model_copy(update={"invitation_id": UUID(int=900 + one.int)})
            await world.happened(p.stored(one), call)
        await world.work()
        await world.later(days=2, hours=23)
        assert "LetterWanted" not in await world.types()
        for _ in range(4):
            await world.later(hours=1)
        assert (await world.types()).count("LetterWanted") == len(documents)


async def test_a_call_waits_for_the_persons_copy_as_every_mail_does(world: World) -> None:
    await world.happened(p.stored(), p.invited(person_revision=2))
    await world.work()
    assert (await world.types())[-1] == "MessageWaited"
    await world.person(PERSON, email="new@example.org", revision=2, keep_until=LONG)
    await world.later(seconds=3)
    assert [mail.to for mail in await world.mails()] == ["new@example.org"]
